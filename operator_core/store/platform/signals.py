"""Reads the facts: what was measured of each model within the window, and what its failures say.

Three steps: a tally of the successes and of the errors by model; then, only for models whose last failure is
after their last success (or that may be flapping), their failures by cause. Either everything could be read,
or FactsUnreadable is raised: a failed query must never look like "no errors".
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.signals import Facts, Maintenance, Signals, kept_out
from operator_core.errors import FactsUnreadable, StoreUnavailable
from operator_core.options import AnalysisOptions, MongoOptions
from operator_core.store.mongo import (
    Database,
    Document,
    Pipeline,
    a_few_at_a_time,
    aggregate,
    for_reading,
    raises_facts_unreadable,
    read_all,
)
from operator_core.store.platform import aggregations, rows, times
from operator_core.store.records.state import Announced

RECENT = timedelta(days=4)
"""How far back flapping is looked for, at least."""
RUNS_LOOKED_AT = 8
"""Where so many runs take longer than that, so many are looked at."""
CLOCKS_MAY_DIFFER = timedelta(hours=1)
"""A row this far ahead of our clock is believed; beyond it, its time is wrong."""

TOO_MANY_FOR_CHANCE = 3
"""So many models that fail, in a database without any successes, say that we look in the wrong place."""
NONE = rows.Tally()


async def read_facts(
    database: Database,
    mongo: MongoOptions,
    analysis: AnalysisOptions,
    now: datetime,
    providers: Sequence[str] = (),
) -> Facts:
    """Everything a run knows, limited to `providers` where some are named.

    Rows that can't be read are counted in the facts. Raises FactsUnreadable, naming the collection.
    """
    now = to_utc(now)
    until = now + CLOCKS_MAY_DIFFER
    try:
        announced = (await Announced(database).all()).values()
    except StoreUnavailable as error:
        raise FactsUnreadable(f"the announced maintenance could not be read: {error}") from error
    reader = _Reader(
        database=for_reading(database),
        mongo=mongo,
        window=times.since(now - timedelta(days=analysis.window_days), until),
        recent=times.since(now - RECENT, until),
        flapping_share=analysis.flapping_share,
        providers=tuple(sorted(set(providers))),
        maintenance=tuple(one for one in announced if one.until > now - timedelta(days=analysis.window_days)),
    )
    facts = await reader.facts(now)
    rare = RUNS_LOOKED_AT * (facts.usual_interval or timedelta())
    if rare <= RECENT:
        return facts
    longer = times.since(now - min(rare, timedelta(days=analysis.window_days)), until)
    return await replace(reader, recent=longer, problems=Counter()).facts(now)


@dataclass(frozen=True)
class _Reader:
    """Reads the results of two spans, of these providers (empty: all)."""

    database: Database
    mongo: MongoOptions
    window: times.Span
    recent: times.Span
    flapping_share: float
    providers: tuple[str, ...]
    maintenance: tuple[Maintenance, ...] = ()
    problems: rows.Problems = field(default_factory=Counter)

    async def facts(self, now: datetime) -> Facts:
        entries = await self._models()
        successes, failures = await a_few_at_a_time(
            (
                self._tallies(self.mongo.successes, times.SUCCESS_TIMES),
                self._tallies(self.mongo.errors, times.ERROR_TIMES),
            )
        )
        if len(failures) >= TOO_MANY_FOR_CHANCE and not successes:
            await self._require_collection(self.mongo.successes)
        signals = await a_few_at_a_time(
            self._signals(ref, entries.get(ref), successes.get(ref, NONE), failures.get(ref, NONE))
            for ref in sorted({*entries, *successes, *failures})
        )
        nothing = [] if entries else [f"{self.mongo.models} lists no models"]
        return Facts(
            now=now,
            signals=tuple(signals),
            unreadable_rows=self.problems.total(),
            unreadable=(*rows.lines_of(self.problems), *nothing),
            limited_to=self.providers,
            maintenance=self.maintenance,
        )

    async def _models(self) -> dict[ModelRef, rows.ModelEntry]:
        names = ("provider", "model_id", "enabled", "deprecated", "successor_model", "created_at")
        fields = {"_id": 0, **dict.fromkeys(names, 1)}
        limit = {"provider": {"$in": list(self.providers)}} if self.providers else {}
        documents = await read_all(self.database, self.mongo.models, limit, projection=fields)
        return rows.model_entries_from(documents, self.mongo.models, self.problems)

    async def _tallies(self, collection: str, fields: Sequence[str]) -> dict[ModelRef, rows.Tally]:
        """One collection's tallies by model, over all the time fields of its rows; counts rows in doubt."""
        if not await self._some_lack(collection, fields[0]):
            fields = fields[:1]
        tallies: dict[ModelRef, rows.Tally] = {}
        for time_field in times.time_fields_of(fields):
            pipeline = aggregations.tally(
                time_field, self.window, self.recent, self.providers, self.maintenance
            )
            documents = await aggregate(self.database, collection, pipeline)
            for ref, tally in rows.tallies_from(documents, time_field, collection, self.problems).items():
                tallies[ref] = tallies.get(ref, NONE).joined(tally)
        for problem, stages in times.rows_in_doubt(fields, self.window, self.providers):
            counting: Pipeline = [*stages, {"$group": {"_id": None, "count": {"$sum": 1}}}]
            for document in await aggregate(self.database, collection, counting):
                self.problems[collection, problem] += document["count"]
        return tallies

    async def _some_lack(self, collection: str, name: str) -> bool:
        """Whether any row lacks the main time field; mostly none does, which saves the queries for them."""
        with raises_facts_unreadable(collection):
            return await self.database[collection].find_one({name: None}, {"_id": 1}) is not None

    async def _require_collection(self, collection: str) -> None:
        """A misspelt collection answers with nothing: that must not read as "no successes"."""
        with raises_facts_unreadable(collection):
            existing = await self.database.list_collection_names(filter={"name": collection})
        if not existing:
            raise FactsUnreadable(
                f"the collection {collection} could not be read: there is none in {self.database.name}"
            )

    async def _signals(
        self, ref: ModelRef, entry: rows.ModelEntry | None, successes: rows.Tally, failures: rows.Tally
    ) -> Signals:
        """One model's signals; asks for its failures' causes where they matter."""
        streak, recent = rows.Causes(), rows.Causes()
        after = max(successes.last or self.window.after, self.window.after)
        if failures.last is not None and failures.last > after:
            streak = await self._causes(times.Span(after=after, until=self.window.until), ref, failures)
        enough = self.flapping_share * (successes.recent + failures.recent)
        if successes.recent and failures.recent and failures.recent >= enough:  # it flaps if they are soft
            recent = await self._causes(self.recent, ref, failures)
        return Signals(
            ref=ref,
            listed=entry is not None,
            **(entry or rows.ModelEntry()).model_dump(),
            last_success=successes.last,
            failing_since=streak.first,
            last_failure=failures.last,
            failures=streak.count,
            streak=streak.groups,
            recent=recent.groups,
            recent_successes=successes.recent,
            recent_failures=failures.recent,
            maintenance=tuple(one for one in self.maintenance if one.provider == ref.provider),
            maintained_until=kept_out(self.maintenance, ref.provider, self.window.until - CLOCKS_MAY_DIFFER),
            usual_interval=rows.usual_interval(successes, failures),
        )

    async def _causes(self, span: times.Span, ref: ModelRef, failures: rows.Tally) -> rows.Causes:
        documents: list[Document] = []
        for time_field in (one for one, last in failures.lasts if last > span.after):
            pipeline = aggregations.causes(time_field, span, ref, self.maintenance)
            documents += await aggregate(self.database, self.mongo.errors, pipeline)
        return rows.causes_from(documents, ref)
