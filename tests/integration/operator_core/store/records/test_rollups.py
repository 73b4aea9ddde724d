"""What is kept by provider and day comes back as it was, whatever its size; of two who write, one does."""

import random
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.diagnosis.results import Results, Said
from operator_core.errors import StoreUnavailable
from operator_core.store.records.rollups import Day, Mark, Rollups

Database = AsyncDatabase[dict[str, object]]
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
NAMES = ("model", "a.b/$c", "日本", " ", "")
DAYS = tuple(Day(provider, number) for provider in ("groq", "", "x.y") for number in (1, 20_000, 10**9))


def drawn(random_: random.Random) -> Results:
    """Few models and things said, so that they meet; some times stand twice."""
    results = Results(odd=Counter(random_.choices(("no time", "a.b"), k=random_.randrange(4))))
    for name in random_.choices(NAMES, k=random_.randrange(6)):
        runs = results.runs["groq", name]
        runs.answered.extend(random_.choices(range(-9, 10**13, 10**12), k=5))
        runs.undated += random_.randrange(3)
        for nth in range(random_.randrange(4)):
            status, kind = random_.choice((None, 404)), random_.choice((None, "", "gone"))
            said = Said(f"shape {nth}", status, kind, random_.choice((None, "call")), nth == 1)
            runs.fails(said, (nth, nth, 10**12), 10**12, f"text {nth}")
    results.settle()
    return results


@pytest.mark.parametrize("seed", range(5))
async def test_nothing_is_lost(database: Database, seed: int) -> None:
    random_ = random.Random(seed)
    kept, days = Rollups(database, "ok", "ts"), {day: drawn(random_) for day in DAYS}
    await kept.move(await kept.mark(), Mark("uuid", "time", 5, 4, 3, True), days, NOW)

    mark = await kept.mark()

    assert mark[:6] == ("uuid", "time", 5, 4, 3, True)
    assert await kept.load(mark) == days
    assert await kept.load(mark, ["groq"]) == {
        day: one for day, one in days.items() if day.provider == "groq"
    }
    texts = [
        one.text
        for results in days.values()
        for runs in results.runs.values()
        for one in runs.failed.values()
    ]
    again = (await kept.load(mark) or {}).values()
    assert texts == [
        one.text for results in again for runs in results.runs.values() for one in runs.failed.values()
    ]


async def test_a_day_of_a_million_failures_and_long_texts_stays_whole_in_small_documents(
    database: Database,
) -> None:
    random_, day, kept = random.Random(1), Results(), Rollups(database, "ok", "ts")
    for nth in range(1_000):
        text = "".join(random_.choices("abcdefgh ", k=2_000))
        many = random_.choices(range(10**12, 2 * 10**12), k=1_000)
        day.runs["groq", f"m{nth % 7}"].fails(Said(shape=text), many, max(many), text)
    day.settle()
    await kept.move(await kept.mark(), Mark("uuid", "time", 5, 4), {DAYS[0]: day}, NOW)

    mark = await kept.mark()

    assert await kept.load(mark) == {DAYS[0]: day}
    documents = await database["operator_rollups"].find().to_list()
    assert len(documents) > 2
    assert max(len(bson.encode(one)) for one in documents) < 4 * 2**20


async def test_of_two_who_write_one_does_and_nothing_of_the_other_stays(database: Database) -> None:
    one, other = Rollups(database, "ok", "ts"), Rollups(database, "ok", "ts")
    days = [{day: drawn(random.Random(seed)) for day in DAYS} for seed in range(4)]
    await one.move(await one.mark(), Mark(until=1), days[0], NOW)
    mine, yours = await one.mark(), await other.mark()
    assert await one.move(mine, Mark(until=2, days=mine.days), {DAYS[1]: days[1][DAYS[1]]}, NOW)
    assert not await other.move(yours, Mark(until=3, days=yours.days), days[2], NOW)

    mark = await one.mark()

    assert mark.until == 2
    assert await one.load(mark) == {**days[0], DAYS[1]: days[1][DAYS[1]]}
    await one.move(mark, Mark(until=4, days=mark.days), {}, NOW)
    assert await database["operator_rollups"].count_documents({"expires_at": NOW}) == len(DAYS)


TOO_MUCH: dict[str, dict[Day, list[Any]]] = {
    "too many days": {Day("p", number): ["gone"] for number in range(40_000)},
    "names too long": {Day("p", 1): ["x" * 17 * 2**20]},
    "what can't be stored": {Day("p", 1): [object()]},
    "another document's mark": {},
}


@pytest.mark.parametrize("why", TOO_MUCH)
async def test_of_a_refused_watermark_nothing_stays(database: Database, why: str) -> None:
    kept, days = Rollups(database, "ok", "ts"), {day: drawn(random.Random(1)) for day in DAYS}
    before = Mark(version="another") if not TOO_MUCH[why] else Mark()
    await kept.move(Mark(), Mark(until=1), {DAYS[0]: days[DAYS[0]]}, NOW)
    stored = await database["operator_rollups"].find().to_list()
    before = before if not TOO_MUCH[why] else await kept.mark()

    with suppress(StoreUnavailable):
        await kept.move(before, Mark(until=2, days=TOO_MUCH[why]), days, NOW)

    assert await database["operator_rollups"].find().to_list() == stored
