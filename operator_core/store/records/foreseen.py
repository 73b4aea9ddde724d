"""The proposals as a run would leave them, for who may only read: nothing of it is written."""

from operator_core.domain.proposals import WAITING_STATES, Proposal
from operator_core.domain.runs import Run
from operator_core.policy.reconcile import asked_from_now, reaction
from operator_core.store.records.proposals import Proposals
from operator_core.store.stores import Stores

NEWEST = "R-now.999999999"
"""A run that isn't recorded has no number: it saw what all others did, and more."""


class Foreseen(Proposals):
    """As they stand, with what the run found; new ones have no number yet."""

    def __init__(self, stores: Stores, run: Run) -> None:
        super().__init__(stores.database, stores.notes)
        self._stores, self._run = stores, run

    async def open(self) -> tuple[Proposal, ...]:
        run, standing = self._run, await super().open()
        asked, gone = asked_from_now(standing, run.drafts, run.sight, await self._stores.holds.active())
        left = {proposal.fingerprint: proposal for proposal in standing if proposal not in gone}
        for draft in asked if run.models and not run.runner_down else ():
            before = left.get(draft.fingerprint)
            made = {"id": f"new-{len(left) + 1}", "created_at": run.started_at, "updated_at": run.started_at}
            after = reaction(before, draft, run.started_at, NEWEST) or before if before else None
            left[draft.fingerprint] = after or Proposal(**draft.asked, **made, run_id=run.id)
        return tuple(left.values())

    async def waiting(self) -> tuple[Proposal, ...]:
        return tuple(one for one in await self.open() if one.state in WAITING_STATES)
