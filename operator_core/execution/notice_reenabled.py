"""Models that we disabled and somebody enabled again without us: their word becomes a hold, noticed once."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from operator_core.domain.base import EVER, ModelRef
from operator_core.domain.changes import LANDED, Op
from operator_core.domain.holds import SOMEBODY_OUTSIDE, HoldDraft, Origin
from operator_core.domain.journal import JournalEntry
from operator_core.errors import NotFound, Unreadable
from operator_core.store.mongo import comparable
from operator_core.store.platform.rows import ref_in
from operator_core.store.stores import Stores

Off = tuple[JournalEntry, int]
"""A change of ours that switched a model off and stands: its entry, and its position there."""


async def notice_reenabled(stores: Stores, now: datetime) -> tuple[ModelRef, ...]:
    """Holds them, for a run's beginning; which they are. Raises StoreUnavailable."""
    off = _left_off(await stores.journal.since(EVER))
    last = [entry.changes[position] for *_, (entry, position) in off]
    ids, names = [one.document_id for one in last], [one.ref.model_id for one in last]
    where = {"$or": [{"_id": {"$in": ids}}, {"model_id": {"$in": names}}]}
    documents = await stores.models.find(where, {"provider": 1, "model_id": 1, "enabled": 1}).to_list()
    enabled = {comparable(one["_id"]): one.get("enabled") is True for one in documents}
    anew = {ref_in(one) for one in documents if one.get("enabled") is True}
    on_again = [n for n, c in enumerate(last) if enabled.get(comparable(c.document_id), c.ref in anew)]
    for position in on_again:
        await _hold(stores, off[position], now)
    return tuple(last[position].ref for position in on_again)


def _left_off(entries: Sequence[JournalEntry]) -> list[list[Off]]:
    """For each document the changes that switched it off, the oldest first, if ours is the last word on it.
    An enable, addition or undo of ours, done or under way, ends what was before it: no stranger did that."""
    off: dict[ModelRef, dict[bytes, list[Off]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        for position, change in enumerate(entry.changes):
            says = change.after.values.get("enabled")
            if says is True and (change.result in LANDED or not entry.closed):
                off.pop(change.ref, None)
            elif says is False and change.stands and change.op == Op.SET and entry.closed:
                off[change.ref][comparable(change.document_id)].append((entry, position))
    return [changes for documents in off.values() for changes in documents.values()]


async def _hold(stores: Stores, off: Sequence[Off], now: datetime) -> None:
    """One word, about what was done last; all that it took back is marked so."""
    latest, last = off[-1]
    kind = None  # whatever the kind, where that can't be told
    with suppress(NotFound, Unreadable):
        kind = (await stores.proposals.get(latest.proposal_id)).kind
    hold = HoldDraft.on(
        latest.changes[last].ref,
        kind=kind,
        by=SOMEBODY_OUTSIDE,
        at=now,
        origin=Origin.REENABLED,
        reason=f"enabled again after {latest.id}",
        proposal_id=latest.proposal_id,
    )
    await stores.holds.add(hold)
    for entry, position in off:
        await stores.journal.mark_undone(entry.id, [position], "outside")
