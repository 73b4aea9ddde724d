"""operator_holds: a person's word that automation keeps away from a model or a situation."""

from datetime import datetime

from pymongo.errors import DuplicateKeyError

from operator_core.domain.base import EVER, to_utc
from operator_core.domain.holds import ON_NEW_MODELS, Hold, HoldDraft, Origin
from operator_core.domain.proposals import POLICY
from operator_core.store.own_documents import VERSIONED, Records
from operator_core.store.records.state import catch_up, next_number

IN_PART = {
    **dict.fromkeys(("model_id", "fingerprint", "kind", "until", "released_at")),
    **dict.fromkeys(("proposal_id", "released_by", "reason"), ""),
    "origin": Origin.REJECTED,
    "by": "somebody",
    "at": EVER,
}
"""How a hold of which this version can't read everything stands: whatever the kind, without an end, and taken
back by no other answer."""
WORD = ("provider", "model_id", "fingerprint", "by", "origin", "kind", "proposal_id")
"""What makes it the same word of the same person; a unique partial index sees to it."""


class Holds(Records[Hold]):
    """Several may stand on one model or situation: nobody's word replaces, narrows or ends another's."""

    collection, model, instead = "operator_holds", Hold, IN_PART

    async def add(self, draft: HoldDraft) -> Hold:
        """Holds it. The same word said again changes nothing, but that it may end later."""
        where = {**draft.model_dump(include=set(WORD)), "active": True}
        if draft.until is not None:
            later = {**where, "until": {"$lt": draft.until}}
            await self._updated(later, {"$set": {"until": draft.until}})
        if standing := await self._one(where):
            return standing
        number = await next_number(self._database, "holds")
        said = {**draft.model_dump(), "active": True, "released_by": "", "released_at": None}
        document = {"_id": f"H-{number}", **VERSIONED, **said}
        try:
            await self._collection.insert_one(document)
        except DuplicateKeyError:
            await catch_up(self._database, "holds")  # where it is behind; or they said it in this moment
            return await self.add(draft)
        return self.value(document)

    async def release(self, hold_id: str, by: str, at: datetime) -> Hold:
        """Ends a hold; one that was released before stays as it was. Raises NotFound."""
        released = {"active": False, "released_by": by, "released_at": to_utc(at)}
        hold = await self._updated({"_id": hold_id, "active": True}, {"$set": released})
        return hold or await self._named(hold_id, "hold")

    async def expire(self, now: datetime) -> None:
        """Ends those whose time has come."""
        moment = to_utc(now)
        ended = {"active": False, "released_by": POLICY, "released_at": moment}
        await self._collection.update_many({"active": True, "until": {"$lte": moment}}, {"$set": ended})

    async def settle(self, now: datetime) -> None:
        """Of equal words, which only a copy without indexes can hold, the one that lasts longest goes on."""
        released = {"active": False, "released_by": POLICY, "released_at": to_utc(now)}
        standing = await self._collection.find({"active": True}, sort={"until": -1, "at": 1}).to_list()
        lasting_first = sorted(standing, key=lambda hold: hold.get("until") is not None)
        await self._set_aside(lasting_first, WORD, released)

    async def active(self) -> tuple[Hold, ...]:
        """All that stand, the newest first; after them those on new models, of which there can be many."""
        standing = await self._all({"active": True}, {"at": -1, "_id": 1})
        return tuple(sorted(standing, key=lambda hold: hold.origin in ON_NEW_MODELS))

    async def all_readable(self) -> bool:
        """Whether `active` leaves none out: that one may be on any model."""
        return await self._all_readable({"active": True})
