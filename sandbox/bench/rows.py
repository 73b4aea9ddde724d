"""What more error rows cost: seconds, memory, and the rows that the database itself had to look at."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice

from pymongo import AsyncMongoClient, MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from operator_core.store.mongo import Document
from operator_core.store.platform.signals import collect
from sandbox.bench.resources import NOW, Place, progress, use_cases_in
from sandbox.bench.runs import Reading, measure_reading
from sandbox.database import marked_database
from sandbox.platform.build import Platform, extra_errors, fill
from sandbox.platform.filling import insert

AMOUNTS = (0, 10_000, 300_000)


@dataclass(frozen=True)
class Weighed:
    """Collecting with so many more error rows."""

    inside: bool
    more: int
    reading: Reading
    examined: int
    """Rows of results that all queries together looked at, by explain."""
    queries: int
    by_index: int
    """Those of the queries that went through an index and through no whole collection."""


async def weigh(place: Place, platform: Platform) -> list[Weighed]:
    """Rows outside the window, then rows inside, each in a database of its own that grows by them."""
    weighed: list[Weighed] = []
    for inside in (False, True):
        rows, before = extra_errors(platform, max(AMOUNTS), inside, seed=1), 0
        with marked_database(place.uri) as name, MongoClient[Document](place.uri) as client:
            fill(place.uri, name, platform)
            for more in AMOUNTS:
                progress(f"{more:,} more error rows {'inside' if inside else 'outside'} the window")
                insert(client[name], place.settings.mongodb.errors, islice(rows, more - before))
                before = more
                weighed.append(await _weighed(Place(place.uri, name, place.settings), inside, more))
    return weighed


async def _weighed(place: Place, inside: bool, more: int) -> Weighed:
    async with use_cases_in(place) as use_cases:
        _, reading = await measure_reading(use_cases.resources)
    plans = await _plans(place)
    return Weighed(
        inside=inside,
        more=more,
        reading=reading,
        examined=sum(max(_numbers(plan, "totalDocsExamined"), default=0) for plan in plans),
        queries=len(plans),
        by_index=sum("IXSCAN" in repr(plan) and "COLLSCAN" not in repr(plan) for plan in plans),
    )


async def _plans(place: Place) -> list[Mapping[str, object]]:
    """What explain says of each query for results of one reading."""
    mongo, analysis = place.settings.mongodb, place.settings.analysis
    recorder = _Recorder((mongo.successes, mongo.errors))
    async with AsyncMongoClient[Document](place.uri, tz_aware=True, event_listeners=[recorder]) as client:
        await collect(client[place.name], mongo, analysis, NOW)
    async with AsyncMongoClient[Document](place.uri, tz_aware=True) as client:
        return [
            await client[place.name].command("explain", query, verbosity="executionStats")
            for query in recorder.queries
        ]


class _Recorder(CommandListener):
    def __init__(self, collections: Collection[str]) -> None:
        self.collections = collections
        self.queries: list[Document] = []

    def started(self, event: CommandStartedEvent) -> None:
        parts = ("aggregate", "pipeline", "cursor", "find", "filter", "projection")
        if event.command.get(event.command_name) in self.collections:
            self.queries.append({name: event.command[name] for name in parts if name in event.command})

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


def _numbers(value: object, name: str) -> list[int]:
    if isinstance(value, dict):
        here = [value[name]] if name in value else []
        return here + [n for inner in value.values() for n in _numbers(inner, name)]
    if isinstance(value, list):
        return [n for inner in value for n in _numbers(inner, name)]
    return []
