"""Answers other than Approve: each can be reversed, and silence lasts as long as the person's word."""

from datetime import datetime, timedelta

import pytest

from operator_core.domain.holds import Origin
from operator_core.domain.proposals import ProposalAction, State
from operator_core.domain.runs import Sight
from operator_core.errors import StaleProposal
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases
from support.core import without_llm
from support.small_catalogue import NOW, Database, draft, ref, stores_with

LATER = NOW + timedelta(days=1)


def asked(stores: Stores, at: datetime = NOW) -> UseCases:
    """The use cases at that moment; nothing here asks an LLM."""
    return without_llm(stores, lambda: at)


async def status_of(database: Database, model_id: str) -> object:
    found = await database["model_status"].find_one({"model_id": model_id}) or {}
    return found.get("operator_decision", {}).get("status")


async def test_a_rejection_holds_the_situation_with_its_reason(database: Database) -> None:
    stores = await stores_with(database)
    proposal = await stores.proposals.insert(draft(), NOW)

    rejected = await asked(stores).reject(proposal.id, 1, by="U1", reason="contract")

    assert rejected.state == State.REJECTED
    (hold,) = await stores.holds.active()
    assert (hold.fingerprint, hold.model_id, hold.origin) == ("f1", None, Origin.REJECTED)
    assert (hold.by, hold.reason) == ("U1", "contract")
    assert await status_of(database, "a") == "rejected"


async def test_a_rejected_proposal_waits_in_silence_whatever_runs_bring(database: Database) -> None:
    stores = await stores_with(database)
    proposal = await stores.proposals.insert(draft(), NOW)
    await asked(stores).reject(proposal.id, 1, by="U1")

    published = await stores.proposals.publish(
        [draft()],
        sight=Sight(last_runs=dict.fromkeys(proposal.refs, LATER)),
        holds=await stores.holds.active(),
        now=LATER,
        run_id="R-2",
    )

    assert (published.told, published.cleared) == ((), ())
    assert (await stores.proposals.get(proposal.id)).state == State.REJECTED


async def test_reopening_ends_the_hold_and_asks_again(database: Database) -> None:
    stores = await stores_with(database)
    proposal = await stores.proposals.insert(draft(), NOW)
    await asked(stores).reject(proposal.id, 1, by="U1")

    reopened = await asked(stores, LATER).reopen(proposal.id, 1, by="U2")

    assert reopened.state == State.PENDING
    assert await stores.holds.active() == ()
    assert await status_of(database, "a") == "pending"


async def test_releasing_the_hold_reopens_what_was_rejected(database: Database) -> None:
    stores = await stores_with(database)
    proposal = await stores.proposals.insert(draft(), NOW)
    await asked(stores).reject(proposal.id, 1, by="U1")
    (hold,) = await stores.holds.active()

    await asked(stores, LATER).release(hold.id, by="U2")

    assert (await stores.proposals.get(proposal.id)).state == State.PENDING


async def test_only_what_asks_for_attention_can_be_taken_and_given_back(database: Database) -> None:
    stores = await stores_with(database)
    attend = await stores.proposals.insert(draft(action=ProposalAction.ATTEND), NOW)
    disable = await stores.proposals.insert(draft(fingerprint="f2"), NOW)
    answers = asked(stores)

    assert (await answers.take(attend.id, 1, by="U1")).state == State.TAKEN
    assert (await answers.reopen(attend.id, 1, by="U1")).state == State.PENDING
    with pytest.raises(StaleProposal):
        await answers.take(disable.id, 1, by="U1")


async def test_later_keeps_its_date(database: Database) -> None:
    stores = await stores_with(database)
    proposal = await stores.proposals.insert(draft(), NOW)

    snoozed = await asked(stores).snooze(proposal.id, 1, by="U1", until=LATER)

    assert (snoozed.state, snoozed.snoozed_until) == (State.SNOOZED, LATER)


async def test_a_late_rejection_holds_nothing(database: Database) -> None:
    stores = await stores_with(database)
    proposal = await stores.proposals.insert(draft(), NOW)
    await stores.proposals.transition(proposal.id, 1, State.APPROVED, by="U1", at=NOW, approved=[ref("a")])

    with pytest.raises(StaleProposal, match="by U1"):
        await asked(stores).reject(proposal.id, 1, by="U2")

    assert await stores.holds.active() == ()
