"""A person's word is nobody else's to rewrite: not a run's, not another person's, not another answer's."""

from datetime import timedelta

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.holds import SOMEBODY_OUTSIDE, HoldDraft, Origin
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import POLICY, Draft, Proposal, ProposalAction, State
from operator_core.execution.aftermath import notice_reenabled
from operator_core.execution.executor import Executor, Progress
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases
from support.core import without_llm
from support.small_catalogue import (
    Clock,
    Database,
    catalogue_of,
    document,
    draft,
    every_gate_open,
    partly_automatic,
    ref,
    renaming,
    stores_with,
)


async def disabled(use_cases: UseCases, clock: Clock, models: str = "abc", name: str = "f1") -> Proposal:
    proposal = await use_cases.stores.proposals.insert(
        draft(models, fingerprint=name), clock.advance(hours=1)
    )
    return (await use_cases.approve(proposal.id, 1, by="U1")).proposal


async def enabled(use_cases: UseCases, clock: Clock, wanted: str, by: str, reason: str) -> Proposal:
    clock.advance(hours=1)
    command = await use_cases.switch(ProposalAction.ENABLE, wanted, by=by)
    await use_cases.submit(command.id, command.revision, by=by)
    return (await use_cases.approve(command.id, command.revision, by=by, reason=reason)).proposal


async def words(stores: Stores) -> set[tuple[str | None, str, str, Kind | None]]:
    return {(hold.model_id, hold.by, hold.reason, hold.kind) for hold in await stores.holds.active()}


@pytest.mark.parametrize("wanted", ["bedrock", "bedrock/a"])
@pytest.mark.parametrize("times", [1, 2])
async def test_what_a_person_enabled_here_was_not_enabled_outside(
    database: Database, wanted: str, times: int
) -> None:
    stores, clock = await stores_with(database), Clock()
    use_cases = without_llm(stores, clock)
    for number in range(times):
        await disabled(use_cases, clock, "abc" if number == 0 else "a", f"f{number}")
        await enabled(use_cases, clock, wanted, "UANA", "contract until March")
    before = await words(stores)
    assert before >= {("a", "UANA", "contract until March", None)}

    assert await notice_reenabled(stores, clock.advance(hours=1)) == ()
    assert await words(stores) == before


@pytest.mark.parametrize("step", ["changed", "recorded", "reported", "held", "moved"])
@pytest.mark.parametrize("how", ["undo", "command"])
async def test_what_is_being_enabled_here_is_no_strangers_doing(
    database: Database, how: str, step: str
) -> None:
    stores, clock = await stores_with(database, document("a")), Clock()
    use_cases = without_llm(stores, clock)
    off = await disabled(use_cases, clock, "a")

    async def die(progress: Progress) -> None:
        if progress.step == step:
            raise ConnectionError

    if how == "undo":
        begun = use_cases.undo(off.journal_ids[-1], by="UANA", on_progress=die)
    else:
        command = await use_cases.switch(ProposalAction.ENABLE, "bedrock/a", by="UANA")
        await use_cases.submit(command.id, command.revision, by="UANA")
        begun = use_cases.approve(command.id, command.revision, by="UANA", on_progress=die)
    with pytest.raises(ConnectionError):
        await begun

    assert await notice_reenabled(stores, clock.advance(minutes=1)) == ()
    await use_cases.recover()
    assert {by for _, by, _, _ in await words(stores)} == {"UANA"}


async def test_what_was_enabled_outside_leaves_an_earlier_word_as_it_was(database: Database) -> None:
    stores, clock = await stores_with(database), Clock()
    use_cases = without_llm(stores, clock)
    await disabled(use_cases, clock, "a", "f0")
    await enabled(use_cases, clock, "bedrock/a", "UANA", "contract until March")
    await disabled(use_cases, clock, "a", "f1")
    await database["models"].update_one({"model_id": "a"}, {"$set": {"enabled": True}})

    assert await notice_reenabled(stores, clock.advance(hours=1)) == (ref("a"),)
    assert await notice_reenabled(stores, clock.advance(hours=1)) == ()

    assert await words(stores) == {
        ("a", "UANA", "contract until March", None),
        ("a", SOMEBODY_OUTSIDE, "enabled again after J-3", Kind.HARD_MODEL),
    }


DISABLED_BY: dict[str, tuple[Draft, str]] = {
    "a person": (draft("ab"), "U1"),
    "policy": (partly_automatic(), POLICY),
    "a merge": (draft("a", ProposalAction.MERGE), "U1"),
    "a rename": (renaming(), "U1"),
}


@pytest.mark.parametrize("name", DISABLED_BY)
async def test_what_was_enabled_outside_reads_as_taken_back_on_the_platform_too(
    database: Database, name: str
) -> None:
    asked, by = DISABLED_BY[name]
    stores, clock = await stores_with(database), Clock()
    proposal = await stores.proposals.insert(asked, clock.now)
    await Executor(stores, owner="us", clock=clock, gates=every_gate_open).execute(proposal.id, 1, by=by)
    before = await statuses(database)
    assert before["a"] == ("auto_executed" if by == POLICY else "approved")
    await database["models"].update_one({"model_id": "a"}, {"$set": {"enabled": True}})

    assert await notice_reenabled(stores, clock.advance(hours=1)) == (ref("a"),)

    assert await statuses(database) == before | {"a": "rejected"}


async def statuses(database: Database) -> dict[str, str]:
    found = await database["model_status"].find().to_list()
    return {one["model_id"]: one["operator_decision"]["status"] for one in found}


async def test_an_enable_that_was_taken_back_is_noticed_outside_again(database: Database) -> None:
    stores, clock = await stores_with(database), Clock()
    use_cases = without_llm(stores, clock)
    await disabled(use_cases, clock, "a")
    on = await enabled(use_cases, clock, "bedrock/a", "UANA", "")
    clock.advance(hours=1)
    await use_cases.undo(on.journal_ids[-1], by="UBEN")
    assert (await catalogue_of(database))["a"]["enabled"] is False
    await database["models"].update_one({"model_id": "a"}, {"$set": {"enabled": True}})

    assert await notice_reenabled(stores, clock.advance(hours=1)) == (ref("a"),)


OTHERS = [
    HoldDraft.on(ref("a"), kind=None, by="UANA", at=Clock().now, origin=Origin.REENABLED, reason="contract"),
    HoldDraft.on(ref("a"), kind=Kind.HARD_MODEL, by="UBEN", at=Clock().now, origin=Origin.UNDID),
    HoldDraft.on(
        ref("a"), kind=Kind.HARD_MODEL, by="UBEN", at=Clock().now, origin=Origin.UNDID, proposal_id="P-99"
    ),
    HoldDraft.on(ref("a"), kind=Kind.AUTH, by="UBEN", at=Clock().now, origin=Origin.UNTICKED),
    HoldDraft.on(ref("a"), kind=None, by=SOMEBODY_OUTSIDE, at=Clock().now, origin=Origin.REENABLED),
]


@pytest.mark.parametrize("other", OTHERS, ids=lambda one: f"{one.origin} by {one.by} {one.proposal_id}")
async def test_releasing_an_undo_leaves_others_words_on_the_same_models(
    database: Database, other: HoldDraft
) -> None:
    stores, clock = await stores_with(database), Clock()
    use_cases = without_llm(stores, clock)
    standing = await stores.holds.add(other)
    done = await disabled(use_cases, clock)
    clock.advance(hours=1)
    await use_cases.undo(done.journal_ids[-1], by="UCHI", reason="back Friday")
    assert standing in await stores.holds.active()

    released = await use_cases.release_all_of(done.id, by="UBEN")

    assert released.state == State.UNDONE
    assert await stores.holds.active() == (standing,)


async def test_what_was_unticked_stays_kept_when_the_rest_is_undone_and_released(database: Database) -> None:
    stores, clock = await stores_with(database), Clock()
    use_cases = without_llm(stores, clock)
    proposal = await stores.proposals.insert(draft(), clock.now)
    chosen: list[ModelRef] = [ref("a"), ref("b")]
    done = await use_cases.approve(proposal.id, 1, by="UANA", refs=chosen, reason="c has a contract")
    clock.advance(hours=1)
    await use_cases.undo(done.entry.id, by="UBEN")

    await use_cases.release_all_of(proposal.id, by="UBEN")

    assert await words(stores) == {("c", "UANA", "c has a contract", Kind.HARD_MODEL)}


async def test_a_hold_that_an_older_version_kept_is_released_with_its_undo(database: Database) -> None:
    stores, clock = await stores_with(database), Clock()
    use_cases = without_llm(stores, clock)
    done = await disabled(use_cases, clock)
    await use_cases.undo(done.journal_ids[-1], by="UBEN")
    await database["operator_holds"].update_many({}, {"$unset": {"proposal_id": ""}})

    await use_cases.release_all_of(done.id, by="UBEN")

    assert await stores.holds.active() == ()


async def test_reopening_leaves_what_somebody_else_said_of_the_models(database: Database) -> None:
    stores, clock = await stores_with(database), Clock()
    use_cases = without_llm(stores, clock)
    kept = await stores.holds.add(OTHERS[0])
    proposal = await stores.proposals.insert(draft(), clock.now)
    await use_cases.reject(proposal.id, 1, by="UBEN", reason="not yet")
    clock.now += timedelta(hours=1)

    await use_cases.reopen(proposal.id, 1, by="UCHI")

    assert await stores.holds.active() == (kept,)
