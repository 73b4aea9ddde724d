"""The journal: one owner at a time, nothing written by who lost it, and the counts that brakes need."""

import asyncio
from datetime import timedelta

import pytest

from operator_core.domain.changes import Change, Image, Op, Result
from operator_core.domain.journal import LEASE, JournalEntry, disabled_by_policy, left_enabled
from operator_core.domain.mode import ApproverAction
from operator_core.domain.proposals import POLICY, ProposalAction
from operator_core.errors import LeaseLost, NotFound
from operator_core.store.records.journal import Journal
from support.small_catalogue import NOW, Database, document, ref, stores_with


def switch(model_id: str, provider: str = "bedrock", *, on: bool = False) -> Change:
    return Change(
        ref=ref(model_id, provider),
        member=ref(model_id, provider),
        op=Op.SET,
        document_id=f"{provider}:{model_id}",
        before=Image(values={"enabled": not on}, absent=("disabled_at",)),
        after=Image(values={"enabled": on, "disabled_at": NOW}),
    )


def entry(*changes: Change, entry_id: str = "J-1", owner: str = "first", by: str = "U1") -> JournalEntry:
    return JournalEntry(
        id=entry_id,
        proposal_id=entry_id.replace("J", "P"),
        revision=1,
        action=ProposalAction.DISABLE,
        provider="bedrock",
        by=by,
        started_at=NOW,
        owner=owner,
        lease=NOW + LEASE,
        changes=changes or (switch("a"), switch("b")),
    )


async def journal_in(database: Database) -> Journal:
    return (await stores_with(database, document("a"))).journal


async def test_an_entry_is_read_back_exactly(database: Database) -> None:
    journal = await journal_in(database)

    written = await journal.open(entry())

    assert await journal.get("J-1") == written
    assert await journal.find("J-2") is None
    with pytest.raises(NotFound, match="J-2"):
        await journal.get("J-2")


async def test_a_before_image_tells_null_from_absent(database: Database) -> None:
    journal = await journal_in(database)
    image = Image(values={"disabled_reason": None}, absent=("disabled_at",))

    await journal.open(entry(switch("a").model_copy(update={"before": image})))

    (change,) = (await journal.get("J-1")).changes
    assert change.before == image
    assert not change.before.differences({"disabled_reason": None})
    assert change.before.differences({})


async def test_of_two_entries_of_one_name_one_is_opened(database: Database) -> None:
    journal = await journal_in(database)

    opened = await asyncio.gather(
        *(journal.open(entry(owner=f"replica {i}")) for i in range(10)), return_exceptions=True
    )

    assert sum(isinstance(one, JournalEntry) for one in opened) == 1
    assert sum(isinstance(one, LeaseLost) for one in opened) == 9


async def test_only_an_expired_lease_is_taken_over_and_by_one(database: Database) -> None:
    journal = await journal_in(database)
    await journal.open(entry())
    before, after = NOW + LEASE - timedelta(seconds=1), NOW + LEASE

    assert await journal.abandoned(before) == ()
    with pytest.raises(LeaseLost):
        await journal.take_over("J-1", "second", before)

    assert [one.id for one in await journal.abandoned(after)] == ["J-1"]
    taken = await asyncio.gather(
        *(journal.take_over("J-1", f"replica {i}", after) for i in range(10)), return_exceptions=True
    )
    (winner,) = [one for one in taken if isinstance(one, JournalEntry)]
    assert winner.fence == 2
    assert await journal.get("J-1") == winner


async def test_who_lost_the_lease_can_write_no_more(database: Database) -> None:
    journal = await journal_in(database)
    first = await journal.open(entry())
    second = await journal.take_over("J-1", "second", NOW + LEASE)

    with pytest.raises(LeaseLost):
        await journal.keep(first, NOW)
    with pytest.raises(LeaseLost):
        await journal.record(first, 0, Result.FAILED, "")
    with pytest.raises(LeaseLost):
        await journal.close(first, NOW)

    assert await journal.get("J-1") == second


async def test_the_same_owner_with_an_older_fence_has_lost_it_too(database: Database) -> None:
    journal = await journal_in(database)
    first = await journal.open(entry())
    await journal.take_over("J-1", "first", NOW + LEASE)

    with pytest.raises(LeaseLost):
        await journal.record(first, 0, Result.DONE, "")


async def test_each_renewal_keeps_others_away(database: Database) -> None:
    journal = await journal_in(database)
    first = await journal.open(entry())

    await journal.keep(first, NOW + timedelta(seconds=20))

    assert await journal.abandoned(NOW + LEASE) == ()


async def test_a_closed_entry_is_nobodys(database: Database) -> None:
    journal = await journal_in(database)
    closed = await journal.close(await journal.open(entry()), NOW)

    assert await journal.get("J-1") == closed
    assert await journal.abandoned(NOW + timedelta(days=1)) == ()
    with pytest.raises(LeaseLost):
        await journal.take_over("J-1", "second", NOW + timedelta(days=1))


async def test_brakes_count_what_policy_did_and_what_still_stands(database: Database) -> None:
    journal = await journal_in(database)
    done = [switch(name).with_result(Result.DONE) for name in "abc"]
    refused = switch("d").with_result(Result.CONFLICT, "changed")
    automatic = await journal.open(entry(*done, refused, by=POLICY))
    await journal.open(entry(switch("e").with_result(Result.DONE), entry_id="J-2"))
    await journal.open(entry(switch("x", "groq", on=True).with_result(Result.DONE), entry_id="J-3"))
    await journal.close(automatic, NOW)
    await journal.mark_undone("J-1", [1], "J-1u1")

    assert await journal.changes_unattended(ApproverAction(by="U1", at=NOW)) == 3
    assert await journal.changes_unattended(ApproverAction(by="U1", at=NOW + timedelta(seconds=1))) == 0
    entries = await journal.since(NOW)
    assert disabled_by_policy(entries) == {"bedrock": 2}
    assert left_enabled(entries) == {"bedrock": 4, "groq": -1}
    assert [one.id for one in entries if one.automatic] == ["J-1"]


async def test_the_newest_entries_come_first(database: Database) -> None:
    journal = await journal_in(database)
    for day in range(3):
        one = entry(entry_id=f"J-{day}").model_copy(update={"started_at": NOW + timedelta(days=day)})
        await journal.open(one)

    assert [one.id for one in await journal.recent(limit=2)] == ["J-2", "J-1"]
