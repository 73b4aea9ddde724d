"""The clocks of two replicas differ by an hour: what came first is what MongoDB had first."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import ModelRef
from operator_core.domain.changes import Result
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.journal import Leases
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import POLICY, Proposal
from operator_core.execution.executor import Executor, Progress
from operator_core.store.stores import Stores
from support.small_catalogue import NOW, Clock, draft, partly_automatic, ref, stores_with

Database = AsyncDatabase[dict[str, Any]]
HOUR = timedelta(hours=1)
APART = [-HOUR, timedelta(0), HOUR]
"""By how much the other replica's clock is ahead of the approver's."""
Word = Callable[[Stores, timedelta], Awaitable[None]]


async def pause(stores: Stores, ahead: timedelta) -> None:
    await stores.pause.put(Pause(by="U7", at=NOW + ahead, reason="stop"))


async def hold_a_model(stores: Stores, ahead: timedelta) -> None:
    for name in "abc":
        said = HoldDraft.on(ref(name), kind=Kind.HARD_MODEL, by="U7", at=NOW + ahead, origin=Origin.REENABLED)
        await stores.holds.add(said)


async def hold_the_situation(stores: Stores, ahead: timedelta) -> None:
    at = NOW + ahead
    await stores.holds.add(
        HoldDraft(provider="bedrock", fingerprint="f1", kind=None, by="U7", at=at, origin=Origin.REJECTED)
    )


WORDS: dict[str, Word] = {
    "a pause": pause,
    "a hold on models": hold_a_model,
    "a hold on the situation": hold_the_situation,
}


def executor(stores: Stores, clock: Clock | None = None, **options: Any) -> Executor:
    return Executor(stores, **{"owner": "first", "clock": clock or Clock(), **options})


@pytest.mark.parametrize("ahead", APART, ids=str)
@pytest.mark.parametrize("word", WORDS)
async def test_what_stood_when_a_person_approved_does_not_stop_them(
    database: Database, word: str, ahead: timedelta
) -> None:
    stores = await stores_with(database)
    await stores.proposals.insert(draft(), NOW)
    await WORDS[word](stores, ahead)

    execution = await executor(stores).execute("P-1", 1, by="U1")

    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.DONE}


@pytest.mark.parametrize("ahead", APART, ids=str)
@pytest.mark.parametrize("word", WORDS)
async def test_what_is_said_after_the_approval_stops_it(
    database: Database, word: str, ahead: timedelta
) -> None:
    stores = await stores_with(database)
    await stores.proposals.insert(draft(), NOW)

    async def said(progress: Progress) -> None:
        if progress.step == "claimed":
            await WORDS[word](stores, ahead)

    execution = await executor(stores, on_progress=said).execute("P-1", 1, by="U1")

    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.SKIPPED}


@pytest.mark.parametrize("ahead", APART, ids=str)
@pytest.mark.parametrize("word", WORDS)
async def test_policy_is_stopped_by_whatever_stands(database: Database, word: str, ahead: timedelta) -> None:
    stores = await stores_with(database)
    await stores.proposals.insert(partly_automatic(), NOW)
    await WORDS[word](stores, ahead)

    execution = await executor(stores).execute("P-1", 1, by=POLICY)

    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.SKIPPED}


async def test_a_replica_an_hour_ahead_with_leases_of_two_seconds_takes_over_and_nothing_is_done_twice(
    database: Database,
) -> None:
    stores = await stores_with(database)
    await stores.proposals.insert(draft(), NOW)
    short = Leases(entry=timedelta(seconds=2), write_seconds=1, claim_seconds=2)
    ahead = executor(stores, Clock(NOW + HOUR), owner="ahead", leases=short)

    async def the_other_ticks(progress: Progress) -> None:
        if progress.step == "recorded" and progress.done == 1:
            await ahead.recover()

    slow = executor(stores, on_progress=the_other_ticks, leases=short)
    execution = await slow.execute("P-1", 1, by="U1")

    assert (execution.entry.owner, execution.entry.fence) == ("ahead", 2)
    assert execution.entry.lease < NOW + HOUR + timedelta(seconds=3)
    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.DONE}


async def test_evidence_that_takes_long_to_read_does_not_hide_a_pause(database: Database) -> None:
    stores = await stores_with(database)
    await stores.proposals.insert(draft(), NOW)

    async def meanwhile(proposal: Proposal) -> Mapping[ModelRef, str]:
        await pause(stores, -HOUR)
        return {}

    execution = await executor(stores, recheck=meanwhile).execute("P-1", 1, by="U1")

    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.SKIPPED}
