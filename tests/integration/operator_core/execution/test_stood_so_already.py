"""What stands as wanted by somebody else's doing is never told as done by us: it stood so already."""

import pytest

from operator_core.domain.changes import STOOD_SO, Result
from operator_core.domain.journal import LEASE
from operator_core.domain.proposals import Draft, State
from operator_core.execution.executor import Execution, Progress
from operator_core.store.stores import Stores
from support.crashes import Crash, dies_at
from support.small_catalogue import (
    NOW,
    Clock,
    Database,
    Document,
    adding,
    document,
    draft,
    enabling,
    executor,
    ref,
    renaming,
    stores_with,
)

OFF: Document = {"enabled": False, "disabled_reason": "lapsed", "disabled_at": NOW, "disabled_by": "ben"}
CATALOGUE = (document("a"), document("b"), document("c"), document("off", **OFF))
BATCHES = {
    "disable": draft(),
    "rename": renaming(),
    "add": adding("new", "newer"),
    "enable": enabling("off"),
}
each_batch = pytest.mark.parametrize("drafted", BATCHES.values(), ids=BATCHES)


async def approved(database: Database, drafted: Draft) -> Stores:
    stores = await stores_with(database, *CATALOGUE)
    await stores.proposals.insert(drafted, NOW)
    await executor(stores).execute("P-1", 1, by="U1")
    return stores


async def put_back(database: Database, *names: str) -> None:
    """By hand: these documents, or all of them, exactly as they were."""
    for one in await database["models"].find().to_list():
        if not names or one["model_id"] in names:
            await database["models"].delete_one({"_id": one["_id"]})
    for one in CATALOGUE:
        if not names or one["model_id"] in names:
            await database["models"].insert_one(dict(one))


async def recovered(stores: Stores, clock: Clock) -> Execution:
    clock.advance(seconds=LEASE.total_seconds())
    [execution] = await executor(stores, owner="second", clock=clock).recover()
    return execution


def said(execution: Execution) -> dict[str, tuple[Result, str]]:
    return {one.ref.model_id: (one.result, one.detail) for one in execution.entry.outcomes}


@each_batch
async def test_all_that_was_put_back_by_hand_is_not_taken_back_again(
    database: Database, drafted: Draft
) -> None:
    stores = await approved(database, drafted)
    await put_back(database)
    execution = await executor(stores).undo("J-1", by="U2")
    assert set(said(execution).values()) == {(Result.ALREADY, STOOD_SO)}
    assert execution.entry.done == 0
    assert (await stores.journal.get("J-1u1")).outcomes == execution.entry.outcomes
    assert execution.proposal.state == State.UNDONE, "nothing of it is left"
    assert (await stores.journal.get("J-1")).standing == ()
    held = {hold.model_id for hold in await stores.holds.active() if hold.origin == "undid"}
    assert held == set(said(execution)), "whoever asked for it wants it so"


async def test_of_a_part_that_was_put_back_only_the_rest_is_taken_back(database: Database) -> None:
    stores = await approved(database, draft())
    await put_back(database, "a", "c")
    execution = await executor(stores).undo("J-1", by="U2")
    so = (Result.ALREADY, STOOD_SO)
    assert said(execution) == {"a": so, "b": (Result.DONE, ""), "c": so}


@each_batch
async def test_what_somebody_puts_back_in_the_midst_of_it(database: Database, drafted: Draft) -> None:
    stores = await approved(database, drafted)

    async def meanwhile(progress: Progress) -> None:
        if progress.step == "opened":
            await put_back(database)

    execution = await executor(stores, on_progress=meanwhile).undo("J-1", by="U2")
    assert set(said(execution).values()) == {(Result.ALREADY, STOOD_SO)}


@each_batch
async def test_an_undo_that_died_before_its_first_change_and_was_done_by_hand(
    database: Database, drafted: Draft
) -> None:
    stores, clock = await approved(database, drafted), Clock()
    with pytest.raises(Crash):
        await executor(stores, clock=clock, on_progress=dies_at("opened")).undo("J-1", by="U2")
    await put_back(database)
    execution = await recovered(stores, clock)
    assert set(said(execution).values()) == {(Result.ALREADY, STOOD_SO)}
    assert execution.proposal.state == State.UNDONE


@pytest.mark.parametrize(
    ("step", "times", "ours"), [("changed", 1, "c"), ("recorded", 1, "c"), ("changed", 2, "bc")]
)
async def test_an_undo_that_died_on_its_way_tells_its_own_changes_from_those_of_others(
    database: Database, step: str, times: int, ours: str
) -> None:
    """Last first: what was sent may be its own; what comes after that is not."""
    stores, clock = await approved(database, draft()), Clock()
    with pytest.raises(Crash):
        await executor(stores, clock=clock, on_progress=dies_at(step, times)).undo("J-1", by="U2")
    await put_back(database)
    execution = await recovered(stores, clock)
    so = (Result.ALREADY, STOOD_SO)
    assert said(execution) == {name: (Result.DONE, "") if name in ours else so for name in "abc"}


async def test_an_enabling_that_died_before_its_change_and_was_done_by_hand(database: Database) -> None:
    stores, clock = await stores_with(database, *CATALOGUE), Clock()
    await stores.proposals.insert(enabling("off"), NOW)
    with pytest.raises(Crash):
        await executor(stores, clock=clock, on_progress=dies_at("opened")).execute("P-1", 1, by="U1")
    by_hand = {"$set": {"enabled": True}, "$unset": dict.fromkeys(OFF.keys() - {"enabled"}, "")}
    await database["models"].update_one({"model_id": "off"}, by_hand)
    execution = await recovered(stores, clock)
    assert said(execution) == {"off": (Result.ALREADY, STOOD_SO)}
    assert execution.entry.standing == (), "it is not ours to take back"


async def test_a_disabling_that_died_after_it_was_sent_is_ours(database: Database) -> None:
    stores, clock = await stores_with(database, *CATALOGUE), Clock()
    await stores.proposals.insert(draft(), NOW)
    with pytest.raises(Crash):
        await executor(stores, clock=clock, on_progress=dies_at("changed")).execute("P-1", 1, by="U1")
    execution = await recovered(stores, clock)
    assert set(said(execution).values()) == {(Result.DONE, "")}


async def test_what_is_said_to_have_stood_so_is_followed_as_what_was_taken_back(database: Database) -> None:
    """A second undo finds nothing left, and each model alone counts."""
    stores = await approved(database, draft("ab"))
    await put_back(database, "a")
    first = await executor(stores).undo("J-1", by="U2", refs=[ref("a")])
    assert said(first) == {"a": (Result.ALREADY, STOOD_SO)}
    assert first.proposal.state == State.EXECUTED
    rest = await executor(stores).undo("J-1", by="U2")
    assert said(rest) == {"b": (Result.DONE, "")}
    assert rest.proposal.state == State.UNDONE
