"""Carries out what was approved, exactly once, and takes it back.

Claim the proposal → journal entry with every before-image → one compare-and-set after the other, each result
on disk → status, holds and the proposal's next state → close the entry. Each step can be repeated: after a
crash at any of them `recover` goes on where it stopped, and ends where it would have ended, unless something
speaks against the rest by then.
"""

import asyncio
from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from typing import Any

from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.changes import undoing
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import POLICY, Accepted, Proposal, State
from operator_core.errors import LeaseLost, NotFound, StaleProposal
from operator_core.execution.batches import Batches, Execution, OnProgress, Progress, unchanged, unheard
from operator_core.execution.recovery import recover

__all__ = ("Execution", "Executor", "OnProgress", "Progress", "unchanged", "unheard")

LOOK_EVERY_SECONDS = 0.2
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

    async def recover(self) -> tuple[Execution, ...]:
        """Finishes what dead processes left, once their lease has expired. For each start, and each tick."""
        return await recover(self)


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
