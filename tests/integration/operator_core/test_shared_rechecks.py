"""Many who approve in one moment: the evidence is read anew, but not once for each of them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from pymongo import AsyncMongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from operator_core.domain.base import ModelRef
from operator_core.engine import SharedReading
from operator_core.errors import FactsUnreadable
from operator_core.store.platform.signals import Collected, collect
from support.core import core_over
from support.evidence import ANALYSIS
from support.small_catalogue import MONGO, NOW
from support.small_platform import GONE, Database, Document, every_six_hours, failures, fill, successes

AT_ONCE = 20


class Reads(CommandListener):
    """Counts the queries for failures."""

    def __init__(self) -> None:
        self.count = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.count += MONGO.errors in {event.command.get("find"), event.command.get("aggregate")}

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


async def test_many_rechecks_of_a_provider_share_a_reading_that_began_after_they_asked(
    mongodb_uri: str, database_name: str, database: Database
) -> None:
    await fill(database, ["gone"], failures("gone", GONE, every_six_hours(96)))
    reads = Reads()
    async with (
        AsyncMongoClient[Document](mongodb_uri, tz_aware=True, event_listeners=[reads]) as client,
        core_over(client[database_name]) as (use_cases, _),
    ):
        await use_cases.run("test")
        [proposal] = await use_cases.waiting()
        before = reads.count
        assert await use_cases.evidence_changed(proposal) == {}
        of_one = reads.count - before

        changed = await asyncio.gather(*(use_cases.evidence_changed(proposal) for _ in range(AT_ONCE)))

        assert changed == [{}] * AT_ONCE
        assert reads.count - before <= 3 * of_one
        await database[MONGO.successes].insert_many(successes("gone", 0))
        assert ModelRef(provider="groq", model_id="gone") in await use_cases.evidence_changed(proposal)


class Readings:
    """Readings of nothing, in their order, each of which ends when it is told to."""

    def __init__(self, read: Callable[[], Awaitable[Collected]]) -> None:
        self.read, self.begun, self.may_end, self.first_fails = read, 0, asyncio.Event(), False

    async def one(self) -> Collected:
        self.begun = number = self.begun + 1
        await self.may_end.wait()
        if self.first_fails and number == 1:
            raise FactsUnreadable("it is away")
        return await self.read()


async def test_who_asks_during_a_reading_never_gets_that_one(database: Database) -> None:
    readings = Readings(lambda: collect(database, MONGO, ANALYSIS, NOW))
    shared = SharedReading()
    first = asyncio.create_task(shared.read(readings.one))
    await asyncio.sleep(0)
    later = [asyncio.create_task(shared.read(readings.one)) for _ in range(5)]
    await asyncio.sleep(0)
    readings.may_end.set()

    one, *others = await asyncio.gather(first, *later)

    assert readings.begun == 2
    assert all(other is others[0] for other in others)
    assert one is not others[0]
    assert await shared.read(readings.one) is not others[0], "nothing is kept for later"


async def test_a_reading_that_fails_is_nobody_elses_answer(database: Database) -> None:
    readings = Readings(lambda: collect(database, MONGO, ANALYSIS, NOW))
    readings.first_fails = True
    shared = SharedReading()
    first, second = [asyncio.create_task(shared.read(readings.one)) for _ in range(2)]
    await asyncio.sleep(0)
    readings.may_end.set()

    with pytest.raises(FactsUnreadable):
        await first
    assert (await second).facts.signals == ()
    assert readings.begun == 2
