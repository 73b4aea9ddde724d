"""What is kept by provider and day, and the rows that came since, against all rows one by one: after any
runs, with rows that arrive late or twice, by clocks that differ, and with two who write at once."""

import asyncio
import os
from datetime import UTC, datetime, timedelta

import pytest

from operator_core.store.platform.reading import Use
from operator_core.store.platform.signals import collect
from support.drawn.growing import COLLECTION, FIELDS, MARK, Database, Growing, assert_same, moments
from support.drawn.platform import ANALYSIS, MONGO, NOW, Document


@pytest.mark.parametrize("indexed", [True, False], ids=["by time", "by insertion"])
@pytest.mark.parametrize("seed", range(int(os.environ.get("PLATFORMS", "8"))))
async def test_after_any_runs_the_facts_are_exactly_what_all_rows_say(
    database: Database, seed: int, indexed: bool
) -> None:
    platform = Growing(database, seed, indexed=indexed)
    await platform.start()
    kept = 0
    for now in moments(platform.random):
        await platform.goes_on_until(now)
        assert_same(await platform.facts(now, Use.READ), platform.by_hand(now))
        clocks = [now, now + timedelta(minutes=platform.random.randint(-10, 10))][
            : platform.random.choice((1, 1, 2))
        ]
        together = await asyncio.gather(*(platform.facts(one, Use.KEEP) for one in clocks))
        for clock, facts in zip(clocks, together, strict=True):
            assert_same(facts, platform.by_hand(clock))
        assert_same(await platform.facts(now, Use.READ, "groq"), platform.by_hand(now, "groq"))
        kept = await database["operator_rollups"].count_documents({})
    assert kept > 10


@pytest.mark.parametrize("indexed", [True, False], ids=["by time", "by insertion"])
@pytest.mark.parametrize("seed", range(3))
async def test_rows_too_late_and_rows_edited_count_after_a_proof_which_says_so(
    database: Database, seed: int, indexed: bool
) -> None:
    platform = Growing(database, seed, indexed=indexed, late=0.2)
    await platform.start()
    for now in moments(platform.random)[:-1]:
        await platform.goes_on_until(now)
        await platform.facts(now, Use.KEEP)
    await platform.goes_on_until(NOW)
    await platform.edit_some()

    proof = await collect(database, MONGO, ANALYSIS, NOW, use=Use.PROVE)

    assert_same(proof.facts, platform.by_hand(NOW))
    assert proof.differed
    assert_same(await platform.facts(NOW, Use.READ), platform.by_hand(NOW))
    assert (await collect(database, MONGO, ANALYSIS, NOW, use=Use.PROVE)).differed == 0
    assert_same(
        await platform.facts(NOW + timedelta(hours=30), Use.KEEP), platform.by_hand(NOW + timedelta(hours=30))
    )


MARKS, DAYS = {"days": {"$exists": True}}, {"data": {"$exists": True}}
LOST: dict[str, tuple[Document, Document]] = {
    "watermarks": (MARKS, {"$set": {"until": "?"}}),
    "their times": (MARKS, {"$set": {"until": 10**17}}),
    "their ways": (MARKS, {"$set": {"way": "smell"}}),
    "names": (MARKS, {"$push": {"days": ["groq", 20_000, ["gone"]]}}),
    "the list": (MARKS, {"$set": {"days": [5]}}),
    "data": (DAYS, {"$set": {"data": b"?"}}),
    "types": (DAYS, {"$set": {"data": 7}}),
    "fields": (DAYS, {"$unset": {"data": ""}}),
}


@pytest.mark.parametrize("lost", [*LOST, "every third document", "all marks", "nothing"])
async def test_whatever_is_lost_of_what_is_kept_is_read_anew(database: Database, lost: str) -> None:
    """Lost with the watermark are days that stand: nothing in them counts twice. What another version keeps
    in its own way stays beside it."""
    platform, kept = Growing(database, 5, indexed=True), database[COLLECTION]
    await platform.start()
    await kept.insert_one({"_id": "2 gen_ts of ok", "way": {"new": 1}, "schema": 9})
    for hours in (30, 20):
        await platform.goes_on_until(NOW - timedelta(hours=hours))
        await platform.facts(NOW - timedelta(hours=hours), Use.KEEP)
    days = [one["_id"] async for one in kept.find(DAYS)]
    assert len(days) > 10
    if lost in LOST:
        assert (await kept.update_many(*LOST[lost])).modified_count
    elif lost == "all marks":
        await kept.delete_many(MARKS)
    elif lost != "nothing":
        await kept.delete_many({"_id": {"$in": days[::3]}})
    await platform.goes_on_until(NOW - timedelta(hours=10))
    now = NOW - timedelta(hours=10)

    assert_same(await platform.facts(now, Use.READ), platform.by_hand(now))
    assert_same(await platform.facts(now, Use.READ, "groq"), platform.by_hand(now, "groq"))
    for hours in (10, 0):
        now = NOW - timedelta(hours=hours)
        await platform.goes_on_until(now)
        assert_same(await platform.facts(now, Use.KEEP), platform.by_hand(now))
    assert_same(await platform.facts(NOW, Use.READ), platform.by_hand(NOW))
    assert await kept.count_documents({"schema": 9}) == 1


async def test_who_dies_before_the_watermark_moves_counts_nothing_twice(database: Database) -> None:
    platform, kept = Growing(database, 6, indexed=True), database[COLLECTION]
    await platform.start()
    await platform.goes_on_until(NOW - timedelta(hours=40))
    await platform.facts(NOW - timedelta(hours=40), Use.KEEP)
    marks = await kept.find(MARKS).to_list()
    await platform.goes_on_until(NOW - timedelta(hours=20))
    await platform.facts(NOW - timedelta(hours=20), Use.KEEP)
    for mark in marks:
        await kept.replace_one({"_id": mark["_id"]}, mark)

    await platform.goes_on_until(NOW)

    assert_same(await platform.facts(NOW, Use.READ), platform.by_hand(NOW))
    assert_same(await platform.facts(NOW, Use.KEEP), platform.by_hand(NOW))
    assert (await collect(database, MONGO, ANALYSIS, NOW, use=Use.PROVE)).differed == 0


async def test_an_index_that_comes_or_goes_changes_nothing(database: Database) -> None:
    platform = Growing(database, 7, indexed=False)
    await platform.start()
    for nth, now in enumerate(moments(platform.random)):
        await platform.goes_on_until(now)
        if nth % 3 == 1:
            await platform.index()
        if nth % 3 == 2:
            for name, (field, *_) in FIELDS.items():
                await database[name].drop_index(f"{field}_1")
        await platform.facts(now, Use.PROVE)
        assert_same(await platform.facts(now, Use.KEEP), platform.by_hand(now))


async def test_days_that_left_the_window_go(database: Database) -> None:
    platform = Growing(database, 4, indexed=True)
    await platform.start()
    await platform.goes_on_until(NOW)
    await platform.facts(NOW + timedelta(days=1), Use.KEEP)
    await database["ok"].insert_one(
        {"provider": "groq", "model_name": "a", "gen_ts": NOW + timedelta(days=30)}
    )

    await platform.facts(NOW + timedelta(days=30), Use.KEEP)

    first = (NOW + timedelta(days=18) - datetime(1970, 1, 1, tzinfo=UTC)).days
    mark = await database[COLLECTION].find_one({"_id": MARK}) or {}
    assert mark["days"] == [
        [provider, number, names] for provider, number, names in mark["days"] if number >= first
    ]
    marks = await database[COLLECTION].find(MARKS).to_list()
    assert await database[COLLECTION].count_documents(DAYS) == sum(len(one["days"]) for one in marks)


@pytest.mark.parametrize("name", ["a", 5, {"nth": 1}], ids=repr)
async def test_rows_whose_ids_tell_nothing_are_read_each_time(database: Database, name: object) -> None:
    platform = Growing(database, 3, indexed=False)
    await platform.start()
    await platform.goes_on_until(NOW - timedelta(hours=1))
    await platform.facts(NOW - timedelta(hours=1), Use.KEEP)
    assert await database[COLLECTION].count_documents({"_id": MARK})
    row = {"provider": "groq", "model_name": "model-a"}
    for nth, at in enumerate((NOW - timedelta(hours=30), NOW)):
        platform.here["ok"].append(row | {"gen_ts": at + timedelta(milliseconds=999)})
        await database["ok"].insert_one({"_id": f"{name} again" if nth else name, **platform.here["ok"][-1]})

    for use in (Use.READ, Use.KEEP, Use.READ, Use.PROVE, Use.READ):
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))
