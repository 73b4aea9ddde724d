"""Carrying out what was approved: exactly once, one compare-and-set after the other, a result per model."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.changes import Result
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.journal import LEASE
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import POLICY, Draft, Proposal, State
from operator_core.errors import NotFound, StaleProposal
from operator_core.execution.executor import Execution, Progress
from operator_core.store.stores import Stores
from support.recorded import recorded
from support.small_catalogue import (
    MONGO,
    NOW,
    Clock,
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

WRITES = {"insert", "update", "delete", "findAndModify"}


def _without_id(known: Document) -> Document:
    return {name: value for name, value in known.items() if name != "_id"}


async def test_disabling_writes_what_the_platform_expects_and_nothing_else(database: Database) -> None:
    stores = await stores_with(database)

    execution = await approve(stores, draft("ab"), reason="vendor mail")

    catalogue = await catalogue_of(database)
    written = {
        "enabled": False,
        "disabled_reason": "hard_model: vendor mail (P-1)",
        "disabled_at": NOW,
        "disabled_by": "ai-operator:U1",
    }
    assert catalogue["a"] == _without_id(document("a") | written)
    assert catalogue["c"]["enabled"] is True
    assert execution.proposal.state == State.EXECUTED
    assert results(execution) == {"a": Result.DONE, "b": Result.DONE}


async def test_the_reason_of_a_model_that_fails_longer_than_its_group_is_its_own(database: Database) -> None:
    stores = await stores_with(database, document("a"), document("b"))
    spans = {"a": timedelta(days=8), "b": timedelta(days=3)}
    members = (member(name).model_copy(update={"failing_since": NOW - span}) for name, span in spans.items())
    await approve(stores, draft(members=tuple(members)))
    for name, span in spans.items():
        reason = (await catalogue_of(database))[name]["disabled_reason"]
        assert reason == f"gone at the provider since {NOW - span:%Y-%m-%d} (P-1)"


async def test_the_journal_keeps_exactly_what_stood_there(database: Database) -> None:
    stores = await stores_with(database, document("a", disabled_reason="an old one"))

    execution = await approve(stores, draft("a"))

    (change,) = (await stores.journal.get(execution.entry.id)).changes
    assert dict(change.before.values) == {"enabled": True, "disabled_reason": "an old one"}
    assert set(change.before.absent) == {"disabled_at", "disabled_by"}
    assert execution.entry.closed
    assert execution.proposal.journal_ids == (execution.entry.id,) == ("J-1",)


async def test_a_known_successor_is_recorded(database: Database) -> None:
    stores = await stores_with(database)

    await approve(stores, draft(members=(member("a", successor="b"),)))

    assert (await catalogue_of(database))["a"]["successor_model"] == "b"


async def test_a_flagged_model_is_disabled_the_same_way(database: Database) -> None:
    stores = await stores_with(database, document("a", deprecated=True))

    execution = await approve(stores, draft(members=(member("a", deprecated=True),)))

    assert results(execution) == {"a": Result.DONE}


async def test_enabling_takes_the_reasons_away_and_becomes_a_hold(database: Database) -> None:
    off: Document = {"enabled": False, "disabled_reason": "x", "disabled_at": NOW, "disabled_by": "someone"}
    stores = await stores_with(database, document("a", **off))

    execution = await approve(stores, enabling("a"))

    assert (await catalogue_of(database))["a"] == _without_id(document("a"))
    assert results(execution) == {"a": Result.DONE}
    (hold,) = await stores.holds.active()
    assert (hold.model_id, hold.origin, hold.by) == ("a", Origin.REENABLED, "U1")


async def test_renaming_adds_the_successor_and_disables_the_old_one(database: Database) -> None:
    stores = await stores_with(database)

    execution = await approve(stores, renaming())

    catalogue = await catalogue_of(database)
    assert catalogue["a-2"] == {
        "provider": "bedrock",
        "model_id": "a-2",
        "display_name": "a-2",
        "enabled": True,
        "deprecated": False,
        "created_at": NOW,
        "origin": "successor of a",
        "added_by": "ai-operator:U1",
    }
    assert (catalogue["a"]["enabled"], catalogue["a"]["successor_model"]) == (False, "a-2")
    assert results(execution) == {"a": Result.DONE}
    assert execution.entry.done == 2


async def test_a_successor_that_is_there_already_is_not_added_twice(database: Database) -> None:
    stores = await stores_with(database, document("a"), document("A_2"))

    execution = await approve(stores, renaming())

    assert set(await catalogue_of(database)) == {"a", "A_2"}
    assert results(execution) == {"a": Result.DONE}


async def test_a_rename_of_a_changed_model_adds_nothing(database: Database) -> None:
    stores = await stores_with(database, document("a", deprecated=True))

    execution = await approve(stores, renaming())

    assert set(await catalogue_of(database)) == {"a"}
    assert results(execution) == {"a": Result.CONFLICT}


async def test_adding_writes_new_models_and_refuses_other_spellings(database: Database) -> None:
    stores = await stores_with(database, document("GPT_4.1"))

    execution = await approve(stores, adding("gpt-4-1", "gpt-5"))

    catalogue = await catalogue_of(database)
    assert set(catalogue) == {"GPT_4.1", "gpt-5"}
    assert (catalogue["gpt-5"]["display_name"], catalogue["gpt-5"]["origin"]) == ("GPT-5", "test")
    assert results(execution) == {"gpt-4-1": Result.ALREADY, "gpt-5": Result.DONE}
    assert execution.entry.outcomes[0].detail == "already in the catalogue as GPT_4.1"


ONE_ACCOUNTS = {
    "accounts/acme/models/star-7b": "accounts/zeta/models/star-7b",
    "publishers/acme/models/star-7b": "publishers/zeta/models/star-7b",
    "arn:aws:bedrock:us-east-1:111122223333:inference-profile/star-7b": (
        "arn:aws:bedrock:us-east-1:444455556666:inference-profile/star-7b"
    ),
}


@pytest.mark.parametrize("there", ONE_ACCOUNTS)
async def test_what_another_account_calls_the_same_stands_in_nobodys_way(
    database: Database, there: str
) -> None:
    execution = await approve(await stores_with(database, document(there)), adding(ONE_ACCOUNTS[there]))

    assert results(execution) == {ONE_ACCOUNTS[there]: Result.DONE}
    assert set(await catalogue_of(database)) == {there, ONE_ACCOUNTS[there]}


@pytest.mark.parametrize(
    "twin",
    [
        document("a-2", enabled=False),
        document("A_2", enabled=False, disabled_by="ben"),
        document("a-2", enabled=1),
        document("a-2", deprecated=True),
        document("A_2", deprecated="true"),
    ],
    ids=str,
)
@pytest.mark.parametrize("asks", [renaming(), adding("a-2")], ids=["rename", "add"])
async def test_a_twin_that_does_not_run_stands_in_the_way(
    database: Database, asks: Draft, twin: dict[str, Any]
) -> None:
    stores = await stores_with(database, document("a"), twin)

    execution = await approve(stores, asks)

    [added, *others] = execution.entry.changes
    assert (added.result, added.detail) == (
        Result.CONFLICT,
        f"already in the catalogue as {twin['model_id']}, where it is disabled or deprecated",
    )
    assert [one.result for one in others] == [Result.SKIPPED] * len(others)
    assert (await catalogue_of(database))["a"]["enabled"] is True


@pytest.mark.parametrize("asks", [renaming(), adding("a-2")], ids=["rename", "add"])
async def test_of_two_twins_the_one_that_runs_counts(database: Database, asks: Draft) -> None:
    stores = await stores_with(database, document("a"), document("A_2", enabled=False), document("a-2"))

    execution = await approve(stores, asks)

    assert execution.entry.changes[0].result == Result.ALREADY
    assert execution.proposal.state == State.EXECUTED


async def test_what_is_so_already_is_done_already(database: Database) -> None:
    off = document("b", enabled=False, disabled_by="ben")
    stores = await stores_with(database, document("a"), off)

    execution = await approve(stores, draft("ab"))

    assert results(execution) == {"a": Result.DONE, "b": Result.ALREADY}
    assert execution.entry.outcomes[1].detail == "already disabled by ben"
    assert execution.proposal.state == State.EXECUTED
    assert (await catalogue_of(database))["b"] == _without_id(off)


async def test_a_changed_or_missing_model_is_a_conflict_that_names_the_difference(
    database: Database,
) -> None:
    stores = await stores_with(database, document("a", deprecated=True), document("c"))

    execution = await approve(stores, draft("abc"))

    assert [(o.result, o.detail) for o in execution.entry.outcomes] == [
        (Result.CONFLICT, "deprecated: false → true, changed outside this bot"),
        (Result.CONFLICT, "it is no longer in the catalogue, changed outside this bot"),
        (Result.DONE, ""),
    ]
    assert execution.proposal.state == State.PARTLY


async def test_where_nothing_could_be_done_the_proposal_is_conflicted(database: Database) -> None:
    stores = await stores_with(database, document("a", deprecated=True))

    execution = await approve(stores, draft("a"))

    assert execution.proposal.state == State.CONFLICTED
    decision = (await database["model_status"].find_one({"model_id": "a"}) or {})["operator_decision"]
    assert (decision["status"], decision["executed_at"]) == ("failed", None)


async def test_a_change_between_journal_and_write_is_seen(database: Database) -> None:
    stores = await stores_with(database)

    async def ben(progress: Progress) -> None:
        if progress.step == "opened":
            await database["models"].update_one({"model_id": "a"}, {"$set": {"deprecated": True}})
            await database["models"].update_one({"model_id": "b"}, {"$set": {"enabled": False}})
            await database["models"].update_one({"model_id": "c"}, {"$set": {"disabled_reason": "mine"}})

    proposal = await stores.proposals.insert(draft("abc"), NOW)
    execution = await executor(stores, on_progress=ben).execute(proposal.id, 1, by="U1")

    assert [o.detail for o in execution.entry.outcomes] == [
        "deprecated: false → true, changed outside this bot",
        "already disabled",
        "disabled_reason: not set → “mine”, changed outside this bot",
    ]
    assert (await catalogue_of(database))["c"]["enabled"] is True


async def test_both_documents_of_a_duplicated_model_are_disabled(database: Database) -> None:
    stores = await stores_with(database, document("a"), document("a", _id="second"))

    execution = await approve(stores, draft("a"))

    assert await database["models"].count_documents({"enabled": True}) == 0
    assert results(execution) == {"a": Result.DONE}


async def test_two_approvals_at_once_make_one_change_and_the_second_hears_who_was_first(
    database: Database,
) -> None:
    stores = await stores_with(database)
    proposal = await stores.proposals.insert(draft(), NOW)

    clicks = await asyncio.gather(
        *(executor(stores, owner=f"replica {i}").execute(proposal.id, 1, by=f"U{i}") for i in range(10)),
        return_exceptions=True,
    )

    (winner,) = [click for click in clicks if isinstance(click, Execution)]
    losers = [click for click in clicks if isinstance(click, StaleProposal)]
    assert len(losers) == 9
    assert await database["operator_journal"].count_documents({}) == 1
    for loser in losers:
        assert loser.proposal is not None
        assert loser.proposal.last_transition is not None
        assert loser.proposal.last_transition.by == winner.entry.by
    assert (await catalogue_of(database))["a"]["disabled_by"] == f"ai-operator:{winner.entry.by}"


async def test_what_a_person_unticked_is_kept_and_held(database: Database) -> None:
    stores = await stores_with(database)

    execution = await approve(stores, draft(), refs=[ref("a"), ref("b")], reason="contract until March")

    assert (await catalogue_of(database))["c"]["enabled"] is True
    assert execution.proposal.approved == (ref("a"), ref("b"))
    (hold,) = await stores.holds.active()
    assert (hold.model_id, hold.origin, hold.kind, hold.reason) == (
        "c",
        Origin.UNTICKED,
        Kind.HARD_MODEL,
        "contract until March",
    )


async def test_policy_does_its_own_part_only_and_holds_nothing(database: Database) -> None:
    stores = await stores_with(database)

    execution = await approve(stores, partly_automatic(), by=POLICY)

    assert results(execution) == {"a": Result.DONE, "b": Result.DONE}
    assert execution.entry.automatic
    assert await stores.holds.active() == ()
    status = await database["model_status"].find_one({"model_id": "a"}) or {}
    assert status["operator_decision"]["status"] == "auto_executed"


async def test_policy_can_be_talked_into_nothing_more(database: Database) -> None:
    stores = await stores_with(database)

    with pytest.raises(NotFound):
        await approve(stores, partly_automatic(), by=POLICY, refs=[ref("c")])

    assert (await stores.proposals.get("P-1")).state == State.PENDING
    assert (await catalogue_of(database))["c"]["enabled"] is True


async def test_policy_leaves_alone_what_was_held_since_it_judged(database: Database) -> None:
    stores = await stores_with(database)
    await stores.holds.add(HoldDraft.on(ref("a"), kind=Kind.HARD_MODEL, by="U7", at=NOW, origin=Origin.NEVER))

    execution = await approve(stores, partly_automatic(), by=POLICY)

    assert results(execution) == {"a": Result.SKIPPED, "b": Result.DONE}
    assert execution.entry.outcomes[0].detail == "a person put it on hold"


async def test_evidence_is_checked_again_at_the_click(database: Database) -> None:
    stores = await stores_with(database)

    async def recovered(proposal: Proposal) -> Mapping[ModelRef, str]:
        return {ref("a"): "it answered 9 minutes earlier"}

    proposal = await stores.proposals.insert(draft(), NOW)
    execution = await executor(stores, recheck=recovered).execute(proposal.id, 1, by="U1")

    assert results(execution) == {"a": Result.CONFLICT, "b": Result.DONE, "c": Result.DONE}
    assert execution.entry.outcomes[0].detail == "it answered 9 minutes earlier"


@pytest.mark.parametrize("by", ["U1", POLICY])
async def test_a_pause_stops_a_running_batch_between_two_changes(database: Database, by: str) -> None:
    stores = await stores_with(database)

    async def pause(progress: Progress) -> None:
        if progress.step == "recorded" and progress.done == 1:
            await stores.pause.put(Pause(by="U2", at=NOW, reason="stop it"))

    proposal = await stores.proposals.insert(partly_automatic(), NOW)
    execution = await executor(stores, on_progress=pause).execute(
        proposal.id, 1, by=by, refs=[ref("a"), ref("b")]
    )

    assert results(execution) == {"a": Result.DONE, "b": Result.SKIPPED}
    assert execution.entry.outcomes[1].detail == "stopped by a pause: stop it"
    assert execution.proposal.state == State.PARTLY
    assert (await catalogue_of(database))["b"]["enabled"] is True


async def test_a_standing_pause_stops_policy_but_not_a_person_who_knows_of_it(database: Database) -> None:
    stores = await stores_with(database)
    await stores.pause.put(Pause(by="U2", at=NOW, reason="deploy"))

    by_policy = await approve(stores, partly_automatic(), by=POLICY)
    by_person = await approve(stores, draft(fingerprint="f2"))

    assert by_policy.proposal.state == State.PENDING, "people are asked instead"
    assert by_person.proposal.state == State.EXECUTED


async def test_what_mongodb_refuses_is_said_and_the_rest_is_done(database: Database) -> None:
    stores = await stores_with(database)
    await database["models"].create_index("disabled_reason", unique=True, sparse=True)

    execution = await approve(stores, draft())

    assert results(execution) == {"a": Result.DONE, "b": Result.FAILED, "c": Result.FAILED}
    assert "MongoDB refused: a unique index stands against it" in execution.entry.outcomes[1].detail
    assert execution.proposal.state == State.PARTLY


async def test_an_unknown_proposal_or_an_empty_choice_changes_nothing(database: Database) -> None:
    stores = await stores_with(database)

    with pytest.raises(NotFound, match="P-7"):
        await executor(stores).execute("P-7", 1, by="U1")
    with pytest.raises(NotFound, match="was chosen"):
        await approve(stores, draft(), refs=[])

    assert (await stores.proposals.get("P-1")).state == State.PENDING


async def test_a_second_approval_of_the_same_proposal_has_an_entry_of_its_own(database: Database) -> None:
    stores = await stores_with(database, document("a", deprecated=True))
    first = await approve(stores, draft("a"))
    assert first.proposal.state == State.CONFLICTED
    await database["models"].update_one({}, {"$set": {"deprecated": False}})
    again = await stores.proposals.put(draft("a"), now=NOW, run_id="R-2")

    second = await executor(stores).execute(again.id, again.revision, by="U2")

    assert second.proposal.journal_ids == ("J-1", "J-1.2")
    assert second.proposal.state == State.EXECUTED


async def test_an_old_click_cannot_approve_what_was_asked_anew(database: Database) -> None:
    stores = await stores_with(database, document("a", deprecated=True))
    await approve(stores, draft("a"))
    await stores.proposals.put(draft("a"), now=NOW, run_id="R-2")

    with pytest.raises(StaleProposal):
        await executor(stores).execute("P-1", 1, by="U1")


async def test_who_lost_the_lease_stops_and_the_other_finishes(database: Database) -> None:
    stores, clock = await stores_with(database), Clock()
    rescuer = executor(stores, owner="replica 2", clock=clock)
    finished: list[Execution] = []

    async def sleep_through_the_lease(progress: Progress) -> None:
        if progress.step == "recorded" and progress.done == 1:
            clock.advance(seconds=LEASE.total_seconds())
            finished.extend(await rescuer.recover())

    proposal = await stores.proposals.insert(draft(), NOW)
    slow = executor(stores, clock=clock, on_progress=sleep_through_the_lease)
    told = await slow.execute(proposal.id, 1, by="U1")

    (execution,) = finished
    assert told == execution, "whoever asked learns the true end"
    assert execution.proposal.state == State.EXECUTED
    assert set(results(execution).values()) == {Result.DONE}
    assert await stores.journal.get("J-1") == execution.entry


async def test_every_write_is_journalled_by_a_majority_and_none_is_in_a_transaction(
    database: Database, mongodb_uri: str
) -> None:
    await stores_with(database)
    async with recorded(mongodb_uri, database.name) as (watched, recorder):
        stores = Stores(watched, MONGO)
        await approve(stores, renaming())
        await executor(stores).undo("J-1", by="U2")

    names = {next(iter(sent)) for sent in recorder.commands}
    writes = [sent for sent in recorder.commands if next(iter(sent)) in WRITES]
    assert len(writes) > 20
    assert all(write["writeConcern"] == {"w": "majority", "j": True} for write in writes)
    assert not any("startTransaction" in write or "autocommit" in write for write in writes)
    assert names.isdisjoint({"commitTransaction", "abortTransaction"})
