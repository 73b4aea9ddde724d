"""Models that we disabled and somebody enabled again without us: their word becomes a hold, noticed once."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from operator_core.domain.base import EVER, Frozen, ModelRef
from operator_core.domain.changes import LANDED, Change, Op
from operator_core.domain.holds import SOMEBODY_OUTSIDE, HoldDraft, Origin
from operator_core.domain.journal import JournalEntry
from operator_core.errors import NotFound, Unreadable
from operator_core.store.mongo import comparable
from operator_core.store.stores import Stores


async def notice_reenabled(stores: Stores, now: datetime) -> tuple[ModelRef, ...]:
    """Holds them, for a run's beginning; which they are. Raises StoreUnavailable."""
    off = _left_off(await stores.journal.since(EVER))
    ids = [changes[-1].change.document_id for changes in off.values()]
    documents = stores.models.find({"_id": {"$in": ids}, "enabled": True}, {"_id": 1})
    on_again = [comparable(document["_id"]) async for document in documents]
    for document_id in on_again:
        await _hold(stores, off[document_id], now)
    return tuple(off[document_id][-1].change.ref for document_id in on_again)


class _Off(Frozen):
    """A change of ours that switched a model off and stands."""

    entry: JournalEntry
    position: int

    @property
    def change(self) -> Change:
        return self.entry.changes[self.position]


def _left_off(entries: Sequence[JournalEntry]) -> dict[bytes, list[_Off]]:
    """By document: the changes that switched it off, the oldest first, if ours is the last word on it.

    An enable or undo of ours, done or under way, ends what was before it: that is no stranger's doing.
    """
    off: dict[bytes, list[_Off]] = defaultdict(list)
    for entry in entries:
        for position, change in enumerate(entry.changes):
            says = change.after.values.get("enabled")
            if says is True and (change.result in LANDED or not entry.closed):
                off.pop(comparable(change.document_id), None)
            elif says is False and change.stands and change.op == Op.SET and entry.closed:
                off[comparable(change.document_id)].append(_Off(entry=entry, position=position))
    return off


async def _hold(stores: Stores, off: Sequence[_Off], now: datetime) -> None:
    """One word, about what was done last; all that it took back is marked so."""
    latest = off[-1].entry
    kind = None  # whatever the kind, where that can't be told
    with suppress(NotFound, Unreadable):
        kind = (await stores.proposals.get(latest.proposal_id)).kind
    hold = HoldDraft.on(
        off[-1].change.ref,
        kind=kind,
        by=SOMEBODY_OUTSIDE,
        at=now,
        origin=Origin.REENABLED,
        reason=f"enabled again after {latest.id}",
        proposal_id=latest.proposal_id,
    )
    await stores.holds.add(hold)
    for one in off:
        await stores.journal.mark_undone(one.entry.id, [one.position], "outside")
