"""A crash at any instruction loses nothing and repeats nothing: the end is as if nothing had happened."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from operator_core.domain.changes import Result
from operator_core.domain.journal import LEASE
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import POLICY, Draft, State
from operator_core.execution.executor import Executor, Progress
from operator_core.store.stores import Stores
from support.crashes import Crash, dies_after
from support.small_catalogue import (
    MONGO,
    NOW,
    Clock,
    Database,
    Document,
    adding,
    document,
    draft,
    enabling,
    executor,
    partly_automatic,
    ref,
    renaming,
    stores_with,
)

Deed = Callable[[Executor], Awaitable[object]]
TESTS = Path(__file__).parents[3]
OFF: Document = {"enabled": False, "disabled_reason": "x", "disabled_at": NOW, "disabled_by": "ben"}
CATALOGUE = (document("a"), document("b"), document("c"), document("off", **OFF))
COLLECTIONS = (
    "models",
    "model_status",
    "operator_proposals",
    "operator_journal",
    "operator_holds",
    "operator_state",
)


class CrashingWire(CommandListener):
    """Crashes when so many commands went over the wire: before the next is sent, or after its answer."""

    def __init__(self, when: str, commands: int) -> None:
        self._when = when
        self._left = commands

    def started(self, event: CommandStartedEvent) -> None:
        self._count("started", event.command_name)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._count("succeeded", event.command_name)

    def failed(self, event: CommandFailedEvent) -> None:
        """None of these deeds has a command that fails."""

    def _count(self, when: str, command: str) -> None:
        if when == self._when and command != "endSessions":
            self._left -= 1
            if self._left == -1:
                raise Crash


async def execute_two_of_three(executor: Executor) -> None:
    await executor.execute("P-1", 1, by="U1", refs=[ref("a"), ref("b")], reason="vendor mail")


async def execute_all(executor: Executor) -> None:
    await executor.execute("P-1", 1, by="U1")


async def execute_by_policy(executor: Executor) -> None:
    await executor.execute("P-1", 1, by=POLICY)


async def undo(executor: Executor) -> None:
    await executor.undo("J-1", by="U2", reason="vendor says back Friday")


DEEDS: dict[str, tuple[Draft, Deed]] = {
    "disable": (draft(), execute_two_of_three),
    "disable by policy": (partly_automatic(), execute_by_policy),
    "rename": (renaming(), execute_all),
    "add": (adding("new", "newer"), execute_all),
    "enable": (enabling("off"), execute_all),
    "undo of disable": (draft(), undo),
    "undo of rename": (renaming(), undo),
    "undo of add": (adding("new", "newer"), undo),
    "undo of enable": (enabling("off"), undo),
}


async def begin_anew(database: Database, drafted: Draft, deed: Deed) -> Stores:
    """The catalogue and the proposal as they are before the deed."""
    for name in COLLECTIONS:
        await database[name].delete_many({})
    stores = await stores_with(database, *CATALOGUE)
    await stores.proposals.insert(drafted, NOW)
    if deed is undo:
        await execute_all(executor(stores))
    return stores


async def recover(database: Database, clock: Clock) -> None:
    """Another process starts, after the first one's lease."""
    clock.advance(seconds=LEASE.total_seconds())
    await executor(Stores(database, MONGO), clock=clock, owner="second").recover()


async def everything(database: Database) -> dict[str, list[Document]]:
    """All that was written, but for who did it, when it ended, and ids that are made up on the way.

    A number may be drawn for a hold that is never written: numbers have gaps, nothing else has.
    """
    found = {name: await database[name].find().sort("_id").to_list() for name in COLLECTIONS}
    return {
        "models": sorted((_without_made_up_id(one) for one in found["models"]), key=_model),
        "model_status": sorted((_status(one) for one in found["model_status"]), key=_model),
        "proposals": [_proposal(one) for one in found["operator_proposals"]],
        "journal": [_entry(one) for one in found["operator_journal"]],
        "holds": sorted((_but(one, "_id") for one in found["operator_holds"]), key=_model),
        "state": [
            one for one in found["operator_state"] if one["_id"] not in {"counter:holds", "claim:autopilot"}
        ],
    }


def _model(one: Document) -> tuple[str, str]:
    return str(one["provider"]), str(one["model_id"])


def _but(one: Document, *fields: str) -> Document:
    return {name: value for name, value in one.items() if name not in fields}


def _without_made_up_id(one: Document) -> Document:
    return one if isinstance(one["_id"], str) else _but(one, "_id")


def _status(one: Document) -> Document:
    return _without_made_up_id(one) | {"operator_decision": _but(one["operator_decision"], "suggested_at")}


def _proposal(one: Document) -> Document:
    later = [_but(transition, "at") for transition in one["moves"][1:]]
    return _but(one, "updated_at", "created_at") | {"moves": [*one["moves"][:1], *later]}


def _entry(one: Document) -> Document:
    changes = [c if c["op"] == "set" else _but(c, "document_id") for c in one["changes"]]
    return _but(one, "owner", "lease", "fence", "closed_at") | {"changes": changes}


@pytest.mark.parametrize("name", DEEDS)
async def test_a_crash_after_any_step_ends_as_if_nothing_had_happened(database: Database, name: str) -> None:
    drafted, deed = DEEDS[name]
    steps: list[str] = []

    async def note(progress: Progress) -> None:
        steps.append(progress.step)

    stores = await begin_anew(database, drafted, deed)
    await deed(executor(stores, on_progress=note))
    undisturbed = await everything(database)

    assert steps[-6:] == ["changed", "recorded", "reported", "held", "moved", "closed"]
    for last in range(len(steps)):
        stores, clock = await begin_anew(database, drafted, deed), Clock()
        with pytest.raises(Crash):
            await deed(executor(stores, clock=clock, on_progress=dies_after(last)))
        await recover(database, clock)

        assert await everything(database) == undisturbed, f"after {steps[last]}, step {last}"


@pytest.mark.parametrize("name", ["disable", "rename", "undo of rename"])
@pytest.mark.parametrize("when", ["started", "succeeded"])
async def test_a_crash_before_or_after_any_single_command_ends_the_same(
    database: Database, mongodb_uri: str, name: str, when: str
) -> None:
    drafted, deed = DEEDS[name]
    stores = await begin_anew(database, drafted, deed)
    await deed(executor(stores))
    undisturbed = await everything(database)

    for last in range(200):
        await begin_anew(database, drafted, deed)
        wire, clock = CrashingWire(when, last), Clock()
        async with AsyncMongoClient[Document](mongodb_uri, tz_aware=True, event_listeners=[wire]) as client:
            try:
                await deed(executor(Stores(client[database.name], MONGO), clock=clock))
            except Crash:
                pass
            else:
                break
        if await begun(database, deed):
            await recover(database, clock)
            assert await everything(database) == undisturbed, f"{when} of command {last}"

    assert last > 15


async def begun(database: Database, deed: Deed) -> bool:
    """Before its first write a deed leaves no trace, and whoever asked for it asks again."""
    if deed is undo:
        return await database["operator_journal"].find_one({"undo_of": "J-1"}) is not None
    return await database["operator_proposals"].find_one({"state": State.PENDING}) is None


@pytest.mark.parametrize("step", [0, 1, 2, 4, 7])
async def test_a_killed_process_is_finished_by_the_next(
    database: Database, mongodb_uri: str, step: int
) -> None:
    drafted, deed = DEEDS["disable"]
    stores = await begin_anew(database, drafted, deed)
    await deed(executor(stores))
    undisturbed = await everything(database)
    await begin_anew(database, drafted, deed)

    command = [sys.executable, "-m", "support.killed_midway"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent)))}
    process = await asyncio.create_subprocess_exec(
        *command, mongodb_uri, database.name, str(step), env=environment
    )

    assert await process.wait() == -signal.SIGKILL
    clock = Clock()
    assert await executor(Stores(database, MONGO), clock=clock, owner="second").recover() == ()
    await recover(database, clock)
    assert await everything(database) == undisturbed


async def test_what_is_being_carried_out_is_left_to_its_owner(database: Database) -> None:
    stores, clock = await begin_anew(database, draft(), execute_all), Clock()

    async def other_replica_ticks(progress: Progress) -> None:
        clock.advance(seconds=LEASE.total_seconds() - 1 if progress.step == "changed" else 0)
        assert await executor(stores, clock=clock, owner="second").recover() == ()

    slow = executor(stores, clock=clock, on_progress=other_replica_ticks)
    execution = await slow.execute("P-1", 1, by="U1")

    assert execution.entry.fence == 1
    assert execution.proposal.state == State.EXECUTED


async def test_of_many_rescuers_one_finishes(database: Database) -> None:
    stores, clock = await begin_anew(database, draft(), execute_all), Clock()
    with pytest.raises(Crash):
        await execute_all(executor(stores, clock=clock, on_progress=dies_after(3)))
    clock.advance(seconds=LEASE.total_seconds())

    finished = await asyncio.gather(
        *(executor(stores, clock=clock, owner=f"heir {i}").recover() for i in range(8))
    )

    (execution,) = [one for found in finished for one in found]
    assert execution.entry.fence == 2
    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.DONE}


async def test_a_change_by_somebody_between_crash_and_recovery_is_respected(database: Database) -> None:
    stores, clock = await begin_anew(database, draft(), execute_all), Clock()
    with pytest.raises(Crash):
        await execute_all(executor(stores, clock=clock, on_progress=dies_after(2)))
    await database["models"].update_one({"model_id": "b"}, {"$set": {"deprecated": True}})

    await recover(database, clock)

    entry = await stores.journal.get("J-1")
    assert [outcome.result for outcome in entry.outcomes] == [Result.DONE, Result.CONFLICT, Result.DONE]
    assert (await stores.proposals.get("P-1")).state == State.PARTLY


async def test_a_pause_said_after_the_crash_stops_the_rest(database: Database) -> None:
    stores, clock = await begin_anew(database, draft(), execute_all), Clock()
    with pytest.raises(Crash):
        await execute_all(executor(stores, clock=clock, on_progress=dies_after(2)))
    await stores.pause.put(Pause(by="U2", at=clock.advance(seconds=5), reason="stop"))

    await recover(database, clock)

    entry = await stores.journal.get("J-1")
    assert [outcome.result for outcome in entry.outcomes] == [Result.DONE, Result.SKIPPED, Result.SKIPPED]


async def test_there_is_nothing_to_recover_after_a_clean_end(database: Database) -> None:
    stores, clock = await begin_anew(database, draft(), execute_all), Clock()
    await execute_all(executor(stores, clock=clock))
    clock.advance(days=3)

    assert await executor(stores, clock=clock, owner="second").recover() == ()
