"""What the platform's `models` hold, as far as discovery needs it."""

from discovery.matching.leaving import PlatformModel
from operator_core.execution.plan import SIGNATURE
from operator_core.store.mongo import Database, Document, read_all
from operator_core.store.platform.rows import ref_in

FIELDS = ("provider", "model_id", "display_name", "enabled", "deprecated", "successor_model", "disabled_at")
BY = ("disabled_by", "added_by")


async def platform_models(database: Database, collection: str) -> tuple[PlatformModel, ...]:
    """All that can be read, sorted by ref. Raises FactsUnreadable."""
    documents = await read_all(database, collection, {}, projection=(*FIELDS, *BY))
    readable = [model for document in documents if (model := _measured(document))]
    return tuple(sorted(readable, key=lambda one: one.ref))


def _measured(document: Document) -> PlatformModel | None:
    ref = ref_in(document)
    if ref is None or not ref.provider or not ref.model_id:
        return None
    ours = {f"{name}_us": str(document.get(name)).startswith(SIGNATURE) for name in BY}
    return PlatformModel.model_validate({**document, "ref": ref, **ours}, extra="ignore")
