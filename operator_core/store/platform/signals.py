"""Reads the facts: what was measured of each model within the window, and what its failures say.

Each row of the window is read once, with what is needed of it, and folded as it comes: 18 queries,
however many models. Either all could be read, or FactsUnreadable is raised: a failed query must never look
like "no errors".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from operator_core.diagnosis import results as measured
from operator_core.diagnosis.results import Counted, Results, Span
from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.signals import Facts, KeyLeak, Maintenance
from operator_core.errors import FactsUnreadable, StoreUnavailable
from operator_core.options import AnalysisOptions, MongoOptions
from operator_core.store.mongo import (
    Database,
    Document,
    a_few_at_a_time,
    for_reading,
    raises_facts_unreadable,
    read_all,
    read_in_batches,
)
from operator_core.store.platform import rows, times
from operator_core.store.records.state import Announced

RECENT = timedelta(days=4)
"""How far back flapping is looked for, at least."""
RUNS_LOOKED_AT = 8
"""Where so many runs take longer than that, so many are looked at."""
CLOCKS_MAY_DIFFER = timedelta(hours=1)
"""A row this far ahead of our clock is believed; beyond it, its time is wrong."""
MOST_NAMES = 20
"""So many collections are named where one is missing."""


@dataclass(frozen=True)
class Collected:
    """All that was read at one time, of some providers or all."""

    now: datetime
    window: Span
    analysis: AnalysisOptions
    mongo: MongoOptions
    providers: tuple[str, ...]
    maintenance: tuple[Maintenance, ...]
    entries: dict[ModelRef, rows.ModelEntry]
    results: Results
    problems: rows.Problems

    @cached_property
    def facts(self) -> Facts:
        """Everything a run knows. Rows that can't be read are counted in it."""
        facts = self._facts(RECENT)
        rare = RUNS_LOOKED_AT * (facts.usual_interval or timedelta())
        longest = timedelta(days=self.analysis.window_days)
        return facts if rare <= RECENT else self._facts(min(rare, longest))

    def leaks(self, since: datetime) -> tuple[KeyLeak, ...]:
        """Key-like text in the failures since then, by provider."""
        return measured.key_leaks(self.results, measured.since(since, self.now))

    @cached_property
    def _counted(self) -> dict[ModelRef, Counted]:
        """What counts, of each model that it leaves something of."""
        of_all = {
            ModelRef(provider=provider, model_id=model_id): Counted.of(
                runs, self.window, [one for one in self.maintenance if one.provider == provider]
            )
            for (provider, model_id), runs in self.results.runs.items()
            if model_id
        }
        return {ref: counted for ref, counted in of_all.items() if counted.count}

    def _facts(self, recent: timedelta) -> Facts:
        nothing = [] if self.entries else [f"{self.mongo.models} lists no models"]
        return Facts(
            now=self.now,
            signals=tuple(
                measured.signals_of(
                    ref,
                    entry.model_dump() if (entry := self.entries.get(ref)) else None,
                    self._counted.get(ref, Counted((), ())),
                    self.window,
                    self.now - recent - measured.MILLISECOND,
                    self.analysis.flapping_share,
                    self.maintenance,
                    self.now,
                )
                for ref in sorted({*self.entries, *self._counted})
            ),
            unreadable_rows=self.problems.counts.total(),
            unreadable=(*self.problems.lines, *nothing),
            limited_to=self.providers,
            maintenance=self.maintenance,
        )


async def collect(
    database: Database,
    mongo: MongoOptions,
    analysis: AnalysisOptions,
    now: datetime,
    providers: Sequence[str] = (),
) -> Collected:
    """Everything a run knows, limited to `providers` where some are named. Raises FactsUnreadable, naming the
    collection."""
    now, providers = to_utc(now), tuple(sorted(set(providers)))
    window = measured.since(now - timedelta(days=analysis.window_days), now + CLOCKS_MAY_DIFFER)
    try:
        announced = (await Announced(database).all()).values()
    except StoreUnavailable as error:
        raise FactsUnreadable(f"the announced maintenance could not be read: {error}") from error
    await _require_collections(database, mongo)
    results, problems = await read_results(database, mongo, window, providers)
    return Collected(
        now=now,
        window=window,
        analysis=analysis,
        mongo=mongo,
        providers=providers,
        maintenance=tuple(one for one in announced if one.until > window.after + measured.MILLISECOND),
        entries=await _models(database, mongo, providers, problems),
        results=results,
        problems=problems,
    )


async def read_results(
    database: Database, mongo: MongoOptions, span: Span, providers: Sequence[str] = (), *, texts: bool = True
) -> tuple[Results, rows.Problems]:
    """All runs within the span; `texts`: also what failures say. Raises FactsUnreadable."""
    results, problems = Results(), rows.Problems()
    after, until = map(measured.milliseconds, (span.after, span.until))
    saying = rows.SAYING if texts else ("stage",)
    folds = (
        rows.Fold(mongo.successes, times.SUCCESS_TIMES, (), after, until, results, problems),
        rows.Fold(mongo.errors, times.ERROR_TIMES, saying, after, until, results, problems),
    )
    await a_few_at_a_time(
        [_read_collection(for_reading(database), one, span.after, providers) for one in folds]
    )
    results.settle()
    for (provider, model_id), runs in results.runs.items():
        if not model_id:
            why = rows.unnamed(provider)
            problems.add(mongo.successes, why, len(runs.answered))
            problems.add(mongo.errors, why, sum(len(one.at) for one in runs.failed.values()))
    return results, problems


async def _read_collection(
    database: Database, fold: rows.Fold, after: datetime, providers: Sequence[str]
) -> None:
    some: list[Document] = [{"provider": {"$in": list(providers)}}] if providers else []
    needed = (*rows.NAMED, *fold.times, *fold.saying)
    for conditions in times.later_than(after, fold.times):
        await read_in_batches(database, fold.collection, [*conditions, *some], needed, fold)


async def _models(
    database: Database, mongo: MongoOptions, providers: Sequence[str], problems: rows.Problems
) -> dict[ModelRef, rows.ModelEntry]:
    names = ("provider", "model_id", "enabled", "deprecated", "successor_model", "created_at")
    limit = {"provider": {"$in": list(providers)}} if providers else {}
    documents = await read_all(database, mongo.models, limit, projection=names)
    return rows.model_entries_from(documents, mongo.models, problems)


async def _require_collections(database: Database, mongo: MongoOptions) -> None:
    """A misspelt name answers with nothing: that must not read as "no models", "no failures" or "no results".
    One that is there and empty is believed."""
    with raises_facts_unreadable("database's list of collections"):
        there = sorted(await database.list_collection_names(authorizedCollections=True))
    for key in ("models", "successes", "errors"):
        if (name := getattr(mongo, key)) not in there:
            names = [one for one in there if not one.startswith("operator_")][:MOST_NAMES]
            fix = f"[mongodb] {key}; there are: {', '.join(names)}" if names else "[mongodb] database"
            wrong = f"there is no collection {name} in database {database.name}"
            raise FactsUnreadable(f"{wrong}. Name yours in {fix}")
