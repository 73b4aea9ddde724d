"""What a run's new evidence does to a proposal that is open already. Pure; the store of proposals asks it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import Route
from operator_core.domain.holds import Hold, hold_on, hold_over
from operator_core.domain.proposals import (
    POLICY,
    WAITING_STATES,
    Draft,
    Member,
    Proposal,
    ProposalAction,
    State,
    Transition,
    revised,
    what_people_judge,
)
from operator_core.domain.runs import Sight, run_number
from operator_core.domain.situations import Scope

ASKED_ANEW = frozenset({State.CONFLICTED, State.FAILED})
"""A look at the newest evidence is what these wait for."""


def reaction(proposal: Proposal, draft: Draft, now: datetime, run_id: str) -> Proposal | None:
    """How the open proposal with the draft's fingerprint is from now on: with the newer evidence, and maybe
    reopened. None where it is left alone: it is being carried out, or a later run wrote it."""
    if proposal.state == State.APPROVED or run_number(proposal.run_id) > run_number(run_id):
        return None
    newer = revised(proposal, draft, now, run_id)
    why = _why_reopened(proposal, draft, now)
    return _reopened(proposal, newer, why, now) if why else newer


def _why_reopened(proposal: Proposal, draft: Draft, now: datetime) -> str:
    other_in_kind = (proposal.action, proposal.kind) != (draft.action, draft.kind)
    if proposal.state in ASKED_ANEW:
        return "looked at again"
    if proposal.state in {State.REJECTED, State.TAKEN} and other_in_kind:
        return "the evidence changed in kind"
    if proposal.state == State.SNOOZED:
        if proposal.snoozed_until is not None and now >= proposal.snoozed_until:
            return "its date came"
        if what_people_judge(proposal) != what_people_judge(draft):
            return "the evidence changed"
    return ""


def _reopened(proposal: Proposal, newer: Proposal, why: str, now: datetime) -> Proposal:
    """Pending again. After a conflict or failure it is a new question, even with the same evidence."""
    least = proposal.revision + (proposal.state in ASKED_ANEW)
    transition = Transition(source=proposal.state, target=State.PENDING, by=POLICY, at=now, reason=why)
    return newer.model_copy(
        update={
            "state": State.PENDING,
            "revision": max(newer.revision, least),
            "snoozed_until": None,
            "approved": (),
            "moves": (*proposal.moves, transition),
        }
    )


def without_held_members(draft: Draft, holds: Collection[Hold]) -> Draft | None:
    """The draft without what people put on hold while the run was under way; None when nothing is left."""
    left = tuple(m for m in draft.members if not hold_over(m.ref, draft.kind, draft.fingerprint, holds))
    return draft.model_copy(update={"members": left}) if left else None


def asked_from_now(
    standing: Sequence[Proposal], drafts: Sequence[Draft], sight: Sight, holds: Collection[Hold]
) -> tuple[tuple[Draft, ...], tuple[Proposal, ...]]:
    """What a run asks, as drafts; and the open proposals whose evidence went away.

    Drafts go without what is on hold, and with the open proposals' members that faded from sight; so do
    proposals of which some members faded. Else it must have been seen of each member what became of it; a
    provider's outage or silence hides what was there before, and a model that doesn't run any more shows
    nothing at all. What was put on hold goes too: nobody is asked about it. Unless the proposal waits as
    rejected, snoozed or taken.
    """
    drawn_up = {draft.fingerprint for draft in drafts}
    named = {member.ref for draft in drafts for member in draft.members}
    free = (without_held_members(draft, holds) for draft in drafts)
    asked = {draft.fingerprint: draft for draft in free if draft is not None}
    faded, gone = list[Draft](), list[Proposal]()
    for proposal in standing:
        fingerprint, waits = proposal.fingerprint, proposal.state in WAITING_STATES
        over = sight.looked_at if proposal.finding else sight.saw_since
        apart = proposal.finding and bool(sight.limited_to)  # other providers' models may have a part in it
        unseen = [m for m in proposal.members if m.ref not in named and (apart or not over(m))]
        free_now = [m for m in unseen if m.ref not in sight.held]
        unheld = [m for m in free_now if not hold_on(m.ref, proposal.kind, fingerprint, holds)]
        if draft := asked.get(fingerprint):
            asked[fingerprint] = _joined(draft, unheld, sight)
        elif (waits or fingerprint not in drawn_up) and _shown(proposal, drafts):
            left = unheld if waits else unseen
            if not left:
                gone.append(proposal)
            elif (rest := last_seen(proposal, left, sight)).members != proposal.members:
                faded.append(rest)
    return (*asked.values(), *faded), tuple(gone)


def last_seen(proposal: Proposal, members: Sequence[Member], sight: Sight) -> Draft:
    """What is still asked of a proposal when only these members' evidence stands, seen long ago."""
    return _joined(proposal.model_copy(update={"members": ()}), members, sight)


def _joined(draft: Draft, faded: Sequence[Member], sight: Sight) -> Draft:
    """The draft with members whose last evidence is all there is; policy does nothing about them alone."""
    kept = [_as_last_seen(member, sight) for member in faded]
    return Draft(**draft.asked | {"members": (*draft.members, *kept)})


def _as_last_seen(member: Member, sight: Sight) -> Member:
    if not sight.aged_out(member):
        return member
    unseen: dict[str, object] = {"unseen_days": sight.window_days}
    if member.route == Route.AUTO or member.alone:
        gate = f"it had no runs within the last {sight.window_days} days"
        unseen |= {"route": Route.ASK, "gate": gate, "alone": False}
    return member.model_copy(update=unseen)


def _shown(proposal: Proposal, drafts: Sequence[Draft]) -> bool:
    """A run told of it, it isn't being carried out, and nothing that these drafts tell of hides it."""
    if (proposal.scope is None and not proposal.finding) or proposal.state == State.APPROVED:
        return False
    of_provider = [draft for draft in drafts if draft.provider == proposal.provider]
    silences = [draft for draft in of_provider if draft.scope == Scope.SILENCE]
    silent = {member.ref for draft in silences for member in draft.members}
    if proposal.scope == Scope.PATTERN and any(draft.scope == Scope.PROVIDER for draft in of_provider):
        return False
    hidden = any(draft.following for draft in silences) or not silent.isdisjoint(proposal.refs)
    return not (proposal.scope in {Scope.PATTERN, Scope.PROVIDER} and hidden)


def carry_over(proposal: Proposal, undone: Mapping[ModelRef, str]) -> Draft | None:
    """What an approval left open: to be put to people at once.

    That is `undone`: what was approved and not done, each with what stood in the way; what policy may not do
    by itself, what a person wasn't asked about, and the additions that they didn't pick. None when nothing is
    left: what a person unticked is on hold.
    """
    approval = next((move for move in reversed(proposal.moves) if move.target == State.APPROVED), None)
    adds = proposal.action == ProposalAction.ADD
    unsaid = approval is not None and (approval.by == POLICY or approval.rest_waits or adds)
    left = [
        member.model_copy(update={"route": Route.ASK, "gate": gate} if gate else {})
        for member in proposal.members
        if (gate := undone.get(member.ref)) or (unsaid and member.ref not in proposal.approved)
    ]
    if not left:
        return None
    enabled = max(0, proposal.provider_enabled - len(frozenset(proposal.approved) - undone.keys()))
    return Draft(**proposal.asked | {"members": tuple(left), "provider_enabled": enabled})


class Published(Frozen):
    """What a run's drafts did to the proposals."""

    told: tuple[Proposal, ...] = ()
    """The open ones that say what this run found, whether anybody is asked anew or not."""
    cleared: tuple[Proposal, ...] = ()
