"""Error rows that carry key-like text. Masking hides a key from people; in the database it still stands.

Somebody must rotate it, so the incident watch says in which provider's rows it is, and since when.
"""

from datetime import datetime

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import to_utc
from operator_core.domain.signals import KeyLeak
from operator_core.options import MongoOptions
from operator_core.store.mongo import Document, Pipeline, aggregate, for_reading
from operator_core.store.platform.aggregations import text_stages
from operator_core.store.platform.times import ERROR_TIMES, Span, TimeField, rows_within, time_fields_of
from operator_core.store.platform.times import since as span_since
from operator_core.text.secrets import REPORTED

NO_PROVIDER = "(no provider)"


async def key_like_rows(
    database: AsyncDatabase[Document], mongo: MongoOptions, since: datetime, now: datetime
) -> tuple[KeyLeak, ...]:
    """Key-like text in the error rows from `since` to `now`, by provider. Raises FactsUnreadable."""
    database, span = for_reading(database), span_since(to_utc(since), to_utc(now))
    leaks: dict[str, KeyLeak] = {}
    for time_field in time_fields_of(ERROR_TIMES):
        for document in await aggregate(database, mongo.errors, _leaks(time_field, span)):
            leak = _leak(document)
            leaks[leak.provider] = _joined(leak, leaks.get(leak.provider))
    return tuple(leaks[provider] for provider in sorted(leaks))


def _leaks(time_field: TimeField, span: Span) -> Pipeline:
    at = f"${time_field.at}"
    return [
        *rows_within(time_field, span),
        *text_stages(),
        {"$match": {"$expr": {"$regexMatch": {"input": "$_text", "regex": REPORTED}}}},
        {
            "$group": {
                "_id": "$provider",
                "rows": {"$sum": 1},
                "first": {"$min": at},
            }
        },
    ]


def _leak(document: Document) -> KeyLeak:
    provider = document["_id"]
    return KeyLeak(
        provider=provider if isinstance(provider, str) and provider.strip() else NO_PROVIDER,
        rows=document["rows"],
        since=to_utc(document["first"]),
    )


def _joined(one: KeyLeak, other: KeyLeak | None) -> KeyLeak:
    if other is None:
        return one
    return one.model_copy(update={"rows": one.rows + other.rows, "since": min(one.since, other.since)})
