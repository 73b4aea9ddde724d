"""The catalogue's `matched_*` fields: what was found for each model. Only what changed is written."""

from collections.abc import Iterable, Mapping

from pymongo import UpdateOne

from discovery.matching.match import Match
from operator_core.store.mongo import Database, for_writing, raises_store_unavailable

FIELDS = ("matched_provider", "matched_model_id", "match_confidence", "match_reasoning")


@raises_store_unavailable
async def keep_results(
    database: Database,
    collection: str,
    matches: Iterable[Match],
    unmatched: Mapping[str, str],
) -> None:
    """The best match of each model, or (`unmatched`: reasons by openrouter_id) that there is none."""
    best_first = sorted(matches, key=lambda match: (match.confirmed, match.confidence), reverse=True)
    wanted = {name: (None, None, 0.0, reasoning) for name, reasoning in unmatched.items()} | {
        m.openrouter_id: (m.provider, m.model_id, m.confidence, m.reasoning) for m in reversed(best_first)
    }
    catalogue = for_writing(database)[collection]
    cursor = catalogue.find(
        {"openrouter_id": {"$in": sorted(wanted)}}, {"openrouter_id": 1, **dict.fromkeys(FIELDS, 1)}
    )
    updates = [
        UpdateOne({"_id": document["_id"]}, {"$set": dict(zip(FIELDS, values, strict=True))})
        async for document in cursor
        if tuple(document.get(field) for field in FIELDS) != (values := wanted[document["openrouter_id"]])
    ]
    if updates:
        await catalogue.bulk_write(updates, ordered=False)
