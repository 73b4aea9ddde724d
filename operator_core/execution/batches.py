"""One batch: planned, put in the journal, made change after change, and followed by all that follows.

Each step can be repeated: whoever takes a batch over goes on where it stopped.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta

import bson
import pymongo
from bson import ObjectId
from pymongo.errors import PyMongoError

from operator_core.domain.base import Frozen, ModelRef, to_utc
from operator_core.domain.changes import LANDED, SENT, Change, Result, not_as_left
from operator_core.domain.journal import JournalEntry, Leases
from operator_core.domain.proposals import POLICY, Proposal
from operator_core.execution.aftermath import STOPPED, settle_execution, settle_undo
from operator_core.execution.door import let_through, must_look
from operator_core.execution.models_writer import Models
from operator_core.execution.plan import Objections, approval_of, held_by_people, plan, unless_objected
from operator_core.store.stores import Stores

Clock = Callable[[], datetime]
ENTRY_BYTES = 12 * 2**20
"""Of all changes of a journal entry, so that results and proofs of an undo fit into MongoDB's 16 MB too."""


class Progress(Frozen):
    """A finished step of a batch, already on disk."""

    proposal_id: str
    step: str
    """claimed, opened, changed, recorded, reported, held, moved, closed."""
    done: int
    """Changes with a result."""
    of: int


OnProgress = Callable[[Progress], Awaitable[None]]
Recheck = Callable[[Proposal], Awaitable[Mapping[ModelRef, str]]]
"""Which approved models' evidence changed since people read it, each with what changed in words."""
Gates = Callable[[Proposal], Awaitable[Mapping[ModelRef, str]]]
"""For each of the models that policy approved the gate that is closed now, in words; "" where none is. What
is not in it does not pass."""


class Execution(Frozen):
    """What came of an approval, or of an undo: the closed entry, and the proposal as it is now."""

    entry: JournalEntry
    proposal: Proposal


async def unheard(progress: Progress) -> None:
    """Default progress callback: does nothing."""


async def unchanged(proposal: Proposal) -> Mapping[ModelRef, str]:
    """Default recheck, for callers that have just looked: nothing changed. As gates it lets nothing pass."""
    return {}


@dataclass(frozen=True)
class Batches:
    """`on_progress` is awaited after each step; an exception from it stops the batch, as a crash would."""

    stores: Stores
    _: KW_ONLY
    owner: str
    """This process, different at each start."""
    clock: Clock
    leases: Leases = field(default_factory=Leases)
    on_progress: OnProgress = unheard
    recheck: Recheck = unchanged
    gates: Gates = unchanged
    """Asked before anything that policy approved is done, and again where that takes longer than a lease."""
    not_on: Callable[[], Awaitable[str]] | None = None
    """Why policy may do nothing by now, whatever its gates said, or "". Asked before each change."""

    @property
    def models(self) -> Models:
        return Models(self.stores.models)

    def now(self) -> datetime:
        return to_utc(self.clock())

    async def carry_out(self, proposal: Proposal, *, fence: int = 1) -> Execution:
        """What was approved, as far as nothing speaks against it. `fence`: 2 where another process began.
        What policy is about to do is on disk before its gates and brakes are counted: others count it too."""
        evidence = await self.recheck(proposal)
        looked = await self._looking(proposal, evidence)
        planned = await self._planned(proposal, looked, fence)
        with pymongo.timeout(self.leases.write_seconds):
            entry = await self.stores.journal.open(planned)
        await self.report(entry, "opened")
        if entry.automatic:
            looked = await self._looking(proposal, evidence, alone=True)
            entry = await self.leave_alone(entry, looked)
        return await self.finish(entry, looked)

    async def look_again(self, entry: JournalEntry) -> Objections:
        """What speaks by now against the rest of a batch, before anybody goes on with it."""
        proposal = await self.stores.proposals.get(entry.proposal_id)
        return await self._looking(proposal, await self.recheck(proposal), alone=entry.automatic)

    async def leave_alone(self, entry: JournalEntry, looked: Objections) -> JournalEntry:
        """The entry, with a result for each change that something speaks against."""
        for index, change in enumerate(entry.changes):
            left = unless_objected(change, looked)
            if left.result != change.result:
                entry = await self.stores.journal.record(entry, index, left.result, left.detail)
        return entry

    async def _looking(
        self, proposal: Proposal, evidence_changed: Mapping[ModelRef, str], *, alone: bool = False
    ) -> Objections:
        """What speaks now against changing members of an approved proposal. `alone`: also the gates, where
        policy has put on disk what it is about to do."""
        against: dict[ModelRef, tuple[Result, str]] = {}
        if alone:
            gates, unseen = await self.gates(proposal), "its gates were not looked at"
            closed = {ref: why for ref in proposal.refs if (why := gates.get(ref, unseen))}
            against = {ref: (Result.SKIPPED, why) for ref, why in closed.items()}
        against |= {ref: (Result.CONFLICT, why) for ref, why in evidence_changed.items()}
        held = held_by_people(proposal, await self.stores.holds.active())
        against |= dict.fromkeys(held, (Result.SKIPPED, "a person put it on hold"))
        seen = {"gates_at": self.now(), "gates_of": frozenset(proposal.refs)} if alone else {}
        return Objections(against=against, **seen)

    async def _planned(self, proposal: Proposal, objections: Objections, fence: int) -> JournalEntry:
        """All that will be changed, and all that won't, with the time and the word of the approval."""
        approval, acted = approval_of(proposal), await self.stores.approver_action.get()
        planned = plan(proposal, await self.models.documents(proposal.refs), ObjectId)
        return JournalEntry(
            id=proposal.journal_ids[-1],
            proposal_id=proposal.id,
            **proposal.model_dump(include={"revision", "action", "provider"}),
            **approval.model_dump(include={"by", "asked_in", "reason"}),
            started_at=approval.at,
            owner=self.owner,
            lease=to_utc(self.now() + self.leases.entry),
            fence=fence,
            attended=acted and acted.at,
            in_line=approval.by == POLICY,
            accepted_pause=approval.accepted.pause,
            changes=_fitting([unless_objected(change, objections) for change in planned]),
        )

    async def finish(self, entry: JournalEntry, looked: Objections | None = None) -> Execution:
        """Makes the changes that have no result yet, and then all that follows from the results. `looked`:
        what spoke against them a moment ago; who takes over looks again, and policy after a while."""
        proved = None
        for index in range(len(entry.changes)):
            if must_look(entry, index, looked, self.now(), self.leases.entry):
                looked = await self.look_again(entry)
                entry = await self.leave_alone(entry, looked)
            if entry.changes[index].result == Result.PENDING:
                result, detail = await self._make(entry, index, looked)
                await self.report(entry, "changed")
                proved = self.now()
                lease = to_utc(proved + self.leases.entry)
                entry = await self.stores.journal.record(entry, index, result, detail, lease=lease)
                await self.report(entry, "recorded")
        if entry.undo_of is not None:
            entry = await self._looked_at_again(entry, entry.undo_of)
        proved = await self._proved(entry, proved)
        settle = settle_undo if entry.undo_of else settle_execution
        async for step in settle(self.stores, entry, self.now()):
            await self.report(entry, step)
            proved = await self._proved(entry, None if step == "held" else proved)
        closed = await self.stores.journal.close(entry, self.now())
        await self.report(closed, "closed")
        return Execution(entry=closed, proposal=await self.stores.proposals.get(closed.proposal_id))

    async def _proved(self, entry: JournalEntry, at: datetime | None) -> datetime:
        """When it was ours last; asked again where that is longer ago than a write may take."""
        if at is None or not timedelta(0) <= self.now() - at < timedelta(seconds=self.leases.write_seconds):
            at = self.now()
            await self.keep(entry)
        return at

    async def _looked_at_again(self, undo: JournalEntry, undo_of: str) -> JournalEntry:
        """Where a batch changed hands, a write of its first owner may land on what is being taken back."""
        if (await self.stores.journal.get(undo_of)).fence == 1:
            return undo
        documents = await self.models.as_they_are(undo.changes)
        for index, (change, document) in enumerate(zip(undo.changes, documents, strict=True)):
            differs = not_as_left(change, document)
            if change.result in LANDED and differs:
                undo = await self.stores.journal.record(undo, index, Result.CONFLICT, differs)
        return undo

    async def _make(self, entry: JournalEntry, index: int, looked: Objections | None) -> tuple[Result, str]:
        change = entry.changes[index]
        missing = next((n for n in change.needed if entry.changes[n].result not in LANDED), None)
        if missing is not None:
            needed = entry.changes[missing]
            return Result.SKIPPED, f"left alone, because of {needed.ref.model_id}: {needed.detail}"
        try:
            with pymongo.timeout(self.leases.write_seconds):
                await self.keep(entry, **{f"changes.{index}.detail": SENT})
                pause = await self.stores.pause.get()
                stopped = await self.not_on() if entry.automatic and self.not_on else ""
                if pause is not None and pause.at != entry.accepted_pause:
                    stopped = pause.with_reason(STOPPED)
                if stopped and not await self.models.landed(change):
                    return Result.SKIPPED, stopped
                passed = let_through(entry, index, looked, self.now(), self.leases.entry)
                return await self.models.apply(passed)
        except PyMongoError as error:
            return await self.models.after_error(change, error)

    async def keep(self, entry: JournalEntry, **said: str) -> None:
        """Proves that it is still ours, and renews the lease. Raises LeaseLost."""
        await self.stores.journal.keep(entry, self.now(), self.leases.entry, **said)

    async def report(self, entry: JournalEntry, step: str) -> None:
        done = sum(change.result != Result.PENDING for change in entry.changes)
        of = len(entry.changes)
        await self.on_progress(Progress(proposal_id=entry.proposal_id, step=step, done=done, of=of))


def _fitting(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes that an entry of the journal has room for, with their undo; those of other members fail."""
    used, up_to = 0, dict[ModelRef, int]()
    for change in changes:
        used += len(bson.encode(change.model_dump()))
        up_to[change.member] = used
    why = "too much is kept about the models of this batch for one journal entry: this one is for another"
    return tuple(
        c
        if up_to[c.member] <= ENTRY_BYTES
        else Change(ref=c.ref, member=c.member, op=c.op).with_result(Result.FAILED, why)
        for c in changes
    )
