"""The sandbox's platform goes into a marked database, and into no other."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.errors import ConfigurationError
from operator_core.store.indexes import missing_platform_indexes
from sandbox.platform.build import build_platform, fill
from support.shipped import SETTINGS

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MONGO = SETTINGS.mongodb


@pytest.fixture
def unmarked(mongodb_uri: str) -> Iterator[str]:
    """A database of somebody else's, with one document."""
    name = "llm_bench_of_somebody"
    with MongoClient[dict[str, Any]](mongodb_uri) as client:
        client[name]["models"].insert_one({"provider": "openai", "model_id": "gpt-5"})
        yield name
        client.drop_database(name)


def test_a_database_without_the_mark_is_refused_and_stays_as_it_was(mongodb_uri: str, unmarked: str) -> None:
    with pytest.raises(ConfigurationError, match="does not carry the sandbox's mark"):
        fill(mongodb_uri, unmarked, build_platform(NOW))
    with MongoClient[dict[str, Any]](mongodb_uri) as client:
        assert client[unmarked].list_collection_names() == ["models"]
        assert client[unmarked]["models"].count_documents({}) == 1


async def test_every_document_arrives_as_it_was_made_and_the_platforms_indexes_are_there(
    mongodb_uri: str, database_name: str, database: AsyncDatabase[dict[str, Any]]
) -> None:
    platform = build_platform(NOW)
    fill(mongodb_uri, database_name, platform)
    for collection, documents in (
        (MONGO.models, platform.models),
        (MONGO.successes, platform.successes),
        (MONGO.errors, platform.errors),
        (MONGO.model_status, platform.model_status),
        (MONGO.openrouter_catalog, platform.catalog),
    ):
        assert await database[collection].count_documents({}) == len(documents), collection
    models = await database[MONGO.models].find({}, {"_id": 0}).to_list()
    assert sorted(models, key=str) == sorted(platform.models, key=str)
    hostile = await database[MONGO.errors].find_one({"message": {"$regex": "unexpected content"}})
    assert hostile is not None
    assert "\x00" in hostile["message"]
    assert await missing_platform_indexes(database, MONGO) == ()
    assert platform == build_platform(NOW), "filling changed the platform"
