"""A write that was under way when its batch changed hands lands when all is over: the journal says so."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from operator_core.domain.changes import Result
from operator_core.domain.journal import LEASE
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import Draft, State
from operator_core.errors import LeaseLost
from operator_core.execution.executor import Execution, Executor, OnProgress, Progress, unheard
from operator_core.store.stores import Stores
from support.faulty_wire import Fault, FaultyWire, faulty_wire
from support.small_catalogue import (
    MONGO,
    NOW,
    Clock,
    Database,
    Document,
    adding,
    catalogue_of,
    document,
    draft,
    enabling,
    renaming,
    stores_with,
)

OFF: Document = {"enabled": False, "disabled_reason": "x", "disabled_at": NOW, "disabled_by": "ben"}
DEEDS: dict[str, Draft] = {
    "disable": draft("a"),
    "enable": enabling("off"),
    "add": adding("new"),
    "rename": renaming(),
}
Lands = Callable[[], Awaitable[None]]


def executor(
    database: Database, clock: Clock, owner: str = "second", on_progress: OnProgress = unheard
) -> Executor:
    return Executor(Stores(database, MONGO), owner=owner, clock=clock, on_progress=on_progress)


async def a_minute_later(database: Database, clock: Clock) -> tuple[Execution, ...]:
    clock.advance(seconds=2 * LEASE.total_seconds())
    return await executor(database, clock).recover()


async def on_off(database: Database) -> dict[str, bool]:
    return {name: one["enabled"] for name, one in (await catalogue_of(database)).items()}


@asynccontextmanager
async def write_under_way(database: Database, uri: str, drafted: Draft, clock: Clock) -> AsyncIterator[Lands]:
    """The first owner's first write has left its process. What is yielded lets it land."""
    stores = await stores_with(database, document("a"), document("off", **OFF))
    await stores.proposals.insert(drafted, NOW)
    write = Fault(arrives=asyncio.Event())
    async with faulty_wire(uri, database.name) as (wire, over_wire):
        wire.faults = [write]
        first = asyncio.create_task(executor(over_wire, clock, "first").execute("P-1", 1, by="U1"))
        await write.sent.wait()

        async def lands() -> None:
            write.arrives.set()
            with suppress(LeaseLost):
                await first

        try:
            yield lands
        finally:
            await lands()


@pytest.mark.parametrize("name", DEEDS)
async def test_a_write_that_lands_after_the_undo_is_said_as_a_conflict(
    database: Database, mongodb_uri: str, name: str
) -> None:
    clock = Clock()
    async with write_under_way(database, mongodb_uri, DEEDS[name], clock) as lands:
        (finished,) = await a_minute_later(database, clock)
        assert finished.entry.fence == 2
        undo = await executor(database, clock).undo("J-1", by="U2")
        assert {outcome.result for outcome in undo.entry.outcomes} == {Result.DONE}
        as_undone = await on_off(database)
        assert await a_minute_later(database, clock) == ()
        await lands()
    assert await on_off(database) != as_undone

    (corrected,) = await a_minute_later(database, clock)

    assert corrected.entry.id == "J-1u1"
    (outcome,) = corrected.entry.outcomes
    assert outcome.result == Result.CONFLICT
    assert "after it was taken back" in outcome.detail
    assert corrected.proposal.state == State.PARTLY
    assert len((await Stores(database, MONGO).journal.get("J-1")).standing) == 1
    assert await a_minute_later(database, clock) == (), "said once"
    again = await executor(database, clock).undo("J-1", by="U2")
    assert {outcome.result for outcome in again.entry.outcomes} == {Result.DONE}
    assert again.proposal.state == State.UNDONE
    assert await on_off(database) == as_undone


@pytest.mark.parametrize("name", DEEDS)
async def test_a_late_write_that_was_said_only_in_the_journal_is_said_everywhere_by_the_next(
    database: Database, mongodb_uri: str, name: str
) -> None:
    """Whoever found it ended right after its last word in the journal."""
    clock, stores = Clock(), Stores(database, MONGO)
    async with write_under_way(database, mongodb_uri, DEEDS[name], clock) as lands:
        await a_minute_later(database, clock)
        undo = await executor(database, clock).undo("J-1", by="U2")
        await lands()
    first = undo.entry.changes[-1]
    assert first.undoes == 0
    await stores.journal.restate("J-1u1", len(undo.entry.changes) - 1, Result.CONFLICT, "it is there again")
    await stores.journal.restate("J-1", 0, Result.DONE, "")
    assert (await stores.proposals.get("P-1")).state == State.UNDONE

    (corrected,) = await a_minute_later(database, clock)

    assert (corrected.entry.id, corrected.proposal.state) == ("J-1", State.PARTLY)
    assert await a_minute_later(database, clock) == (), "said once"


class SlowLook(FaultyWire):
    """The faults befall looks at a proposal by its number."""

    def fault_of(self, command: Document) -> Fault:
        looks = command.get("find") == "operator_proposals" and "_id" in command["filter"]
        return self.faults.pop(0) if looks and self.faults else Fault()


@pytest.mark.parametrize("name", DEEDS)
async def test_an_undo_while_somebody_looks_for_late_writes_is_no_late_write(
    database: Database, mongodb_uri: str, name: str
) -> None:
    clock, stores = Clock(), Stores(database, MONGO)
    async with write_under_way(database, mongodb_uri, DEEDS[name], clock):
        await a_minute_later(database, clock)
        clock.advance(seconds=2 * LEASE.total_seconds())
        look = Fault(arrives=asyncio.Event())
        async with faulty_wire(mongodb_uri, database.name, SlowLook(mongodb_uri)) as (wire, over_wire):
            wire.faults = [look]
            looking = asyncio.create_task(executor(over_wire, clock, "third").recover())
            await look.sent.wait()
            undo = await executor(database, clock).undo("J-1", by="U2")
            look.arrives.set()

            assert await looking == ()

    assert (await stores.proposals.get("P-1")).state == State.UNDONE
    assert (await stores.journal.get("J-1u1")).outcomes == undo.entry.outcomes


@pytest.mark.parametrize("name", DEEDS)
@pytest.mark.parametrize("step", ["changed", "recorded"])
async def test_a_write_that_lands_during_the_undo_is_said_by_the_undo(
    database: Database, mongodb_uri: str, name: str, step: str
) -> None:
    clock = Clock()
    async with write_under_way(database, mongodb_uri, DEEDS[name], clock) as lands:
        await a_minute_later(database, clock)

        async def meanwhile(progress: Progress) -> None:
            if progress.step == step and progress.done == progress.of - (step == "changed"):
                await lands()

        undo = await executor(database, clock, on_progress=meanwhile).undo("J-1", by="U2")

    assert [outcome.result for outcome in undo.entry.outcomes] == [Result.CONFLICT]
    assert undo.entry.outcomes == (await Stores(database, MONGO).journal.get("J-1u1")).outcomes
    assert len((await Stores(database, MONGO).journal.get("J-1")).standing) == 1
    again = await executor(database, clock).undo("J-1", by="U2")
    assert {outcome.result for outcome in again.entry.outcomes} == {Result.DONE}


@pytest.mark.parametrize("name", ["disable", "add", "rename"])
async def test_a_write_that_lands_after_its_change_was_left_alone_stands_and_can_be_taken_back(
    database: Database, mongodb_uri: str, name: str
) -> None:
    clock = Clock()
    async with write_under_way(database, mongodb_uri, DEEDS[name], clock) as lands:
        before = await on_off(database)
        stores = Stores(database, MONGO)
        await stores.pause.put(Pause(by="U3", at=clock.advance(seconds=1), reason="stop"))
        (finished,) = await a_minute_later(database, clock)
        assert [outcome.result for outcome in finished.entry.outcomes] == [Result.SKIPPED]
        await lands()
    assert await on_off(database) != before

    (corrected,) = await a_minute_later(database, clock)

    assert corrected.entry.id == "J-1"
    (outcome,) = corrected.entry.outcomes
    of_a_rename = name == "rename"  # its first write adds the successor; the old model was left alone
    assert (outcome.result, "was added" in outcome.detail) == (
        (Result.SKIPPED, True) if of_a_rename else (Result.DONE, False)
    )
    await executor(database, clock).undo("J-1", by="U2")
    assert await on_off(database) == before


@pytest.mark.parametrize("name", ["disable", "enable"])
async def test_what_a_later_batch_did_is_no_late_write(
    database: Database, mongodb_uri: str, name: str
) -> None:
    clock = Clock()
    async with write_under_way(database, mongodb_uri, DEEDS[name], clock):
        await a_minute_later(database, clock)
        await executor(database, clock).undo("J-1", by="U2")
        again = DEEDS[name].model_copy(update={"fingerprint": "f-again"})
        stores = Stores(database, MONGO)
        proposal = await stores.proposals.insert(again, NOW)
        clock.advance(seconds=1)
        await executor(database, clock).execute(proposal.id, 1, by="U1")

        assert await a_minute_later(database, clock) == ()

    assert await a_minute_later(database, clock) == ()
    undo = await stores.journal.get("J-1u1")
    assert [outcome.result for outcome in undo.outcomes] == [Result.DONE]


BY_HAND: dict[str, Document] = {
    "disabled with a reason": {"enabled": False, "disabled_reason": "mine"},
    "disabled without a word": {"enabled": False},
    "disabled by a name": {"enabled": False, "disabled_by": "ben", "disabled_at": NOW},
    "flagged": {"deprecated": True, "deprecation_reason": "mine"},
    "given a successor": {"successor_model": "b"},
}


@pytest.mark.parametrize("edit", BY_HAND)
async def test_what_somebody_does_by_hand_after_an_undo_is_no_late_write(
    database: Database, mongodb_uri: str, edit: str
) -> None:
    clock = Clock()
    async with write_under_way(database, mongodb_uri, draft("a"), clock):
        await a_minute_later(database, clock)
        await executor(database, clock).undo("J-1", by="U2")
        await database["models"].update_one({"model_id": "a"}, {"$set": BY_HAND[edit]})

        assert await a_minute_later(database, clock) == ()
