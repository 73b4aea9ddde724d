"""What the platform's `models` hold, as far as discovery needs it."""

from datetime import datetime

from pymongo.asynchronous.database import AsyncDatabase

from discovery.matching.platform_model import PlatformModel
from operator_core.domain.base import to_utc
from operator_core.execution.plan import SIGNATURE
from operator_core.store.mongo import Document, for_reading, raises_facts_unreadable
from operator_core.store.platform.rows import ref_in

FIELDS = (
    "provider",
    "model_id",
    "display_name",
    "enabled",
    "deprecated",
    "successor_model",
    "disabled_by",
    "disabled_at",
    "added_by",
)


async def platform_models(database: AsyncDatabase[Document], collection: str) -> tuple[PlatformModel, ...]:
    """All that can be read, sorted by ref. Raises FactsUnreadable."""
    with raises_facts_unreadable(collection):
        cursor = for_reading(database)[collection].find({}, dict.fromkeys(FIELDS, 1))
        documents = await cursor.to_list()
    readable = [model for document in documents if (model := _measured(document))]
    return tuple(sorted(readable, key=lambda one: one.ref))


def _measured(document: Document) -> PlatformModel | None:
    ref = ref_in(document)
    if ref is None or not ref.provider or not ref.model_id:
        return None
    disabled_at = document.get("disabled_at")
    return PlatformModel(
        ref=ref,
        display_name=_text(document.get("display_name")),
        enabled=document.get("enabled") is True,
        deprecated=document.get("deprecated") is True,
        successor=_text(document.get("successor_model")),
        disabled_by_us=_text(document.get("disabled_by")).startswith(SIGNATURE),
        disabled_at=to_utc(disabled_at) if isinstance(disabled_at, datetime) else None,
        added_by_us=_text(document.get("added_by")).startswith(SIGNATURE),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
