"""Many who approve in one moment: the evidence is read anew, but not once for each of them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from operator_core.domain.base import ModelRef
from operator_core.engine import SharedReading
from operator_core.errors import FactsUnreadable
from operator_core.store.platform.reading import Use
from operator_core.store.platform.signals import Collected, collect
from support.core import core_over
from support.evidence import ANALYSIS
from support.recorded import Recorder, recorded
from support.small_catalogue import MONGO, NOW
from support.small_platform import GONE, Database, Document, every_six_hours, failures, fill, successes

AT_ONCE = 20


def failures_read(recorder: Recorder) -> int:
    """How often they were asked for."""
    return sum(MONGO.errors in {sent.get("find"), sent.get("aggregate")} for sent in recorder.commands)


async def test_many_rechecks_of_a_provider_share_a_reading_that_began_after_they_asked(
    mongodb_uri: str, database_name: str, database: Database
) -> None:
    await fill(database, ["gone"], failures("gone", GONE, every_six_hours(96)))
    async with (
        recorded(mongodb_uri, database_name) as (watched, recorder),
        core_over(watched) as (use_cases, _),
    ):
        await use_cases.run("test")
        [proposal] = await use_cases.waiting()
        before = failures_read(recorder)
        assert await use_cases.evidence_changed(proposal) == {}
        of_one = failures_read(recorder) - before

        changed = await asyncio.gather(*(use_cases.evidence_changed(proposal) for _ in range(AT_ONCE)))

        assert changed == [{}] * AT_ONCE
        assert failures_read(recorder) - before <= 3 * of_one
        await database[MONGO.successes].insert_many(successes("gone", 0))
        assert ModelRef(provider="groq", model_id="gone") in await use_cases.evidence_changed(proposal)


LATE: dict[str, Document] = {
    "a date": {"gen_ts": NOW - timedelta(hours=6)},
    "text": {"gen_ts": (NOW - timedelta(hours=6)).isoformat()},
    "an older field": {"run_ts": NOW - timedelta(hours=6)},
    "an older field's text": {
        "gen_ts": None,
        "run_ts": f"{NOW - timedelta(hours=6):%a, %d %b %Y %H:%M:%S} +0000",
    },
    "beside a number": {"gen_ts": 1_795_000_000, "run_ts": NOW - timedelta(hours=6)},
    "beside a document": {"gen_ts": {"$date": "2026-11-19"}, "run_ts": NOW - timedelta(hours=6)},
    "beside a list of a time": {"gen_ts": [NOW - timedelta(hours=6)], "run_ts": NOW - timedelta(hours=6)},
    "in the middle of the streak": {"gen_ts": NOW - timedelta(hours=30)},
    "a clock ahead": {"gen_ts": NOW + timedelta(minutes=50)},
}


@pytest.mark.parametrize("late", LATE)
async def test_an_answer_that_came_too_late_to_be_kept_is_seen_before_a_disable(
    database: Database, late: str
) -> None:
    failing = [*failures("gone", GONE, range(10, 99, 6)), *failures("too", GONE, range(10, 99, 6))]
    await fill(database, ["gone", "too"], [*failing, *failures("alive", "odd", [1])])
    for collection, field in ((MONGO.successes, "gen_ts"), (MONGO.errors, "ts")):
        await database[collection].create_index(field)
    async with core_over(database) as (use_cases, _):
        await use_cases.run("test")
        assert await database["operator_rollups"].count_documents({})
        [proposal] = [one for one in await use_cases.waiting() if len(one.refs) == 2]
        assert await use_cases.evidence_changed(proposal) == {}
        await database[MONGO.successes].insert_one({"provider": "groq", "model_name": "gone"} | LATE[late])

        changed = await use_cases.evidence_changed(proposal)
        facts = await use_cases.resources.shared_facts(use_cases.now, "groq")
        assert await use_cases.facts(["groq"]) == facts, "what ends trials and tells wrong ids"

    of_rows = await collect(database, MONGO, ANALYSIS, NOW, ["groq"], Use.NONE)
    assert facts == of_rows.facts
    [gone] = [one for one in facts.signals if one.ref.model_id == "gone"]
    assert gone.last_success is not None
    failed_since = [at for at in range(10, 99, 6) if NOW - timedelta(hours=at) > gone.last_success]
    assert gone.failures == len(failed_since)
    assert [ref.model_id for ref in changed] == ([] if failed_since else ["gone"])


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
