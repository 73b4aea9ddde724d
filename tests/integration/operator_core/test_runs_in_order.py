"""A run that began earlier and ends later: what the later one found stands, whatever the clocks say."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.proposals import Proposal, State
from operator_core.store.records.memory import Memory
from operator_core.use_cases import UseCases
from sandbox.llm import Answer, Reply, Request, failing
from support.core import SENSIBLE, core_over
from support.small_catalogue import MONGO, NOW
from support.small_platform import GONE, SPENT, every_six_hours, failures, fill, successes

Document = dict[str, Any]
Database = AsyncDatabase[Document]
NAMES = ("gone-1b", "gone-2b")
Since = Callable[[Database], Awaitable[None]]
CLOCKS = [timedelta(hours=-1), timedelta(0), timedelta(hours=1)]
"""How far the later run's clock is ahead."""


def hesitant() -> Answer:
    """An LLM that must be asked twice: what happens in between is up to the test."""
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return failing(503) if len(asked) == 1 else SENSIBLE(request)

    return answer


async def overtaken(
    database: Database,
    since: Since,
    ahead: timedelta = timedelta(0),
    before: Callable[[UseCases], Awaitable[None]] | None = None,
    providers: tuple[str, ...] = (),
) -> tuple[list[Proposal], UseCases, str]:
    """An older run has read its facts when something happens and a later run begins and ends.

    All proposals as the later run left them; and the later run's id.
    """
    left: list[Proposal] = []
    ran: list[str] = []

    async def the_later_one(seconds: float) -> None:
        await since(database)
        async with core_over(database, clock=lambda: NOW + ahead, owner="later") as (later, _):
            run, _ = await later.run("later", providers)
            ran.append(run.id)
            left.extend(await later.stores.proposals.recent())

    async with core_over(database, hesitant(), sleep=the_later_one, owner="older") as (older, _):
        if before is not None:
            await before(older)
        await older.run("older", providers)
        assert sorted(left, key=lambda p: p.id) == sorted(
            await older.stores.proposals.recent(), key=lambda p: p.id
        ), "the older run changed nothing of it"
        return left, older, ran[0]


async def failing_for_days(database: Database) -> None:
    await fill(database, NAMES, [row for name in NAMES for row in failures(name, GONE, every_six_hours(96))])


async def they_answer(database: Database) -> None:
    await database[MONGO.successes].insert_many([row for name in NAMES for row in successes(name, -0.01)])


async def one_answers(database: Database) -> None:
    await database[MONGO.successes].insert_many(list(successes(NAMES[0], -0.01)))


async def they_fail_otherwise(database: Database) -> None:
    hours = [-0.01 * number / 40 for number in range(40)]
    await database[MONGO.errors].insert_many([row for name in NAMES for row in failures(name, SPENT, hours)])


async def nothing(database: Database) -> None:
    """Everything is as it was."""


@pytest.mark.parametrize("ahead", CLOCKS, ids=str)
@pytest.mark.parametrize("since", [nothing, they_answer, one_answers, they_fail_otherwise])
async def test_the_older_run_neither_overwrites_nor_clears_nor_asks_anew(
    database: Database, since: Since, ahead: timedelta
) -> None:
    await failing_for_days(database)
    await overtaken(database, since, ahead)


@pytest.mark.parametrize("ahead", CLOCKS[1:], ids=str)
async def test_what_the_later_run_cleared_is_not_asked_again(database: Database, ahead: timedelta) -> None:
    await failing_for_days(database)

    async def asked_yesterday(use_cases: UseCases) -> None:
        async with core_over(database, None) as (earlier, _):  # rules judge: nothing is remembered
            await earlier.run("yesterday")

    left, _, _ = await overtaken(database, they_answer, ahead, asked_yesterday)

    assert {proposal.state for proposal in left} == {State.CLEARED}
    statuses = await database[MONGO.model_status].find({"operator_decision": {"$exists": True}}).to_list()
    assert statuses == []


@pytest.mark.parametrize("providers", [(), ("groq",)])
async def test_of_one_provider_as_of_all(database: Database, providers: tuple[str, ...]) -> None:
    await failing_for_days(database)
    left, _, later = await overtaken(database, one_answers, providers=providers)
    assert {proposal.run_id for proposal in left} == {later}


async def test_memory_keeps_what_the_later_run_heard(database: Database) -> None:
    await failing_for_days(database)
    ahead = timedelta(minutes=-30)
    left, _, _ = await overtaken(database, one_answers, ahead)
    fingerprints = [proposal.fingerprint for proposal in left]
    remembered = await Memory(database).recall(fingerprints)
    assert {one.judged_at for one in remembered.values()} == {NOW + ahead}


@pytest.mark.parametrize("ahead", CLOCKS, ids=str)
async def test_the_last_good_run_is_the_one_that_began_last(database: Database, ahead: timedelta) -> None:
    await failing_for_days(database)
    _, use_cases, later = await overtaken(database, nothing, ahead)
    last = await use_cases.last_good_run()
    assert last is not None
    assert last.id == later
