"""What replicas share: numbers, the pause, and claims with leases."""

import asyncio
from datetime import timedelta

import pytest

from operator_core.domain.base import Frozen
from operator_core.domain.mode import Pause
from operator_core.errors import LeaseLost
from operator_core.store.records.claims import Claims
from operator_core.store.records.state import StateRecords, next_number
from support.small_catalogue import NOW, Database


async def test_a_number_is_given_once_whoever_asks(database: Database) -> None:
    numbers = await asyncio.gather(*(next_number(database, "proposals") for _ in range(30)))

    assert sorted(numbers) == list(range(1, 31))
    assert await next_number(database, "holds") == 1


async def test_a_value_stands_for_all_until_it_is_replaced_or_taken(database: Database) -> None:
    pauses = StateRecords(database, "pause", Pause)
    assert await pauses.get() is None

    await pauses.put(Pause(by="U1", at=NOW, reason="deploy"))
    newest = await pauses.put(Pause(by="U2", at=NOW + timedelta(minutes=1), reason="still deploying"))

    other_replica = StateRecords(database, "pause", Pause)
    assert await other_replica.get() == newest
    assert await other_replica.take() == newest
    assert await pauses.get() is None
    assert await pauses.take() is None


async def test_of_fifty_claims_one_wins(database: Database) -> None:
    claims = Claims(database)

    taken = await asyncio.gather(
        *(claims.claim("digest:2026-11-18:C1", f"replica {i}", NOW, 60) for i in range(50))
    )

    winners = [claim for claim in taken if claim]
    assert len(winners) == 1
    assert not winners[0].taken_over


async def test_a_claim_is_taken_over_only_when_its_lease_expired(database: Database) -> None:
    claims = Claims(database)
    await claims.claim("digest", "first", NOW, 60)

    assert await claims.claim("digest", "second", NOW + timedelta(seconds=59), 60) is None
    taken = await claims.claim("digest", "second", NOW + timedelta(seconds=60), 60)

    assert taken is not None
    assert (taken.owner, taken.taken_over) == ("second", True)
    with pytest.raises(LeaseLost):
        await claims.complete("digest", "first")


async def test_what_was_completed_is_never_claimed_again(database: Database) -> None:
    claims = Claims(database)
    await claims.claim("digest", "first", NOW, 60)

    await claims.complete("digest", "first", note="1700000000.000100")

    assert await claims.claim("digest", "second", NOW + timedelta(days=1), 60) is None
    claimed = await claims.get("digest")
    assert claimed is not None
    assert (claimed.done, claimed.note) == (True, "1700000000.000100")


@pytest.mark.parametrize(
    ("owner", "seconds", "done", "ours"),
    [
        ("first", 59, False, True),
        ("first", 60, False, False),
        ("first", 3600, False, False),
        ("second", 1, False, False),
        ("first", 1, True, False),
    ],
    ids=["in time", "run out", "long run out", "another's", "done"],
)
async def test_only_a_claim_that_did_not_run_out_is_renewed(
    database: Database, owner: str, seconds: float, done: bool, ours: bool
) -> None:
    claims = Claims(database)
    await claims.claim("digest", "first", NOW, 60)
    if done:
        await claims.complete("digest", "first")
    at = NOW + timedelta(seconds=seconds)

    if ours:
        await claims.renew("digest", owner, at, 60)
        assert await claims.claim("digest", "second", at + timedelta(seconds=59), 60) is None
    else:
        with pytest.raises(LeaseLost):
            await claims.renew("digest", owner, at, 60)


async def test_a_failed_attempt_can_be_tried_again_at_once(database: Database) -> None:
    claims = Claims(database)
    await claims.claim("digest", "first", NOW, 60)

    await claims.give_up("digest", "first", NOW + timedelta(seconds=1))

    again = await claims.claim("digest", "second", NOW + timedelta(seconds=1), 60)
    assert again is not None
    assert again.taken_over


@pytest.mark.parametrize("ahead", [-600, 0, 600], ids="{} s ahead".format)
async def test_whoever_watches_a_claim_takes_it_when_nobody_renewed_it_for_a_lease_by_their_own_clock(
    database: Database, ahead: float
) -> None:
    claims = Claims(database)
    await claims.claim("digest", "first", NOW, 600)

    async def watches(seconds: float) -> bool:
        theirs = NOW + timedelta(seconds=ahead + seconds)
        return await claims.claim("digest", "second", theirs, 600, watching=True) is not None

    assert not await watches(0)
    assert not await watches(540)
    await claims.renew("digest", "first", NOW + timedelta(seconds=590), 600)
    assert not await watches(600), "it was renewed"
    assert not await watches(1199)
    assert await watches(1200)


@pytest.mark.parametrize("ahead", [-600, 0, 600], ids="{} s ahead".format)
@pytest.mark.parametrize("how", ["given up", "long over"])
async def test_a_claim_that_is_over_by_every_clock_is_taken_at_first_sight(
    database: Database, ahead: float, how: str
) -> None:
    claims = Claims(database)
    await claims.claim("digest", "first", NOW, 600)
    if how == "given up":
        await claims.give_up("digest", "first", NOW)
    theirs = NOW + timedelta(seconds=ahead, hours=0 if how == "given up" else 2)

    assert await claims.claim("digest", "second", theirs, 600, watching=True) is not None


class Note(Frozen):
    """A small value, as the bot keeps messages."""

    version: int = 1
    text: str = ""


async def test_what_is_taken_is_gone(database: Database) -> None:
    messages = StateRecords(database, "message:", Note)
    await messages.put(Note(text="a"), "C1:1.1")
    assert await messages.take("C1:1.1") == Note(text="a")
    assert await messages.take("C1:1.1") is None
