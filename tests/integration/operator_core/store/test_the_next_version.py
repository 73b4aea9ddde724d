"""The version after this one was here, and may be again: what it wrote is read, carried on and left whole."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.slack.posting.records import KeptMessage, kept_messages
from discovery.sources.syncs import Ledger
from operator_core.domain.decisions import Action, Remembered, Verdict
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import State
from operator_core.domain.runs import RunOutcome
from operator_core.errors import Unreadable
from operator_core.store.indexes import OWN_INDEXES, make_ready
from operator_core.store.records.memory import Memory
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases
from support.core import core_over, without_llm
from support.small_catalogue import NOW, Clock, Database, Document, draft, ref, stores_with
from support.small_market import world

TOMORROWS = 7
"""A version of documents that is not ours."""
NEW: Document = {"deep": [1, {"deeper": "ß"}]}
LATER = NOW + timedelta(hours=1)
VERDICT = Verdict(action=Action.MONITOR, confidence=0.5, reasoning="wait", suggested_by="x")
REMEMBERED = Remembered(fingerprint="f1", verdict=VERDICT, evidence="e", judged_at=NOW)


async def everything_by_this_version(database: Database) -> Stores:
    stores = await stores_with(database)
    await make_ready(database, NOW)
    await without_llm(stores, Clock()).deployment()
    asked = [
        await stores.proposals.insert(draft((model,), fingerprint=fingerprint), NOW, "R-1")
        for fingerprint, model in {"f1": "a", "f2": "b", "f3": "c", "f4": "c"}.items()
    ]
    use_cases = without_llm(stores, Clock())
    await use_cases.approve(asked[1].id, 1, by="U1")
    await stores.holds.add(HoldDraft.on(ref("x"), kind=None, by="U1", at=NOW, origin=Origin.REJECTED))
    await stores.runs.start("R-1", "test", NOW)
    await Ledger(database).start("openrouter", NOW)
    await Memory(database).remember_verdicts([REMEMBERED])
    await stores.people.name("U1", "ana")
    await stores.claims.claim("digest", "a", NOW, 60)
    await kept_messages(stores).put(KeptMessage(text="t", blocks=[]), "C:1", since=NOW)
    return stores


async def raised_by_the_next_version(database: Database) -> None:
    """Its number, and fields of its own at the top and in what documents hold."""
    own = [name for name in await database.list_collection_names() if name.startswith("operator_")]
    for name in own:
        await database[name].update_many({}, {"$set": {"schema": TOMORROWS, "of_tomorrow": NEW}})
    await database["operator_proposals"].update_many({}, {"$set": {"members.0.of_tomorrow": NEW}})
    await database["operator_journal"].update_many({}, {"$set": {"changes.0.before.of_tomorrow": NEW}})
    await database["operator_situations"].update_many({}, {"$set": {"verdict.of_tomorrow": NEW}})
    await database["operator_forecasts"].insert_one({"_id": "F-1", "of_tomorrow": NEW})
    await database["operator_proposals"].create_index([("of_tomorrow.deep", 1)], name="of_tomorrow")
    await database["operator_proposals"].update_one({"_id": "P-3"}, {"$set": {"state": "deferred"}})
    await database["operator_proposals"].update_one(
        {"_id": "P-4"}, {"$set": {"state": "archived", "open": False}}
    )
    await database["operator_holds"].insert_one(
        {"_id": "H-9", "kind": "haunted", "model_id": "b", "provider": "bedrock", "active": True}
        | {"fingerprint": None, "by": "U9", "origin": "escalated", "at": NOW, "schema": TOMORROWS}
    )
    await database["operator_journal"].insert_one(
        {"_id": "J-9", "state": "paused", "started_at": NOW, "schema": TOMORROWS, "changes": [{"op": "move"}]}
    )


@pytest.fixture
async def stores(database: Database) -> Stores:
    made = await everything_by_this_version(database)
    await raised_by_the_next_version(database)
    return made


async def everything(database: Database) -> dict[str, list[Document]]:
    names = [name for name in await database.list_collection_names() if name.startswith("operator_")]
    return {name: await database[name].find().sort("_id").to_list() for name in names}


async def test_each_document_that_we_write_has_a_version(database: Database) -> None:
    async with world(database) as here:
        await here.discoverer.fetch(here.now)
        found = await here.discoverer.discover(here.now)
        await here.discoverer.publish(found, here.now)
    stores = await everything_by_this_version(database)
    await stores.pause.put(Pause(by="U1", at=NOW))
    await Memory(database).remember_answer("f8", "reject", by="U1", at=NOW)

    written = {name: documents for name, documents in (await everything(database)).items() if documents}

    assert written.keys() <= OWN_INDEXES.keys(), "there all our collections are listed"
    assert len(written) >= 8
    without = [one["_id"] for documents in written.values() for one in documents if one.get("schema") != 1]
    assert without == []


async def test_the_start_changes_nothing_of_it(database: Database, stores: Stores) -> None:
    before = await everything(database)

    await make_ready(database, LATER)
    await make_ready(database, LATER)

    after = await everything(database)
    changed = {one["_id"]: one for n, ds in after.items() for one in ds if one not in before.get(n, [])}
    assert changed.keys() == {"counter:holds", "counter:proposals"}, "numbers go on above H-9 and J-9"
    assert {one["value"] for one in changed.values()} == {9}
    assert {name: len(ones) for name, ones in after.items()} == {n: len(ones) for n, ones in before.items()}
    assert "of_tomorrow" in await database["operator_proposals"].index_information()


Write = Callable[[UseCases], Awaitable[object]]
WRITES: dict[str, Write] = {
    "a proposal is approved and its batch carried out": lambda core: core.approve("P-1", 1, by="U1"),
    "a batch is taken back": lambda core: core.undo("J-2", by="U1"),
    "a proposal is rejected": lambda core: core.reject("P-1", 1, by="U1"),
    "a proposal is revised": lambda core: core.stores.proposals.put(
        draft(("a", "b")), now=LATER, run_id="R-2"
    ),
    "a hold is released": lambda core: core.release("H-1", by="U1"),
    "a run is noted as failed": lambda core: core.stores.runs.fail("R-1", "why", LATER),
    "a verdict is given anew": lambda core: core.stores.memory.remember_verdicts(
        [REMEMBERED.model_copy(update={"evidence": "e2"})]
    ),
    "an answer is remembered": lambda core: core.stores.memory.remember_answer(
        "f1", "reject", by="U1", at=LATER
    ),
    "a name is learnt": lambda core: core.stores.people.name("U2", "ben"),
    "a claim is done": lambda core: core.stores.claims.complete("digest", "a"),
    "a message is redrawn": lambda core: kept_messages(core.stores).swap(
        "C:1", 1, KeptMessage(text="u", blocks=[], version=2)
    ),
    "a message is put anew": lambda core: kept_messages(core.stores).put(
        KeptMessage(text="u", blocks=[]), "C:1"
    ),
    "a number is given": lambda core: core.stores.proposals.insert(draft(fingerprint="f9"), LATER),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_whatever_is_written_keeps_its_number_and_what_we_do_not_know(
    database: Database, stores: Stores, write: Write
) -> None:
    before = await everything(database)

    async with core_over(database, answer=None, clock=lambda: LATER) as (use_cases, _):
        await write(use_cases)

    after, changed = await everything(database), 0
    for collection, documents in before.items():
        now = {one["_id"]: one for one in after[collection]}
        for one in documents:
            newer = now[one["_id"]]
            changed += newer != one
            assert (newer.get("schema"), newer.get("of_tomorrow")) == (
                one.get("schema"),
                one.get("of_tomorrow"),
            )
            assert str(newer).count("of_tomorrow") == str(one).count("of_tomorrow")
    assert changed, "it was written into one of theirs"


async def test_what_only_it_can_read_is_named_left_alone_and_stops_nothing(
    database: Database, stores: Stores
) -> None:
    unknown = {"operator_proposals": ["P-3", "P-4"], "operator_holds": ["H-9"], "operator_journal": ["J-9"]}
    theirs = {
        name: await database[name].find({"_id": {"$in": ids}}).to_list() for name, ids in unknown.items()
    }

    async with core_over(database, answer=None, clock=lambda: LATER) as (use_cases, _):
        proposals = use_cases.stores.proposals
        assert [proposal.id for proposal in await proposals.open()] == ["P-1"]
        with pytest.raises(Unreadable, match="P-3 in operator_proposals"):
            await proposals.put(draft(("c",), fingerprint="f3"), now=LATER, run_id="R-2")
        anew = await proposals.put(draft(("c",), fingerprint="f4"), now=LATER, run_id="R-2")
        assert (anew.id, anew.state) == ("P-10", State.PENDING), "theirs says that it is over"
        assert await use_cases.recover() == ()
        assert {hold.id for hold in await use_cases.stores.holds.active()} >= {"H-1", "H-9"}
        named = " ".join(await use_cases.stores.left_alone())
        assert "P-3 in operator_proposals" in named
        assert (await use_cases.approve("P-1", 1, by="U1")).proposal.state == State.EXECUTED

    for name, ids in unknown.items():
        assert await database[name].find({"_id": {"$in": ids}}).to_list() == theirs[name]


async def test_what_it_holds_is_read(database: Database, stores: Stores) -> None:
    assert await Memory(database).recall(["f1"]) == {"f1": REMEMBERED}
    assert (await stores.proposals.get("P-1")).state == State.PENDING
    assert await stores.people.names() == {"U1": "ana"}
    assert await kept_messages(stores).get("C:1") == KeptMessage(text="t", blocks=[])
    [sync] = await database["operator_catalog_syncs"].find().to_list()
    assert (sync["outcome"], sync["schema"]) == (RunOutcome.RUNNING, TOMORROWS)
    await stores.pause.put(Pause(by="U1", at=NOW))
    assert await stores.pause.get() == Pause(by="U1", at=NOW)
