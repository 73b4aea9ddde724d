"""Carries out what was approved, exactly once, and takes it back.

Claim the proposal → journal entry with every before-image → one compare-and-set after the other, each result
on disk → status, holds and the proposal's next state → close the entry. Each step can be repeated: after a
crash at any of them `recover` goes on where it stopped, and ends where it would have ended, unless something
speaks against the rest by then.
"""

import asyncio
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.changes import (
    LANDED,
    Result,
    landed_late,
    not_as_left,
    result_when_landed,
    undoing,
)
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import POLICY, Accepted, Proposal, State
from operator_core.errors import LeaseLost, NotFound, StaleProposal, StoreUnavailable
from operator_core.execution.aftermath import settle_late_write
from operator_core.execution.batches import Batches, Execution, OnProgress, Progress, unchanged, unheard
from operator_core.execution.plan import approval_of
from operator_core.store.mongo import Document
from operator_core.text.masking import in_words

__all__ = ("Execution", "Executor", "OnProgress", "Progress", "unchanged", "unheard")

LOOK_EVERY_SECONDS = 0.2
LATE = timedelta(days=1)
"""How long after a batch that changed hands a write of its first owner is looked for."""
Refs = Collection[ModelRef] | None
"""Those that were chosen; None: all there are."""


@dataclass(frozen=True)
class Executor(Batches):
    """Begins batches on somebody's word, and finishes what others left."""

    async def execute(
        self, proposal_id: str, revision: int, *, by: str, refs: Refs = None, **said: Any
    ) -> Execution:
        """Approves the proposal as it was read, and carries it out for `refs`.

        None means all of its members; for policy, those that it may change by itself. What a person left out
        goes on hold, unless `rest_waits`: then people are asked about it anew. That, `reason` and `asked_in`
        may be `said` of the approval.

        Raises StaleProposal (nothing was changed; it carries the proposal as it is now), NotFound, LeaseLost
        (another process goes on with it for longer than we wait, and tells who asked) or StoreUnavailable
        (`recover` goes on with it).
        """
        read = await self.stores.proposals.get(proposal_id)
        approved = await self.stores.proposals.transition(
            proposal_id,
            revision,
            State.APPROVED,
            by=by,
            at=self.now(),
            read=read,
            **said,
            accepted=await self._accepted(by),
            approved=_chosen(read, by, refs),
            journal_id=await self._entry_id(read),
        )
        of = len(approved.approved)
        await self.on_progress(Progress(proposal_id=approved.id, step="claimed", done=0, of=of))
        return await self._seen_through(self.carry_out(approved))

    async def undo(self, journal_id: str, *, by: str, refs: Refs = None, **said: Any) -> Execution:
        """Takes back what still stands of a closed entry (for `refs`: of those members), and holds it.

        Each model is restored exactly, where nobody changed it since; else it is a conflict that names the
        difference. `reason` and `asked_in` may be `said` of it. Raises NotFound, or StaleProposal when it is
        open, an undo itself, or taken back already.
        """
        entry = await self.stores.journal.get(journal_id)
        earlier = await self.stores.journal.undos_of(journal_id)
        proposal = await self.stores.proposals.get(entry.proposal_id)
        chosen = _to_take_back(entry, earlier, refs, proposal)
        now = self.now()
        pause = await self.stores.pause.get()
        undo = JournalEntry(
            id=f"{journal_id}u{len(earlier) + 1}",
            **entry.model_dump(include={"proposal_id", "revision", "action", "provider"}),
            by=by,
            **said,
            started_at=now,
            owner=self.owner,
            lease=to_utc(now + self.leases.entry),
            undo_of=journal_id,
            accepted_pause=pause.at if pause else None,
            changes=undoing(entry.changes, chosen),
        )
        try:
            opened = await self.stores.journal.open(undo)
        except LeaseLost as error:
            raise StaleProposal(f"{journal_id} is being taken back by somebody else", proposal) from error
        await self.report(opened, "opened")
        return await self._seen_through(self.finish(opened))

    async def _seen_through(self, doing: Awaitable[Execution]) -> Execution:
        """What came of it, also where another process took it over: whoever asked learns the true end."""
        try:
            return await doing
        except StoreUnavailable as error:
            raise type(error)(f"{error}. What was begun is carried on when it does") from error
        except LeaseLost as lost:
            if not lost.entry_id:  # nothing was begun
                raise
            loop = asyncio.get_running_loop()
            until = loop.time() + self.leases.outcome_seconds
            while not (entry := await self.stores.journal.get(lost.entry_id)).closed:
                if loop.time() > until:
                    raise LeaseLost(f"{entry.id} is not over yet: another process goes on with it") from lost
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        return Execution(entry=entry, proposal=await self.stores.proposals.get(entry.proposal_id))

    async def _entry_id(self, proposal: Proposal) -> str:
        """Free, and kept with the approval: whoever carries it out makes no second entry."""
        first, number = f"J-{proposal.id.removeprefix('P-')}", len(proposal.journal_ids) + 1
        entry_id = f"{first}.{number}" if number > 1 else first
        while await self.stores.journal.has(entry_id):
            number += 1
            entry_id = f"{first}.{number}"
        return entry_id

    async def _accepted(self, by: str) -> Accepted:
        """What stands now, and doesn't keep a person from approving. Policy accepts nothing."""
        if by == POLICY:
            return Accepted()
        pause, holds = await self.stores.pause.get(), await self.stores.holds.active()
        return Accepted(pause=pause.at if pause else None, holds=tuple(hold.id for hold in holds))

    # What dead processes left is finished by others, who look again before they change anything. What had
    # landed stays, and is recorded. Against the rest all may speak that has happened since: evidence, holds,
    # the pause, and the gates where policy approved it.

    async def recover(self) -> tuple[Execution, ...]:
        """Finishes open entries, and approved proposals without one, whose lease has expired: for each start,
        and each tick.

        And says what late writes did to entries that were taken over and closed. Each by itself: what can't
        be finished is named in the notes, and the others go on.
        """
        stores, now = self.stores, self.now()
        abandoned = await stores.journal.abandoned(now)
        finished = [await self._alone(one.id, self._taken_over(one)) for one in abandoned]
        unbegun = await stores.proposals.approved_before(now - self.leases.entry)
        finished += [await self._alone(one.id, self._carried_out_if_not_begun(one)) for one in unbegun]
        done = [execution for execution in finished if execution is not None]
        return (*done, *await self._late_writes())

    async def _alone(self, name: str, attempt: Awaitable[Execution | None]) -> Execution | None:
        notes = self.stores.notes
        try:
            execution = await attempt
        except LeaseLost:  # somebody else was faster
            return None
        except Exception as error:  # noqa: BLE001 – whatever it is, it concerns this one alone
            notes.add("unfinished work", name, f"could not be finished: {in_words(error)}")
            return None
        notes.settled("unfinished work", name)
        return execution

    async def _taken_over(self, entry: JournalEntry) -> Execution:
        """What speaks against the rest is looked up first: nothing slow is done while the lease is ours."""
        if entry.undo_of is not None or all(change.result != Result.PENDING for change in entry.changes):
            return await self.finish(await self._ours(entry))
        looked = await self.look_again(entry)
        ours = await self.leave_alone(await self._ours(entry), looked)
        return await self.finish(ours, looked)

    async def _ours(self, entry: JournalEntry) -> JournalEntry:
        """Taken over, and with what had landed already: a change made before the crash that kept its result
        from the journal, or what somebody else did meanwhile."""
        journal, lease = self.stores.journal, self.leases.entry
        ours = await journal.take_over(entry.id, self.owner, self.now(), lease)
        for index, change in enumerate(ours.changes):
            if change.result != Result.PENDING:
                continue
            await self.keep(ours)
            if await self.models.landed(change):
                ours = await journal.record(ours, index, *result_when_landed(change))
        return ours

    async def _carried_out_if_not_begun(self, proposal: Proposal) -> Execution | None:
        entry = await self.stores.journal.find(proposal.journal_ids[-1])
        if entry is None:
            return await self.carry_out(proposal, fence=2)
        approval = approval_of(proposal)
        if (entry.proposal_id, entry.by) != (proposal.id, approval.by) or entry.started_at < approval.at:
            fail, why = self.stores.proposals.transition, f"not begun: {entry.id} names another batch already"
            await fail(proposal.id, proposal.revision, State.FAILED, by=POLICY, at=self.now(), reason=why)
        return None

    async def _late_writes(self) -> list[Execution]:
        """What writes did that landed when their batch, or even its undo, was over: the journal says it now.
        Such a write had left its process before another took the batch over, and was long on its way."""
        corrected: list[Execution] = []
        for entry in await self.stores.journal.changed_hands_since(self.now() - LATE):
            documents = await self.models.as_they_are(entry.changes)
            as_they_are = enumerate(zip(entry.changes, documents, strict=True))
            late = [index for index, (change, document) in as_they_are if landed_late(change, document)]
            stands = entry.standing and entry.undo_of is None
            told = await self.stores.proposals.readable([entry.proposal_id] if stands else [])
            if not late and told and told[0].state == State.UNDONE:  # whoever corrected it came no further
                by_now = await self.stores.journal.get(entry.id)  # it may be undone since it was read
                late = [index for index, change in enumerate(by_now.changes) if change.stands]
            if late and (ours := await self._not_done_since(entry, late)):
                corrected += await self._corrected(entry, {index: documents[index] for index in ours})
        return corrected

    async def _not_done_since(self, entry: JournalEntry, late: Sequence[int]) -> list[int]:
        """Those that no later batch made so."""
        later = await self.stores.journal.since(entry.closed_at or entry.started_at)
        ids = [change.document_id for one in later if one.undo_of is None for change in one.standing]
        return [index for index in late if entry.changes[index].document_id not in ids]

    async def _corrected(self, entry: JournalEntry, late: Mapping[int, Document | None]) -> list[Execution]:
        """The undos first: until the entry itself is corrected, the next tick finds all of it again."""
        journal, told = self.stores.journal, dict[str, None]()
        for undo in await journal.undos_of(entry.id):
            for index, change in enumerate(undo.changes):
                taken_back = undo.closed and change.result in LANDED
                if taken_back and change.undoes is not None and change.undoes in late:
                    differs = not_as_left(change, late[change.undoes])
                    await journal.restate(undo.id, index, Result.CONFLICT, differs)
                    told[undo.id] = None
        for index in late:
            await journal.restate(entry.id, index, Result.DONE, "")
        stands = await journal.get(entry.id)
        members = {stands.changes[index].member for index in late}
        await settle_late_write(self.stores, stands, members, self.now())
        proposal = await self.stores.proposals.get(entry.proposal_id)
        return [Execution(entry=await journal.get(one), proposal=proposal) for one in told or [entry.id]]


def _chosen(proposal: Proposal, by: str, refs: Refs) -> tuple[ModelRef, ...]:
    allowed = [member.ref for member in proposal.automatic] if by == POLICY else proposal.refs
    chosen = tuple(ref for ref in allowed if refs is None or ref in refs)
    if not chosen:
        raise NotFound(f"none of the models of {proposal.id} was chosen")
    return chosen


def _to_take_back(
    entry: JournalEntry, earlier: Collection[JournalEntry], refs: Refs, proposal: Proposal
) -> list[int]:
    """The positions of the changes to undo. Raises StaleProposal where none can be."""
    standing = [index for index, change in enumerate(entry.changes) if change.stands]
    still_standing = [n for n in standing if refs is None or entry.changes[n].member in refs]
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
