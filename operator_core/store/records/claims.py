"""Claims in operator_state: of many replicas one does a thing, once."""

from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from operator_core.domain.base import Frozen, to_utc
from operator_core.errors import LeaseLost
from operator_core.store.mongo import Database, Document
from operator_core.store.own_documents import VERSIONED, Notes, Records
from operator_core.store.records.state import COLLECTION, KEPT

APART = timedelta(hours=1)
"""Clocks of replicas differ by less: a lease that ended so long ago is over by each of them."""


class Claim(Frozen):
    """The right to do one thing once, for as long as the lease lasts."""

    key: str
    owner: str
    lease: datetime
    """Until then nobody else may take it."""
    taken_over: bool = False
    """Somebody held it before and did not finish: look first whether the thing was done."""
    done: bool = False
    note: str = ""
    """What came of it, for instance the message's `ts`."""


class Claims(Records[Claim]):
    """The right to do one thing once, for as long as its lease lasts. Raises StoreUnavailable."""

    collection, model, id_field = COLLECTION, Claim, None

    def __init__(self, database: Database, notes: Notes | None = None) -> None:
        super().__init__(database, notes)
        self._seen: dict[str, tuple[Claim, datetime]] = {}  # by kind: what another held, since when

    async def claim(
        self, key: str, owner: str, now: datetime, lease_seconds: float, *, watching: bool = False
    ) -> Claim | None:
        """Takes what nobody has, or what somebody's expired lease left undone; None when it isn't ours.

        `watching`, for who asks again and again: expired is what another has not renewed while we watched it
        for a lease's length, however far clocks differ.
        """
        lease = to_utc(now + timedelta(seconds=lease_seconds))
        fields = {"owner": owner, "lease": lease, "done": False, "note": "", **VERSIONED}
        fields["expires_at"] = to_utc(now) + KEPT
        try:
            await self._collection.insert_one({"_id": f"claim:{key}", "taken_over": False, **fields})
        except DuplicateKeyError:
            where: Document = {"_id": f"claim:{key}", "done": False}
            left: Document = {"lease": {"$lte": to_utc(now)}}
            others = {**where, "owner": {"$ne": owner}, "lease": {"$gt": to_utc(now) - APART}}
            if watching and (held := await self._one(others)):
                kind, left = key.partition(":")[0], {"owner": held.owner, "lease": held.lease}
                if kind not in self._seen or self._seen[kind][0] != held:
                    self._seen[kind] = held, now
                if now - self._seen[kind][1] < timedelta(seconds=lease_seconds):
                    return None
            ours = {"owner": owner, "lease": lease, "taken_over": True}
            return await self._updated({**where, **left}, {"$set": ours})
        return Claim(key=key, owner=owner, lease=lease)

    async def complete(self, key: str, owner: str, note: str = "") -> Claim:
        """Says that the thing was done. Raises LeaseLost when somebody else has taken the claim over."""
        where = {"_id": f"claim:{key}", "owner": owner}
        if done := await self._updated(where, {"$set": {"done": True, "note": note}}):
            return done
        raise LeaseLost(f"{key} was taken over by another process")

    async def renew(self, key: str, owner: str, now: datetime, lease_seconds: float) -> None:
        """Lengthens our claim. Raises LeaseLost once it ran out, whether anybody took it or not: what its
        owner knows is old by then."""
        ours = {"_id": f"claim:{key}", "owner": owner, "done": False, "lease": {"$gt": to_utc(now)}}
        if not await self._set(ours, {"lease": to_utc(now + timedelta(seconds=lease_seconds))}):
            raise LeaseLost(f"{key} ran out, or was taken over by another process")

    async def give_up(self, key: str, owner: str, now: datetime) -> None:
        """Ends the lease at once after a failed attempt, so that anybody may try again."""
        ours = {"_id": f"claim:{key}", "owner": owner, "done": False}
        await self._set(ours, {"lease": to_utc(now) - 2 * APART})

    async def get(self, key: str) -> Claim | None:
        """Who has it, and what came of it."""
        return await self._one({"_id": f"claim:{key}"})

    async def forget(self, key: str) -> None:
        """As if it had never been claimed."""
        await self._collection.delete_one({"_id": f"claim:{key}"})

    def value(self, document: Document) -> Claim:
        return super().value({**document, "key": document["_id"].removeprefix("claim:")})
