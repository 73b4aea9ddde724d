"""One entry, proposal or hold that can't be carried on stops no other one, and is named."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from operator_core.domain.journal import LEASE
from operator_core.domain.proposals import State
from operator_core.execution.aftermath import notice_reenabled
from operator_core.execution.executor import Executor
from operator_core.store.stores import Stores
from support.crashes import Crash, dies_at
from support.small_catalogue import NOW, Clock, Database, draft, ref, stores_with

Spoil = Callable[[Database], Awaitable[object]]
LATER = NOW + LEASE + timedelta(seconds=1)


async def _entry(database: Database, **fields: object) -> object:
    return await database["operator_journal"].update_one({"_id": "J-1"}, {"$set": fields})


async def _proposal(database: Database, **fields: object) -> object:
    return await database["operator_proposals"].update_one({"_id": "P-1"}, {"$set": fields})


SPOILED: dict[str, Spoil] = {
    "an entry with an unknown result": lambda d: _entry(d, **{"changes.0.result": "quarantined"}),
    "an entry that is no list of changes": lambda d: _entry(d, changes="none"),
    "an entry of a proposal that nobody knows": lambda d: _entry(d, proposal_id="P-77"),
    "a proposal in an unknown state": lambda d: _proposal(d, state="deferred"),
    "an approved proposal of an unknown kind": lambda d: _proposal(d, kind="hallucinated"),
    "a change that needs one that isn't there": lambda d: _entry(d, **{"changes.0.needs": 7}),
}


async def two_left_behind(database: Database) -> Stores:
    """Two approved batches whose process died right after their entries were opened."""
    stores = await stores_with(database)

    for number, model in enumerate(("a", "b"), 1):
        await stores.proposals.insert(draft((model,), fingerprint=f"f{number}"), NOW)
        dead = Executor(stores, owner="dead", clock=Clock(), on_progress=dies_at("opened"))
        with pytest.raises(Crash):
            await dead.execute(f"P-{number}", 1, by="U1")
    return stores


@pytest.mark.parametrize("what", SPOILED)
async def test_recovery_goes_on_with_the_others(database: Database, what: str) -> None:
    stores = await two_left_behind(database)
    await SPOILED[what](database)

    finished = await Executor(stores, owner="me", clock=Clock(LATER)).recover()

    assert [execution.proposal.id for execution in finished] == ["P-2"]
    assert finished[0].proposal.state == State.EXECUTED
    assert any("-1" in line or "P-77" in line for line in stores.notes.lines), "it is named"


async def test_what_recovery_could_not_finish_is_tried_again_and_then_no_longer_named(
    database: Database,
) -> None:
    stores, clock = await two_left_behind(database), Clock(LATER)
    await _entry(database, proposal_id="P-77")
    executor = Executor(stores, owner="me", clock=clock)
    await executor.recover()
    assert "could not be finished: there is no proposal P-77" in stores.notes.lines[0]

    await _entry(database, proposal_id="P-1")
    clock.advance(minutes=2)

    assert [execution.proposal.id for execution in await executor.recover()] == ["P-1"]
    assert stores.notes.lines == ()


async def decision(database: Database, model_id: str) -> dict[str, Any]:
    found = await database["model_status"].find_one({"model_id": model_id})
    assert found is not None
    return dict(found["operator_decision"])


@pytest.mark.parametrize("done", ["approved", "auto_executed"])
@pytest.mark.parametrize(
    "odd", [{"kind": "hallucinated"}, {"state": "pondered"}, {"members": "all"}, {}], ids=str
)
async def test_a_model_enabled_again_is_held_and_its_status_put_right_though_its_proposal_cannot_be_read(
    database: Database, odd: dict[str, str], done: str, caplog: pytest.LogCaptureFixture
) -> None:
    stores = await stores_with(database)
    await stores.proposals.insert(draft(("a", "b")), NOW)
    await Executor(stores, owner="me", clock=Clock()).execute("P-1", 1, by="U1")
    was = {"operator_decision.status": done}
    await database["model_status"].update_one({"model_id": "a"}, {"$set": was})
    other = {"proposal_id": "P-9", "status": "pending", "executed_at": None, "action": "monitor"}
    await database["model_status"].update_one({"model_id": "b"}, {"$set": {"operator_decision": other}})
    await database["models"].update_many({}, {"$set": {"enabled": True}})
    await (_proposal(database, **odd) if odd else database["operator_proposals"].delete_one({"_id": "P-1"}))
    before = (await decision(database, "a"))["reasoning"]

    assert await notice_reenabled(stores, LATER) == (ref("a"), ref("b"))
    assert [hold.kind for hold in await stores.holds.active()] == [None, None]
    said = await decision(database, "a")
    assert (said["status"], said["executed_at"], said["reasoning"]) == ("rejected", None, before)
    assert await decision(database, "b") == other, "a later one's word stays"
    [line] = [line for line in await stores.left_alone() if "model_status" in line]
    assert line.startswith("P-1 in model_status called rejected, held for any cause: ")
    assert line in [record.getMessage() for record in caplog.records]
