"""A database that version 0.1.0's earlier code wrote, before the redrawing, is read and carried on."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bson import json_util
from pymongo.asynchronous.database import AsyncDatabase

from bot.slack.posting.records import discovery_news, kept_messages, last_digest
from discovery.sources.syncs import Ledger
from operator_core.diagnosis.incidents import Incident
from operator_core.domain.changes import Result
from operator_core.domain.decisions import Action
from operator_core.domain.holds import Origin
from operator_core.domain.mode import ApproverAction, Pause
from operator_core.domain.proposals import POLICY, Proposal, ProposalAction, ShownIn, State
from operator_core.domain.runs import RunOutcome
from operator_core.execution.executor import Progress
from operator_core.store.records.memory import Memory
from operator_core.store.stores import Stores
from support.core import core_over
from support.small_catalogue import MONGO

Document = dict[str, Any]
Database = AsyncDatabase[Document]
OLDER = Path(__file__).parents[2] / "support" / "older_database.json"
"""What the bot left behind after a digest, approvals, an undo, holds, a pause, incidents and discovery.

Of the platform's rows and of what was reviewed it is only a part."""
DAY = datetime(2026, 11, 20, 8, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 9, tzinfo=UTC)
GONE = "2cd3c2134340"
"""The fingerprint of P-2 and P-10."""
NEW_OF_A_MOVE = {"accepted", "asked_in", "rest_waits", "right"}


def older_documents() -> Mapping[str, list[Document]]:
    aware = json_util.JSONOptions(tz_aware=True)
    documents: Mapping[str, list[Document]] = json_util.loads(
        OLDER.read_text(encoding="utf-8"), json_options=aware
    )
    return documents


@pytest.fixture
async def older(database: Database) -> Database:
    for collection, documents in older_documents().items():
        await database[collection].insert_many(documents)
    return database


@pytest.fixture
def stores(older: Database) -> Stores:
    return Stores(older, MONGO)


async def test_its_proposals_are_read(stores: Stores) -> None:
    recent = await stores.proposals.recent()
    assert Counter(proposal.state for proposal in recent) == {
        State.PENDING: 2,
        State.EXECUTED: 5,
        State.CLEARED: 8,
    }
    waiting = await stores.proposals.waiting()
    assert [proposal.id for proposal in waiting] == ["P-8", "P-11"]
    assert await stores.proposals.open() == waiting
    flagged, review = waiting
    assert [(step.by, step.source, step.target) for step in flagged.moves] == [
        ("U0ANA", State.PENDING, State.REJECTED),
        ("U0BEN", State.REJECTED, State.PENDING),
        ("U0ANA", State.PENDING, State.SNOOZED),
        ("U0BEN", State.SNOOZED, State.PENDING),
    ]
    assert flagged.drawn[0] == ShownIn(
        channel="C0OPS", ts="1795780131.210702", revision=1, state=State.PENDING
    )
    assert (review.action, review.scope, review.kind) == (ProposalAction.ADD, None, None)
    assert review.members[0].openrouter_id


async def test_its_journal_is_read_with_what_was_taken_back(stores: Stores) -> None:
    entries = {entry.id: entry for entry in await stores.journal.recent()}
    assert {id_: entry.by for id_, entry in entries.items()} == {
        "J-1": "U0ANA",
        "J-2": POLICY,
        "J-4": POLICY,
        "J-10": "U0ANA",
        "J-10u1": "U0ANA",
        "J-15": "U0ANA",
    }
    assert all(entry.closed and entry.done == len(entry.changes) for entry in entries.values())
    kept, taken_back = entries["J-10"].changes
    assert (kept.undone_by, taken_back.undone_by) == ("", "J-10u1")
    assert entries["J-10u1"].undo_of == "J-10"
    assert taken_back.before.values == {"enabled": True}
    assert await stores.journal.changes_unattended(ApproverAction(by="U1", at=DAY)) == 6


async def test_its_holds_runs_and_syncs_are_read(stores: Stores) -> None:
    holds = await stores.holds.active()
    assert {(hold.id, hold.model_id, hold.origin, hold.reason) for hold in holds} == {
        ("H-1", "model-3", Origin.UNTICKED, "contract until <March>"),
        ("H-2", "model-5", Origin.UNDID, "vendor says back Friday"),
    }
    runs = await stores.runs.recent()
    assert [(run.id[:10], run.outcome) for run in runs] == [
        (f"R-202611{day}", RunOutcome.GOOD) for day in (23, 21, 20)
    ]
    first = runs[-1].run
    assert first is not None
    assert (first.models, first.settled, first.judged, len(first.situations)) == (87, 66, 21, 9)
    sync = await Ledger(stores.database).last_good("openrouter")
    assert sync is not None
    assert (sync.outcome, sync.entries) == (RunOutcome.GOOD, 286)


async def test_its_small_facts_are_read(stores: Stores) -> None:
    claim = await stores.claims.get("digest:C0OPS:2026-11-20")
    assert claim is not None
    assert (claim.done, claim.note) == (True, "1795780067.332511")
    assert await stores.claims.claim("digest:C0OPS:2026-11-20", "another", LATER, 60) is None
    assert await stores.pause.get() is None
    acted = await stores.approver_action.get()
    assert acted is not None
    assert acted.by == "U0ANA"
    assert await stores.people.names() == {"U0ANA": "ana", "U0BEN": "ben", "U0CHI": "chi"}
    digest = await last_digest(stores).get()
    assert digest is not None
    assert digest.shown == {"P-8": 1, "P-11": 1}
    messages = await kept_messages(stores).all()
    assert {key: message.version for key, message in messages.items()} == {
        "C0OPS:1795780067.332511": 31,
        "C0OPS:1795780131.210702": 1,
        "C0OPS:1795780132.596498": 1,
    }
    news = await discovery_news(stores).get()
    assert news is not None
    assert len(news.lines) == 1
    incidents = await stores.records("incident:", Incident).all()
    assert {key: incident.owner for key, incident in incidents.items()} == {
        "outage:deepinfra:billing": "",
        "leak:deepinfra": "U0ANA",
        "outage:cerebras:transient_provider": "U0ANA",
    }


async def test_what_was_judged_and_answered_is_remembered(older: Database) -> None:
    remembered = (await Memory(older).recall([GONE]))[GONE]
    assert remembered.verdict is not None
    assert (remembered.verdict.action, remembered.verdict.suggested_by) == (Action.DISABLE, "gpt-5.2")
    assert [said.answer for said in remembered.answers] == ["approve", "undo"]


async def test_what_it_did_can_be_taken_back(older: Database) -> None:
    async with core_over(older, answer=None, clock=lambda: LATER) as (use_cases, _):
        execution = await use_cases.undo("J-2", by="U0BEN", reason="they are back")

    assert [outcome.result for outcome in execution.entry.outcomes] == [Result.DONE] * 3
    ids = [change.document_id for change in execution.entry.changes]
    restored = await older["models"].find({"_id": {"$in": ids}}).to_list()
    assert [(model["enabled"], "disabled_by" in model) for model in restored] == [(True, False)] * 3
    before, after = await journal_document(older, "J-2"), await journal_document(older, "J-2u1")
    assert (after["actor"], after["undo_of"], after["state"]) == ("U0BEN", "J-2", "closed")
    assert after.keys() - before.keys() == {"answered", "asked_in", "attended", "in_line", "mode"}, (
        "what this version adds"
    )
    assert after["changes"][0].keys() == before["changes"][0].keys()
    assert [change["undone_by"] for change in before["changes"]] == ["J-2u1"] * 3
    assert (await proposal_document(older, "P-2"))["state"] == "undone"


async def test_what_it_asked_is_carried_on_in_the_same_spelling(older: Database) -> None:
    async with core_over(older, answer=None, clock=lambda: LATER) as (use_cases, _):
        stores = use_cases.stores

        async def pause(progress: Progress) -> None:
            if progress.step == "opened":
                await stores.pause.put(Pause(by="U0ANA", at=LATER))

        execution = await use_cases.approve("P-8", 1, by="U0BEN", on_progress=pause)
        await stores.proposals.record_drawn("P-8", shown(execution.proposal))

    entry, proposal = await journal_document(older, "J-8"), await proposal_document(older, "P-8")
    written = {document["_id"]: document for document in older_documents()["operator_proposals"]}["P-8"]
    assert (entry["actor"], entry["changes"][0]["result"]) == ("U0BEN", "held")
    assert (
        entry.keys() - {"answered", "asked_in", "attended", "in_line", "mode", "schema"}
        == older_documents()["operator_journal"][0].keys()
    )
    assert proposal.keys() - {"expires_at", "following", "open", "schema"} == written.keys(), (
        "these are all that is new"
    )
    kept = [{name: step[name] for name in written["moves"][0]} for step in proposal["moves"][:4]]
    assert kept == written["moves"]
    assert [step["target"] for step in proposal["moves"][4:]] == ["approved", "conflicted", "pending"]
    assert proposal["moves"][4].keys() - NEW_OF_A_MOVE == written["moves"][0].keys()
    assert [message["ts"] for message in proposal["drawn"]] == ["1795780131.210702", "1796000000.000001"]
    assert proposal["drawn"][1].keys() == written["drawn"][0].keys()


def shown(proposal: Proposal) -> ShownIn:
    return ShownIn(channel="C0OPS", ts="1796000000.000001", revision=proposal.revision, state=proposal.state)


async def journal_document(database: Database, id_: str) -> Document:
    return await document_in(database, "operator_journal", id_)


async def proposal_document(database: Database, id_: str) -> Document:
    return await document_in(database, "operator_proposals", id_)


async def document_in(database: Database, collection: str, id_: str) -> Document:
    found = await database[collection].find_one({"_id": id_})
    assert found is not None
    return found
