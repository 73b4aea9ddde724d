"""What dead processes left is finished by others, who look again before they change anything.

What had landed stays, and is recorded. Against the rest all may speak that has happened since: evidence,
holds, the pause, and the gates where policy approved it.
"""

from collections.abc import Awaitable

from operator_core.domain.changes import Result
from operator_core.domain.journal import LEASE, JournalEntry
from operator_core.domain.proposals import Proposal
from operator_core.errors import LeaseLost
from operator_core.execution.batches import Batches, Execution
from operator_core.execution.plan import unless_objected
from operator_core.text.masking import in_words


async def recover(batches: Batches) -> tuple[Execution, ...]:
    """Finishes open entries, and approved proposals without one, whose lease has expired.

    Each by itself: what can't be finished is named in the notes, and the others go on.
    """
    stores, now = batches.stores, batches.now()
    finished = [
        await _alone(batches, entry.id, _taken_over(batches, entry))
        for entry in await stores.journal.abandoned(now)
    ]
    finished += [
        await _alone(batches, proposal.id, _carried_out_if_not_begun(batches, proposal))
        for proposal in await stores.proposals.approved_before(now - LEASE)
    ]
    return tuple(execution for execution in finished if execution is not None)


async def _alone(batches: Batches, name: str, attempt: Awaitable[Execution | None]) -> Execution | None:
    notes = batches.stores.notes
    try:
        execution = await attempt
    except LeaseLost:  # somebody else was faster
        return None
    except Exception as error:  # noqa: BLE001 – whatever it is, it concerns this one alone
        notes.add("unfinished work", name, f"could not be finished: {in_words(error)}")
        return None
    notes.settled("unfinished work", name)
    return execution


async def _taken_over(batches: Batches, entry: JournalEntry) -> Execution:
    ours = await batches.stores.journal.take_over(entry.id, batches.owner, batches.now())
    return await _go_on(batches, ours)


async def _carried_out_if_not_begun(batches: Batches, proposal: Proposal) -> Execution | None:
    if await batches.stores.journal.find(proposal.journal_ids[-1]) is not None:
        return None
    return await batches.carry_out(proposal, await batches.objections(proposal, taken_over=True))


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
