"""Another process finishes what somebody asked for: they learn the true end. Nothing slow holds a lease."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import ModelRef
from operator_core.domain.changes import Result
from operator_core.domain.journal import JournalEntry, Leases
from operator_core.domain.proposals import Draft, Proposal, State
from operator_core.errors import LeaseLost
from operator_core.execution.executor import LATE, Execution, Executor, Progress
from operator_core.store.stores import Stores
from support.crashes import Crash, dies_at
from support.small_catalogue import MONGO, NOW, Clock, adding, draft, every_gate_open, renaming, stores_with

Database = AsyncDatabase[dict[str, Any]]
SHORT = Leases(outcome_seconds=0)
Deed = Callable[[Executor], Awaitable[Execution]]


def executor(database: Database, owner: str, clock: Clock, **options: Any) -> Executor:
    return Executor(Stores(database, MONGO), owner=owner, clock=clock, **options)


async def begin(database: Database, drafted: Draft) -> Stores:
    stores = await stores_with(database)
    await stores.proposals.insert(drafted, NOW)
    return stores


async def unanswered(stores: Stores, clock: Clock) -> list[str]:
    entries = await stores.journal.unanswered(clock() - LATE, clock())
    return [entry.id for entry in entries if entry.owner != "earlier"]


async def approve(asked: Executor) -> Execution:
    return await asked.execute("P-1", 1, by="U1", asked_in="C1")


async def undo(asked: Executor) -> Execution:
    return await asked.undo("J-1", by="U1", asked_in="C1")


DEEDS: dict[str, tuple[Draft, Deed]] = {
    "disable": (draft(), approve),
    "rename": (renaming(), approve),
    "add": (adding("new-1", "new-2"), approve),
    "undo": (draft(), undo),
}


@pytest.mark.parametrize("step", ["opened", "changed", "recorded", "reported", "held", "moved"])
@pytest.mark.parametrize("name", DEEDS)
async def test_whoever_asked_learns_how_the_other_process_ended_it(
    database: Database, name: str, step: str
) -> None:
    drafted, deed = DEEDS[name]
    stores, clock = await begin(database, drafted), Clock()
    if deed is undo:
        await approve(executor(database, "earlier", clock))
    finished: list[Execution] = []

    async def overslept(progress: Progress) -> None:
        if progress.step == step and not finished:
            clock.advance(minutes=5)
            finished.extend(await executor(database, "heir", clock).recover())

    learned = await deed(executor(database, "asked", clock, on_progress=overslept))

    assert [learned] == finished
    assert learned.entry.owner == "heir"
    assert (learned.entry.by, learned.entry.asked_in) == ("U1", "C1")
    assert {outcome.result for outcome in learned.entry.outcomes} == {Result.DONE}
    assert await unanswered(stores, clock) == [], "the heir leaves it to who was asked"
    clock.advance(minutes=2)
    assert await unanswered(stores, clock) == [learned.entry.id], "unless they don't"
    await stores.journal.mark_answered(learned.entry.id)
    assert await unanswered(stores, clock) == []


async def test_an_approval_that_another_carries_out_before_it_is_begun_is_learned_too(
    database: Database,
) -> None:
    await begin(database, draft())
    clock = Clock()

    async def slow_evidence(proposal: Proposal) -> Mapping[ModelRef, str]:
        clock.advance(minutes=5)
        await executor(database, "heir", clock).recover()
        return {}

    learned = await approve(executor(database, "asked", clock, recheck=slow_evidence))

    assert (learned.entry.owner, learned.entry.fence) == ("heir", 2)
    assert (learned.entry.by, learned.entry.asked_in) == ("U1", "C1")
    assert learned.proposal.state == State.EXECUTED


async def test_who_waited_long_enough_hears_that_it_goes_on_and_the_other_may_tell_them(
    database: Database,
) -> None:
    stores, clock = await begin(database, draft()), Clock()

    async def taken_over(progress: Progress) -> None:
        if progress.step == "opened":
            clock.advance(minutes=5)
            await stores.journal.take_over("J-1", "heir", clock())

    with pytest.raises(LeaseLost, match="J-1 is not over yet: another process goes on with it"):
        await approve(executor(database, "asked", clock, on_progress=taken_over, leases=SHORT))

    clock.advance(minutes=2)
    (execution,) = await executor(database, "heir", clock).recover()
    clock.advance(minutes=2)
    assert await unanswered(stores, clock) == [execution.entry.id]


async def begun(database: Database, step: str, clock: Clock) -> None:
    with pytest.raises(Crash):
        await approve(executor(database, "dead", clock, on_progress=dies_at(step)))


@pytest.mark.parametrize(
    ("slow", "step"),
    [
        *(("recheck", step) for step in ("claimed", "opened", "changed", "recorded")),
        *(("gates", step) for step in ("opened", "changed", "recorded")),
    ],
)
async def test_what_is_slow_is_looked_up_before_the_lease_is_taken(
    database: Database, slow: str, step: str
) -> None:
    stores, clock = await begin(database, draft()), Clock()
    await begun(database, step, clock)
    await database["operator_proposals"].update_one({}, {"$set": {"moves.0.by": "policy"}})
    await database["operator_journal"].update_one({}, {"$set": {"actor": "policy"}})
    clock.advance(minutes=5)
    seen: list[JournalEntry | None] = []

    async def takes_minutes(proposal: Proposal) -> Mapping[ModelRef, str]:
        seen.append(await stores.journal.find("J-1"))
        clock.advance(minutes=5)
        return {} if slow == "recheck" else await every_gate_open(proposal)

    heir = executor(database, "heir", clock, **{"gates": every_gate_open, slow: takes_minutes})
    (execution,) = await heir.recover()

    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.DONE}
    [before] = seen
    assert before is None or before.owner == "dead"
