"""What dead processes left is finished by others, who look again before they change anything.

What had landed stays, and is recorded. Against the rest all may speak that has happened since: evidence,
holds, the pause, and the gates where policy approved it.
"""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta

from operator_core.domain.changes import LANDED, Result, landed_late, not_as_left, result_when_landed
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import POLICY, Proposal, State
from operator_core.errors import LeaseLost
from operator_core.execution.aftermath import settle_late_write
from operator_core.execution.batches import Batches, Execution
from operator_core.execution.plan import approval_of
from operator_core.store.mongo import Document
from operator_core.text.masking import in_words

LATE = timedelta(days=1)
"""How long after a batch that changed hands a write of its first owner is looked for."""


async def recover(batches: Batches) -> tuple[Execution, ...]:
    """Finishes open entries, and approved proposals without one, whose lease has expired.

    And says what late writes did to entries that were taken over and closed. Each by itself: what can't be
    finished is named in the notes, and the others go on.
    """
    stores, now = batches.stores, batches.now()
    abandoned = await stores.journal.abandoned(now)
    finished = [await _alone(batches, one.id, _taken_over(batches, one)) for one in abandoned]
    unbegun = await stores.proposals.approved_before(now - batches.leases.entry)
    finished += [await _alone(batches, one.id, _carried_out_if_not_begun(batches, one)) for one in unbegun]
    done = [execution for execution in finished if execution is not None]
    return (*done, *await _late_writes(batches))


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
    """What speaks against the rest is looked up first: nothing slow is done while the lease is ours."""
    if entry.undo_of is not None or all(change.result != Result.PENDING for change in entry.changes):
        return await batches.finish(await _ours(batches, entry))
    looked = await batches.look_again(entry)
    ours = await batches.leave_alone(await _ours(batches, entry), looked)
    return await batches.finish(ours, looked)


async def _ours(batches: Batches, entry: JournalEntry) -> JournalEntry:
    """Taken over, and with what had landed already: a change made before the crash that kept its result from
    the journal, or what somebody else did meanwhile."""
    journal, lease = batches.stores.journal, batches.leases.entry
    ours = await journal.take_over(entry.id, batches.owner, batches.now(), lease)
    for index, change in enumerate(ours.changes):
        if change.result != Result.PENDING:
            continue
        await batches.keep(ours)
        if await batches.models.landed(change):
            ours = await journal.record(ours, index, *result_when_landed(change))
    return ours


async def _carried_out_if_not_begun(batches: Batches, proposal: Proposal) -> Execution | None:
    entry = await batches.stores.journal.find(proposal.journal_ids[-1])
    if entry is None:
        return await batches.carry_out(proposal, fence=2)
    approval = approval_of(proposal)
    if (entry.proposal_id, entry.by) != (proposal.id, approval.by) or entry.started_at < approval.at:
        fail, why = batches.stores.proposals.transition, f"not begun: {entry.id} names another batch already"
        await fail(proposal.id, proposal.revision, State.FAILED, by=POLICY, at=batches.now(), reason=why)
    return None


async def _late_writes(batches: Batches) -> list[Execution]:
    """What writes did that landed when their batch, or even its undo, was over: the journal says it now. Such
    a write had left its process before another took the batch over, and was long on its way."""
    corrected: list[Execution] = []
    for entry in await batches.stores.journal.changed_hands_since(batches.now() - LATE):
        documents = await batches.models.as_they_are(entry.changes)
        as_they_are = enumerate(zip(entry.changes, documents, strict=True))
        late = [index for index, (change, document) in as_they_are if landed_late(change, document)]
        stands = entry.standing and entry.undo_of is None
        told = await batches.stores.proposals.readable([entry.proposal_id] if stands else [])
        if not late and told and told[0].state == State.UNDONE:  # whoever corrected it came no further
            by_now = await batches.stores.journal.get(entry.id)  # it may be undone since it was read
            late = [index for index, change in enumerate(by_now.changes) if change.stands]
        if late and (ours := await _not_done_since(batches, entry, late)):
            corrected += await _corrected(batches, entry, {index: documents[index] for index in ours})
    return corrected


async def _not_done_since(batches: Batches, entry: JournalEntry, late: Sequence[int]) -> list[int]:
    """Those that no later batch made so."""
    later = await batches.stores.journal.since(entry.closed_at or entry.started_at)
    ids = [change.document_id for one in later if one.undo_of is None for change in one.standing]
    return [index for index in late if entry.changes[index].document_id not in ids]


async def _corrected(
    batches: Batches, entry: JournalEntry, late: Mapping[int, Document | None]
) -> list[Execution]:
    """The undos first: until the entry itself is corrected, the next tick finds all of it again."""
    journal, told = batches.stores.journal, dict[str, None]()
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
    await settle_late_write(batches.stores, stands, members, batches.now())
    proposal = await batches.stores.proposals.get(entry.proposal_id)
    return [Execution(entry=await journal.get(one), proposal=proposal) for one in told or [entry.id]]
