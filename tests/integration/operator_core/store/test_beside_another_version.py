"""A newer version runs beside this one: what it adds to our documents is passed over, and stays."""

from datetime import timedelta
from typing import Any

import pytest

from bot.slack.posting.records import KeptMessage
from bot.slack.views.content import Counted, Counters
from discovery.sources.syncs import Ledger
from operator_core.domain.changes import Result
from operator_core.domain.decisions import Action, Remembered, Verdict
from operator_core.domain.holds import HoldDraft, Origin, hold_on
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode, Pause
from operator_core.domain.proposals import Member, Proposal, State
from operator_core.domain.runs import RunOutcome, Sight
from operator_core.errors import Unreadable
from operator_core.execution.executor import Executor
from operator_core.store.records.memory import Memory
from operator_core.store.records.modes import Modes, read_recent_activity
from operator_core.store.stores import Stores
from support.small_catalogue import NOW, Clock, Database, Document, draft, member, ref, stores_with

NEW: Document = {"of_tomorrow": {"deep": [1, 2]}}


async def with_new_fields(database: Database, collection: str, *paths: str) -> None:
    """Every document gets a field that we don't know, at its top and at each of these places."""
    fields = {".".join(filter(None, (path, "of_tomorrow"))): NEW["of_tomorrow"] for path in ("", *paths)}
    await database[collection].update_many({}, {"$set": fields})


def kept_in(value: Any) -> int:
    """How often the new field stands in a document."""
    if isinstance(value, dict):
        here = int(value.get("of_tomorrow") == NEW["of_tomorrow"])
        return here + sum(kept_in(inner) for inner in value.values())
    return sum(kept_in(inner) for inner in value) if isinstance(value, list) else 0


async def one(database: Database, collection: str) -> Document:
    document = await database[collection].find_one({})
    assert document is not None
    return document


async def test_a_proposal_that_is_revised_keeps_what_is_not_ours(database: Database) -> None:
    stores = await stores_with(database)
    first = await stores.proposals.insert(draft(), NOW)
    await with_new_fields(database, "operator_proposals", "members.0", "members.1.ref", "members.2")

    reordered = draft(("c", "b", "a", "d"))
    revised = await stores.proposals.put(reordered, now=NOW, run_id="R-2")

    assert revised.revision == first.revision + 1
    document = await one(database, "operator_proposals")
    assert [m["ref"]["model_id"] for m in document["members"]] == ["c", "b", "a", "d"]
    assert kept_in(document) == 4
    assert [kept_in(m) for m in document["members"]] == [1, 1, 1, 0], "each with its own model"


async def test_a_proposal_that_is_answered_and_asked_anew_keeps_what_is_not_ours(database: Database) -> None:
    stores = await stores_with(database)
    asked = await stores.proposals.insert(draft(), NOW)
    snoozed = await stores.proposals.transition(
        asked.id, 1, State.SNOOZED, by="U1", at=NOW, snoozed_until=NOW
    )
    await with_new_fields(database, "operator_proposals", "moves.0", "members.0")

    again = await stores.proposals.put(draft(), now=NOW + timedelta(days=1), run_id="R-2")

    assert (snoozed.state, again.state) == (State.SNOOZED, State.PENDING)
    assert kept_in(await one(database, "operator_proposals")) == 3


async def test_a_journal_entry_is_finished_and_keeps_what_is_not_ours(database: Database) -> None:
    stores, clock = await stores_with(database), Clock()
    await stores.proposals.insert(draft(("a", "b")), NOW)

    async def written_by_tomorrow(progress: object) -> None:
        if getattr(progress, "step", "") == "opened":
            await with_new_fields(database, "operator_journal", "changes.0", "changes.1.before")

    executor = Executor(stores, owner="me", clock=clock, on_progress=written_by_tomorrow)
    done = await executor.execute("P-1", 1, by="U1")

    assert [outcome.result for outcome in done.entry.outcomes] == [Result.DONE, Result.DONE]
    assert kept_in(await one(database, "operator_journal")) == 3
    undone = await executor.undo(done.entry.id, by="U1")
    assert [outcome.result for outcome in undone.entry.outcomes] == [Result.DONE, Result.DONE]


async def test_holds_runs_syncs_memory_and_state_keep_what_is_not_ours(database: Database) -> None:
    stores = await stores_with(database)
    hold = HoldDraft.on(ref("a"), kind=None, by="U1", at=NOW, origin=Origin.UNTICKED)
    await stores.holds.add(hold)
    ledger = Ledger(database)
    sync = await ledger.start("openrouter", NOW)
    verdict = Verdict(action=Action.MONITOR, confidence=0.5, reasoning="wait", suggested_by="x")
    remembered = Remembered(fingerprint="f1", verdict=verdict, evidence="e", judged_at=NOW)
    await Memory(database).remember_verdicts([remembered])
    await stores.pause.put(Pause(by="U1", at=NOW))
    messages = stores.records("message:", KeptMessage)
    counters = Counters(models=Counted(answering=1, enabled=2))
    await messages.put(KeptMessage(text="t", blocks=[], counters=counters), "C:1")
    await with_new_fields(database, "operator_state", "counters")
    await database["operator_state"].update_one({"_id": "pause"}, {"$unset": {"counters": ""}})
    for collection in ("operator_holds", "operator_catalog_syncs"):
        await with_new_fields(database, collection)
    await with_new_fields(database, "operator_situations", "verdict")

    await stores.holds.add(hold.model_copy(update={"reason": "again"}))
    assert (await stores.holds.release("H-1", "U2", NOW)).active is False
    await ledger.finish(sync.model_copy(update={"outcome": RunOutcome.GOOD}), NOW)
    await Memory(database).remember_verdicts([remembered])
    await stores.pause.put(Pause(by="U2", at=NOW))
    assert await messages.swap("C:1", 1, KeptMessage(text="u", blocks=[], version=2, counters=counters))

    assert kept_in(await one(database, "operator_holds")) == 1
    assert kept_in(await one(database, "operator_catalog_syncs")) == 1
    assert kept_in(await one(database, "operator_situations")) == 2
    written = {"_id": {"$in": ["pause", "message:C:1"]}}
    assert kept_in(await database["operator_state"].find(written).to_list()) == 3
    assert await Memory(database).recall(["f1"]) == {"f1": remembered}
    assert await stores.pause.get() == Pause(by="U2", at=NOW)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("state", "deferred"),
        ("action", "quarantine"),
        ("kind", "hallucinated"),
        ("members.0.route", "vote"),
        ("moves", [{"source": "pending", "target": "deferred", "by": "U1", "at": NOW}]),
    ],
)
async def test_a_proposal_of_tomorrow_is_named_and_left_alone(
    database: Database, path: str, value: object
) -> None:
    stores = await stores_with(database)
    await stores.proposals.insert(draft(), NOW)
    other = await stores.proposals.insert(draft(("a",), fingerprint="f2"), NOW)
    await database["operator_proposals"].update_one({"_id": "P-1"}, {"$set": {path: value}})
    before = await database["operator_proposals"].find_one({"_id": "P-1"})

    published = await stores.proposals.publish(
        [draft(), draft(("b",), fingerprint="f3")],
        sight=Sight(last_runs={ref("a"): NOW}),
        now=NOW,
        run_id="R-2",
    )

    assert [proposal.fingerprint for proposal in published.told] == ["f3"]
    assert [proposal.id for proposal in published.cleared] == [other.id]
    assert await database["operator_proposals"].find_one({"_id": "P-1"}) == before
    [line] = stores.notes.lines
    assert line.startswith("P-1 in operator_proposals can't be read by this version:")
    with pytest.raises(Unreadable, match="P-1 in operator_proposals can't be read"):
        await stores.proposals.get("P-1")


@pytest.mark.parametrize("fields", [{"kind": "hallucinated"}, {"origin": "escalated"}, {"until": "never"}])
async def test_a_hold_of_tomorrow_holds_whatever_the_kind_and_is_named(
    database: Database, fields: Document
) -> None:
    stores = await stores_with(database)
    await stores.holds.add(HoldDraft.on(ref("a"), kind=Kind.HARD_MODEL, by="U1", at=NOW, origin=Origin.UNDID))
    await database["operator_holds"].update_one({}, {"$set": fields})

    holds = await stores.holds.active()

    assert hold_on(ref("a"), Kind.HARD_MODEL, "f", holds) is not None
    assert "H-1 in operator_holds can't be read" in stores.notes.lines[0]
    assert len(await database["operator_holds"].find(fields).to_list()) == 1


@pytest.mark.parametrize("path", ["state", "changes.0.op", "changes.0.result"])
async def test_while_the_journal_cannot_be_counted_nothing_is_done_without_a_person(
    database: Database, path: str
) -> None:
    stores = await stores_with(database)
    modes = Modes(stores, Mode.ON, Clock())
    await stores.proposals.insert(draft(("a",)), NOW)
    await Executor(stores, owner="me", clock=Clock()).execute("P-1", 1, by="U1")
    assert (await read_recent_activity(modes, advice_complete=True)).paused == ""

    await database["operator_journal"].update_one({}, {"$set": {path: "of tomorrow"}})

    assert "can't be counted" in (await read_recent_activity(modes, advice_complete=True)).paused


async def test_what_is_mended_is_no_longer_named(database: Database) -> None:
    stores = await stores_with(database)
    await stores.proposals.insert(draft(), NOW)
    await database["operator_proposals"].update_one({}, {"$set": {"state": "deferred"}})
    assert not await stores.proposals.open()
    named = len(stores.notes.lines)

    await database["operator_proposals"].update_one({}, {"$set": {"state": "pending"}})

    assert len(await stores.proposals.open()) == 1
    assert (named, len(stores.notes.lines)) == (1, 0)


def test_what_is_made_in_code_stays_strict() -> None:
    with pytest.raises(ValueError, match="of_tomorrow"):
        Member.model_validate({**member("a").model_dump(), **NEW})
    with pytest.raises(ValueError, match="of_tomorrow"):
        Proposal.model_validate({**draft().model_dump(), **NEW})


async def test_of_many_only_some_are_said_and_the_rest_counted(database: Database) -> None:
    stores: Stores = await stores_with(database)
    odd = [{"_id": f"P-{n}", "state": "deferred"} for n in range(9)]
    await database["operator_proposals"].insert_many(odd)
    await stores.proposals.recent()
    assert stores.notes.lines[-1] == "and 6 more, named in the log"
