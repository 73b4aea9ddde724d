"""What the version before wrote is filled in at start; and that version may still run beside us."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from bson import json_util
from pymongo import AsyncMongoClient

from operator_core.domain.proposals import OPEN_STATES, POLICY, Proposal, ProposalAction, State, Transition
from operator_core.errors import NotFound, StaleProposal
from operator_core.store.indexes import OWN_INDEXES, RETIRED_INDEXES, make_ready
from operator_core.store.own_documents import document_of
from operator_core.store.stores import Stores
from sandbox.database import PLATFORM, embedded_server, fresh_name
from support.core import core_over, without_llm
from support.small_catalogue import MONGO, NOW, Clock, Database, Document, draft, stores_with

SUPPORT = Path(__file__).parents[3] / "support"
EARLIER = "earlier_database.json"
"""What commit a880332 left behind, with its indexes: proposals in nine states, a batch that died, an undo,
holds, a pause, a claim, a draft."""
OLDER = "older_database.json"
"""What b62e481 left behind; its indexes are the same but for one."""
ITS_HOLDS: Document = {
    "name": "one_standing_hold",
    "key": {"provider": 1, "model_id": 1, "fingerprint": 1},
    "unique": True,
    "partialFilterExpression": {"active": True},
}
LATER = NOW + timedelta(days=1)
FILLED_IN = {"open", "schema"}


def written_by(version: str) -> tuple[Mapping[str, list[Document]], Mapping[str, list[Document]]]:
    """The documents and the indexes that it left, by collection."""
    aware = json_util.JSONOptions(tz_aware=True)
    earlier, of_version = (
        json_util.loads((SUPPORT / name).read_text(encoding="utf-8"), json_options=aware)
        for name in (EARLIER, version)
    )
    if version == EARLIER:
        return earlier["documents"], earlier["indexes"]
    return of_version, {**earlier["indexes"], "operator_holds": [ITS_HOLDS]}


@pytest.fixture(scope="module")
def tolerant_uri() -> Iterator[str]:
    """Of a server that takes the earlier version's indexes."""
    with embedded_server(equality_only=False) as uri:
        yield uri


@pytest.fixture
async def older(tolerant_uri: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    documents, _ = written_by(version := getattr(request, "param", EARLIER))
    async with AsyncMongoClient[Document](tolerant_uri, tz_aware=True) as client:
        database = client[fresh_name()]
        for collection in PLATFORM:
            await database.create_collection(collection)
        for collection, written in documents.items():
            await database[collection].insert_many(written)
        await make_indexes_of(version, database)
        yield database


either_version = pytest.mark.parametrize("older", [EARLIER, OLDER], indirect=True)


async def make_indexes_of(version: str, database: Database) -> None:
    _, indexes = written_by(version)
    for collection, made in indexes.items():
        if made:
            await database.command("createIndexes", collection, indexes=made)


async def stored(database: Database) -> dict[str, list[Document]]:
    names = [name for name in await database.list_collection_names() if name in OWN_INDEXES]
    return {name: await database[name].find().sort("_id").to_list() for name in names}


async def names_of_indexes(database: Database, collection: str) -> set[str]:
    return set(await database[collection].index_information()) - {"_id_"}


async def proposal_in(database: Database, id_: str) -> Document:
    found = await database["operator_proposals"].find_one({"_id": id_})
    assert found is not None
    return found


@either_version
async def test_what_is_missing_is_filled_in_and_nothing_else_changes(older: Database) -> None:
    before = await stored(older)

    await make_ready(older, LATER)

    after = await stored(older)
    for collection, documents in after.items():
        assert [document["schema"] for document in documents] == [1] * len(documents), collection
        as_before = [{k: v for k, v in one.items() if k not in FILLED_IN} for one in documents]
        assert as_before == before.get(collection, []), collection
    said = {one["_id"]: (one["state"], one["open"]) for one in after["operator_proposals"]}
    assert said == {id_: (state, state in OPEN_STATES) for id_, (state, _) in said.items()}


def test_the_earlier_version_left_proposals_in_many_states() -> None:
    documents, _ = written_by(EARLIER)
    assert len({one["state"] for one in documents["operator_proposals"]}) == 9


@either_version
async def test_newer_indexes_stand_in_for_the_older_ones(older: Database) -> None:
    for collection in ("operator_proposals", "operator_state"):
        assert RETIRED_INDEXES[collection] in await names_of_indexes(older, collection)

    await make_ready(older, LATER)

    for collection, indexes in OWN_INDEXES.items():
        assert await names_of_indexes(older, collection) == {one.document["name"] for one in indexes}


@either_version
@pytest.mark.parametrize("starts", [1, 2, 5])
async def test_several_replicas_may_start_at_once_and_again(older: Database, starts: int) -> None:
    await asyncio.gather(*(make_ready(older, LATER) for _ in range(starts)))
    once = await stored(older)

    await asyncio.gather(*(make_ready(older, LATER) for _ in range(starts)))

    assert await stored(older) == once


async def test_what_the_earlier_version_began_is_carried_on(older: Database) -> None:
    async with core_over(older, answer=None, clock=lambda: LATER) as (use_cases, _):
        proposals = use_cases.stores.proposals
        await use_cases.stores.pause.take()
        [recovered] = await use_cases.recover()
        assert (recovered.proposal.id, recovered.proposal.state) == ("P-8", State.EXECUTED)
        assert (await use_cases.approve("P-2", 1, by="U0ANA")).proposal.state == State.EXECUTED
        assert (await use_cases.reopen("P-3", 1, by="U0BEN")).state == State.PENDING
        assert (await use_cases.undo("J-1", by="U0BEN")).proposal.state == State.UNDONE
        with pytest.raises(NotFound, match="open for too long"):
            await use_cases.submit("P-9", 1, by="U0ANA")
        revised = await proposals.put(draft(("e", "f"), fingerprint="f-rejected"), now=LATER, run_id="R-2")
        assert (revised.id, revised.revision) == ("P-3", 2)
        anew = await proposals.put(draft(("h",), fingerprint="f-cleared"), now=LATER, run_id="R-2")
        assert anew.id == "P-10"
        with pytest.raises(StaleProposal, match="P-10 is about the same"):
            await proposals.insert(draft(("h",), fingerprint="f-cleared"), LATER)
        assert [hold.by for hold in await use_cases.stores.holds.active() if hold.reason == "never"] == [
            "U0CHI"
        ]
        assert await use_cases.stores.claims.claim("digest:C0OPS:2026-11-18", "other", LATER, 60) is None

    for one in (await stored(older))["operator_proposals"]:
        assert one["open"] is (one["state"] in OPEN_STATES), one["_id"]


@pytest.mark.parametrize(
    ("states", "goes_on"),
    [
        ((State.PENDING, State.PENDING), "P-1"),
        ((State.PENDING, State.SNOOZED), "P-2"),
        ((State.PENDING, State.REJECTED), "P-2"),
        ((State.FAILED, State.PENDING), "P-1"),
        ((State.TAKEN, State.APPROVED), "P-2"),
    ],
)
async def test_of_two_that_ask_the_same_one_is_cleared_and_says_why(
    database: Database, states: tuple[State, State], goes_on: str
) -> None:
    for number, state in enumerate(states, start=1):
        await EarlierVersion(database).insert(f"P-{number}", "f1", state)

    await make_ready(database, LATER)

    [left] = await Stores(database, MONGO).proposals.open()
    assert (left.id, left.state) == (goes_on, states[int(goes_on[2:]) - 1])
    over = "P-1" if goes_on == "P-2" else "P-2"
    cleared = await Stores(database, MONGO).proposals.get(over)
    assert cleared.state == State.CLEARED
    assert cleared.last_transition == Transition(
        source=states[int(over[2:]) - 1],
        target=State.CLEARED,
        by=POLICY,
        at=LATER,
        reason=f"{goes_on} asks the same",
    )


async def test_two_that_are_being_carried_out_do_not_stop_the_start(database: Database) -> None:
    for id_ in ("P-1", "P-2"):
        await EarlierVersion(database).insert(id_, "f1", State.APPROVED)

    await make_ready(database, LATER)

    opened = {one["_id"]: one.get("open") for one in (await stored(database))["operator_proposals"]}
    assert opened == {"P-1": True, "P-2": None}


@pytest.mark.parametrize("state", sorted(OPEN_STATES - {State.APPROVED}))
async def test_what_the_earlier_version_asks_beside_us_is_found_and_asked_once(
    database: Database, state: State
) -> None:
    stores = await stores_with(database)
    await make_ready(database, NOW)
    await EarlierVersion(database).insert("P-1", "f1", state)

    asked = await stores.proposals.put(draft(("a", "b")), now=LATER, run_id="R-2")

    assert asked.id == "P-1"
    assert await database["operator_proposals"].count_documents({}) == 1
    assert await settled(database)


@pytest.mark.parametrize("over", [State.CLEARED, State.EXECUTED, State.UNDONE])
async def test_what_the_earlier_version_ended_is_asked_anew(database: Database, over: State) -> None:
    stores = await stores_with(database)
    await make_ready(database, NOW)
    await stores.proposals.insert(draft(), NOW)
    await EarlierVersion(database).move("P-1", over)
    assert (await proposal_in(database, "P-1"))["open"] is True

    anew = await stores.proposals.put(draft(), now=LATER, run_id="R-2")

    assert anew.id == "P-2"
    assert await settled(database)


@pytest.mark.parametrize("target", [State.APPROVED, State.REJECTED, State.SNOOZED])
async def test_what_the_earlier_version_asked_after_it_ended_ours_can_be_answered(
    database: Database, target: State
) -> None:
    stores = await stores_with(database)
    await make_ready(database, NOW)
    await stores.proposals.insert(draft(), NOW)
    await EarlierVersion(database).move("P-1", State.CLEARED)
    await EarlierVersion(database).insert("P-2", "f1")

    answered = await stores.proposals.transition("P-2", 1, target, by="U1", at=LATER)

    assert answered.state == target
    assert await settled(database)


async def test_a_draft_of_ours_that_the_earlier_version_submits_is_carried_out(database: Database) -> None:
    stores, clock = await stores_with(database), Clock()
    await make_ready(database, NOW)
    use_cases = without_llm(stores, clock)
    command = await use_cases.switch(ProposalAction.DISABLE, "bedrock", by="U1")
    await EarlierVersion(database).move(command.id, State.PENDING)
    assert (await proposal_in(database, command.id))["open"] is False
    assert [one.id for one in await use_cases.waiting()] == [command.id]

    await use_cases.reject(command.id, 1, by="U1")
    assert await settled(database)
    await use_cases.reopen(command.id, 1, by="U1")
    done = await use_cases.approve(command.id, 1, by="U1")

    assert done.proposal.state == State.EXECUTED
    assert await settled(database)


async def test_the_next_start_sets_right_what_the_earlier_version_wrote_meanwhile(older: Database) -> None:
    await make_ready(older, LATER)
    earlier_version = EarlierVersion(older)
    await make_indexes_of(EARLIER, older)
    await earlier_version.move("P-2", State.CLEARED)
    await earlier_version.insert("P-20", "f-pending")
    await earlier_version.move("P-9", State.PENDING)
    assert not await settled(older)

    await make_ready(older, LATER)

    assert await settled(older)
    assert (await proposal_in(older, "P-20"))["schema"] == 1
    assert "one_open_proposal" not in await names_of_indexes(older, "operator_proposals")


class EarlierVersion:
    """A replica of commit a880332, as far as it writes proposals: it knows neither `open` nor `schema`."""

    def __init__(self, database: Database) -> None:
        self._proposals = database["operator_proposals"]

    async def insert(self, id_: str, fingerprint: str, state: State = State.PENDING) -> None:
        made = NOW + timedelta(seconds=int(id_.removeprefix("P-")))
        fields = dict(draft(fingerprint=fingerprint))
        proposal = Proposal(id=id_, state=state, created_at=made, updated_at=made, **fields)
        document = document_of(proposal)
        await self._proposals.insert_one({k: v for k, v in document.items() if k not in FILLED_IN})

    async def move(self, id_: str, target: State) -> None:
        found = await self._proposals.find_one({"_id": id_})
        assert found is not None
        step = Transition(source=found["state"], target=target, by="U1", at=NOW)
        fields = {"state": target, "updated_at": NOW, "expires_at": None}
        moved = {"$set": fields, "$push": {"moves": step.model_dump()}}
        await self._proposals.update_one({"_id": id_, "revision": found["revision"]}, moved)


async def settled(database: Database) -> bool:
    """Whether each proposal says of itself what its state says."""
    proposals = (await stored(database))["operator_proposals"]
    return all(one.get("open") is (one["state"] in OPEN_STATES) for one in proposals)
