"""Our own indexes make claims atomic; the platform's are named, and made only on request."""

from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from operator_core.domain.proposals import OPEN_STATES, State
from operator_core.errors import StoreUnavailable
from operator_core.store.indexes import (
    OWN_INDEXES,
    create_platform_indexes,
    ensure_own_indexes,
    missing_platform_indexes,
)
from operator_core.store.records.proposals import as_stored
from support.shipped import SETTINGS

Database = AsyncDatabase[dict[str, Any]]

MONGO = SETTINGS.mongodb


async def missing(database: Database) -> list[tuple[str, tuple[str, ...]]]:
    return [(index.collection, index.keys) for index in await missing_platform_indexes(database, MONGO)]


async def test_own_indexes_can_be_ensured_at_every_start(database: Database) -> None:
    await ensure_own_indexes(database)
    await ensure_own_indexes(database)

    for collection, indexes in OWN_INDEXES.items():
        made = set(await database[collection].index_information()) - {"_id_"}
        assert made == {index.document["name"] for index in indexes}


@pytest.mark.parametrize("state", sorted(State))
async def test_a_fingerprint_has_one_open_proposal(database: Database, state: State) -> None:
    await ensure_own_indexes(database)
    proposals = database["operator_proposals"]
    await proposals.insert_one({"_id": "P-1", "fingerprint": "f", **as_stored(state)})

    if state in OPEN_STATES:
        with pytest.raises(DuplicateKeyError):
            await proposals.insert_one({"_id": "P-2", "fingerprint": "f", **as_stored(State.PENDING)})
    else:
        await proposals.insert_one({"_id": "P-2", "fingerprint": "f", **as_stored(State.PENDING)})


async def test_a_model_is_held_once_until_released(database: Database) -> None:
    await ensure_own_indexes(database)
    holds = database["operator_holds"]
    hold = {"provider": "groq", "model_id": "m", "fingerprint": None, "active": True}
    await holds.insert_one(dict(hold))

    with pytest.raises(DuplicateKeyError):
        await holds.insert_one(dict(hold))
    await holds.insert_one(hold | {"model_id": None, "fingerprint": "f"})
    await holds.update_one({"model_id": "m"}, {"$set": {"active": False}})
    await holds.insert_one(dict(hold))


async def test_missing_platform_indexes_are_named_and_none_is_made(database: Database) -> None:
    everything = [
        ("metrics_cloud_v2", ("gen_ts", "provider", "model_name")),
        ("errors_cloud", ("ts", "provider", "model_name")),
        ("models", ("provider", "model_id")),
        ("model_status", ("provider", "model_id")),
    ]

    assert await missing(database) == everything
    assert await missing(database) == everything


async def test_an_index_of_the_platform_that_serves_as_well_is_not_missed(database: Database) -> None:
    await database["metrics_cloud_v2"].create_index([("gen_ts", -1)])
    await database["errors_cloud"].create_index([("ts", 1)], sparse=True)
    await database["models"].create_index([("provider", 1), ("model_id", 1), ("enabled", 1)])

    assert await missing(database) == [
        ("errors_cloud", ("ts", "provider", "model_name")),
        ("model_status", ("provider", "model_id")),
    ]


async def test_missing_indexes_are_created_on_request(database: Database) -> None:
    created = await create_platform_indexes(database, await missing_platform_indexes(database, MONGO))

    assert await missing(database) == []
    assert set(created.values()) == {"created"}
    made = {
        name: await database[name].index_information() for name in ("errors_cloud", "models", "model_status")
    }
    assert [name for name, them in made.items() if any(one.get("unique") for one in them.values())] == [
        "models",
        "model_status",
    ]
    await database["models"].insert_one({"provider": "groq", "model_id": "m"})
    with pytest.raises(DuplicateKeyError):
        await database["models"].insert_one({"provider": "groq", "model_id": "m"})


async def test_duplicates_keep_an_index_from_being_unique_and_are_named(database: Database) -> None:
    await database["models"].insert_many([{"provider": "groq", "model_id": "m"} for _ in range(3)])

    created = await create_platform_indexes(database, await missing_platform_indexes(database, MONGO))

    said = {index.collection: words for index, words in created.items()}
    assert said["models"] == "created, not unique: 3 documents are groq/m"
    assert not any(one.get("unique") for one in (await database["models"].index_information()).values())
    assert await missing(database) == []


async def test_indexes_that_cannot_be_made_are_named(database: Database) -> None:
    await database["operator_runs"].create_index([("started_at", 1)], name="started_at_1", unique=True)

    with pytest.raises(StoreUnavailable, match="the indexes of operator_runs could not be made ready"):
        await ensure_own_indexes(database)
