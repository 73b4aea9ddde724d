"""`model_status.operator_decision`: what the platform is told, and what is never overwritten."""

from datetime import datetime, timedelta

import pytest

from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import Proposal, State
from operator_core.store.platform.model_status import Status
from operator_core.store.stores import Stores
from support.small_catalogue import NOW, Database, Document, draft, ref, stores_with

LATER = NOW + timedelta(days=1)


async def status_of(database: Database, model_id: str) -> Document:
    return await database["model_status"].find_one({"model_id": model_id}, {"_id": 0}) or {}


async def proposed(stores: Stores) -> Proposal:
    proposal = await stores.proposals.insert(draft(), NOW)
    await stores.status.suggest([proposal], NOW)
    return proposal


async def test_a_suggestion_has_the_fields_that_the_platform_reads(database: Database) -> None:
    stores = await stores_with(database)
    await database["model_status"].insert_one({"provider": "bedrock", "model_id": "a", "uptime": 0.1})

    await proposed(stores)

    assert await status_of(database, "a") == {
        "provider": "bedrock",
        "model_id": "a",
        "uptime": 0.1,
        "operator_decision": {
            "action": "disable",
            "confidence": 0.97,
            "reasoning": "end of life",
            "suggested_at": NOW,
            "suggested_by": "gpt-5.2",
            "status": "pending",
            "executed_at": None,
            "proposal_id": "P-1",
        },
        "last_updated": NOW,
    }
    assert await database["model_status"].count_documents({}) == 3


async def test_analysing_again_does_not_reset_a_rejection(database: Database) -> None:
    stores = await stores_with(database)
    proposal = await proposed(stores)
    await stores.status.write(proposal, {ref("a"): Status.REJECTED}, NOW)

    await stores.status.suggest([proposal], LATER)

    assert (await status_of(database, "a"))["operator_decision"]["status"] == "rejected"
    assert (await status_of(database, "b"))["operator_decision"]["status"] == "pending"


@pytest.mark.parametrize("said", [Status.REJECTED, Status.APPROVED, Status.AUTO_EXECUTED, Status.FAILED])
async def test_a_run_that_saw_the_question_before_its_answer_leaves_the_answer(
    database: Database, said: Status
) -> None:
    stores = await stores_with(database)
    asked = await stores.proposals.insert(draft(), NOW)
    await stores.status.write(asked, {ref("a"): said}, NOW)

    await stores.status.suggest([asked], LATER)

    assert (await status_of(database, "a"))["operator_decision"]["status"] == said
    assert (await status_of(database, "b"))["operator_decision"]["status"] == "pending"


@pytest.mark.parametrize("asked_at", [LATER, NOW], ids=["by a run", "at once, for an approval of before"])
async def test_what_is_opened_again_because_its_evidence_changed_in_kind_is_pending_again(
    database: Database, asked_at: datetime
) -> None:
    stores = await stores_with(database)
    proposal = await proposed(stores)
    rejected = await stores.proposals.transition(proposal.id, 1, State.REJECTED, by="U1", at=NOW)
    await stores.status.write(rejected, dict.fromkeys(rejected.refs, Status.REJECTED), NOW)

    reopened = await stores.proposals.put(draft(kind=Kind.AUTH), now=LATER, run_id="R-2")
    await stores.status.suggest([reopened], asked_at)

    assert (reopened.id, reopened.state) == (proposal.id, State.PENDING)
    assert (await status_of(database, "a"))["operator_decision"]["status"] == "pending"

    await stores.status.write(reopened, {ref("a"): Status.REJECTED}, LATER)
    again = await stores.proposals.put(draft(kind=Kind.AUTH), now=LATER + timedelta(hours=1), run_id="R-3")
    await stores.status.suggest([again], LATER)
    assert (await status_of(database, "a"))["operator_decision"]["status"] == "rejected"


@pytest.mark.parametrize("said", [Status.REJECTED, Status.APPROVED, Status.FAILED])
async def test_a_question_that_was_put_off_once_is_no_less_answered(database: Database, said: Status) -> None:
    stores = await stores_with(database)
    asked = await proposed(stores)
    for state in (State.SNOOZED, State.PENDING):
        asked = await stores.proposals.transition(asked.id, asked.revision, state, by="U1", at=NOW)
    await stores.status.write(asked, {ref("a"): said}, NOW)

    await stores.status.suggest([asked], LATER)

    assert (await status_of(database, "a"))["operator_decision"]["status"] == said


async def test_a_new_proposal_may_ask_again(database: Database) -> None:
    stores = await stores_with(database)
    proposal = await proposed(stores)
    await stores.status.write(proposal, dict.fromkeys(proposal.refs, Status.REJECTED), NOW)

    await stores.status.suggest([proposal.model_copy(update={"id": "P-2"})], LATER)

    assert (await status_of(database, "a"))["operator_decision"]["proposal_id"] == "P-2"


async def test_a_model_that_left_a_proposal_is_pending_no_more(database: Database) -> None:
    stores = await stores_with(database)
    await proposed(stores)
    smaller = await stores.proposals.put(draft("ab"), now=LATER, run_id="R-2")

    await stores.status.suggest([smaller], LATER)

    assert "operator_decision" not in await status_of(database, "c")
    assert "operator_decision" in await status_of(database, "a")


async def test_what_was_cleared_leaves_no_trace_in_the_platforms_status(database: Database) -> None:
    stores = await stores_with(database)
    proposal = await proposed(stores)
    cleared = await stores.proposals.transition(proposal.id, 1, State.CLEARED, by="policy", at=LATER)

    await stores.status.clear([cleared], LATER)

    assert await status_of(database, "a") == {
        "provider": "bedrock",
        "model_id": "a",
        "last_updated": LATER,
    }
