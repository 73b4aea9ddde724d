"""Who takes over what another process left looks again before anything is changed that was not changed."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import ModelRef
from operator_core.domain.changes import Result
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode, Pause
from operator_core.domain.proposals import POLICY, Proposal, State
from operator_core.execution.executor import Execution, Executor, Progress
from operator_core.store.stores import Stores
from support.core import core_over, with_values
from support.crashes import Crash, dies_after
from support.shipped import SETTINGS
from support.small_catalogue import MONGO, NOW, Clock, every_gate_open
from support.small_platform import GONE, SPENT, WELL, every_six_hours, failures, fill, successes

Document = dict[str, Any]
Database = AsyncDatabase[Document]
Since = Callable[[Database, Proposal], Awaitable[None]]
NAMES = ("gone-1b", "gone-2b")
CLAIMED, OPENED, CHANGED, RECORDED = range(4)
"""Steps of a batch at which its process dies: before any change, and after the first."""
LATER = timedelta(minutes=2)
NOT_SEEN = "the trouble that it was to be disabled for is not seen any more"


async def begun(database: Database, by: str, step: int) -> Proposal:
    """Two models are gone; who was to disable them died at that step."""
    rows = [row for name in NAMES for row in failures(name, GONE, every_six_hours(96))]
    await fill(database, NAMES, rows)
    async with core_over(database) as (use_cases, _):
        await use_cases.run("test")
        (proposal,) = await use_cases.waiting()
    stores, crash = Stores(database, MONGO), dies_after(step)
    dead = Executor(stores, owner="dead", clock=Clock(), on_progress=crash, gates=every_gate_open)
    with pytest.raises(Crash):
        await dead.execute(proposal.id, proposal.revision, by=by)
    return proposal


async def taken_over(database: Database, after: timedelta = LATER, **policy: Any) -> Execution:
    settings = with_values(SETTINGS, policy=policy)
    async with core_over(database, settings=settings, clock=lambda: NOW + after, owner="heir") as (
        use_cases,
        _,
    ):
        (execution,) = await use_cases.recover()
    return execution


async def off(database: Database) -> set[str]:
    return {one["model_id"] async for one in database[MONGO.models].find({"enabled": False})}


async def nothing(database: Database, proposal: Proposal) -> None:
    """Everything is as it was."""


async def they_answer(database: Database, proposal: Proposal) -> None:
    await database[MONGO.successes].insert_many([row for name in NAMES for row in successes(name, -0.01)])


async def they_fail_otherwise(database: Database, proposal: Proposal) -> None:
    hours = [-0.01 * number / 40 for number in range(40)]
    await database[MONGO.errors].insert_many([row for name in NAMES for row in failures(name, SPENT, hours)])


async def they_are_held(database: Database, proposal: Proposal) -> None:
    for ref in proposal.refs:
        await hold(database, HoldDraft.on(ref, kind=proposal.kind, by="U7", at=SAID, origin=Origin.UNDID))


async def they_are_held_for_any_kind(database: Database, proposal: Proposal) -> None:
    for ref in proposal.refs:
        await hold(database, HoldDraft.on(ref, kind=None, by="U7", at=SAID, origin=Origin.REENABLED))


async def their_situation_is_held(database: Database, proposal: Proposal) -> None:
    said = HoldDraft(
        provider=proposal.provider,
        fingerprint=proposal.fingerprint,
        kind=proposal.kind,
        by="U7",
        at=SAID,
        origin=Origin.REJECTED,
    )
    await hold(database, said)


async def hold(database: Database, said: HoldDraft) -> None:
    await Stores(database, MONGO).holds.add(said)


async def somebody_pauses(database: Database, proposal: Proposal) -> None:
    await Stores(database, MONGO).pause.put(Pause(by="U7", at=SAID, reason="stop"))


async def half_the_platform_fails(database: Database, proposal: Proposal) -> None:
    rows = [row for name in WELL[:6] for row in failures(name, GONE.replace("404", "503"), [-0.01, -0.02])]
    await database[MONGO.errors].insert_many(rows)


SAID = NOW + timedelta(seconds=40)
AGAINST_ANYBODY: dict[str, tuple[Since, Result, str]] = {
    "they answer": (they_answer, Result.CONFLICT, "it answered"),
    "they fail otherwise": (they_fail_otherwise, Result.CONFLICT, "it now fails in another way"),
    "they are held": (they_are_held, Result.SKIPPED, "a person put it on hold"),
    "any kind is held": (they_are_held_for_any_kind, Result.SKIPPED, "a person put it on hold"),
    "their situation is held": (their_situation_is_held, Result.SKIPPED, "a person put it on hold"),
    "a pause": (somebody_pauses, Result.SKIPPED, "paused?: stop|by a pause: stop"),
}


@pytest.mark.parametrize("by", ["U1", POLICY])
@pytest.mark.parametrize("step", [CLAIMED, OPENED, CHANGED, RECORDED])
async def test_what_still_holds_is_finished(database: Database, by: str, step: int) -> None:
    await begun(database, by, step)

    execution = await taken_over(database)

    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.DONE}
    assert execution.proposal.state == State.EXECUTED
    assert await off(database) == set(NAMES)


@pytest.mark.parametrize("by", ["U1", POLICY])
@pytest.mark.parametrize("step", [CLAIMED, OPENED])
@pytest.mark.parametrize("name", AGAINST_ANYBODY)
async def test_what_no_longer_holds_is_left_alone_and_says_why(
    database: Database, name: str, step: int, by: str
) -> None:
    since, result, why = AGAINST_ANYBODY[name]
    proposal = await begun(database, by, step)
    await since(database, proposal)

    execution = await taken_over(database)

    assert [outcome.result for outcome in execution.entry.outcomes] == [result, result]
    for outcome in execution.entry.outcomes:
        assert re.search(why, outcome.detail)
    asked_anew = name == "a pause"
    assert execution.proposal.state == (State.PENDING if asked_anew else State.CONFLICTED)
    assert await off(database) == set()


@pytest.mark.parametrize("step", [CHANGED, RECORDED])
@pytest.mark.parametrize("name", AGAINST_ANYBODY)
async def test_what_had_landed_stays_and_is_recorded(database: Database, name: str, step: int) -> None:
    since, result, _ = AGAINST_ANYBODY[name]
    proposal = await begun(database, POLICY, step)
    await since(database, proposal)

    execution = await taken_over(database)

    assert [outcome.result for outcome in execution.entry.outcomes] == [Result.DONE, result]
    assert execution.proposal.state == State.PARTLY
    assert await off(database) == {proposal.refs[0].model_id}


@pytest.mark.parametrize("step", [CLAIMED, OPENED])
@pytest.mark.parametrize(
    ("since", "after", "policy", "why"),
    [
        (nothing, LATER, {"autopilot": Mode.OFF}, "autopilot is off in operator.toml"),
        (nothing, LATER, {"autopilot": Mode.SHADOW}, "autopilot is in shadow by now"),
        (nothing, LATER, {"kinds": (Kind.AUTH,)}, "hard_model is not a kind I may act on alone"),
        (nothing, LATER, {"max_changes_unattended": 0}, "operator.toml lets me change nothing alone"),
        (nothing, timedelta(hours=25), {}, "the last failure is 26 hours old"),
        (nothing, timedelta(days=10), {}, NOT_SEEN),
        (half_the_platform_fails, LATER, {}, "of all models stopped answering in the last 24 hours"),
    ],
    ids=["off", "shadow", "kind", "unattended", "stale", "runner down", "trouble"],
)
async def test_what_policy_approved_passes_the_gates_again(
    database: Database, step: int, since: Since, after: timedelta, policy: Document, why: str
) -> None:
    proposal = await begun(database, POLICY, step)
    await since(database, proposal)

    execution = await taken_over(database, after, **policy)

    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.SKIPPED}
    assert why in execution.entry.outcomes[0].detail
    assert await off(database) == set()
    asked = execution.proposal
    assert (asked.state, asked.automatic, asked.refs) == (State.PENDING, (), proposal.refs)
    assert {why in member.gate for member in asked.members} == {True}


async def test_a_persons_word_needs_no_gate(database: Database) -> None:
    await begun(database, "U1", OPENED)

    execution = await taken_over(database, autopilot=Mode.OFF)

    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.DONE}


async def test_a_hold_that_the_approver_knew_of_does_not_stop_the_approval(database: Database) -> None:
    earlier = HoldDraft.on(
        ModelRef(provider="groq", model_id="gone-1b"),
        kind=Kind.AUTH,
        by="U7",
        at=NOW - timedelta(hours=1),
        origin=Origin.UNDID,
    )
    await hold(database, earlier)
    await begun(database, "U1", OPENED)

    execution = await taken_over(database)

    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.DONE}


@pytest.mark.parametrize("step", ["recorded", "reported"])
async def test_who_slept_through_its_lease_after_the_last_change_writes_nothing_more(
    database: Database, step: str
) -> None:
    """An undo is finished by another, its holds are released, and the models are disabled anew meanwhile."""
    rows = [row for name in NAMES for row in failures(name, GONE, every_six_hours(96))]
    await fill(database, NAMES, rows)
    stores, clock, nights = Stores(database, MONGO), Clock(), list[datetime]()

    async def disabled_by(person: str) -> Execution:
        async with core_over(database, clock=clock) as (use_cases, _):
            await use_cases.run("test")
            (asked,) = await use_cases.waiting()
            return await use_cases.approve(asked.id, asked.revision, by=person)

    async def asleep(progress: Progress) -> None:
        if (progress.step, progress.done) == (step, 2) and not nights:
            nights.append(clock.advance(minutes=2))
            await Executor(stores, owner="heir", clock=clock).recover()
            for hold in await stores.holds.active():
                await stores.holds.release(hold.id, "U2", clock.now)
            clock.advance(minutes=2)
            await disabled_by("U3")

    done = await disabled_by("U1")
    sleeper = Executor(stores, owner="sleeper", clock=clock, on_progress=asleep)
    undone = await sleeper.undo(done.entry.id, by="U1")
    assert (undone.entry.owner, len(nights)) == ("heir", 1)

    assert await off(database) == {*NAMES}
    said = await database[MONGO.model_status].find().to_list()
    assert [one["operator_decision"]["status"] for one in said] == ["approved", "approved"]
    assert not await stores.holds.active()
