"""Carries out what was approved, exactly once, and takes it back.

Claim the proposal → journal entry with every before-image → one compare-and-set after the other, each result
on disk → status, holds and the proposal's next state → close the entry. Each step can be repeated: after a
crash at any of them `recover` goes on where it stopped, and ends where it would have ended.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime

import pymongo
from bson import ObjectId

from operator_core.domain.base import Frozen, ModelRef, to_utc
from operator_core.domain.changes import LANDED, Outcome, Result, undoing
from operator_core.domain.holds import hold_on
from operator_core.domain.journal import LEASE, JournalEntry
from operator_core.domain.pause import Pause
from operator_core.domain.proposals import POLICY, Proposal, State
from operator_core.errors import LeaseLost, NotFound, StaleProposal
from operator_core.execution.aftermath import settle_execution, settle_undo
from operator_core.execution.models_writer import Models
from operator_core.execution.plan import PlanInputs, SameModel, approval_of, plan, same_spelling
from operator_core.store.stores import Stores
from operator_core.text.masking import in_words

Clock = Callable[[], datetime]
WRITE_SECONDS = 10
"""A change must be sent within this time after the lease was renewed, and the lease outlasts it: a process
that slept through its lease sends nothing when it wakes."""


class Progress(Frozen):
    """A finished step of a batch, already on disk."""

    proposal_id: str
    journal_id: str
    step: str
    """claimed, opened, changed, recorded, reported, held, moved, closed."""
    done: int
    """Changes with a result."""
    of: int


OnProgress = Callable[[Progress], Awaitable[None]]
Recheck = Callable[[Proposal], Awaitable[Mapping[ModelRef, str]]]
"""Which approved models' evidence changed since people read it, each with what changed in words."""


class Execution(Frozen):
    """What came of an approval, or of an undo: the closed entry, and the proposal as it is now."""

    entry: JournalEntry
    proposal: Proposal

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return self.entry.outcomes


async def unheard(progress: Progress) -> None:
    """Default progress callback: does nothing."""


async def unchanged(proposal: Proposal) -> Mapping[ModelRef, str]:
    """Default recheck, for callers that have just read the evidence: nothing changed."""
    return {}


@dataclass(frozen=True)
class Executor:
    """`on_progress` is awaited after each step; an exception from it stops the batch, as a crash would."""

    stores: Stores
    _: KW_ONLY
    owner: str
    """This process, different at each start."""
    clock: Clock
    on_progress: OnProgress = unheard
    recheck: Recheck = unchanged
    same_model: SameModel = same_spelling
    """Whether two ids name the same model."""

    @property
    def _models(self) -> Models:
        return Models(self.stores.models, self.same_model)

    async def execute(
        self,
        proposal_id: str,
        revision: int,
        *,
        by: str,
        refs: Collection[ModelRef] | None = None,
        reason: str = "",
    ) -> Execution:
        """Approves the proposal as it was read, and carries it out for `refs`.

        None means all of its members; for policy, those that it may change by itself. What a person left out
        goes on hold. Raises StaleProposal (nothing was changed; it carries the proposal as it is now),
        NotFound, LeaseLost (another process goes on with it) or StoreUnavailable (`recover` goes on with it).
        """
        read = await self.stores.proposals.get(proposal_id)
        approved = await self.stores.proposals.transition(
            proposal_id,
            revision,
            State.APPROVED,
            by=by,
            at=self._now(),
            reason=reason,
            approved=_chosen(read, by, refs),
            journal_id=_entry_id(read),
        )
        await self._say(approved.id, approved.journal_ids[-1], "claimed", 0, len(approved.approved))
        return await self._carry_out(approved)

    async def undo(
        self, journal_id: str, *, by: str, refs: Collection[ModelRef] | None = None, reason: str = ""
    ) -> Execution:
        """Takes back what still stands of a closed entry (for `refs`: of those members), and holds it.

        Each model is restored exactly, where nobody changed it since; else it is a conflict that names the
        difference. Raises NotFound, or StaleProposal when it is open, an undo itself, or taken back already.
        """
        entry = await self.stores.journal.get(journal_id)
        earlier = await self.stores.journal.undos_of(journal_id)
        proposal = await self.stores.proposals.get(entry.proposal_id)
        chosen = _to_take_back(entry, earlier, refs, proposal)
        now = self._now()
        pause = await self.stores.pause.get()
        undo = JournalEntry(
            id=f"{journal_id}u{len(earlier) + 1}",
            proposal_id=entry.proposal_id,
            revision=entry.revision,
            action=entry.action,
            provider=entry.provider,
            by=by,
            reason=reason,
            started_at=now,
            owner=self.owner,
            lease=to_utc(now + LEASE),
            undo_of=journal_id,
            accepted_pause=pause.at if pause else None,
            changes=undoing(entry.changes, chosen),
        )
        try:
            opened = await self.stores.journal.open(undo)
        except LeaseLost as error:
            raise StaleProposal(f"{journal_id} is being taken back by somebody else", proposal) from error
        await self._report(opened, "opened")
        return await self._finish(opened)

    async def recover(self) -> tuple[Execution, ...]:
        """Finishes what dead processes left, once their lease has expired. For each start, and each tick.

        Each by itself: what can't be finished is named in the notes, and the others go on.
        """
        now = self._now()
        finished = [
            await self._alone(entry.id, self._taken_over(entry, now))
            for entry in await self.stores.journal.abandoned(now)
        ]
        finished += [
            await self._alone(proposal.id, self._carried_out_if_not_begun(proposal))
            for proposal in await self.stores.proposals.approved_before(now - LEASE)
        ]
        return tuple(execution for execution in finished if execution is not None)

    async def _alone(self, name: str, attempt: Awaitable[Execution | None]) -> Execution | None:
        try:
            execution = await attempt
        except LeaseLost:  # somebody else was faster
            return None
        except Exception as error:  # noqa: BLE001 – whatever it is, it concerns this one alone
            self.stores.notes.add("unfinished work", name, f"could not be finished: {in_words(error)}")
            return None
        self.stores.notes.settled("unfinished work", name)
        return execution

    async def _taken_over(self, entry: JournalEntry, now: datetime) -> Execution:
        return await self._finish(await self.stores.journal.take_over(entry.id, self.owner, now))

    async def _carried_out_if_not_begun(self, proposal: Proposal) -> Execution | None:
        begun = await self.stores.journal.find(proposal.journal_ids[-1])
        return await self._carry_out(proposal) if begun is None else None

    async def _carry_out(self, proposal: Proposal) -> Execution:
        entry = await self.stores.journal.open(await self._planned(proposal))
        await self._report(entry, "opened")
        return await self._finish(entry)

    async def _planned(self, proposal: Proposal) -> JournalEntry:
        """All that will be changed, and all that won't, with the time and the word of the approval."""
        approval = approval_of(proposal)
        inputs = PlanInputs(
            documents=await self._models.documents(proposal.refs),
            evidence_changed=await self.recheck(proposal),
            on_hold=await self._on_hold(proposal) if approval.by == POLICY else {},
        )
        pause = await self.stores.pause.get()
        accepted = pause is not None and approval.by != POLICY and pause.at <= approval.at
        return JournalEntry(
            id=proposal.journal_ids[-1],
            proposal_id=proposal.id,
            revision=proposal.revision,
            action=proposal.action,
            provider=proposal.provider,
            by=approval.by,
            reason=approval.reason,
            started_at=approval.at,
            owner=self.owner,
            lease=to_utc(self._now() + LEASE),
            accepted_pause=pause.at if pause is not None and accepted else None,
            changes=plan(proposal, inputs, ObjectId),
        )

    async def _on_hold(self, proposal: Proposal) -> dict[ModelRef, str]:
        """Policy keeps away from what a person put on hold, also after the run that judged it."""
        holds = await self.stores.holds.active()
        by_ref = {ref: hold_on(ref, proposal.kind, holds) for ref in proposal.refs} if proposal.kind else {}
        return {ref: "a person put it on hold" for ref, hold in by_ref.items() if hold is not None}

    async def _finish(self, entry: JournalEntry) -> Execution:
        """Makes the changes that have no result yet, and then all that follows from the results."""
        for index, change in enumerate(entry.changes):
            if change.result == Result.PENDING:
                result, detail = await self._make(entry, index)
                await self._report(entry, "changed")
                entry = await self.stores.journal.record(entry, index, result, detail)
                await self._report(entry, "recorded")
        await self.stores.journal.keep(entry, self._now())
        settle = settle_undo if entry.undo_of else settle_execution
        async for step in settle(self.stores, entry, self._now()):
            await self._report(entry, step)
        closed = await self.stores.journal.close(entry, self._now())
        await self._report(closed, "closed")
        return Execution(entry=closed, proposal=await self.stores.proposals.get(closed.proposal_id))

    async def _make(self, entry: JournalEntry, index: int) -> tuple[Result, str]:
        change = entry.changes[index]
        if change.needs is not None and entry.changes[change.needs].result not in LANDED:
            needed = entry.changes[change.needs]
            return Result.SKIPPED, f"left alone, because of {needed.ref.model_id}: {needed.detail}"
        with pymongo.timeout(WRITE_SECONDS):
            await self.stores.journal.keep(entry, self._now())
            pause = await self.stores.pause.get()
            stopped = pause is not None and pause.at != entry.accepted_pause
            if pause is not None and stopped and not await self._models.landed(change):
                return Result.SKIPPED, _stopped(pause)
            return await self._models.apply(change)

    async def _report(self, entry: JournalEntry, step: str) -> None:
        settled = sum(change.result != Result.PENDING for change in entry.changes)
        await self._say(entry.proposal_id, entry.id, step, settled, len(entry.changes))

    async def _say(self, proposal_id: str, journal_id: str, step: str, done: int, of: int) -> None:
        await self.on_progress(
            Progress(proposal_id=proposal_id, journal_id=journal_id, step=step, done=done, of=of)
        )

    def _now(self) -> datetime:
        return to_utc(self.clock())


def _chosen(proposal: Proposal, by: str, refs: Collection[ModelRef] | None) -> tuple[ModelRef, ...]:
    allowed = [member.ref for member in proposal.automatic] if by == POLICY else proposal.refs
    chosen = tuple(ref for ref in allowed if refs is None or ref in refs)
    if not chosen:
        raise NotFound(f"none of the models of {proposal.id} was chosen")
    return chosen


def _entry_id(proposal: Proposal) -> str:
    """The same for whoever carries out this approval, so that there can't be two entries."""
    number = proposal.id.removeprefix("P-")
    earlier = len(proposal.journal_ids)
    return f"J-{number}.{earlier + 1}" if earlier else f"J-{number}"


def _to_take_back(
    entry: JournalEntry,
    earlier: Collection[JournalEntry],
    refs: Collection[ModelRef] | None,
    proposal: Proposal,
) -> list[int]:
    """The positions of the changes to undo. Raises StaleProposal where none can be."""
    still_standing = [
        index
        for index, change in enumerate(entry.changes)
        if change.stands and (refs is None or change.member in refs)
    ]
    if entry.undo_of is not None:
        refusal = f"{entry.id} is an undo: release the hold, and it is proposed again"
    elif not entry.closed:
        refusal = f"{entry.id} is still being carried out: undo it when it is done"
    elif not all(undo.closed for undo in earlier):
        refusal = f"somebody is taking {entry.id} back already"
    elif not still_standing:
        before = ": it was taken back already" if earlier else ""
        refusal = f"nothing of {entry.id} is left to take back{before}"
    else:
        return still_standing
    raise StaleProposal(refusal, proposal)


def _stopped(pause: Pause) -> str:
    return f"stopped by a pause: {pause.reason}" if pause.reason else "stopped by a pause"
