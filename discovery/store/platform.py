"""The platform's collections, as far as discovery needs them: its models, and the catalogue's `matched_*`."""

from collections.abc import Iterable, Mapping

from pymongo import UpdateOne

from discovery.matching.leaving import PlatformModel
from discovery.matching.match import Match
from operator_core.execution.plan import SIGNATURE
from operator_core.store.mongo import Database, Document, for_writing, raises_store_unavailable, read_all
from operator_core.store.platform.rows import ref_in

MEASURED = ("provider", "model_id", "display_name", "enabled", "deprecated", "successor_model", "disabled_at")
BY = ("disabled_by", "added_by")
MATCHED = ("matched_provider", "matched_model_id", "match_confidence", "match_reasoning")


async def platform_models(database: Database, collection: str) -> tuple[PlatformModel, ...]:
    """All that can be read, sorted by ref. Raises FactsUnreadable."""
    documents = await read_all(database, collection, {}, projection=(*MEASURED, *BY))
    readable = [model for document in documents if (model := _measured(document))]
    return tuple(sorted(readable, key=lambda one: one.ref))


def _measured(document: Document) -> PlatformModel | None:
    ref = ref_in(document)
    if ref is None or not ref.provider or not ref.model_id:
        return None
    ours = {f"{name}_us": str(document.get(name)).startswith(SIGNATURE) for name in BY}
    return PlatformModel.model_validate({**document, "ref": ref, **ours}, extra="ignore")


@raises_store_unavailable
async def keep_results(
    database: Database, collection: str, matches: Iterable[Match], unmatched: Mapping[str, str]
) -> None:
    """The best match of each model, or (`unmatched`: reasons by openrouter_id) that there is none, where that
    is not what the catalogue says."""
    best_first = sorted(matches, key=lambda match: (match.confirmed, match.confidence), reverse=True)
    wanted = {name: (None, None, 0.0, reasoning) for name, reasoning in unmatched.items()} | {
        m.openrouter_id: (m.provider, m.model_id, m.confidence, m.reasoning) for m in reversed(best_first)
    }
    catalogue = for_writing(database)[collection]
    cursor = catalogue.find(
        {"openrouter_id": {"$in": sorted(wanted)}}, {"openrouter_id": 1, **dict.fromkeys(MATCHED, 1)}
    )
    updates = [
        UpdateOne({"_id": document["_id"]}, {"$set": dict(zip(MATCHED, values, strict=True))})
        async for document in cursor
        if tuple(document.get(field) for field in MATCHED) != (values := wanted[document["openrouter_id"]])
    ]
    if updates:
        await catalogue.bulk_write(updates, ordered=False)
