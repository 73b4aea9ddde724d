"""An error says what went wrong on the way. What became of a change, only the document says."""

import asyncio
from collections.abc import Callable

import pytest

from operator_core.domain.changes import Result
from operator_core.domain.journal import LEASE, Leases
from operator_core.domain.proposals import Draft, ProposalAction, State
from operator_core.errors import StoreUnavailable
from operator_core.execution.executor import Execution, Executor
from operator_core.store.stores import Stores
from support.faulty_wire import Fault, error, faulty_wire, write_concern_error, write_error
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
    member,
    renaming,
    stores_with,
)

OFF: Document = {"enabled": False, "disabled_reason": "x", "disabled_at": NOW, "disabled_by": "ben"}
MAY_HAVE_LANDED: dict[str, Callable[[], Fault]] = {
    "262 ExceededTimeLimit": lambda: Fault(error(262)),
    "9001 SocketException": lambda: Fault(error(9001)),
    "11600 InterruptedAtShutdown": lambda: Fault(error(11600)),
    "91 ShutdownInProgress": lambda: Fault(error(91)),
    "189 PrimarySteppedDown": lambda: Fault(error(189)),
    "50 MaxTimeMSExpired": lambda: Fault(error(50)),
    "a code that nobody knows": lambda: Fault(error(99_999)),
    "262 of one write": lambda: Fault(write_error(262)),
    "64 WriteConcernFailed": lambda: Fault(write_concern_error(64)),
    "a write concern that is refused": lambda: Fault(write_concern_error(2)),
    "a connection reset": lambda: Fault(resets=True),
    "a network timeout": lambda: Fault(silent=True),
}
REFUSED: dict[str, Document] = {
    "2 BadValue": write_error(2),
    "9 FailedToParse": error(9),
    "13 Unauthorized": error(13),
    "14 TypeMismatch": write_error(14),
    "66 ImmutableField": write_error(66),
    "121 DocumentValidationFailure": write_error(121),
    "11000 DuplicateKey": write_error(11000),
}
DEEDS: dict[str, Draft] = {
    "disable": draft("a"),
    "enable": enabling("off"),
    "add": adding("new"),
}


def executor(database: Database, clock: Clock | None = None, owner: str = "first") -> Executor:
    return Executor(
        Stores(database, MONGO), owner=owner, clock=clock or Clock(), leases=Leases(write_seconds=1)
    )


async def begin(database: Database, drafted: Draft) -> None:
    stores = await stores_with(database, document("a"), document("off", **OFF))
    await stores.proposals.insert(drafted, NOW)


async def on_off(database: Database) -> dict[str, bool]:
    return {name: one["enabled"] for name, one in (await catalogue_of(database)).items()}


def results(execution: Execution) -> list[Result]:
    return [outcome.result for outcome in execution.entry.outcomes]


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("name", MAY_HAVE_LANDED)
async def test_a_change_that_landed_before_its_error_is_done_and_can_be_taken_back(
    database: Database, mongodb_uri: str, name: str, deed: str
) -> None:
    await begin(database, DEEDS[deed])
    before = await on_off(database)
    async with faulty_wire(mongodb_uri, database.name) as (wire, over_wire):
        wire.faults = [MAY_HAVE_LANDED[name]()]
        execution = await executor(over_wire).execute("P-1", 1, by="U1")

        assert results(execution) == [Result.DONE]
        assert execution.proposal.state == State.EXECUTED
        assert await on_off(database) != before
        wire.faults = [MAY_HAVE_LANDED[name]()]
        undo = await executor(over_wire).undo("J-1", by="U2")

    assert results(undo) == [Result.DONE]
    assert await on_off(database) == before


@pytest.mark.parametrize("name", MAY_HAVE_LANDED)
async def test_a_change_that_may_still_land_is_neither_done_nor_failed_until_recovery_looks(
    database: Database, mongodb_uri: str, name: str
) -> None:
    await begin(database, draft("a"))
    clock = Clock()
    fault = MAY_HAVE_LANDED[name]()
    fault.lands = False
    async with faulty_wire(mongodb_uri, database.name) as (wire, over_wire):
        wire.faults = [fault]
        with pytest.raises(StoreUnavailable, match="What was begun is carried on when it does"):
            await executor(over_wire, clock).execute("P-1", 1, by="U1")

    entry = await Stores(database, MONGO).journal.get("J-1")
    assert [change.result for change in entry.changes] == [Result.PENDING]
    clock.advance(seconds=LEASE.total_seconds())
    (finished,) = await executor(database, clock, "second").recover()
    assert results(finished) == [Result.DONE]
    assert await on_off(database) == {"a": False, "off": False}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("name", REFUSED)
async def test_a_definite_refusal_of_what_did_not_land_is_a_failure(
    database: Database, mongodb_uri: str, name: str, deed: str
) -> None:
    await begin(database, DEEDS[deed])
    before = await on_off(database)
    async with faulty_wire(mongodb_uri, database.name) as (wire, over_wire):
        wire.faults = [Fault(REFUSED[name], lands=False)]
        execution = await executor(over_wire).execute("P-1", 1, by="U1")

    assert results(execution) == [Result.FAILED]
    assert execution.entry.outcomes[0].detail.startswith("MongoDB refused: ")
    assert execution.proposal.state == State.FAILED
    assert await on_off(database) == before


@pytest.mark.parametrize("field", ["slug", "display_name", "added_by"])
async def test_a_rename_whose_successor_is_refused_for_another_reason_stops_whole(
    database: Database, field: str
) -> None:
    other = document("b", display_name="a-2", added_by="ai-operator:U1")
    stores = await stores_with(database, document("a", slug="a", display_name="A", added_by="ben"), other)
    await database["models"].create_index(field, unique=True)  # an absent field counts as null
    before = await catalogue_of(database)
    await stores.proposals.insert(renaming(), NOW)

    execution = await executor(database).execute("P-1", 1, by="U1")

    assert results(execution) == [Result.FAILED]
    assert "MongoDB refused: a unique index stands against it" in execution.entry.outcomes[0].detail
    assert execution.proposal.state == State.FAILED
    assert await catalogue_of(database) == before


@pytest.mark.parametrize("spelling", ["a-2", "A_2", "a 2"])
async def test_a_successor_that_somebody_added_in_this_very_moment_is_there_already(
    database: Database, mongodb_uri: str, spelling: str
) -> None:
    stores = await stores_with(database, document("a"))
    await stores.proposals.insert(renaming(), NOW)
    inserting = Fault(write_error(11000), lands=False, arrives=asyncio.Event())
    async with faulty_wire(mongodb_uri, database.name) as (wire, over_wire):
        wire.faults = [inserting]
        renamed = asyncio.create_task(executor(over_wire).execute("P-1", 1, by="U1"))
        await inserting.sent.wait()
        await database["models"].insert_one(document(spelling))
        inserting.arrives.set()
        execution = await renamed

    assert execution.entry.changes[0].result == Result.ALREADY
    assert execution.entry.changes[0].detail == f"already in the catalogue as {spelling}"
    assert (await on_off(database)) == {"a": False, spelling: True}


async def test_several_models_of_a_rename_are_each_stopped_or_done_alone(database: Database) -> None:
    taken = document("b", display_name="a-2")
    stores = await stores_with(database, document("a"), taken, document("c"))
    await database["models"].create_index("display_name", unique=True)
    members = (member("a", successor="a-2"), member("c", successor="c-2"))
    await stores.proposals.insert(draft(action=ProposalAction.RENAME, members=members), NOW)

    execution = await executor(database).execute("P-1", 1, by="U1")

    assert results(execution) == [Result.FAILED, Result.DONE]
    assert await on_off(database) == {"a": True, "b": True, "c": False, "c-2": True}
