"""The sandbox's MongoDB is as strict as the strictest engine: partial indexes filter by equality only."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Regex
from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

from operator_core.store.indexes import OWN_INDEXES, ensure_own_indexes

Document = dict[str, Any]
Database = AsyncDatabase[Document]

REFUSED: dict[str, Document] = {
    "in": {"state": {"$in": ["pending"]}},
    "or": {"$or": [{"state": "pending"}, {"state": "failed"}]},
    "and": {"$and": [{"open": True}]},
    "greater": {"revision": {"$gt": 1}},
    "at least": {"revision": {"$gte": 1}},
    "exists": {"fingerprint": {"$exists": True}},
    "type": {"fingerprint": {"$type": "string"}},
    "not equal": {"open": {"$ne": False}},
    "equal, as an operator": {"open": {"$eq": True}},
    "nested": {"drawn": {"channel": {"$gt": "C"}}},
    "in a list": {"drawn": [{"$gt": "C"}]},
    "one of several": {"open": True, "revision": {"$lt": 3}},
    "a pattern": {"fingerprint": Regex("^f")},
}
TAKEN: dict[str, Document] = {
    "true": {"open": True},
    "text": {"state": "draft"},
    "number": {"revision": 1},
    "nothing": {"owner": None},
    "time": {"at": datetime(2026, 1, 1, tzinfo=UTC)},
    "several": {"open": True, "state": "pending"},
    "within": {"ref.provider": "groq"},
    "a document": {"ref": {"provider": "groq"}},
}


def where(filtered_by: Document) -> IndexModel:
    return IndexModel([("fingerprint", ASCENDING)], name="partial", partialFilterExpression=filtered_by)


@pytest.fixture(autouse=True)
def _embedded(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--mongodb-uri"):
        pytest.skip("is about the embedded server")


@pytest.mark.parametrize("filtered_by", REFUSED.values(), ids=REFUSED)
async def test_an_index_that_filters_by_more_is_refused_as_such_an_engine_does(
    database: Database, filtered_by: Document
) -> None:
    plain = IndexModel([("state", ASCENDING)])

    with pytest.raises(OperationFailure, match="Expression not supported in partial index") as refused:
        await database["some"].create_indexes([plain, where(filtered_by)])

    assert refused.value.code == 67
    assert (refused.value.details or {})["codeName"] == "CannotCreateIndex"
    assert await database["some"].index_information() == {}, "none of them is made"


@pytest.mark.parametrize("filtered_by", TAKEN.values(), ids=TAKEN)
async def test_equality_is_taken(database: Database, filtered_by: Document) -> None:
    await database["some"].create_indexes([where(filtered_by)])

    assert "partial" in await database["some"].index_information()


async def test_it_goes_on_after_a_refusal(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(OperationFailure):
            await database["some"].create_indexes([where(REFUSED["in"])])
        await database["some"].insert_one({"fingerprint": "x" * 3_000_000})

    assert await database["some"].count_documents({}) == 3


async def test_our_own_indexes_are_taken(database: Database) -> None:
    await ensure_own_indexes(database)

    made = {name for name in OWN_INDEXES if await database[name].index_information()}
    assert made == {name for name, indexes in OWN_INDEXES.items() if indexes}
