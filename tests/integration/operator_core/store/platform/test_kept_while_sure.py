"""What is kept is relied on only while it is surely of these rows: else they are read, and it is mended."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from operator_core.store.platform.reading import Use
from operator_core.store.platform.signals import collect
from support.drawn.growing import COLLECTION, FIELDS, MARK, Database, Growing, assert_same
from support.drawn.platform import ANALYSIS, MONGO, NOW, Document, facts_by_hand

HOUR = timedelta(hours=1)
ROW = {"provider": "groq", "model_name": "model-a"}
ALL_USES = (Use.NONE, Use.READ, Use.KEEP, Use.READ, Use.PROVE, Use.READ, Use.KEEP)


async def grown(database: Database, seed: int, *, indexed: bool = True) -> Growing:
    """All its rows are there, and the older ones are kept."""
    platform = Growing(database, seed, indexed=indexed)
    await platform.start()
    await platform.goes_on_until(NOW + timedelta(days=20))
    for hours in (30, 10):
        await platform.facts(NOW - hours * HOUR, Use.KEEP)
    mark = await database[COLLECTION].find_one({"_id": MARK}) or {}
    assert mark["until"] > 0
    assert mark["days"]
    return platform


async def arrives(database: Database, platform: Growing, **times: Any) -> None:
    """A success without an id of its own; inserted now, by the clock of the platform."""
    platform.here["ok"].append(ROW | times)
    identity = ObjectId(int(NOW.timestamp()).to_bytes(4, "big") + bytes(8))
    await database["ok"].insert_one({"_id": identity} | platform.here["ok"][-1])


async def drop_indexes(database: Database) -> None:
    for name, (field, *_) in FIELDS.items():
        await database[name].drop_index(f"{field}_1")


async def drop_the_rows(database: Database) -> None:
    for name in FIELDS:
        await database[name].drop()
        await database.create_collection(name)


async def begin_anew(database: Database) -> None:
    """With others under the name, of the same times and found in the same way."""
    for name, (field, *_) in FIELDS.items():
        rows = await database[name].find().to_list()
        await database[name].drop()
        await database[name].create_index(field)
        await database[name].insert_many(rows[: len(rows) // 2])


async def move_into_its_place(database: Database) -> None:
    for name, (field, *_) in FIELDS.items():
        rows = await database[name].find().to_list()
        await database[f"{name}_new"].create_index(field)
        await database[f"{name}_new"].insert_many(rows[::3])
        await database[f"{name}_new"].rename(name, dropTarget=True)


Change = Callable[[Database], Awaitable[None]]


@pytest.mark.parametrize("change", [drop_the_rows, begin_anew, move_into_its_place])
async def test_another_collection_of_the_same_name_is_read(database: Database, change: Change) -> None:
    platform = await grown(database, 2)
    await change(database)
    for name in FIELDS:
        platform.here[name] = [one async for one in database[name].find({}, {"_id": 0}, batch_size=9999)]
        platform.here[name] = [_aware(one) for one in platform.here[name]]

    for use in ALL_USES:
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))


def _aware(row: Document) -> Document:
    row.setdefault("provider", None)
    return row


@pytest.mark.parametrize("hours", [-2.5, 1, 30, 9_000, -900_000])
async def test_a_watermark_ahead_of_the_clock_is_not_trusted_and_is_put_right(
    database: Database, hours: float
) -> None:
    """The clock stood wrong when it was written."""
    platform, kept = await grown(database, 3), database[COLLECTION]
    until = int((NOW + hours * HOUR).timestamp() * 1000)
    assert (
        await kept.update_many({"days": {"$exists": True}}, {"$set": {"until": until}})
    ).modified_count == 2
    await arrives(database, platform, gen_ts=NOW - 3 * HOUR / 2)

    for use in ALL_USES:
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))
    mark = await kept.find_one({"_id": MARK}) or {}
    assert 0 < mark["until"] <= int((NOW - 3 * HOUR).timestamp() * 1000)


@pytest.mark.parametrize("days", [0.2, 2, 400])
async def test_a_clock_that_steps_ahead_and_back_changes_nothing(database: Database, days: float) -> None:
    platform = await grown(database, 4)
    await arrives(database, platform, gen_ts=NOW + timedelta(days=days) - 4 * HOUR)
    for use in (Use.KEEP, Use.PROVE):
        await platform.facts(NOW + timedelta(days=days), use)
    platform.here["ok"].append(ROW | {"gen_ts": NOW - HOUR})
    await database["ok"].insert_one(dict(platform.here["ok"][-1]))

    for use in ALL_USES:
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))


@pytest.mark.parametrize("rests", [False, True], ids=["goes on", "rests"])
@pytest.mark.parametrize("ids", ["inserted", "names", "numbers"])
async def test_where_rows_are_found_otherwise_a_proof_begins_anew(
    database: Database, ids: str, rests: bool
) -> None:
    platform = await grown(database, 5)
    await drop_indexes(database)
    if ids != "inserted":
        for name in FIELDS:
            rows = await database[name].find().to_list()
            await database[name].delete_many({})
            new = [row | {"_id": f"row {nth}" if ids == "names" else nth} for nth, row in enumerate(rows)]
            await database[name].insert_many(new)
    now = NOW + timedelta(days=2) if rests else NOW

    await platform.facts(now, Use.PROVE)

    platform.here["ok"].append(ROW | {"gen_ts": now - 50 * HOUR})
    made: dict[str, object] = {"inserted": ObjectId.from_datetime(now), "names": "late", "numbers": 99_999}
    await database["ok"].insert_one({"_id": made[ids]} | platform.here["ok"][-1])
    for use in ALL_USES:
        assert_same(await platform.facts(now, use), platform.by_hand(now))


async def edit(platform: Growing) -> None:
    await platform.edit_some()


async def late(platform: Growing) -> None:
    await arrives(platform.database, platform, gen_ts=NOW - 40 * HOUR)


async def delete(platform: Growing) -> None:
    await platform.database["ok"].delete_many({"model_name": "model-d"})
    platform.here["ok"] = [one for one in platform.here["ok"] if one["model_name"] != "model-d"]


@pytest.mark.parametrize("change", [edit, late, delete])
async def test_without_a_schedule_whoever_keeps_proves_once_a_day(
    database: Database, change: Callable[[Growing], Awaitable[None]]
) -> None:
    platform = await grown(database, 6)
    await change(platform)
    day_later = NOW - 30 * HOUR + timedelta(days=1)
    differed = [
        bool((await collect(database, MONGO, ANALYSIS, now, use=Use.KEEP)).differed)
        for now in (day_later - 2 * HOUR, day_later, day_later + HOUR, day_later + 2 * HOUR)
    ]

    assert differed == [False, False, True, False]
    assert_same(await platform.facts(NOW, Use.READ), platform.by_hand(NOW))


VIEWS: dict[str, list[Document]] = {
    "as they are": [],
    "without ids": [{"$project": {"_id": 0}}],
    "with other ids": [{"$set": {"_id": {"of": "$_id"}}}],
}


@pytest.mark.parametrize("view", VIEWS)
async def test_of_a_view_nothing_is_kept_and_all_is_read(database: Database, view: str) -> None:
    platform = Growing(database, 7, indexed=False)
    await platform.start()
    await platform.goes_on_until(NOW)
    for name in FIELDS:
        await database[name].rename(f"{name}_rows")
        await database.create_collection(name, viewOn=f"{name}_rows", pipeline=VIEWS[view])

    for use in ALL_USES:
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))
    assert await database[COLLECTION].count_documents({}) == 0


@pytest.mark.parametrize(
    "gen_ts", [1_795_000_000, {"$date": "2026-11-19"}, [], "19/11/2026 07:00", b"now", None]
)
@pytest.mark.parametrize("indexed", [True, False], ids=["by time", "by insertion"])
async def test_a_success_counts_by_its_other_time_once_it_is_there(
    database: Database, gen_ts: object, indexed: bool
) -> None:
    """Of a document in place of a time a proof must have seen one before: few servers find it by an index."""
    platform = await grown(database, 8, indexed=indexed)
    await arrives(database, platform, gen_ts=gen_ts, run_ts=NOW - HOUR / 2)

    for use in (Use.READ, Use.KEEP, Use.READ, Use.NONE, Use.PROVE, Use.READ):
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))


async def test_a_document_in_place_of_a_time_counts_after_the_first_proof_of_one(database: Database) -> None:
    platform = await grown(database, 8)
    rows = platform.here["ok"] = [
        one for one in platform.here["ok"] if not isinstance(one.get("gen_ts"), dict | list)
    ]
    await database["ok"].delete_many({})
    await database["ok"].insert_many([dict(one) for one in rows])
    await database[COLLECTION].delete_many({})
    await platform.facts(NOW - HOUR, Use.KEEP)
    assert_same(await platform.facts(NOW, Use.READ), platform.by_hand(NOW))
    for proved in (False, True):
        before = platform.by_hand(NOW)
        platform.here["ok"].append(ROW | {"gen_ts": {"$date": 1}, "run_ts": NOW - HOUR / (3 - proved)})
        await database["ok"].insert_one(dict(platform.here["ok"][-1]))
        if not proved:
            assert_same(await platform.facts(NOW, Use.READ), before)
            await platform.facts(NOW, Use.PROVE)
        assert_same(await platform.facts(NOW, Use.READ), platform.by_hand(NOW))


@pytest.mark.parametrize("length", [199, 201, 5_000])
async def test_providers_of_long_names_are_kept_and_told_apart(database: Database, length: int) -> None:
    names = [f"{'p' * length}{end}" for end in ("", "a", "b")]
    platform = Growing(database, 9, indexed=True)
    for rows in (platform.models, *([row for _, _, row in platform.arriving],)):
        for row in rows:
            row["provider"] = dict(zip(("groq", "together", "openai"), names, strict=True)).get(
                str(row["provider"]), row["provider"]
            )
    await platform.start()
    await platform.goes_on_until(NOW)

    for use in (Use.KEEP, Use.READ):
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))
        assert_same(await platform.facts(NOW, use, names[1]), platform.by_hand(NOW, names[1]))
    mark = await database[COLLECTION].find_one({"_id": MARK}) or {}
    assert max(len(provider) for provider, _, _ in mark["days"]) <= 200


async def test_one_collection_may_hold_both_successes_and_failures(database: Database) -> None:
    platform = await grown(database, 10)
    mongo = MONGO.model_copy(update={"errors": MONGO.successes})

    seen = [(await collect(database, mongo, ANALYSIS, NOW, use=use)).facts for use in ALL_USES]

    assert all(one == seen[0] for one in seen)
    by_hand = facts_by_hand(platform.models, platform.here["ok"], [], now=NOW)
    assert [s.last_success for s in seen[0].signals if s.listed] == [
        s.last_success for s in by_hand.signals if s.listed
    ]


@pytest.mark.parametrize("count", [150, 450, 1_500])
async def test_a_model_of_very_many_texts_is_kept_and_proved(database: Database, count: int) -> None:
    """Which texts are cut depends on the order in which they are read: that is no difference."""
    await database["models"].insert_one({"provider": "groq", "model_id": "model-a", "enabled": True})
    await database["failed"].create_index("ts")
    await database.create_collection("ok")
    word = str.maketrans("0123456789", "abcdefghij")
    rows = [
        ROW | {"ts": NOW - (5 + nth % 60) * HOUR, "message": f"{str(nth * 7919).translate(word)} went wrong"}
        for nth in range(count)
    ]
    for some in (rows[::3], rows[1::3], rows[2::3]):
        await database["failed"].insert_many([dict(one) for one in some])
    for now in (NOW - 30 * HOUR, NOW - 20 * HOUR, NOW):
        facts = (await collect(database, MONGO, ANALYSIS, now, use=Use.KEEP)).facts
    assert sum(one.failures for one in facts.signals) == count

    proof = await collect(database, MONGO, ANALYSIS, NOW, use=Use.PROVE)

    assert (proof.differed, sum(one.failures for one in proof.facts.signals)) == (0, count)


@pytest.mark.parametrize("change", [edit, late, delete])
@pytest.mark.parametrize("days", [1.2, 3, 8, -2])
async def test_what_nobody_proved_for_more_than_a_day_is_not_relied_on(
    database: Database, days: float, change: Callable[[Growing], Awaitable[None]]
) -> None:
    platform, kept = await grown(database, 7), database[COLLECTION]
    await change(platform)
    proved = int((NOW - timedelta(days=days)).timestamp() * 1000)
    await kept.update_many({"days": {"$exists": True}}, {"$set": {"proved": proved}})

    assert_same(await platform.facts(NOW, Use.READ), platform.by_hand(NOW))


@pytest.mark.parametrize("change", [edit, late, delete])
async def test_a_proof_goes_before_whoever_keeps_in_the_same_moment(
    database: Database, change: Callable[[Growing], Awaitable[None]]
) -> None:
    platform = await grown(database, 8)
    await change(platform)

    uses = (Use.PROVE, Use.KEEP, Use.KEEP, Use.KEEP)
    proof, *_ = await asyncio.gather(*(collect(database, MONGO, ANALYSIS, NOW, use=use) for use in uses))

    assert proof.differed
    assert_same(await platform.facts(NOW, Use.READ), platform.by_hand(NOW))


@pytest.mark.parametrize("names", [[{}], [["a"]], [7], "abc", [None]])
async def test_a_mark_that_names_no_documents_is_replaced(database: Database, names: object) -> None:
    platform, kept = await grown(database, 9), database[COLLECTION]
    await kept.update_many({"days": {"$exists": True}}, {"$set": {"days": [["groq", 20_777, names]]}})

    for use in ALL_USES:
        assert_same(await platform.facts(NOW, use), platform.by_hand(NOW))


LOOKS_OLD = ("2019-13-45", "2026 11 19 07:00", "2026-02-30", "2025-11-31T25:00:00Z", "2026", "2018?")


@pytest.mark.parametrize("gen_ts", LOOKS_OLD)
@pytest.mark.parametrize("indexed", [True, False], ids=["by time", "by insertion"])
async def test_text_that_looks_too_old_and_cannot_be_read_is_old_however_it_is_read(
    database: Database, gen_ts: str, indexed: bool
) -> None:
    platform = await grown(database, 8, indexed=indexed)
    await arrives(database, platform, gen_ts=gen_ts, run_ts=NOW - HOUR / 2)
    by_rows = await platform.facts(NOW, Use.NONE)

    assert [await platform.facts(NOW, use) for use in ALL_USES] == [by_rows] * len(ALL_USES)
    assert (await collect(database, MONGO, ANALYSIS, NOW, use=Use.PROVE)).differed == 0
