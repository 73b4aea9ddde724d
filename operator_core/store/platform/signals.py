"""Reads the facts: what was measured of each model within the window, and what its failures say.

Three steps: a tally of the successes and of the errors by model; then, only for models whose last failure is
after their last success (or that may be flapping), their failures by cause. Either everything could be read,
or FactsUnreadable is raised: a failed query must never look like "no errors".
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import Frozen, ModelRef, to_utc
from operator_core.domain.signals import Facts, Signals
from operator_core.errors import FactsUnreadable
from operator_core.options import AnalysisOptions, MongoOptions
from operator_core.store.mongo import (
    Document,
    Pipeline,
    a_few_at_a_time,
    aggregate,
    for_reading,
    raises_facts_unreadable,
)
from operator_core.store.platform import aggregations, rows, times

RECENT = timedelta(days=4)
"""How far back flapping is looked for."""
CLOCKS_MAY_DIFFER = timedelta(hours=1)
"""A row this far ahead of our clock is believed; beyond it, its time is wrong."""

TOO_MANY_FOR_CHANCE = 3
"""So many models that fail, in a database without any successes, say that we look in the wrong place."""


class Question(Frozen):
    """Which results one run reads: the spans, and the providers (empty: all)."""

    window: times.Span
    recent: times.Span
    flapping_share: float
    providers: tuple[str, ...]


async def read_facts(
    database: AsyncDatabase[Document],
    mongo: MongoOptions,
    analysis: AnalysisOptions,
    now: datetime,
    providers: Sequence[str] = (),
) -> Facts:
    """Everything a run knows, limited to `providers` where some are named.

    Rows that can't be read are counted in the facts. Raises FactsUnreadable, naming the collection.
    """
    database, now = for_reading(database), to_utc(now)
    question = _question(analysis, now, providers)
    problems: rows.Problems = Counter()
    entries = await _read_models(database, mongo.models, question.providers, problems)
    successes, failures = await a_few_at_a_time(
        _read_tallies(database, collection, fields, question, problems)
        for collection, fields in ((mongo.successes, times.SUCCESS_TIMES), (mongo.errors, times.ERROR_TIMES))
    )
    if len(failures) >= TOO_MANY_FOR_CHANCE and not successes:
        await _require_collection(database, mongo.successes)
    signals = await a_few_at_a_time(
        _read_signals(
            database, mongo.errors, question, ref, entries.get(ref), successes.get(ref), failures.get(ref)
        )
        for ref in sorted({*entries, *successes, *failures})
    )
    return Facts(
        now=now,
        signals=tuple(signals),
        unreadable_rows=problems.total(),
        unreadable=(*rows.lines_of(problems), *([] if entries else [f"{mongo.models} lists no models"])),
        limited_to=question.providers,
    )


def _question(analysis: AnalysisOptions, now: datetime, providers: Sequence[str]) -> Question:
    until = now + CLOCKS_MAY_DIFFER
    return Question(
        window=times.since(now - timedelta(days=analysis.window_days), until),
        recent=times.since(now - RECENT, until),
        flapping_share=analysis.flapping_share,
        providers=tuple(sorted(set(providers))),
    )


async def _read_models(
    database: AsyncDatabase[Document], collection: str, providers: Sequence[str], problems: rows.Problems
) -> dict[ModelRef, rows.ModelEntry]:
    fields = {"_id": 0, "provider": 1, "model_id": 1, "enabled": 1, "deprecated": 1, "successor_model": 1}
    limit = {"provider": {"$in": list(providers)}} if providers else {}
    with raises_facts_unreadable(collection):
        documents = await database[collection].find(limit, fields).to_list()
    return rows.model_entries_from(documents, collection, problems)


async def _read_tallies(
    database: AsyncDatabase[Document],
    collection: str,
    fields: Sequence[str],
    question: Question,
    problems: rows.Problems,
) -> dict[ModelRef, rows.Tally]:
    """One collection's tallies by model, over all the time fields of its rows; counts rows in doubt."""
    if not await _some_lack(database, collection, fields[0]):
        fields = fields[:1]
    tallies: dict[ModelRef, rows.Tally] = {}
    for time_field in times.time_fields_of(fields):
        pipeline = aggregations.tally(time_field, question.window, question.recent, question.providers)
        documents = await aggregate(database, collection, pipeline)
        for ref, tally in rows.tallies_from(documents, time_field, collection, problems).items():
            tallies[ref] = tallies[ref].joined(tally) if ref in tallies else tally
    for problem, stages in times.rows_in_doubt(fields, question.window, question.providers):
        counting: Pipeline = [*stages, {"$group": {"_id": None, "count": {"$sum": 1}}}]
        for document in await aggregate(database, collection, counting):
            problems[collection, problem] += document["count"]
    return tallies


async def _some_lack(database: AsyncDatabase[Document], collection: str, field: str) -> bool:
    """Whether any row lacks the main time field; mostly none does, and that saves the queries for them."""
    with raises_facts_unreadable(collection):
        return await database[collection].find_one({field: None}, {"_id": 1}) is not None


async def _require_collection(database: AsyncDatabase[Document], collection: str) -> None:
    """A misspelt collection answers with nothing: that must not read as "no successes"."""
    with raises_facts_unreadable(collection):
        existing = await database.list_collection_names(filter={"name": collection})
    if not existing:
        raise FactsUnreadable(
            f"the collection {collection} could not be read: there is none in {database.name}"
        )


async def _read_signals(
    database: AsyncDatabase[Document],
    errors: str,
    question: Question,
    ref: ModelRef,
    entry: rows.ModelEntry | None,
    successes: rows.Tally | None,
    failures: rows.Tally | None,
) -> Signals:
    """One model's signals; asks for its failures' causes where they matter."""
    successes, failures = successes or rows.Tally(), failures or rows.Tally()
    streak, recent = rows.Causes(), rows.Causes()
    after = max(successes.last or question.window.after, question.window.after)
    if failures.last is not None and failures.last > after:
        span = times.Span(after=after, until=question.window.until)
        streak = await _read_causes(database, errors, span, ref, failures)
    if _may_flap(successes.recent, failures.recent, question.flapping_share):
        recent = await _read_causes(database, errors, question.recent, ref, failures)
    said = entry or rows.ModelEntry()
    return Signals(
        ref=ref,
        listed=entry is not None,
        enabled=said.enabled,
        deprecated=said.deprecated,
        successor=said.successor,
        last_success=successes.last,
        failing_since=streak.first,
        last_failure=failures.last,
        failures=streak.count,
        streak=streak.groups,
        ungrouped=streak.ungrouped,
        recent=recent.groups,
        recent_successes=successes.recent,
        recent_failures=failures.recent,
        usual_interval=rows.usual_interval(successes, failures),
    )


def _may_flap(successes: int, failures: int, share: float) -> bool:
    """Both occur lately, and the failures are many enough; whether they are soft is yet to be read."""
    return successes > 0 and failures > 0 and failures >= share * (successes + failures)


async def _read_causes(
    database: AsyncDatabase[Document], errors: str, span: times.Span, ref: ModelRef, failures: rows.Tally
) -> rows.Causes:
    documents: Iterable[Document] = ()
    for time_field in failures.time_fields_after(span.after):
        pipeline = aggregations.causes(time_field, span, ref)
        documents = (*documents, *await aggregate(database, errors, pipeline))
    return rows.causes_from(documents, ref)
