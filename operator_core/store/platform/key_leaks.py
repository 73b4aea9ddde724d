"""Error rows that carry key-like text. Masking hides a key from people; in the database it still stands.

Somebody must rotate it, so the incident watch says in which provider's rows it is, and since when.
"""

from collections import defaultdict
from datetime import datetime

from operator_core.domain.base import to_utc
from operator_core.domain.signals import KeyLeak
from operator_core.options import MongoOptions
from operator_core.store.mongo import Database, Document, Pipeline, aggregate, for_reading
from operator_core.store.platform import times
from operator_core.store.platform.aggregations import text_stages
from operator_core.text.secrets import REPORTED

NO_PROVIDER = "(no provider)"


async def key_like_rows(
    database: Database, mongo: MongoOptions, since: datetime, now: datetime
) -> tuple[KeyLeak, ...]:
    """Key-like text in the error rows from `since` to `now`, by provider. Raises FactsUnreadable."""
    database, span = for_reading(database), times.since(to_utc(since), to_utc(now))
    by_provider: dict[str, list[Document]] = defaultdict(list)
    for time_field in times.time_fields_of(times.ERROR_TIMES):
        leaks: Pipeline = [
            *times.rows_within(time_field, span),
            *text_stages(),
            {"$match": {"$expr": {"$regexMatch": {"input": "$_text", "regex": REPORTED}}}},
            {"$group": {"_id": "$provider", "rows": {"$sum": 1}, "first": {"$min": f"${time_field.at}"}}},
        ]
        for document in await aggregate(database, mongo.errors, leaks):
            name = document["_id"]
            by_provider[name if isinstance(name, str) and name.strip() else NO_PROVIDER].append(document)
    return tuple(
        KeyLeak(
            provider=provider,
            rows=sum(document["rows"] for document in documents),
            since=min(to_utc(document["first"]) for document in documents),
        )
        for provider, documents in sorted(by_provider.items())
    )
