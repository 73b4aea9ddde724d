"""What a run found becomes proposals; the platform's status says so, and shadow keeps what it would do."""

from operator_core.domain.mode import Mode
from operator_core.domain.proposals import State
from operator_core.domain.runs import Run
from operator_core.policy.reconcile import Published
from operator_core.store.records.modes import Modes


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
