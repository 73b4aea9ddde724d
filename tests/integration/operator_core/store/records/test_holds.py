"""A person's word stands until it is released, beside whatever others say."""

import asyncio
from datetime import timedelta

import pytest

from operator_core.domain.holds import SOMEBODY_OUTSIDE, HoldDraft, Origin, hold_on
from operator_core.domain.kinds import Kind
from operator_core.errors import NotFound
from support.small_catalogue import NOW, Database, ref, stores_with


def undid(by: str = "U1", kind: Kind | None = Kind.HARD_MODEL, reason: str = "back Friday") -> HoldDraft:
    return HoldDraft.on(ref("a"), kind=kind, by=by, at=NOW, origin=Origin.UNDID, reason=reason)


async def test_a_hold_says_who_when_why_and_about_what(database: Database) -> None:
    holds = (await stores_with(database)).holds

    hold = await holds.add(undid())

    assert await holds.active() == (hold,)
    assert hold.id == "H-1"
    assert (hold.by, hold.at, hold.reason, hold.origin) == ("U1", NOW, "back Friday", Origin.UNDID)
    assert hold_on(ref("a"), Kind.HARD_MODEL, "f", [hold]) == hold
    assert hold_on(ref("a"), Kind.AUTH, "f", [hold]) is None


@pytest.mark.parametrize(
    "later",
    [
        undid(by="U2", reason="no"),
        undid(kind=None),
        undid(kind=Kind.AUTH),
        undid().model_copy(update={"origin": Origin.UNTICKED}),
        undid().model_copy(update={"proposal_id": "P-2"}),
        undid(by=SOMEBODY_OUTSIDE, reason="enabled again after J-1"),
    ],
    ids=["person", "wider", "other kind", "origin", "proposal", "outside"],
)
async def test_a_later_word_stands_beside_an_earlier_one(database: Database, later: HoldDraft) -> None:
    holds = (await stores_with(database)).holds
    first = await holds.add(undid())

    second = await holds.add(later)

    assert set(await holds.active()) == {first, second}
    await holds.release(second.id, "U3", NOW)
    assert await holds.active() == (first,)


async def test_the_same_word_said_again_keeps_the_first(database: Database) -> None:
    holds = (await stores_with(database)).holds
    first = await holds.add(undid())

    assert await holds.add(undid(reason="again")) == first


async def test_the_same_word_at_once_leaves_one_hold_and_twenty_peoples_leave_twenty(
    database: Database,
) -> None:
    holds = (await stores_with(database)).holds

    await asyncio.gather(*(holds.add(undid()) for _ in range(20)))
    assert len(await holds.active()) == 1

    await asyncio.gather(*(holds.add(undid(by=f"V{i}")) for i in range(20)))
    assert len(await holds.active()) == 21


async def test_a_database_of_an_older_version_lets_several_stand(database: Database) -> None:
    older = {"provider": "bedrock", "model_id": "a", "fingerprint": None, "active": True, "by": "U1"}
    said = {"kind": None, "at": NOW, "until": None, "reason": "contract", "origin": "re-enabled"}
    await database["operator_holds"].insert_one({"_id": "H-0", **older, **said})
    await database["operator_holds"].create_index(
        ["provider", "model_id", "fingerprint"],
        name="one_standing_hold",
        unique=True,
        partialFilterExpression={"active": True},
    )
    holds = (await stores_with(database)).holds

    await holds.add(undid(by="U2"))

    assert {(hold.by, hold.reason) for hold in await holds.active()} == {
        ("U1", "contract"),
        ("U2", "back Friday"),
    }


async def test_a_released_hold_stands_no_more_and_can_be_said_anew(database: Database) -> None:
    holds = (await stores_with(database)).holds
    first = await holds.add(undid())

    released = await holds.release(first.id, "U2", NOW + timedelta(days=1))

    assert (released.active, released.released_by) == (False, "U2")
    assert await holds.active() == ()
    assert (await holds.add(undid())).id != first.id


async def test_releasing_twice_keeps_who_was_first(database: Database) -> None:
    holds = (await stores_with(database)).holds
    hold = await holds.add(undid())
    await holds.release(hold.id, "U2", NOW)

    assert (await holds.release(hold.id, "U3", NOW)).released_by == "U2"


async def test_a_hold_that_does_not_exist_cannot_be_released(database: Database) -> None:
    holds = (await stores_with(database)).holds

    with pytest.raises(NotFound, match="H-9"):
        await holds.release("H-9", "U1", NOW)


async def test_a_hold_with_an_end_stands_until_then(database: Database) -> None:
    holds = (await stores_with(database)).holds
    week = NOW + timedelta(days=7)
    draft = HoldDraft.on(ref("a"), kind=None, by="U1", at=NOW, until=week, origin=Origin.NOT_NOW)
    hold = await holds.add(draft)
    other = await holds.add(HoldDraft.on(ref("b"), kind=None, by="U1", at=NOW, origin=Origin.NEVER))

    await holds.expire(week - timedelta(seconds=1))
    assert set(await holds.active()) == {hold, other}

    await holds.expire(week)
    assert await holds.active() == (other,)
