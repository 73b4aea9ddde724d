"""What dead processes left is finished by others, who look again before they change anything.

What had landed stays, and is recorded. Against the rest all may speak that has happened since: evidence,
holds, the pause, and the gates where policy approved it.
"""

from contextlib import suppress

from operator_core.domain.changes import Result
from operator_core.domain.journal import LEASE, JournalEntry
from operator_core.errors import LeaseLost
from operator_core.execution.batches import Batches, Execution
from operator_core.execution.plan import unless_objected


async def recover(batches: Batches) -> tuple[Execution, ...]:
    """Finishes open entries, and approved proposals without one, whose lease has expired."""
    stores, now = batches.stores, batches.now()
    finished: list[Execution] = []
    for entry in await stores.journal.abandoned(now):
        with suppress(LeaseLost):  # somebody else was faster
            ours = await stores.journal.take_over(entry.id, batches.owner, now)
            finished.append(await _go_on(batches, ours))
    for proposal in await stores.proposals.approved_before(now - LEASE):
        with suppress(LeaseLost):
            if await stores.journal.find(proposal.journal_ids[-1]) is None:
                objections = await batches.objections(proposal, taken_over=True)
                finished.append(await batches.carry_out(proposal, objections))
    return tuple(finished)


async def _go_on(batches: Batches, entry: JournalEntry) -> Execution:
    entry = await _with_what_landed(batches, entry)
    if entry.undo_of is None and any(change.result == Result.PENDING for change in entry.changes):
        entry = await _without_what_no_longer_holds(batches, entry)
    return await batches.finish(entry)


async def _with_what_landed(batches: Batches, entry: JournalEntry) -> JournalEntry:
    """Changes that were made before the crash that kept their result from the journal."""
    for index, change in enumerate(entry.changes):
        if change.result == Result.PENDING and await batches.models.landed(change):
            entry = await batches.stores.journal.record(entry, index, Result.DONE, "")
    return entry


async def _without_what_no_longer_holds(batches: Batches, entry: JournalEntry) -> JournalEntry:
    proposal = await batches.stores.proposals.get(entry.proposal_id)
    objections = await batches.objections(proposal, taken_over=True)
    for index, change in enumerate(entry.changes):
        left = unless_objected(change, objections)
        if left.result != change.result:
            entry = await batches.stores.journal.record(entry, index, left.result, left.detail)
    return entry
