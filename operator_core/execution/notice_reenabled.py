"""Models that we disabled and somebody enabled again without us: their word becomes a hold, noticed once."""

from contextlib import suppress
from datetime import datetime

import bson

from operator_core.domain.base import ModelRef
from operator_core.domain.changes import Change, Op
from operator_core.domain.holds import SOMEBODY_OUTSIDE, HoldDraft, Origin
from operator_core.domain.journal import JournalEntry
from operator_core.errors import NotFound, Unreadable
from operator_core.store.records.recent_activity import EVER
from operator_core.store.stores import Stores


async def notice_reenabled(stores: Stores, now: datetime) -> tuple[ModelRef, ...]:
    """Holds them, for a run's beginning; which they are. Raises StoreUnavailable."""
    entries = [e for e in await stores.journal.since(EVER) if e.undo_of is None and e.closed]
    off = [
        (entry, position, change)
        for entry in entries
        for position, change in enumerate(entry.changes)
        if change.stands and change.op == Op.SET and change.after.values.get("enabled") is False
    ]
    where = {"_id": {"$in": [change.document_id for _, _, change in off]}, "enabled": True}
    on_again = {_comparable(document["_id"]) async for document in stores.models.find(where, {"_id": 1})}
    noticed = [one for one in off if _comparable(one[2].document_id) in on_again]
    for entry, position, change in noticed:
        await _hold(stores, entry, position, change, now)
    return tuple(change.ref for _, _, change in noticed)


async def _hold(stores: Stores, entry: JournalEntry, position: int, change: Change, now: datetime) -> None:
    kind = None  # whatever the kind, where that can't be told
    with suppress(NotFound, Unreadable):
        kind = (await stores.proposals.get(entry.proposal_id)).kind
    hold = HoldDraft.on(
        change.ref,
        kind=kind,
        by=SOMEBODY_OUTSIDE,
        at=now,
        origin=Origin.REENABLED,
        reason=f"enabled again after {entry.id}",
    )
    await stores.holds.add(hold)
    await stores.journal.mark_undone(entry.id, [position], "outside")


def _comparable(document_id: object) -> bytes:
    """An `_id` may be of any type, a document as well."""
    return bson.encode({"_id": document_id})
