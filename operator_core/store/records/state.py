"""operator_state: small facts that all replicas share, each under its own key, changed atomically."""

import re
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, WriteError

from operator_core.as_typed import as_meant
from operator_core.domain.base import Frozen, mapping_in, to_utc
from operator_core.domain.mode import Deployment, Pause
from operator_core.domain.proposals import POLICY
from operator_core.domain.signals import Maintenance
from operator_core.store.mongo import (
    Collection,
    Database,
    Document,
    Store,
    for_writing,
    raises_store_unavailable,
)
from operator_core.store.own_documents import VERSIONED, Notes, Records, write

COLLECTION = "operator_state"
KEPT = timedelta(days=90)
"""How long claims and messages are kept: by then their day is long over, and Slack's free plan hides them.
MongoDB deletes them, a minute or so later; nothing depends on the minute."""

NAMES = "names"
V = TypeVar("V", bound=Frozen)


def state_collection(database: Database) -> Collection:
    return for_writing(database)[COLLECTION]


MOST = 10**15
"""A counter of more is none of ours."""
NUMBERED: Mapping[str, tuple[str, Sequence[tuple[str, str]]]] = {
    "proposals": ("[PJ]-", [("operator_proposals", "_id"), ("operator_journal", "_id")]),
    "holds": ("H-", [("operator_holds", "_id")]),
    "runs": (r"R-[\d-]+\.", [("operator_runs", "_id"), ("operator_proposals", "run_id")]),
}
"""By counter, of which our ids are made: what stands before its numbers, and where they are found."""


async def next_number(database: Database, counter: str) -> int:
    """1, 2, 3 … for each counter; a number is never given twice."""
    where = {"_id": f"counter:{counter}", "value": {"$gte": 0, "$lt": MOST}}
    while True:
        counted = await state_collection(database).find_one_and_update(
            where, {"$inc": {"value": 1}}, return_document=ReturnDocument.AFTER
        )
        if counted is not None:
            return int(counted["value"])
        await catch_up(database, counter)


async def catch_up(database: Database, counter: str, *, made: bool = True) -> None:
    """One that is no number, or behind what it counted, goes on above that; `made` where it is lost."""
    before, places = NUMBERED[counter]
    reached = max([await highest_number(database, *place, before) for place in places])
    behind = {"_id": f"counter:{counter}", "value": {"$not": {"$gte": reached, "$lt": MOST}}}
    update = {"$set": {"value": reached}, "$max": VERSIONED}
    with suppress(DuplicateKeyError):  # it is not behind
        await state_collection(database).update_one(behind, update, upsert=made)


async def highest_number(database: Database, collection: str, field: str, before: str) -> int:
    """Of those that stand right behind `before`, a regular expression, at the field's beginning; else 0."""
    numbered = re.compile(f"{before}([0-9]{{1,12}})(?![0-9])")
    fields = (str(one.get(field)) async for one in database[collection].find({}, {field: 1}))
    return max([int(number[1]) async for said in fields if (number := numbered.match(said))], default=0)


class StateRecords(Records[V]):
    """Values of one kind: one under the key `prefix` itself, or many under keys that begin with it.

    Raises StoreUnavailable. A value that is to be swapped has a field `version`. One that can't be read
    counts as none; `instead` has what stands in for its fields where it must not be lost.
    """

    collection, id_field = COLLECTION, None

    def __init__(
        self,
        database: Database,
        prefix: str,
        model: type[V],
        notes: Notes | None = None,
        instead: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(database, notes)
        self._prefix, self.model, self.instead = prefix, model, instead or {}

    async def get(self, key: str = "") -> V | None:
        return self.value_or_none(await self._collection.find_one({"_id": self._prefix + key}))

    async def all(self) -> Mapping[str, V]:
        """All of them, by what follows the prefix."""
        where = {"_id": {"$gte": self._prefix, "$lt": f"{self._prefix}\uffff"}}
        documents = await self._collection.find(where).to_list()
        read = {document["_id"]: self.value_or_none(document) for document in documents}
        return {key.removeprefix(self._prefix): value for key, value in read.items() if value is not None}

    async def put(self, value: V, key: str = "", *, since: datetime | None = None) -> V:
        """Keeps the value; the newest replaces the older. `since`: it goes KEPT after that; else it stays."""
        await write(self._collection, {"_id": self._prefix + key}, value, also=_lasting(since), upsert=True)
        return value

    async def add(self, value: V, key: str = "", *, since: datetime | None = None) -> None:
        """Keeps the value unless there is one; of several who add at once one is heard."""
        said = value.model_dump(by_alias=True) | _lasting(since)
        with suppress(DuplicateKeyError):
            await self._collection.insert_one({"_id": self._prefix + key, **VERSIONED, **said})

    async def swap(self, key: str, version: int, value: V) -> bool:
        """Replaces the value if its `version` is still the one that was read; whether it was."""
        where = {"_id": self._prefix + key, "version": version}
        return await write(self._collection, where, value)

    async def take(self, key: str = "") -> V | None:
        """Deletes the value and gives it back; None when there was none."""
        document = await self._collection.find_one_and_delete({"_id": self._prefix + key})
        return self.value_or_none(document)


def _lasting(since: datetime | None) -> Document:
    return {} if since is None else {"expires_at": to_utc(since) + KEPT}


class People(Store):
    """The names that Slack sent along with clicks, so that messages name people without waking them."""

    def __init__(self, database: Database) -> None:
        self._collection = state_collection(database)

    async def name(self, user_id: str, name: str) -> None:
        """Keeps the name; the newest replaces an older one."""
        try:
            update = {"$set": {f"names.{user_id}": name}, "$max": VERSIONED}
            await self._collection.update_one({"_id": NAMES}, update, upsert=True)
        except WriteError:  # what is there holds no names
            await self._collection.update_one({"_id": NAMES}, {"$set": {"names": {user_id: name}}})

    async def names(self) -> dict[str, str]:
        """By user id."""
        kept = mapping_in((await self._collection.find_one({"_id": NAMES}) or {}).get("names"))
        return {one: name for one, name in kept.items() if isinstance(name, str)}


class Announced(StateRecords[Maintenance]):
    """Raises StoreUnavailable."""

    def __init__(self, database: Database, notes: Notes | None = None) -> None:
        super().__init__(database, "maintenance:", Maintenance, notes)

    async def current(self, now: datetime) -> tuple[Maintenance, ...]:
        """What lasts now."""
        return tuple(one for one in (await self.all()).values() if one.lasts(now))

    async def announce(self, new: Maintenance) -> Maintenance:
        """Of what lasts already for that provider the beginning stays."""
        since = [one.since for one in await self.current(new.since) if one.provider == new.provider]
        new = new.model_copy(update={"since": min(since, default=new.since)})
        return await self.put(new, new.key, since=new.until)

    async def end(self, provider: str, now: datetime) -> Maintenance:
        """Ends all of that provider now. Raises NotFound, naming what lasts."""
        lasting = await self.current(now)
        name = as_meant(provider, {one.provider for one in lasting}, "maintenance of")
        ours = [one for one in lasting if one.provider == name]
        return [await self.put(one.model_copy(update={"until": now}), one.key, since=now) for one in ours][-1]


KEY = "deployment"
DRAWN = "^(message:|incident:|digest:last$)"
"""What remembers messages in Slack, beside the proposals' `drawn`."""


@raises_store_unavailable
async def ensure_deployment(database: Database, now: datetime) -> Deployment:
    """This database's deployment; made anew, paused and without the original's messages, in a restored copy.
    Of several replicas that start at once one makes it. Raises StoreUnavailable."""
    collection, records = state_collection(database), StateRecords(database, KEY, Deployment)
    fresh = Deployment(id=uuid.uuid4().hex[:8], database=database.name, made_at=to_utc(now))
    if (standing := await records.get()) is None:
        await records.add(fresh)
        standing = await records.get() or fresh
    here = await _collection_uuid(database)
    if not here or standing.collection == here:
        return standing
    if not standing.collection:  # made in this moment: the collection exists only since
        await collection.update_one({"_id": KEY, "id": standing.id}, {"$set": {"collection": here}})
        return standing.model_copy(update={"collection": here})
    # Whoever dies on the way leaves the old id: the next one does all of it again.
    paused = Pause(by=POLICY, at=fresh.made_at, reason="this database looks like a restored copy")
    await StateRecords(database, "pause", Pause).add(paused)
    await for_writing(database)["operator_proposals"].update_many({}, {"$set": {"drawn": []}})
    await collection.delete_many({"_id": {"$regex": DRAWN}})
    moved = fresh.model_copy(update={"collection": here, "restored_from": standing.id, "unasked": True})
    await collection.update_one({"_id": KEY, "id": standing.id}, {"$set": moved.model_dump()})
    return await records.get() or moved


async def _collection_uuid(database: Database) -> str:
    """Hexadecimal; empty where the server doesn't tell."""
    async for listed in await database.list_collections(filter={"name": COLLECTION}):
        identity = listed.get("info", {}).get("uuid")
        return identity.hex() if isinstance(identity, bytes) else getattr(identity, "hex", "") or ""
    return ""
