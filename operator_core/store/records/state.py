"""operator_state: the pause, the counters behind our ids, and claims: one replica does a thing, once."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from pymongo import ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from operator_core.domain.base import Frozen, to_utc
from operator_core.domain.claims import Claim
from operator_core.domain.switches import Acted, Pause
from operator_core.errors import LeaseLost
from operator_core.store.mongo import Document
from operator_core.store.writing import for_writing, raises_store_unavailable

PAUSE = "pause"
APPROVER = "last_approver_action"
NAMES = "names"
KEPT = timedelta(days=90)
"""How long claims and messages are kept: by then their day is long over, and Slack's free plan hides them."""
Fact = TypeVar("Fact", bound=Frozen)


class OperatorState:
    """Small facts that all replicas share; each change is one atomic update."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._collection = for_writing(database)["operator_state"]

    @raises_store_unavailable
    async def next_number(self, counter: str) -> int:
        """1, 2, 3 … for each counter; a number is never given twice."""
        where = {"_id": f"counter:{counter}"}
        while True:
            counted = await self._collection.find_one_and_update(
                where, {"$inc": {"value": 1}}, return_document=ReturnDocument.AFTER
            )
            if counted is not None:
                return int(counted["value"])
            with suppress(DuplicateKeyError):  # somebody else made it in this moment
                await self._collection.insert_one({**where, "value": 0})

    @raises_store_unavailable
    async def pause(self) -> Pause | None:
        """The pause that stands now."""
        return await self._read(PAUSE, Pause)

    @raises_store_unavailable
    async def set_pause(self, by: str, at: datetime, reason: str = "") -> Pause:
        """Pauses; the newest word replaces an older one."""
        return await self._write(PAUSE, Pause(by=by, at=to_utc(at), reason=reason))

    @raises_store_unavailable
    async def resume(self) -> Pause | None:
        """Ends the pause and returns it; None when there was none."""
        document = await self._collection.find_one_and_delete({"_id": PAUSE})
        return None if document is None else Pause.model_validate(_without_id(document))

    @raises_store_unavailable
    async def last_approver_action(self) -> Acted | None:
        return await self._read(APPROVER, Acted)

    @raises_store_unavailable
    async def approver_acted(self, by: str, at: datetime) -> Acted:
        """Notes that an approver acted in Slack."""
        return await self._write(APPROVER, Acted(by=by, at=to_utc(at)))

    @raises_store_unavailable
    async def claim(self, key: str, owner: str, now: datetime, lease_seconds: float) -> Claim | None:
        """Takes what nobody has, or what somebody's expired lease left undone; None when it isn't ours."""
        lease = to_utc(now + timedelta(seconds=lease_seconds))
        fields = {"owner": owner, "lease": lease, "done": False, "note": "", "expires_at": to_utc(now) + KEPT}
        try:
            await self._collection.insert_one({"_id": f"claim:{key}", "taken_over": False, **fields})
        except DuplicateKeyError:
            document = await self._collection.find_one_and_update(
                {"_id": f"claim:{key}", "done": False, "lease": {"$lte": to_utc(now)}},
                {"$set": {"owner": owner, "lease": lease, "taken_over": True}},
                return_document=ReturnDocument.AFTER,
            )
            return None if document is None else _claim(document)
        return Claim(key=key, owner=owner, lease=lease)

    @raises_store_unavailable
    async def complete(self, key: str, owner: str, note: str = "") -> Claim:
        """Says that the thing was done. Raises LeaseLost when somebody else has taken the claim over."""
        document = await self._collection.find_one_and_update(
            {"_id": f"claim:{key}", "owner": owner},
            {"$set": {"done": True, "note": note}},
            return_document=ReturnDocument.AFTER,
        )
        if document is None:
            raise LeaseLost(f"{key} was taken over by another process")
        return _claim(document)

    @raises_store_unavailable
    async def give_up(self, key: str, owner: str, now: datetime) -> None:
        """Ends the lease at once after a failed attempt, so that anybody may try again."""
        await self._collection.update_one(
            {"_id": f"claim:{key}", "owner": owner, "done": False}, {"$set": {"lease": to_utc(now)}}
        )

    @raises_store_unavailable
    async def claimed(self, key: str) -> Claim | None:
        """Who has it, and what came of it."""
        document = await self._collection.find_one({"_id": f"claim:{key}"})
        return None if document is None else _claim(document)

    @raises_store_unavailable
    async def keep(self, key: str, document: Document, since: datetime | None = None) -> None:
        """Keeps a small document under its key; the newest replaces the older.

        `since`: `purge` deletes it KEPT after that; without, it stays.
        """
        lasting = {} if since is None else {"expires_at": to_utc(since) + KEPT}
        await self._collection.replace_one({"_id": key}, {**document, **lasting}, upsert=True)

    @raises_store_unavailable
    async def kept(self, key: str) -> Document | None:
        document = await self._collection.find_one({"_id": key})
        return None if document is None else _without_id(document)

    @raises_store_unavailable
    async def kept_all(self, prefix: str) -> dict[str, Document]:
        """All documents whose key begins with `prefix`, by key."""
        where = {"_id": {"$gte": prefix, "$lt": f"{prefix}\uffff"}}
        return {d["_id"]: _without_id(d) for d in await self._collection.find(where).to_list()}

    @raises_store_unavailable
    async def swap(self, key: str, version: int, document: Document) -> bool:
        """Replaces the document if its `version` is still the one that was read."""
        swapped = await self._collection.replace_one({"_id": key, "version": version}, document)
        return bool(swapped.matched_count)

    @raises_store_unavailable
    async def purge(self, now: datetime) -> int:
        """Deletes claims and messages that outlived their use; how many."""
        deleted = await self._collection.delete_many({"expires_at": {"$lte": to_utc(now)}})
        return deleted.deleted_count

    @raises_store_unavailable
    async def forget(self, key: str) -> None:
        await self._collection.delete_one({"_id": key})

    @raises_store_unavailable
    async def name_person(self, user_id: str, name: str) -> None:
        """The name Slack sent with a click, so that messages name people without waking them."""
        await self._collection.update_one({"_id": NAMES}, {"$set": {f"names.{user_id}": name}}, upsert=True)

    async def names(self) -> dict[str, str]:
        document = await self.kept(NAMES)
        return dict(document["names"]) if document else {}

    async def _read(self, key: str, model: type[Fact]) -> Fact | None:
        document = await self._collection.find_one({"_id": key})
        return None if document is None else model.model_validate(_without_id(document))

    async def _write(self, key: str, fact: Fact) -> Fact:
        await self._collection.replace_one({"_id": key}, fact.model_dump(), upsert=True)
        return fact


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "_id"}


def _claim(document: Document) -> Claim:
    fields = {name: value for name, value in _without_id(document).items() if name != "expires_at"}
    return Claim.model_validate({"key": document["_id"].removeprefix("claim:"), **fields})
