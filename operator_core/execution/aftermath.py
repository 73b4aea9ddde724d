"""What follows from a batch's results: the platform's status, holds, the proposal's next state; from a run's;
and from somebody's enabling again, without us, what we disabled: their word becomes a hold, noticed once.

Each step can be repeated without harm, because a crash may come between any two.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from datetime import datetime

from operator_core.domain.base import EVER, ModelRef
from operator_core.domain.changes import LANDED, Op, Result, state_after
from operator_core.domain.holds import SOMEBODY_OUTSIDE, HoldDraft, Origin
from operator_core.domain.journal import JournalEntry
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import DISABLING, POLICY, Proposal, ProposalAction, State
from operator_core.domain.runs import Run
from operator_core.errors import NotFound, StaleProposal, Unreadable
from operator_core.execution.plan import approval_of
from operator_core.policy.reconcile import (
    Published,
    asked_from_now,
    carry_over,
    reaction,
    without_held_members,
)
from operator_core.store.mongo import comparable
from operator_core.store.platform.model_status import Status
from operator_core.store.platform.rows import ref_in
from operator_core.store.records.modes import Modes
from operator_core.store.stores import Stores

STOPPED = "stopped by a pause"


async def settle_execution(stores: Stores, entry: JournalEntry, now: datetime) -> AsyncIterator[str]:
    """After an approval was carried out; yields the name of each step once it is done."""
    proposal = await stores.proposals.get(entry.proposal_id)
    await stores.status.write(proposal, _statuses(proposal, entry), entry.started_at)
    yield "reported"
    for hold in _holds_after(proposal, entry):
        await stores.holds.add(hold)
    yield "held"
    if proposal.state == State.APPROVED:
        proposal = await stores.proposals.transition(
            proposal.id, proposal.revision, state_after(entry.changes), by=entry.by, at=now, read=proposal
        )
    undone = _not_done(entry)
    conflicted = proposal.state == State.CONFLICTED and (entry.automatic or undone)
    if conflicted or proposal.state in {State.EXECUTED, State.PARTLY}:
        rest = carry_over(proposal, undone)
        if rest and (free := without_held_members(rest, await stores.holds.active())):
            asked = await stores.proposals.put(free, now=now, run_id=proposal.run_id)
            await stores.status.suggest([asked], entry.started_at)
    yield "moved"


def _not_done(entry: JournalEntry) -> dict[ModelRef, str]:
    """What was approved and is asked again at once, with what stood in the way: a gate at policy's act, a
    pause; for additions MongoDB's refusal. Not holds, conflicts or refused switches: they stay so."""
    skipped = [o for o in entry.outcomes if o.result == Result.SKIPPED]
    refused = [o for o in entry.outcomes if o.result == Result.FAILED and entry.action == ProposalAction.ADD]
    left = [*refused, *(o for o in skipped if entry.automatic or STOPPED in o.detail)]
    return {one.ref: one.detail for one in left}


async def settle_undo(stores: Stores, entry: JournalEntry, now: datetime) -> AsyncIterator[str]:
    """After an undo: the original says what was taken back, and people's word holds it."""
    proposal = await stores.proposals.get(entry.proposal_id)
    back = [c for c in entry.changes if c.result in LANDED and c.undoes is not None]
    refs = tuple(dict.fromkeys(change.member for change in back))
    await stores.journal.mark_undone(
        str(entry.undo_of), [c.undoes for c in back if c.undoes is not None], entry.id
    )
    await stores.status.write(proposal, dict.fromkeys(refs, Status.REJECTED), entry.started_at)
    yield "reported"
    for ref in refs:
        await stores.holds.add(_hold(proposal, ref, entry, Origin.UNDID))
    yield "held"
    entries = await stores.journal.of_proposal(proposal.id)
    stands = any(one.standing for one in entries if one.undo_of is None)
    if not stands and proposal.state in {State.EXECUTED, State.PARTLY}:
        with suppress(StaleProposal):  # an undo of its other models, or this one before a crash, was the last
            await stores.proposals.transition(
                proposal.id, proposal.revision, State.UNDONE, by=entry.by, at=now, reason=entry.reason
            )
    await stores.proposals.draw_again(proposal.id)
    yield "moved"


async def settle_late_write(
    stores: Stores, entry: JournalEntry, refs: Collection[ModelRef], now: datetime
) -> None:
    """After changes of these members turned out to stand: the platform is told, and they can be undone."""
    proposal = await stores.proposals.get(entry.proposal_id)
    said = {ref: status for ref, status in _statuses(proposal, entry).items() if ref in refs}
    await stores.status.write(proposal, said, entry.started_at)
    if proposal.state == State.UNDONE:
        with suppress(StaleProposal):  # another replica says it too
            await stores.proposals.transition(
                proposal.id, proposal.revision, State.PARTLY, by=POLICY, at=now, reason="a write came late"
            )
    await stores.proposals.draw_again(proposal.id)


def _statuses(proposal: Proposal, entry: JournalEntry) -> dict[ModelRef, Status]:
    done = Status.AUTO_EXECUTED if entry.automatic else Status.APPROVED
    tried = {one.ref: done if one.result in LANDED else Status.FAILED for one in entry.outcomes}
    return tried | dict.fromkeys(_left_out(proposal, entry), Status.REJECTED)


def _holds_after(proposal: Proposal, entry: JournalEntry) -> list[HoldDraft]:
    """What a person left out stays as it is; what a person enabled stays enabled."""
    unticked = [_hold(proposal, ref, entry, Origin.UNTICKED) for ref in _left_out(proposal, entry)]
    if proposal.action != ProposalAction.ENABLE or entry.automatic:
        return unticked
    landed = (outcome.ref for outcome in entry.outcomes if outcome.result in LANDED)
    return [_hold(proposal, ref, entry, Origin.REENABLED) for ref in landed]


def _left_out(proposal: Proposal, entry: JournalEntry) -> list[ModelRef]:
    """What a person said no to by approving the others."""
    if entry.automatic or approval_of(proposal).rest_waits or proposal.action not in DISABLING:
        return []
    return [ref for ref in proposal.refs if ref not in proposal.approved]


def _hold(proposal: Proposal, ref: ModelRef, entry: JournalEntry, origin: Origin) -> HoldDraft:
    said = entry.model_dump(include={"by", "reason", "proposal_id"})
    return HoldDraft.on(ref, kind=proposal.kind, at=entry.started_at, origin=origin, **said)


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


Off = tuple[JournalEntry, int]
"""A change of ours that switched a model off and stands: its entry, and its position there."""


async def notice_reenabled(stores: Stores, now: datetime) -> tuple[ModelRef, ...]:
    """Holds them, for a run's beginning; which they are. Raises StoreUnavailable."""
    off = _left_off(await stores.journal.since(EVER))
    last = [entry.changes[position] for *_, (entry, position) in off]
    ids, names = [one.document_id for one in last], [one.ref.model_id for one in last]
    where = {"$or": [{"_id": {"$in": ids}}, {"model_id": {"$in": names}}]}
    documents = await stores.models.find(where, {"provider": 1, "model_id": 1, "enabled": 1}).to_list()
    enabled = {comparable(one["_id"]): one.get("enabled") is True for one in documents}
    anew = {ref_in(one) for one in documents if one.get("enabled") is True}
    on_again = [n for n, c in enumerate(last) if enabled.get(comparable(c.document_id), c.ref in anew)]
    for position in on_again:
        await _hold_for_others(stores, off[position], now)
    return tuple(last[position].ref for position in on_again)


def _left_off(entries: Sequence[JournalEntry]) -> list[list[Off]]:
    """For each document the changes that switched it off, the oldest first, if ours is the last word on it.
    An enable, addition or undo of ours, done or under way, ends what was before it: no stranger did that."""
    off: dict[ModelRef, dict[bytes, list[Off]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        for position, change in enumerate(entry.changes):
            says = change.after.values.get("enabled")
            if says is True and (change.result in LANDED or not entry.closed):
                off.pop(change.ref, None)
            elif says is False and change.stands and change.op == Op.SET and entry.closed:
                off[change.ref][comparable(change.document_id)].append((entry, position))
    return [changes for documents in off.values() for changes in documents.values()]


async def _hold_for_others(stores: Stores, off: Sequence[Off], now: datetime) -> None:
    """One word, about what was done last; all that it took back is marked so, as after an undo."""
    latest, last = off[-1]
    ref, kind = latest.changes[last].ref, None  # whatever the kind, where that can't be told
    try:
        proposal = await stores.proposals.get(latest.proposal_id)
        kind = proposal.kind
        await stores.status.write(proposal, {ref: Status.REJECTED}, now)
    except (NotFound, Unreadable) as error:
        await stores.status.restate(ref, latest.proposal_id, Status.REJECTED, now)
        stores.notes.add("model_status", latest.proposal_id, f"called rejected, held for any cause: {error}")
    hold = HoldDraft.on(
        ref,
        kind=kind,
        by=SOMEBODY_OUTSIDE,
        at=now,
        origin=Origin.REENABLED,
        reason=f"enabled again after {latest.id}",
        proposal_id=latest.proposal_id,
    )
    await stores.holds.add(hold)
    for entry, position in off:
        await stores.journal.mark_undone(entry.id, [position], "outside")
