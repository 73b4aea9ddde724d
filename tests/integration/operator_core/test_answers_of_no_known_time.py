"""Nobody's model is disabled while it answers, however its answers say when they came."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Binary, MaxKey, MinKey, ObjectId, Timestamp
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.decisions import Action
from support.small_catalogue import MONGO
from support.small_platform import GONE, ago, decision_on, every_six_hours, failures, fill, run_on

Document = dict[str, Any]
Database = AsyncDatabase[Document]
HOURS = (0.2, 2, 20, 40)

WRITTEN = [
    "%Y-%m-%d %H:%M:%S UTC",
    "%a, %d %b %Y %H:%M:%S GMT",
    "%Y-%m-%dT%H:%M:%SZ\n",
    " %Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%dt%H:%M:%Sz",
    "%b %d %Y %H:%M:%S",
    "%d %b %Y %H:%M:%S +0000",
    '"%Y-%m-%dT%H:%M:%S.5Z"',
    "%Y-%m-%d %H:%M:%S +0000 UTC",
]


async def answering(database: Database, times: list[Document]) -> None:
    await fill(database, ["m-7b"], failures("m-7b", GONE, [3 + hour for hour in every_six_hours(78)]))
    rows = [{"provider": "groq", "model_name": "m-7b", **time} for time in times]
    await database[MONGO.successes].insert_many(rows)


@pytest.mark.parametrize("written", WRITTEN)
async def test_an_answer_counts_however_its_time_is_written(database: Database, written: str) -> None:
    await answering(database, [{"gen_ts": ago(hours).strftime(written)} for hours in HOURS])

    run = await run_on(database)

    assert decision_on(run, "m-7b").action == Action.IGNORE
    assert run.unreadable == ()


@pytest.mark.parametrize(
    "unread",
    [
        "",
        5,
        True,
        {"$date": "now"},
        "soon",
        Binary(b"now"),
        ObjectId("6b0a3c4e" * 3),
        MaxKey(),
        MinKey(),
        float("nan"),
    ],
    ids=repr,
)
async def test_beside_a_time_that_cannot_be_read_another_is(database: Database, unread: object) -> None:
    await answering(database, [{"gen_ts": unread, "run_ts": ago(hours)} for hours in HOURS])

    run = await run_on(database)

    assert decision_on(run, "m-7b").action == Action.IGNORE
    assert run.unreadable == ()


async def test_a_timestamp_is_a_time(database: Database) -> None:
    await answering(database, [{"gen_ts": Timestamp(int(ago(h).timestamp()), 1)} for h in HOURS])

    assert decision_on(await run_on(database), "m-7b").action == Action.IGNORE


@pytest.mark.parametrize(
    "unread",
    [
        1795000000,
        1795000000000.0,
        "1795000000",
        "",
        "soon",
        True,
        {"$date": "2026-11-28"},
        ObjectId("6b0a3c4e" * 3),
        Binary(b"now"),
        MinKey(),
        None,
        datetime(2099, 1, 1, tzinfo=UTC),
    ],
    ids=repr,
)
async def test_a_model_whose_answers_have_no_usable_time_is_never_disabled_alone(
    database: Database, unread: object
) -> None:
    await answering(database, [{"gen_ts": unread}] * 2)

    run = await run_on(database)

    decision = decision_on(run, "m-7b")
    assert (decision.action, decision.alone) == (Action.DISABLE, False)
    assert decision.gate == "it has 2 successes of no usable time: it may answer again"
    assert run.unreadable_rows == 2


async def test_without_such_answers_it_is(database: Database) -> None:
    await answering(database, [{"gen_ts": ago(400)}])

    assert decision_on(await run_on(database), "m-7b").alone
