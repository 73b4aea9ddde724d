"""Taking back: exactly what was written, only where nobody changed it since, and once."""

import asyncio

import pytest

from operator_core.domain.changes import Result
from operator_core.domain.holds import Origin
from operator_core.domain.journal import disabled_by_policy, left_enabled
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import POLICY, Draft, ProposalAction, State
from operator_core.errors import NotFound, StaleProposal
from operator_core.execution.executor import Execution, Progress
from support.small_catalogue import (
    NOW,
    Database,
    Document,
    adding,
    approve,
    catalogue_of,
    document,
    draft,
    enabling,
    executor,
    member,
    partly_automatic,
    ref,
    renaming,
    results,
    stores_with,
)

OFF: Document = {"enabled": False, "disabled_reason": None, "disabled_at": NOW, "disabled_by": "ben"}


@pytest.mark.parametrize(
    "drafted",
    [draft(), renaming(), adding("new", "newer"), enabling("off")],
    ids=["disable", "rename", "add", "enable"],
)
async def test_undo_restores_the_catalogue_exactly(database: Database, drafted: Draft) -> None:
    odd = document("b", disabled_reason=None, disabled_at="last week")
    stores = await stores_with(database, document("a"), odd, document("c"), document("off", **OFF))
    before = await database["models"].find().sort("_id").to_list()
    await approve(stores, drafted)
    assert await database["models"].find().sort("_id").to_list() != before

    execution = await executor(stores).undo("J-1", by="U2", reason="vendor says back Friday")

    assert await database["models"].find().sort("_id").to_list() == before
    assert set(results(execution).values()) == {Result.DONE}
    assert execution.proposal.state == State.UNDONE
    assert execution.proposal.last_transition is not None
    assert execution.proposal.last_transition.reason == "vendor says back Friday"


async def test_undo_is_an_entry_of_its_own_and_leaves_the_first_one_readable(database: Database) -> None:
    stores = await stores_with(database)
    await approve(stores, draft("ab"))

    execution = await executor(stores).undo("J-1", by="U2")

    assert (execution.entry.id, execution.entry.undo_of, execution.entry.by) == ("J-1u1", "J-1", "U2")
    first = await stores.journal.get("J-1")
    assert [change.undone_by for change in first.changes] == ["J-1u1", "J-1u1"]
    assert first.standing == ()


async def test_what_was_taken_back_is_held_and_the_platform_told(database: Database) -> None:
    stores = await stores_with(database)
    await approve(stores, partly_automatic(), by=POLICY)

    await executor(stores).undo("J-1", by="U2", reason="not gone")

    holds = await stores.holds.active()
    assert {(h.model_id, h.kind, h.origin, h.by, h.reason) for h in holds} == {
        (name, Kind.HARD_MODEL, Origin.UNDID, "U2", "not gone") for name in "ab"
    }
    status = await database["model_status"].find_one({"model_id": "a"}) or {}
    assert status["operator_decision"]["status"] == "rejected"
    entries = await stores.journal.since(NOW)
    assert disabled_by_policy(entries) == {}
    assert left_enabled(entries)["bedrock"] == 0


async def test_single_models_can_be_taken_back_before_the_rest(database: Database) -> None:
    stores = await stores_with(database)
    await approve(stores, draft())

    first = await executor(stores).undo("J-1", by="U2", refs=[ref("b")])
    assert first.proposal.state == State.EXECUTED
    assert {k: v["enabled"] for k, v in (await catalogue_of(database)).items()} == {
        "a": False,
        "b": True,
        "c": False,
    }

    rest = await executor(stores).undo("J-1", by="U3")
    assert results(rest) == {"c": Result.DONE, "a": Result.DONE}
    assert rest.entry.id == "J-1u2"
    assert rest.proposal.state == State.UNDONE


async def test_undo_refuses_where_somebody_changed_it_since_and_names_the_difference(
    database: Database,
) -> None:
    stores = await stores_with(database)
    await approve(stores, draft())
    models = database["models"]
    await models.update_one({"model_id": "a"}, {"$set": {"disabled_reason": "contract ended"}})
    await models.update_one({"model_id": "b"}, {"$set": {"enabled": True}})
    changed = await catalogue_of(database)

    execution = await executor(stores).undo("J-1", by="U2")

    assert results(execution) == {"c": Result.DONE, "b": Result.CONFLICT, "a": Result.CONFLICT}
    by_model = {outcome.ref.model_id: outcome.detail for outcome in execution.entry.outcomes}
    assert by_model["a"] == (
        "disabled_reason: “hard_model: end of life (P-1)” → “contract ended”, changed outside this bot"
    )
    assert by_model["b"] == "enabled: false → true, changed outside this bot"
    now = await catalogue_of(database)
    assert (now["a"], now["b"]) == (changed["a"], changed["b"])
    assert execution.proposal.state == State.EXECUTED
    assert [hold.model_id for hold in await stores.holds.active()] == ["c"]


async def test_an_added_model_that_somebody_edited_is_not_deleted(database: Database) -> None:
    stores = await stores_with(database)
    await approve(stores, adding("new", "newer"))
    await database["models"].update_one({"model_id": "new"}, {"$set": {"context": 8192}})

    execution = await executor(stores).undo("J-1", by="U2")

    assert results(execution) == {"newer": Result.DONE, "new": Result.CONFLICT}
    assert execution.entry.outcomes[1].detail == "context: not set → 8192, changed outside this bot"
    assert set(await catalogue_of(database)) == {"a", "b", "c", "new"}


async def test_a_successor_stays_while_the_old_model_cannot_come_back(database: Database) -> None:
    stores = await stores_with(database)
    await approve(stores, renaming())
    await database["models"].update_one({"model_id": "a"}, {"$set": {"successor_model": "other"}})

    execution = await executor(stores).undo("J-1", by="U2")

    assert results(execution) == {"a": Result.CONFLICT}
    assert (await catalogue_of(database))["a-2"]["enabled"] is True


@pytest.mark.parametrize("changed", [("first",), ("second",), ("third",), ("first", "third")])
async def test_a_successor_stays_while_any_document_of_the_old_model_cannot_come_back(
    database: Database, changed: tuple[str, ...]
) -> None:
    names = ("first", "second", "third")
    stores = await stores_with(database, *(document("a", _id=name) for name in names))
    models = database["models"]
    await approve(stores, renaming())
    await models.update_many({"_id": {"$in": changed}}, {"$set": {"disabled_reason": "mine"}})

    execution = await executor(stores).undo("J-1", by="U2")

    on = {one["_id"] async for one in models.find({"model_id": "a", "enabled": True})}
    assert on == set(names) - set(changed)
    assert (await catalogue_of(database))["a-2"]["enabled"] is True
    assert execution.proposal.state == State.EXECUTED

    ours = {"disabled_reason": "hard_model: end of life (P-1)"}
    await models.update_many({"_id": {"$in": changed}}, {"$set": ours})
    rest = await executor(stores).undo("J-1", by="U2")

    assert set(await catalogue_of(database)) == {"a"}
    assert await models.count_documents({"enabled": True}) == 3
    assert rest.proposal.state == State.UNDONE


async def test_a_successor_of_two_models_stays_until_both_are_back(database: Database) -> None:
    stores = await stores_with(database, document("a"), document("b"))
    both = (member("a", successor="new"), member("b", successor="new"))
    await approve(stores, draft(action=ProposalAction.RENAME, members=both))

    first = await executor(stores).undo("J-1", by="U2", refs=[ref("a")])
    catalogue = await catalogue_of(database)
    assert {name: one["enabled"] for name, one in catalogue.items()} == {"a": True, "b": False, "new": True}
    assert first.entry.outcomes[0].detail == "new stays, because of b"
    assert first.proposal.state == State.EXECUTED

    rest = await executor(stores).undo("J-1", by="U2")
    assert set(await catalogue_of(database)) == {"a", "b"}
    assert rest.proposal.state == State.UNDONE


async def test_what_was_so_without_us_is_not_taken_back(database: Database) -> None:
    stores = await stores_with(database, document("a"), document("off", **OFF))
    await approve(stores, draft(["a", "off"]))

    execution = await executor(stores).undo("J-1", by="U2")

    assert results(execution) == {"a": Result.DONE}
    assert (await catalogue_of(database))["off"]["enabled"] is False


async def test_of_two_undos_at_once_one_works_and_the_other_is_told(database: Database) -> None:
    stores = await stores_with(database)
    await approve(stores, draft())

    undos = await asyncio.gather(
        *(executor(stores, owner=f"replica {i}").undo("J-1", by=f"U{i}") for i in range(8)),
        return_exceptions=True,
    )

    assert sum(isinstance(undo, Execution) for undo in undos) == 1
    assert sum(isinstance(undo, StaleProposal) for undo in undos) == 7
    assert await database["operator_journal"].count_documents({"undo_of": "J-1"}) == 1


async def test_what_was_taken_back_cannot_be_taken_back_again(database: Database) -> None:
    stores = await stores_with(database)
    await approve(stores, draft())
    await executor(stores).undo("J-1", by="U2")

    with pytest.raises(StaleProposal, match="taken back already"):
        await executor(stores).undo("J-1", by="U3")


async def test_an_undo_is_not_undone(database: Database) -> None:
    stores = await stores_with(database)
    await approve(stores, draft())
    await executor(stores).undo("J-1", by="U2")

    with pytest.raises(StaleProposal, match="is an undo"):
        await executor(stores).undo("J-1u1", by="U3")


async def test_an_entry_must_be_closed_before_it_is_undone(database: Database) -> None:
    stores = await stores_with(database)
    refused: list[str] = []

    async def too_early(progress: Progress) -> None:
        with pytest.raises(StaleProposal) as caught:
            await executor(stores, owner="replica 2").undo("J-1", by="U2")
        refused.append(str(caught.value))

    async def after_each_change(progress: Progress) -> None:
        if progress.step in {"opened", "recorded", "moved"}:
            await too_early(progress)

    proposal = await stores.proposals.insert(draft("ab"), NOW)
    busy = executor(stores, on_progress=after_each_change)
    execution = await busy.execute(proposal.id, 1, by="U1")

    assert refused == ["J-1 is still being carried out: undo it when it is done"] * 4
    assert execution.proposal.state == State.EXECUTED


async def test_an_unknown_entry_or_model_takes_nothing_back(database: Database) -> None:
    stores = await stores_with(database)
    await approve(stores, draft())
    before = await catalogue_of(database)

    with pytest.raises(NotFound, match="J-9"):
        await executor(stores).undo("J-9", by="U2")
    with pytest.raises(StaleProposal, match="nothing of J-1"):
        await executor(stores).undo("J-1", by="U2", refs=[ref("unknown")])

    assert await catalogue_of(database) == before


async def test_a_pause_stops_an_undo_between_two_changes_too(database: Database) -> None:
    stores = await stores_with(database)
    await approve(stores, draft("ab"))

    async def pause(progress: Progress) -> None:
        if progress.step == "recorded" and progress.done == 1:
            await stores.pause.put(Pause(by="U3", at=NOW))

    undoing = executor(stores, on_progress=pause)
    stopped = await undoing.undo("J-1", by="U2")
    assert results(stopped) == {"b": Result.DONE, "a": Result.SKIPPED}
    assert stopped.proposal.state == State.EXECUTED

    rest = await executor(stores).undo("J-1", by="U2")
    assert results(rest) == {"a": Result.DONE}
    assert rest.proposal.state == State.UNDONE
