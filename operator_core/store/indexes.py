"""Indexes, and what older documents lack: ours are made at start; the platform's only when somebody asks.

Our unique ones are what makes claims atomic: one open proposal for a fingerprint, one standing hold for each
person's word.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError, OperationFailure, PyMongoError

from operator_core.domain.base import Frozen
from operator_core.domain.proposals import State
from operator_core.errors import StoreUnavailable
from operator_core.options import MongoOptions
from operator_core.store.mongo import (
    Database,
    Document,
    cause_of,
    for_writing,
    raises_facts_unreadable,
    raises_store_unavailable,
)
from operator_core.store.own_documents import VERSIONED
from operator_core.store.platform.times import ERROR_TIMES, SUCCESS_TIMES
from operator_core.store.records.holds import WORD, Holds
from operator_core.store.records.proposals import Proposals
from operator_core.store.records.rollups import BY_READING, Rollups
from operator_core.store.records.state import NUMBERED, catch_up

INDEX_NOT_FOUND = 27


def _index(*fields: str, **options: object) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields], **options)


def _unique(name: str, where: Document, *fields: str) -> IndexModel:
    return _index(*fields, name=name, unique=True, partialFilterExpression=where)


def _expiring(**options: object) -> IndexModel:
    """MongoDB deletes by it, a minute or so late."""
    return IndexModel([("expires_at", DESCENDING)], name="gone_when_expired", expireAfterSeconds=0, **options)


# MongoDB refuses an index with the name of another (code 86), or with its keys and another option than a
# filter (85). What changes gets a new name and, where that isn't enough, other keys, as a descending time:
# so it stands before the older one is dropped.
OWN_INDEXES: dict[str, tuple[IndexModel, ...]] = {
    "operator_proposals": (
        _unique("one_open_of_a_fingerprint", {"open": True}, "fingerprint"),
        _index("state", "updated_at"),
        _expiring(partialFilterExpression={"state": State.DRAFT}),
    ),
    "operator_journal": (*map(_index, ("proposal_id", "started_at", "attended")), _index("state", "lease")),
    "operator_holds": (_unique("one_standing_word", {"active": True}, *WORD),),
    "operator_runs": (_index("started_at"),),
    "operator_catalog_syncs": (_index("started_at"),),
    "operator_state": (_expiring(),),
    "operator_situations": (),
    "operator_witnesses": (),
    "operator_rollups": (_expiring(),),
}
"""All our collections. Partial indexes filter by equality only: some engines know no more."""
RETIRED_INDEXES = {
    "operator_holds": "one_standing_hold",
    "operator_proposals": "one_open_proposal",
    "operator_state": "expires_at_1",
}
"""Of older versions; they would refuse what is right now, and are dropped once the newer ones stand."""


class MissingIndex(Frozen):
    """An index on one of the platform's collections that reading or writing would need."""

    collection: str
    keys: tuple[str, ...]
    why: str
    unique: bool = False
    """Unique where no documents stand in the way."""
    enough: int | None = None
    """So many of its keys: another index that begins with these will do. None: all of them."""


async def ensure_own_indexes(database: Database) -> None:
    """Creates our own collections' indexes; those that exist stay. Raises StoreUnavailable."""
    for collection, indexes in OWN_INDEXES.items():
        ours, retired = database[collection], RETIRED_INDEXES.get(collection)
        try:
            if indexes:
                await ours.create_indexes(list(indexes))
            if retired and retired in await ours.index_information():
                await ours.drop_index(retired)
        except PyMongoError as error:
            faster = isinstance(error, OperationFailure) and error.code == INDEX_NOT_FOUND
            if not faster:  # than we was another replica
                failed = f"the indexes of {collection} could not be made ready: {cause_of(error)}"
                raise StoreUnavailable(failed) from error


async def missing_platform_indexes(database: Database, mongo: MongoOptions) -> tuple[MissingIndex, ...]:
    """What the platform's collections lack for us; nothing is created. Raises FactsUnreadable."""
    with raises_facts_unreadable():
        views = await database.list_collection_names(filter={"type": "view"})  # they have none of their own
    needed = [index for index in _needed(mongo) if index.collection not in views]
    return tuple([await _worse(database, i) for i in needed if not await _stands(database, i)])


@raises_store_unavailable
async def create_platform_indexes(
    database: Database, missing: Iterable[MissingIndex]
) -> dict[MissingIndex, str]:
    """Creates them, on request only; for each what was done, in words. One that duplicates keep from being
    unique is made without, and names the first of the documents in its way.

    Raises StoreUnavailable when the server refuses, for instance for want of rights.
    """
    done: dict[MissingIndex, str] = {}
    for index in missing:
        collection, keys = database[index.collection], [(key, ASCENDING) for key in index.keys]
        try:
            await collection.create_index(keys, unique=index.unique)
            done[index] = "created"
        except DuplicateKeyError as error:
            twice = (error.details or {}).get("keyValue") or {}
            name, count = "/".join(map(str, twice.values())), await collection.count_documents(twice)
            said = f"{count} documents are {name}" if twice else "some documents stood in the way"
            done[index] = f"created, not unique: {said}"
            await collection.create_index(keys)
    return done


def _needed(mongo: MongoOptions) -> Iterator[MissingIndex]:
    of_model, listed = ("provider", "model_name"), ("provider", "model_id")
    window = "new {} are found by it; without it, by when they were inserted, as their _id tells"
    twice = "each change finds its model by it; unique, no model can be added twice"
    status = "each decision is written to its model's status"
    collections = {mongo.successes: (SUCCESS_TIMES, "successes"), mongo.errors: (ERROR_TIMES, "failures")}
    for name, (times, rows) in collections.items():
        yield MissingIndex(collection=name, keys=(times[0], *of_model), why=window.format(rows), enough=1)
    yield MissingIndex(collection=mongo.models, keys=listed, why=twice, unique=True)
    yield MissingIndex(collection=mongo.model_status, keys=listed, why=status, unique=True)


async def _worse(database: Database, missing: MissingIndex) -> MissingIndex:
    """Where a reading of all rows has shown that it is needed more than elsewhere, as it says then."""
    with suppress(StoreUnavailable):  # who may not read that still learns what is missing
        mark = await Rollups(database, missing.collection, missing.keys[0]).mark()
        if mark.way == BY_READING:
            each_time = f"{missing.why}; here it doesn't, so each look reads all rows of the window"
            return missing.model_copy(update={"why": each_time})
    return missing


async def _stands(database: Database, needed: MissingIndex) -> bool:
    return await led_by(database, needed.collection, *needed.keys[: needed.enough])


async def identity_of(database: Database, collection: str) -> str:
    """Another one where it was dropped and begun anew; "" of a view or the like. Raises FactsUnreadable."""
    with raises_facts_unreadable():
        listed = await database.list_collections(filter={"name": collection, "type": "collection"})
        return "".join([str(one["info"].get("uuid", "")) async for one in listed])


async def led_by(database: Database, collection: str, *wanted: str) -> bool:
    """Whether an index begins with these keys that holds every document: no sparse, partial, hashed or text
    index. Raises FactsUnreadable."""
    with raises_facts_unreadable(collection):
        indexes = (await database[collection].index_information()).values()
    whole = (one for one in indexes if not one.get("sparse") and "partialFilterExpression" not in one)
    return any(
        tuple(field for field, _ in one["key"][: len(wanted)]) == wanted
        and all(direction in (1, -1) for _, direction in one["key"])
        for one in whole
    )


@raises_store_unavailable
async def make_ready(database: Database, now: datetime) -> None:
    """Beside others that start, too; what a newer version wrote stays as it is. Raises StoreUnavailable."""
    await Proposals(database).settle(now)
    await Holds(database).settle(now)
    for counter in NUMBERED:
        await catch_up(for_writing(database), counter, made=False)
    for name in OWN_INDEXES:
        await for_writing(database)[name].update_many({"schema": {"$exists": False}}, {"$set": VERSIONED})
    await ensure_own_indexes(database)
