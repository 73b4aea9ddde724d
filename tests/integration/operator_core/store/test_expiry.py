"""What has an end is deleted by MongoDB, some time after it; whoever reads in between takes it for gone."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pymongo import AsyncMongoClient

from operator_core.domain.base import Frozen
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import ProposalAction, State
from operator_core.store.records.claims import Claims
from operator_core.store.records.state import KEPT, StateRecords
from sandbox.database import embedded_server, fresh_name
from support.core import without_llm
from support.small_catalogue import Clock, Database, Document, draft, stores_with

LONG_AGO = datetime(2021, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(2999, 1, 1, tzinfo=UTC)
"""The embedded server deletes by this machine's clock, and only when it is asked to."""


@pytest.fixture(scope="module")
def uri() -> Iterator[str]:
    with embedded_server() as uri:
        yield uri


@pytest.fixture
async def swept(uri: str) -> AsyncIterator[Database]:
    async with AsyncMongoClient[Document](uri, tz_aware=True) as client:
        yield client[fresh_name()]


async def sweep(database: Database) -> None:
    await database.client.admin.command("secantusAdmin.pruneTtl")


class Note(Frozen):
    """A small value, as the bot keeps messages."""

    version: int = 1
    text: str = ""


async def test_messages_and_claims_go_after_ninety_days_and_nothing_else_does(swept: Database) -> None:
    stores = await stores_with(swept)
    messages, last = stores.records("message:", Note), stores.records("last_digest", Note)
    await stores.pause.put(Pause(by="U1", at=LONG_AGO))
    await last.put(Note(text="1.1"))
    await messages.put(Note(), "C1:1.1", since=LONG_AGO)
    await messages.put(Note(), "C1:2.2", since=datetime.now(UTC) - KEPT + timedelta(hours=1))
    await stores.claims.claim("digest:2021-01-01:C1", "a", LONG_AGO, 60)
    await stores.claims.claim("digest:2999-01-01:C1", "a", FAR_OFF, 60)

    await sweep(swept)

    assert set(await messages.all()) == {"C1:2.2"}
    assert await stores.claims.get("digest:2021-01-01:C1") is None
    assert await stores.claims.get("digest:2999-01-01:C1") is not None
    assert await last.get() == Note(text="1.1")
    assert await stores.pause.get() is not None


async def test_a_message_that_is_redrawn_still_goes_when_its_time_comes(swept: Database) -> None:
    await stores_with(swept)
    messages = StateRecords(swept, "message:", Note)
    await messages.put(Note(), "C1:1.1", since=LONG_AGO)
    assert await messages.swap("C1:1.1", 1, Note(version=2))
    assert not await messages.swap("C1:1.1", 1, Note(version=2)), "somebody was faster"

    await sweep(swept)

    assert await messages.get("C1:1.1") is None


async def test_what_has_gone_can_be_claimed_anew(swept: Database) -> None:
    await stores_with(swept)
    claims = Claims(swept)
    await claims.claim("watch", "a", LONG_AGO, 60)
    await claims.complete("watch", "a")

    await sweep(swept)

    assert await claims.claim("watch", "b", FAR_OFF, 60) is not None


async def test_of_proposals_only_drafts_go(swept: Database) -> None:
    stores, clock = await stores_with(swept), Clock(LONG_AGO)
    use_cases = without_llm(stores, clock)
    of_a_run = await stores.proposals.insert(draft(), clock.now)
    submitted = await use_cases.switch(ProposalAction.DISABLE, "bedrock/a", by="U1")
    await use_cases.submit(submitted.id, submitted.revision, by="U1")
    not_ours = await stores.proposals.insert(draft(fingerprint="f2"), clock.now)
    await swept["operator_proposals"].update_one({"_id": not_ours.id}, {"$set": {"expires_at": LONG_AGO}})
    left_open = await use_cases.switch(ProposalAction.DISABLE, "bedrock", by="U1")
    clock.now = FAR_OFF
    still_open = await use_cases.switch(ProposalAction.DISABLE, "bedrock", by="U1")

    await sweep(swept)

    left = await swept["operator_proposals"].distinct("_id")
    assert set(left) == {of_a_run.id, submitted.id, not_ours.id, still_open.id}
    assert left_open.id not in left


@pytest.mark.parametrize(
    ("collection", "filtered_by"),
    [("operator_state", None), ("operator_proposals", {"state": State.DRAFT})],
)
async def test_mongodb_is_told_what_ends(
    database: Database, collection: str, filtered_by: Document | None
) -> None:
    await stores_with(database)
    index = (await database[collection].index_information())["gone_when_expired"]
    assert index["key"] == [("expires_at", -1)]
    assert index["expireAfterSeconds"] == 0
    assert index.get("partialFilterExpression") == filtered_by
