"""Rows that can't be read, with examples: what whoever keeps the platform's writers needs to mend them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from operator_core.domain.base import Frozen
from operator_core.options import AnalysisOptions, MongoOptions
from operator_core.store.mongo import Database, Document, Pipeline, aggregate, for_reading, read_all
from operator_core.store.platform import times
from operator_core.store.platform.rows import ref_in
from operator_core.text.masking import redact

EXAMPLES = 3
NO_NAMES = "no provider or model_name that is a text"
NAMED = {"provider": {"$regex": r"\S"}, "model_name": {"$regex": r"\S"}}
SHOWN = ("_id", "provider", "model_name", *times.SUCCESS_TIMES, *times.ERROR_TIMES)


class Doubtful(Frozen):
    """Rows of one collection that share what is wrong with them."""

    collection: str
    why: str
    rows: int
    examples: tuple[str, ...]


async def doubtful_rows(
    database: Database, mongo: MongoOptions, analysis: AnalysisOptions, now: datetime
) -> AsyncIterator[Doubtful]:
    """All of them, as the facts count them. Raises FactsUnreadable."""
    database = for_reading(database)
    window = times.since(now - timedelta(days=analysis.window_days), now + timedelta(hours=1))
    for collection, fields in ((mongo.successes, times.SUCCESS_TIMES), (mongo.errors, times.ERROR_TIMES)):
        selected: list[tuple[str, Pipeline]] = [*times.rows_in_doubt(fields, window)]
        for one in times.time_fields_of(fields):
            nameless: Pipeline = [*times.rows_within(one, window), {"$match": {"$nor": [NAMED]}}]
            selected.append((NO_NAMES, nameless))
            if one.text:
                dated = times.dated_text(one, window)
                selected += [(p, [*dated, {"$match": {"_problem": p.value}}]) for p in times.TimeProblem]
        for why, stages in selected:
            examples = await aggregate(database, collection, [*stages, {"$limit": EXAMPLES}])
            if examples:
                [counted] = await aggregate(database, collection, [*stages, {"$count": "rows"}])
                shown = tuple(map(_shown, examples))
                yield Doubtful(collection=collection, why=str(why), rows=counted["rows"], examples=shown)
    odd = [one for one in await read_all(database, mongo.models, {}) if ref_in(one) is None]
    if odd:
        shown = tuple(_shown(one) for one in odd[:EXAMPLES])
        yield Doubtful(collection=mongo.models, why="no provider or model_id", rows=len(odd), examples=shown)


def _shown(row: Document) -> str:
    return ", ".join(f"{name}: {redact(str(row[name]), 60)}" for name in (*SHOWN, "model_id") if name in row)
