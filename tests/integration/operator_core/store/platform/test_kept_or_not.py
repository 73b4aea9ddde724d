"""Where ids aren't made by the clock, nothing is kept; what the platform deletes by its age is no difference;
and what nobody names goes soon."""

import hashlib
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from operator_core.store.indexes import missing_platform_indexes
from operator_core.store.platform.reading import UNPROVED, Use
from operator_core.store.platform.signals import collect
from support.drawn.growing import COLLECTION, FIELDS, MARK, Database, Growing, assert_same
from support.drawn.platform import ANALYSIS, MONGO, NOW, Document, time_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Make = Callable[[Document, int], object]
random_ = random.Random(1)


def at_clock(row: Document, ahead: timedelta, nth: int) -> ObjectId:
    at = time_of(row, ("gen_ts", "run_ts", "ts", "created_at", "timestamp"))
    made = min(at, NOW) if isinstance(at, datetime) else NOW - 200 * HOUR
    return ObjectId(int((made + ahead).timestamp()).to_bytes(4, "big") + nth.to_bytes(8, "big"))


def hashed(row: Document, nth: int) -> ObjectId:
    return ObjectId(hashlib.sha256(f"{row}{nth}".encode()).digest()[:12])


NOT_BY_THE_CLOCK: dict[str, Make] = {
    "at random": lambda row, nth: ObjectId(random_.randbytes(12)),
    "hashes": hashed,
    "counted": lambda row, nth: ObjectId(nth.to_bytes(12, "big")),
    "a clock that stands": lambda row, nth: at_clock({}, -300 * DAY, nth),
    "a clock a day behind": lambda row, nth: at_clock(row, -DAY, nth),
    "of one provider": lambda row, nth: at_clock(row, -DAY * (row.get("provider") == "groq"), nth),
    "of some of its rows": lambda row, nth: at_clock(
        row, -DAY * (row.get("provider") == "groq" and nth % 3 == 0), nth
    ),
}
BY_THE_CLOCK: dict[str, Make] = {
    "as measured": lambda row, nth: at_clock(row, 0 * HOUR, nth),
    "two hours behind": lambda row, nth: at_clock(row, -2 * HOUR, nth),
    "hours ahead": lambda row, nth: at_clock(row, 5 * HOUR, nth),
    "imported half an hour ago, much of it": lambda row, nth: at_clock(
        row if nth % 3 else {"ts": NOW - HOUR / 2}, 0 * HOUR, nth
    ),
    "one in fifty by a wrong clock": lambda row, nth: at_clock(row, -30 * DAY * (nth % 50 == 0), nth),
}


async def with_ids(database: Database, make: Make) -> Growing:
    platform = Growing(database, 3, indexed=False)
    await platform.start()
    await platform.goes_on_until(NOW)
    nth = 0
    for name, rows in platform.here.items():
        await database[name].delete_many({})
        for row in rows:
            nth += 1
            await database[name].insert_one({**row, "_id": make(row, nth)})
    return platform


@pytest.mark.parametrize("ids", NOT_BY_THE_CLOCK)
async def test_where_ids_tell_nothing_all_is_read_each_time_and_doctor_says_so(
    database: Database, ids: str
) -> None:
    make = NOT_BY_THE_CLOCK[ids]
    platform = await with_ids(database, make)
    for nth, use in enumerate((Use.KEEP, Use.READ, Use.PROVE, Use.READ, Use.KEEP, Use.READ)):
        row = {"provider": "groq", "model_name": "model-a", "gen_ts": NOW - nth * HOUR / 9}
        platform.here["ok"].append(row)
        await database["ok"].insert_one({**row, "_id": make(row, 3 * nth + 6000)})
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))
    assert (await collect(database, MONGO, ANALYSIS, NOW, use=Use.KEEP)).differed is None
    assert await database[COLLECTION].count_documents({"data": {"$exists": True}}) == 0
    why = [i.why for i in await missing_platform_indexes(database, MONGO) if i.collection in FIELDS]
    assert [one.endswith("each look reads all rows of the window") for one in why] == [True, True]

    await platform.index()

    for use in (Use.KEEP, Use.READ, Use.PROVE, Use.READ):
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))
    assert await database[COLLECTION].count_documents({"data": {"$exists": True}})


@pytest.mark.parametrize("ids", BY_THE_CLOCK)
async def test_where_ids_tell_enough_it_is_kept(database: Database, ids: str) -> None:
    platform = await with_ids(database, BY_THE_CLOCK[ids])

    for use in (Use.KEEP, Use.READ, Use.PROVE, Use.READ):
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))

    assert await database[COLLECTION].count_documents({"data": {"$exists": True}})
    why = [i.why for i in await missing_platform_indexes(database, MONGO) if i.collection in FIELDS]
    assert [one.endswith("as their _id tells") for one in why] == [True, True]


async def test_ids_that_turn_out_to_tell_nothing_end_what_was_kept(database: Database) -> None:
    platform = await with_ids(database, BY_THE_CLOCK["as measured"])
    await platform.facts(NOW, Use.KEEP)
    for nth in range(200):
        row = {"provider": "groq", "model_name": "model-a", "gen_ts": NOW - nth * HOUR}
        platform.here["ok"].append(row)
        await database["ok"].insert_one({**row, "_id": hashed(row, nth)})

    await platform.facts(NOW, Use.PROVE)

    for use in (Use.READ, Use.KEEP, Use.READ):
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))
    assert (await database[COLLECTION].find_one({"_id": MARK}) or {})["days"] == []


Which = Callable[[Document, datetime], bool]
AGED: dict[str, Which] = {
    "of six days": lambda row, at: at < NOW - 6 * DAY,
    "of three days and a half": lambda row, at: at < NOW - 3.5 * DAY,
    "failures only": lambda row, at: "stage" in row and at < NOW - 5 * DAY,
    "by another time of theirs": lambda row, at: at + HOUR * (len(str(row)) % 5) / 10 < NOW - 5 * DAY,
}
REAL: dict[str, Which] = {
    "of one provider": lambda row, at: row.get("provider") == "groq" and at < NOW - 3 * DAY,
    "of one model": lambda row, at: row.get("model_name") == "model-d",
    "of a day in between": lambda row, at: NOW - 4 * DAY < at < NOW - 3 * DAY,
    "every other": lambda row, at: at.microsecond // 1000 % 2 == 0,
    "the newest kept": lambda row, at: NOW - 30 * HOUR < at < NOW - 20 * HOUR,
    "all": lambda row, at: True,
}


async def deletes(platform: Growing, which: Which) -> None:
    for name, rows in platform.here.items():
        stored = await platform.database[name].find().to_list()
        there = [(row, time_of(row, FIELDS[name])) for row in stored]
        gone = [row["_id"] for row, at in there if isinstance(at, datetime) and which(row, at)]
        await platform.database[name].delete_many({"_id": {"$in": gone}})
        rows[:] = [
            row
            for row in rows
            if not (isinstance(at := time_of(row, FIELDS[name]), datetime) and which(row, at))
        ]


async def kept(database: Database, seed: int) -> Growing:
    platform = Growing(database, seed, indexed=True)
    await platform.start()
    await platform.goes_on_until(NOW)
    await platform.facts(NOW, Use.KEEP)
    return platform


async def differed(platform: Growing) -> int | None:
    proof = await collect(platform.database, MONGO, ANALYSIS, NOW, use=Use.PROVE)
    assert_same(proof.facts, platform.by_hand(NOW))
    assert_same(await platform.facts(NOW, Use.READ), platform.by_hand(NOW))
    return proof.differed


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("which", AGED)
async def test_what_the_platform_deletes_by_its_age_is_no_difference(
    database: Database, which: str, seed: int
) -> None:
    platform = await kept(database, seed)
    await deletes(platform, AGED[which])

    assert await differed(platform) == 0


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("which", REAL)
async def test_what_is_deleted_otherwise_is_said(database: Database, which: str, seed: int) -> None:
    platform = await kept(database, seed)
    await deletes(platform, REAL[which])

    assert await differed(platform)


async def edit(platform: Growing) -> None:
    await platform.edit_some()


async def late(platform: Growing) -> None:
    row = {"provider": "groq", "model_name": "model-a", "gen_ts": NOW - 40 * HOUR}
    platform.here["ok"].append(row)
    await platform.database["ok"].insert_one(dict(row))


@pytest.mark.parametrize("change", [edit, late])
async def test_a_difference_is_said_where_the_platform_deleted_besides(
    database: Database, change: Callable[[Growing], Awaitable[None]]
) -> None:
    platform = await kept(database, 13)
    await deletes(platform, AGED["of six days"])
    await change(platform)

    assert await differed(platform)
    assert await differed(platform) == 0


async def test_what_no_mark_names_goes_days_before_the_window_does(database: Database) -> None:
    """Whoever could not know whether its mark landed leaves days behind."""
    documents, platform = database[COLLECTION], Growing(database, 14, indexed=True)
    await platform.start()
    await platform.goes_on_until(NOW - 30 * HOUR)
    await platform.facts(NOW - 30 * HOUR, Use.KEEP)
    marks = await documents.find({"days": {"$exists": True}}).to_list()
    await platform.goes_on_until(NOW - 20 * HOUR)
    await platform.facts(NOW - 20 * HOUR, Use.KEEP)
    left = {one["_id"] async for one in documents.find({"data": {"$exists": True}})}
    for mark in marks:
        await documents.replace_one({"_id": mark["_id"]}, mark)
    await platform.goes_on_until(NOW)

    await platform.facts(NOW, Use.PROVE)

    named = {
        name
        async for mark in documents.find({"days": {"$exists": True}})
        for *_, some in mark["days"]
        for name in some
    }
    by_name = {
        one["_id"]: one["expires_at"].replace(tzinfo=UTC) async for one in documents.find() if "data" in one
    }
    assert left - named
    lasts = timedelta(milliseconds=UNPROVED)
    assert {by_name[name] for name in named} == {NOW + lasts}
    assert {at for name, at in by_name.items() if name not in named} <= {NOW - 20 * HOUR + lasts}
