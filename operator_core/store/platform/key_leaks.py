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
from operator_core.store.platform.times import ERROR_TIMES, Shape, Span, rows_within, shapes_of
from operator_core.store.platform.times import since as span_since

KEY_LIKE = "|".join(
    (
        r"\b(?:sk|pk|rk|gsk|xai|pplx|csk|fw|nvapi|tgp_v1|hf|r8)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{16}",
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",  # AWS
        r"\bAIza[A-Za-z0-9_-]{35}",  # Google
        r"\bya29\.[A-Za-z0-9_-]{20}",  # Google, short-lived
        r"\b(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_\w{22})",  # GitHub
        r"\bglpat-[A-Za-z0-9_-]{20}",  # GitLab
        r"\b(?:xox[abeprs]|xapp)-[A-Za-z0-9-]{10}",  # Slack
        r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.",  # a signed token
        r"\bBearer\s+[A-Za-z0-9._~+/-]{20}",
        r"://[^/\s:@]+:[^/\s:@]+@",  # credentials in a URI
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    )
)
"""Whole keys of the makes that providers give out; one that a provider masked (`sk-…abcd`) is none.

Narrower than what `masking` hides: a word masked too many costs nothing, while this wakes somebody.
"""

NO_PROVIDER = "(no provider)"


async def key_like_rows(
    database: AsyncDatabase[Document], mongo: MongoOptions, since: datetime, now: datetime
) -> tuple[KeyLeak, ...]:
    """Key-like text in the error rows from `since` to `now`, by provider. Raises FactsUnreadable."""
    database, span = for_reading(database), span_since(to_utc(since), to_utc(now))
    found: dict[str, KeyLeak] = {}
    for shape in shapes_of(ERROR_TIMES):
        for document in await aggregate(database, mongo.errors, _leaks(shape, span)):
            leak = _leak(document)
            found[leak.provider] = _joined(leak, found.get(leak.provider))
    return tuple(found[provider] for provider in sorted(found))


def _leaks(shape: Shape, span: Span) -> Pipeline:
    at = f"${shape.at}"
    return [
        *rows_within(shape, span),
        *text_stages(),
        {"$match": {"$expr": {"$regexMatch": {"input": "$_text", "regex": KEY_LIKE}}}},
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
