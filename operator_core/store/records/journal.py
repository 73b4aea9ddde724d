"""operator_journal: intent and before-image are on disk before the first change, each result right after it.

An entry has an owner, a lease and a fence. Only an expired lease is taken over, by one conditional update
that raises the fence; who lost it can write no more in the entry's name.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.changes import Result
from operator_core.domain.journal import LEASE, Before, EntryState, JournalEntry
from operator_core.domain.mode import ApproverAction
from operator_core.domain.proposals import POLICY
from operator_core.errors import LeaseLost
from operator_core.store.mongo import Document
from operator_core.store.own_documents import VERSIONED, Records, document_of
from operator_core.store.records.state import COLLECTION as STATE

LINE = "line of policy's entries"


class Journal(Records[JournalEntry]):
    """Every write of an entry names owner and fence, so that nobody writes into another's."""

    collection, model = "operator_journal", JournalEntry

    async def open(self, entry: JournalEntry) -> JournalEntry:
        """Puts a new entry on disk. Raises LeaseLost where there is one, named if it is the same batch."""
        begun = entry.model_copy(update={"answered": entry.closed})  # nobody waits for what is over
        document = document_of(begun)
        try:
            await self._collection.insert_one(document)
        except DuplicateKeyError as error:
            same = {name: document[name] for name in ("_id", "proposal_id", "started_at", "actor")}
            if await self._collection.find_one(same) is None:
                raise LeaseLost(f"{entry.id} names another batch already") from error
            raise LeaseLost(f"{entry.id} is in another process's hands", entry.id) from error
        return begun

    async def has(self, entry_id: str) -> bool:
        """Whether there is one of that id, readable or not."""
        return await self._collection.find_one({"_id": entry_id}, {"_id": 1}) is not None

    async def find(self, entry_id: str) -> JournalEntry | None:
        """None where there is none of that id. Raises Unreadable."""
        return await self._one({"_id": entry_id})

    async def get(self, entry_id: str) -> JournalEntry:
        """Raises NotFound."""
        return await self._named(entry_id, "journal entry")

    async def meant(self, typed: str) -> JournalEntry:
        """As `get`, by what a person typed; NotFound lists what there is."""
        return await self._as_typed(typed, "J-", "journal entry")

    async def abandoned(self, now: datetime) -> tuple[JournalEntry, ...]:
        """Open entries whose lease has expired, the oldest first."""
        return await self._oldest_first({"state": EntryState.OPEN, "lease": {"$lte": to_utc(now)}})

    async def take_over(
        self, entry_id: str, owner: str, now: datetime, lease: timedelta = LEASE
    ) -> JournalEntry:
        """Makes an abandoned entry ours. Raises LeaseLost when somebody holds it, or it is closed."""
        ours = await self._updated(
            {"_id": entry_id, "state": EntryState.OPEN, "lease": {"$lte": to_utc(now)}},
            {"$set": {"owner": owner, "lease": to_utc(now + lease)}, "$inc": {"fence": 1}},
        )
        if ours is None:
            raise LeaseLost(f"{entry_id} is in another process's hands, or done", entry_id)
        return ours

    async def keep(self, entry: JournalEntry, now: datetime, lease: timedelta = LEASE, **said: str) -> None:
        """Proves that it is still ours, and renews the lease; `said` of it. Raises LeaseLost."""
        await self._write(entry, {"lease": to_utc(now + lease), **said})

    async def record(
        self, entry: JournalEntry, index: int, result: Result, detail: str, **said: datetime
    ) -> JournalEntry:
        """What became of one change; the new `lease` may be `said` with it. Raises LeaseLost."""
        became = {f"changes.{index}.result": result, f"changes.{index}.detail": detail}
        await self._write(entry, {**became, **said})
        return entry.with_result(index, result, detail)

    async def close(self, entry: JournalEntry, now: datetime) -> JournalEntry:
        """Nothing more will be done in its name. Raises LeaseLost."""
        closed: Document = {"state": EntryState.CLOSED, "closed_at": to_utc(now)}
        await self._write(entry, closed)
        return entry.model_copy(update=closed)

    async def mark_undone(self, entry_id: str, positions: Sequence[int], undo_id: str) -> None:
        """Says in a closed entry which of its changes were taken back, and where."""
        if positions:
            fields = {f"changes.{position}.undone_by": undo_id for position in positions}
            await self._set({"_id": entry_id, "state": EntryState.CLOSED}, fields)

    async def restate(self, entry_id: str, index: int, result: Result, detail: str) -> None:
        """What became of one change of a closed entry after all; nobody has taken it back."""
        said = {"result": result, "detail": detail, "undone_by": ""}
        fields = {f"changes.{index}.{name}": value for name, value in said.items()}
        await self._set({"_id": entry_id, "state": EntryState.CLOSED}, fields)

    async def changed_hands_since(self, moment: datetime) -> tuple[JournalEntry, ...]:
        """Closed entries that were taken over, and whose last lease ended at that moment or later."""
        where = {"state": EntryState.CLOSED, "lease": {"$gte": to_utc(moment)}, "fence": {"$gt": 1}}
        return await self._oldest_first(where)

    async def worked_on_since(self, moment: datetime) -> tuple[JournalEntry, ...]:
        """Open entries, and those whose last lease ended at that moment or later, the oldest first."""
        closed = {"state": EntryState.CLOSED, "lease": {"$gte": to_utc(moment)}}
        return await self._oldest_first({"$or": [{"state": EntryState.OPEN}, closed]})

    async def unanswered(self, since: datetime, now: datetime) -> tuple[JournalEntry, ...]:
        """Closed entries of people in Slack who weren't told, whose last lease ended between these moments:
        until then they may be about to be. Those that an older version began, where they changed hands."""
        theirs = {"state": EntryState.CLOSED, "lease": {"$gte": to_utc(since), "$lte": to_utc(now)}}
        begun = [{"answered": False}, {"answered": None, "fence": {"$gt": 1}}]
        return await self._oldest_first({**theirs, "actor": {"$regex": "^[UW]"}, "$or": begun})

    async def mark_answered(self, entry_id: str) -> None:
        """Whoever asked knows what came of it."""
        await self._set({"_id": entry_id}, {"answered": True})

    async def undos_of(self, entry_id: str) -> tuple[JournalEntry, ...]:
        """The oldest first."""
        return await self._oldest_first({"undo_of": entry_id})

    async def of_proposal(self, proposal_id: str) -> tuple[JournalEntry, ...]:
        """All its entries, undos among them, the oldest first."""
        return await self._oldest_first({"proposal_id": proposal_id})

    async def recent(self, limit: int = 50) -> tuple[JournalEntry, ...]:
        """The newest first."""
        return await self._all({}, {"started_at": -1}, limit)

    async def since(self, moment: datetime) -> tuple[JournalEntry, ...]:
        """Entries begun at that moment or later, the oldest first."""
        return await self._oldest_first({"started_at": {"$gte": to_utc(moment)}})

    async def all_readable_since(self, moment: datetime) -> bool:
        """Whether `since` leaves none out."""
        return await self._all_readable({"started_at": {"$gte": to_utc(moment)}})

    # Brakes count what was made; with `before`, of the line, also what those entries, and people's, are about
    # to do. Each of policy's counts those before it: by MongoDB's order, whatever the replicas' clocks say.

    async def line(self) -> tuple[str, ...]:
        """The ids of policy's latest entries, in the order in which they came to count."""
        kept = await self._database[STATE].find_one({"_id": LINE})
        return tuple(kept["entries"]) if kept else ()

    async def before(self, entry_id: str) -> tuple[str, ...]:
        """The line before an entry that is on disk: it keeps its place, or joins at the end."""
        join = {"$push": {"entries": {"$each": [entry_id], "$slice": -500}}, "$max": VERSIONED}
        absent = {"_id": LINE, "entries": {"$ne": entry_id}}
        while entry_id not in (line := await self.line()):
            with suppress(DuplicateKeyError):  # somebody made the line, or put it there, in this moment
                await self._database[STATE].update_one(absent, join, upsert=True)
        return line[: line.index(entry_id)]

    async def changes_unattended(self, act: ApproverAction | None, before: Before = None) -> int:
        """How many changes policy made since an approver's last act, taken back or not."""
        since = [{"attended": act.at}, {"attended": None, "started_at": {"$gte": act.at}}] if act else [{}]
        entries = await self._oldest_first({"actor": POLICY, "$or": since})
        return sum(len(entry.counted(before)) for entry in entries)

    async def about_to_leave(self, before: Collection[str]) -> frozenset[ModelRef]:
        """Models that open entries are about to disable."""
        entries = await self._oldest_first({"state": EntryState.OPEN})
        coming = [c for one in entries for c in one.counted(before) if c.result == Result.PENDING]
        return frozenset(change.ref for change in coming if change.enables < 0)

    async def _oldest_first(self, where: Document) -> tuple[JournalEntry, ...]:
        return await self._all(where, {"started_at": 1})

    async def _write(self, entry: JournalEntry, fields: Document) -> None:
        ours = {"_id": entry.id, "owner": entry.owner, "fence": entry.fence, "state": EntryState.OPEN}
        if not await self._set(ours, fields):
            raise LeaseLost(f"{entry.id} was taken over by another process", entry.id)
