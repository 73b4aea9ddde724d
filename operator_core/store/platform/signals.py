"""Reads the facts: what was measured of each model within the window, and what its failures say.

Either all could be read, or FactsUnreadable is raised: a failed query must never look
like "no errors".
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from pymongo.errors import PyMongoError

from operator_core.diagnosis import results as measured
from operator_core.diagnosis.results import Results, Runs
from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.signals import Facts, KeyLeak, Maintenance
from operator_core.errors import FactsUnreadable, StoreUnavailable
from operator_core.options import AnalysisOptions, MongoOptions
from operator_core.store.mongo import Database, raises_facts_unreadable, read_all
from operator_core.store.platform import rows
from operator_core.store.platform.reading import Use, read_results
from operator_core.store.records.state import Announced
from operator_core.words import plural

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
    analysis: AnalysisOptions
    mongo: MongoOptions
    providers: tuple[str, ...]
    maintenance: tuple[Maintenance, ...]
    entries: dict[ModelRef, rows.ModelEntry]
    results: Results
    problems: rows.Problems
    differed: int | None = 0
    """Days of providers that were kept, and are not what their rows say; they are put right."""

    @property
    def notes(self) -> tuple[str, ...]:
        days = f"{plural(self.differed or 0, 'day')} of a provider"
        said = f"what was kept of the results differed from the rows on {days}, and was put right"
        return (said,) if self.differed else ()

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
    def _counted(self) -> dict[ModelRef, Runs]:
        """The runs that count, of each model that has some."""
        of_all = {
            ModelRef(provider=provider, model_id=model_id): runs.outside(self._maintenance_of(provider))
            for (provider, model_id), runs in self.results.runs.items()
            if model_id
        }
        return {ref: runs for ref, runs in of_all.items() if runs.count}

    def _maintenance_of(self, provider: str) -> tuple[Maintenance, ...]:
        return tuple(one for one in self.maintenance if one.provider == provider)

    def _facts(self, recent: timedelta) -> Facts:
        nothing = [] if self.entries else [f"{self.mongo.models} lists no models"]
        return Facts(
            now=self.now,
            signals=tuple(
                measured.signals_of(
                    ref,
                    entry.model_dump() if (entry := self.entries.get(ref)) else None,
                    self._counted.get(ref, Runs()),
                    self.now - recent - measured.MILLISECOND,
                    self.analysis.flapping_share,
                    self._maintenance_of(ref.provider),
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
    use: Use = Use.READ,
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
    results, problems, differed = await read_results(database, mongo, window, providers, use=use, now=now)
    return Collected(
        now=now,
        analysis=analysis,
        mongo=mongo,
        providers=providers,
        maintenance=tuple(one for one in announced if one.until > window.after + measured.MILLISECOND),
        entries=await _models(database, mongo, providers, problems),
        results=results,
        problems=problems,
        differed=differed,
    )


async def _models(
    database: Database, mongo: MongoOptions, providers: Sequence[str], problems: rows.Problems
) -> dict[ModelRef, rows.ModelEntry]:
    names = ("provider", "model_id", "enabled", "deprecated", "successor_model", "created_at")
    limit = {"provider": {"$in": list(providers)}} if providers else {}
    documents = await read_all(database, mongo.models, limit, projection=names)
    return rows.model_entries_from(documents, mongo.models, problems)


def some_of(collections: Iterable[str]) -> str:
    """The platform's own, by name: ours, and the server's, are no candidates for what somebody misspelt."""
    own = [one for one in sorted(collections) if not one.startswith(("operator_", "system."))]
    return ", ".join(own[:MOST_NAMES])


async def _require_collections(database: Database, mongo: MongoOptions) -> None:
    """A misspelt name answers with nothing: that must not read as "no models", "no failures" or "no results".
    One that is there and empty is believed."""
    with raises_facts_unreadable():
        there = await database.list_collection_names(authorizedCollections=True)
    for key in ("models", "successes", "errors"):
        if (name := getattr(mongo, key)) not in there:
            fix, names = (key, some_of(there)) if some_of(there) else ("database", await databases(database))
            are = f"; there are: {names}" if names else ""
            wrong = f"there is no collection {name} in database {database.name}"
            raise FactsUnreadable(f"{wrong}. Name yours in [mongodb] {fix}{are}")


async def databases(database: Database) -> str:
    """Those that this user may look into, but the server's own; "" where it doesn't tell."""
    with suppress(PyMongoError):
        return some_of({*await database.client.list_database_names()} - {"admin", "config", "local"})
    return ""
