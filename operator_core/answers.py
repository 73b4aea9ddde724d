"""People's answers other than Approve: each is one move of a proposal, and what follows from it.

The move comes first: it is what two people can race for. What follows can be said again without harm.
"""

from datetime import datetime

from operator_core.domain.holds import Hold, HoldDraft, Origin
from operator_core.domain.model_status import Status, entries_for
from operator_core.domain.proposals import Proposal, State
from operator_core.store.stores import Stores


class Answers:
    """Every method raises NotFound, or StaleProposal with the proposal as it is now."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def reject(
        self, proposal_id: str, revision: int, *, by: str, at: datetime, reason: str = ""
    ) -> Proposal:
        """No, and not again until the evidence changes in kind."""
        moved = await self._stores.proposals.transition(
            proposal_id, revision, State.REJECTED, by=by, at=at, reason=reason
        )
        if moved.scope is not None:
            await self._stores.holds.add(_hold_on_situation(moved, by, at, reason))
        await self._stores.status.write(entries_for(moved, Status.REJECTED), at)
        return moved

    async def snooze(
        self, proposal_id: str, revision: int, *, by: str, at: datetime, until: datetime | None
    ) -> Proposal:
        """Later: at a time, or (None) when the evidence changes."""
        return await self._stores.proposals.transition(
            proposal_id, revision, State.SNOOZED, by=by, at=at, snoozed_until=until
        )

    async def take(self, proposal_id: str, revision: int, *, by: str, at: datetime) -> Proposal:
        """ "I'm on it": only for what asks for attention."""
        return await self._stores.proposals.transition(proposal_id, revision, State.TAKEN, by=by, at=at)

    async def reopen(self, proposal_id: str, revision: int, *, by: str, at: datetime) -> Proposal:
        """Takes back Reject, Later or "I'm on it": pending again, and no longer on hold."""
        moved = await self._stores.proposals.transition(proposal_id, revision, State.PENDING, by=by, at=at)
        for hold in await self._stores.holds.active():
            if hold.model_id is None and hold.fingerprint == moved.fingerprint:
                await self._stores.holds.release(hold.id, by, at)
        await self._stores.status.write(entries_for(moved, Status.PENDING), at)
        return moved

    async def release(self, hold_id: str, *, by: str, at: datetime) -> Hold:
        """Ends a hold; a situation that was rejected is put to people again."""
        hold = await self._stores.holds.release(hold_id, by, at)
        rejected = await self._stores.proposals.by_fingerprint(hold.fingerprint) if hold.fingerprint else None
        if rejected is not None and rejected.state == State.REJECTED:
            await self.reopen(rejected.id, rejected.revision, by=by, at=at)
        return hold


def _hold_on_situation(proposal: Proposal, by: str, at: datetime, reason: str) -> HoldDraft:
    return HoldDraft(
        provider=proposal.provider,
        fingerprint=proposal.fingerprint,
        kind=proposal.kind,
        by=by,
        at=at,
        reason=reason,
        origin=Origin.REJECTED,
    )
