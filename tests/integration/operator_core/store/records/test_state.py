"""What replicas share: numbers, the pause, and claims with leases."""

import asyncio
from datetime import timedelta

import pytest

from operator_core.domain.switches import Acted, Pause
from operator_core.errors import LeaseLost
from operator_core.store.records.state import OperatorState
from support.small_catalogue import NOW, Database


async def test_a_number_is_given_once_whoever_asks(database: Database) -> None:
    states = [OperatorState(database) for _ in range(3)]

    numbers = await asyncio.gather(*(states[i % 3].next_number("proposals") for i in range(30)))

    assert sorted(numbers) == list(range(1, 31))
    assert await states[0].next_number("holds") == 1


async def test_a_pause_stands_until_somebody_resumes(database: Database) -> None:
    state = OperatorState(database)
    assert await state.pause() is None

    await state.set_pause("U1", NOW, "deploy")
    assert await OperatorState(database).pause() == Pause(by="U1", at=NOW, reason="deploy")

    assert await state.resume() == Pause(by="U1", at=NOW, reason="deploy")
    assert await state.pause() is None
    assert await state.resume() is None


async def test_the_newest_word_replaces_an_older_pause(database: Database) -> None:
    state = OperatorState(database)
    await state.set_pause("U1", NOW, "deploy")

    newest = await state.set_pause("U2", NOW + timedelta(minutes=1), "still deploying")

    assert await state.pause() == newest


async def test_the_last_action_of_an_approver_is_remembered(database: Database) -> None:
    state = OperatorState(database)
    assert await state.last_approver_action() is None

    await state.approver_acted("U1", NOW)

    assert await state.last_approver_action() == Acted(by="U1", at=NOW)


async def test_of_fifty_claims_one_wins(database: Database) -> None:
    state = OperatorState(database)

    claims = await asyncio.gather(
        *(state.claim("digest:2026-11-18:C1", f"replica {i}", NOW, 60) for i in range(50))
    )

    winners = [claim for claim in claims if claim]
    assert len(winners) == 1
    assert not winners[0].taken_over


async def test_a_claim_is_taken_over_only_when_its_lease_expired(database: Database) -> None:
    state = OperatorState(database)
    await state.claim("digest", "first", NOW, 60)

    assert await state.claim("digest", "second", NOW + timedelta(seconds=59), 60) is None
    taken = await state.claim("digest", "second", NOW + timedelta(seconds=60), 60)

    assert taken is not None
    assert (taken.owner, taken.taken_over) == ("second", True)
    with pytest.raises(LeaseLost):
        await state.complete("digest", "first")


async def test_what_was_completed_is_never_claimed_again(database: Database) -> None:
    state = OperatorState(database)
    await state.claim("digest", "first", NOW, 60)

    await state.complete("digest", "first", note="1700000000.000100")

    assert await state.claim("digest", "second", NOW + timedelta(days=1), 60) is None
    claimed = await state.claimed("digest")
    assert claimed is not None
    assert (claimed.done, claimed.note) == (True, "1700000000.000100")


async def test_a_failed_attempt_can_be_tried_again_at_once(database: Database) -> None:
    state = OperatorState(database)
    await state.claim("digest", "first", NOW, 60)

    await state.give_up("digest", "first", NOW + timedelta(seconds=1))

    again = await state.claim("digest", "second", NOW + timedelta(seconds=1), 60)
    assert again is not None
    assert again.taken_over


async def test_messages_and_claims_go_after_ninety_days_and_nothing_else_does(database: Database) -> None:
    state = OperatorState(database)
    await state.set_pause("U1", NOW)
    await state.keep("last_digest", {"ts": "1.1"})
    await state.keep("message:C1:1.1", {"version": 1}, since=NOW)
    await state.keep("message:C1:2.2", {"version": 1}, since=NOW + timedelta(days=1))
    await state.claim("digest:2026-11-18:C1", "a", NOW, 60)
    assert await state.purge(NOW + timedelta(days=89)) == 0

    assert await state.purge(NOW + timedelta(days=90)) == 2

    assert await state.kept("message:C1:1.1") is None
    assert await state.claimed("digest:2026-11-18:C1") is None
    assert await state.kept("message:C1:2.2") is not None
    assert await state.kept("last_digest") == {"ts": "1.1"}
    assert await state.pause() is not None


async def test_a_message_that_is_redrawn_still_goes_when_its_time_comes(database: Database) -> None:
    state = OperatorState(database)
    await state.keep("message:C1:1.1", {"version": 1}, since=NOW)
    kept = await state.kept("message:C1:1.1")
    assert kept is not None
    assert await state.swap("message:C1:1.1", 1, {**kept, "version": 2})

    assert await state.purge(NOW + timedelta(days=90)) == 1
