"""One document of ours that is odd, or there twice, stops neither a start nor the others."""

from datetime import timedelta
from typing import Any

import pytest

from operator_core.domain.proposals import ShownIn, State
from operator_core.store.indexes import make_ready
from operator_core.store.records.state import People
from operator_core.store.stores import Stores
from support.core import core_over
from support.small_catalogue import MONGO, NOW, Database, draft

Document = dict[str, Any]
LATER = NOW + timedelta(days=1)
HOLD: Document = {
    "active": True,
    "provider": "groq",
    "model_id": "a",
    "fingerprint": None,
    "by": "U1",
    "origin": "undid",
    "kind": None,
    "proposal_id": None,
    "at": NOW,
}
TWINS: list[tuple[str, list[Document], str]] = [
    ("operator_holds", [HOLD, {**HOLD, "at": LATER}], "active"),
    ("operator_holds", [{**HOLD, "at": LATER}, {**HOLD, "until": LATER}], "active"),
    ("operator_proposals", [{"state": "parked", "open": True, "fingerprint": "x"}] * 2, "open"),
    ("operator_proposals", [{"state": "pending", "open": True, "members": 5}] * 2, "open"),
    ("operator_proposals", [{"state": "approved", "open": True, "fingerprint": ["x"]}] * 3, "open"),
]


@pytest.mark.parametrize(("collection", "documents", "flag"), TWINS)
async def test_what_is_there_twice_is_set_aside_and_the_bot_starts(
    database: Database,
    caplog: pytest.LogCaptureFixture,
    collection: str,
    documents: list[Document],
    flag: str,
) -> None:
    """As somebody does who puts documents back without their indexes."""
    stored = [{"_id": f"X-{n}", "created_at": NOW + timedelta(n), **one} for n, one in enumerate(documents)]
    await database[collection].insert_many(stored)
    for _ in range(2):
        await make_ready(database, LATER)
    left = await database[collection].find({flag: True}).to_list()
    assert [one["_id"] for one in left] == ["X-0"]
    assert await database[collection].count_documents({}) == len(documents), "nothing is deleted"
    assert f"X-1 in {collection} is X-0 again" in caplog.text


async def test_of_twins_the_one_that_can_be_read_goes_on(database: Database) -> None:
    stores = Stores(database, MONGO)
    asked = await stores.proposals.insert(draft(), NOW)
    await database["operator_proposals"].insert_one(
        {"_id": "P-0", "state": "parked", "open": True, "fingerprint": asked.fingerprint, "created_at": NOW}
    )
    async with core_over(database) as (core, _):
        assert [one.id for one in await core.waiting()] == [asked.id]
        assert (await core.reject(asked.id, 1, by="U1")).state == State.REJECTED


@pytest.mark.parametrize("drawn", ["x", 5, {"0": 1}, [5, "x", None], None], ids=str)
async def test_one_odd_list_of_messages_stops_no_other_redraw(database: Database, drawn: object) -> None:
    stores = Stores(database, MONGO)
    asked = await stores.proposals.insert(draft(), NOW)
    await stores.proposals.record_drawn(
        asked.id, ShownIn(channel="C1", ts="1.1", revision=7, state=State.PENDING)
    )
    await database["operator_proposals"].insert_one(
        {"_id": "P-900", "state": "executed", "open": False, "drawn": drawn, "fingerprint": "zz"}
    )
    assert [one.id for one in await stores.proposals.needing_redraw()] == [asked.id]


@pytest.mark.parametrize(
    "names", [None, 5, ["ana"], "ana", {"U0ANA": 5}, {"U0ANA": {"v": 2}}, [{"U0ANA": "Ana"}]], ids=str
)
async def test_names_of_any_shape_are_no_names_until_somebody_clicks(
    database: Database, names: object
) -> None:
    await database["operator_state"].insert_one({"_id": "names", "names": names})
    people = People(database)
    assert await people.names() == {}
    await people.name("U0ANA", "Ana")
    assert await people.names() == {"U0ANA": "Ana"}
