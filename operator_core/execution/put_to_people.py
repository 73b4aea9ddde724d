"""What a run found becomes proposals; the platform's status says so, and shadow keeps what it would do."""

from operator_core.domain.mode import Mode
from operator_core.domain.proposals import Proposal, State
from operator_core.domain.runs import Run
from operator_core.policy.reconcile import Published, asked_from_now, reaction
from operator_core.store.records.modes import Modes
from operator_core.store.stores import Stores

NEWEST = "R-now.999999999"
"""A run that isn't recorded has no number: it saw what all others did, and more."""


async def put_to_people(run: Run, modes: Modes) -> Published:
    """What it did to the proposals. A run that judged nothing does nothing to them, and one that a later run
    overtook keeps nothing."""
    stores = modes.stores
    if await stores.runs.overtaken(run):
        return Published()
    await stores.memory.remember_verdicts(run.to_remember)
    if run.runner_down or not run.models:
        return Published()
    holds = await stores.holds.active()
    published = await stores.proposals.publish(
        run.drafts, sight=run.sight, holds=holds, now=run.started_at, run_id=run.id
    )
    asked = [proposal for proposal in published.told if proposal.state == State.PENDING]
    await stores.status.suggest(asked, run.started_at)
    await stores.status.clear(published.cleared, run.started_at)
    if (await modes.in_force()).mode == Mode.SHADOW:
        await modes.record(asked, run.started_at)
    return published


async def foreseen(stores: Stores, run: Run) -> tuple[Proposal, ...]:
    """The open proposals as a run would leave them, for who may only read; new ones have no number yet."""
    standing, now = await stores.proposals.open(), run.started_at
    asked, gone = asked_from_now(standing, run.drafts, run.sight, await stores.holds.active())
    left = {proposal.fingerprint: proposal for proposal in standing if proposal not in gone}
    for draft in asked if run.models and not run.runner_down else ():
        before = left.get(draft.fingerprint)
        made = {"id": f"new-{len(left) + 1}", "created_at": now, "updated_at": now, "run_id": run.id}
        after = reaction(before, draft, now, NEWEST) or before if before else None
        left[draft.fingerprint] = after or Proposal(**draft.asked, **made)
    return tuple(left.values())
