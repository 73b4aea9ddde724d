"""What a run's new evidence does to a proposal that is open already. Pure; the store of proposals asks it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import Route
from operator_core.domain.holds import Hold, hold_on
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
    situation_of,
    what_people_judge,
)
from operator_core.domain.runs import run_number
from operator_core.domain.sight import Sight
from operator_core.domain.situations import Scope


class Effect(StrEnum):
    """What became of one draft."""

    NEW = "new"
    REVISED = "revised"
    """In place; its revision rose."""
    UNCHANGED = "unchanged"
    """Counts and times moved, nothing that people must judge."""
    REOPENED = "reopened"
    LEFT = "left"
    """Approved: it is being carried out. Or a later run wrote it."""


ASKED_ANEW = frozenset({State.CONFLICTED, State.FAILED})
"""A look at the newest evidence is what these wait for."""


def reaction(proposal: Proposal, draft: Draft, now: datetime, run_id: str) -> tuple[Effect, Proposal]:
    """What the draft means for the open proposal with the same fingerprint, and how that is from now on."""
    if proposal.state == State.APPROVED or run_number(proposal.run_id) > run_number(run_id):
        return Effect.LEFT, proposal
    newer = revised(proposal, draft, now, run_id)
    why = _why_reopened(proposal, draft, now)
    if why:
        return Effect.REOPENED, _reopened(proposal, newer, why, now)
    rose = newer.revision > proposal.revision
    return Effect.REVISED if rose else Effect.UNCHANGED, newer


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
    situation = situation_of(draft.fingerprint)
    if any(hold.model_id is None and hold.fingerprint == situation for hold in holds):
        return None
    left = tuple(member for member in draft.members if not _on_hold(draft, member.ref, holds))
    return draft.model_copy(update={"members": left}) if left else None


def asked_now(
    standing: Sequence[Proposal], drafts: Sequence[Draft], sight: Sight, holds: Collection[Hold]
) -> tuple[Draft, ...]:
    """The drafts without what is on hold, and with the open proposals' members that faded from sight."""
    by_fingerprint = {proposal.fingerprint: proposal for proposal in standing}
    named = _named(drafts)
    asked = [free for draft in drafts if (free := without_held_members(draft, holds)) is not None]
    return tuple(
        draft
        if (before := by_fingerprint.get(draft.fingerprint)) is None
        else _joined(
            draft,
            [
                member
                for member in before.members
                if member.ref not in named
                and not sight.saw_since(member)
                and member.ref not in sight.held
                and not _on_hold(before, member.ref, holds)
            ],
            sight,
        )
        for draft in asked
    )


def cleared(
    standing: Sequence[Proposal], drafts: Sequence[Draft], sight: Sight, holds: Collection[Hold]
) -> tuple[tuple[Proposal, ...], tuple[Draft, ...]]:
    """The open proposals whose evidence went away; and, as drafts, the rest of those that faded from sight.

    Of each member it must have been seen what became of it; a provider's outage or silence hides what was
    there before, and a model that doesn't run any more shows nothing at all.
    What was put on hold goes too: nobody is asked about it. Unless it waits as rejected, snoozed or taken.
    """
    named = _named(drafts)
    gone: list[Proposal] = []
    faded: list[Draft] = []
    for proposal in _without_draft(standing, drafts, holds):
        resolved = proposal.state in WAITING_STATES
        left = [
            member
            for member in proposal.members
            if not (sight.saw_since(member) or member.ref in named)
            and not (resolved and _on_hold(proposal, member.ref, holds))
        ]
        if not left:
            gone.append(proposal)
        elif (rest := last_seen(proposal, left, sight)).members != proposal.members:
            faded.append(rest)
    return tuple(gone), tuple(faded)


def _without_draft(
    standing: Sequence[Proposal], drafts: Sequence[Draft], holds: Collection[Hold]
) -> Iterator[Proposal]:
    """Those of situations that this run did not ask about, and that nothing hides."""
    drawn_up = {draft.fingerprint for draft in drafts}
    asked = {draft.fingerprint for draft in drafts if without_held_members(draft, holds) is not None}
    for proposal in standing:
        names = asked if proposal.state in WAITING_STATES else drawn_up
        of_situation = proposal.scope is not None and proposal.state != State.APPROVED
        if of_situation and proposal.fingerprint not in names and not _hidden(proposal, drafts):
            yield proposal


def _named(drafts: Sequence[Draft]) -> frozenset[ModelRef]:
    """The models whose trouble a run tells of."""
    return frozenset(member.ref for draft in drafts for member in draft.members)


def last_seen(proposal: Proposal, members: Sequence[Member], sight: Sight) -> Draft:
    """What is still asked of a proposal when only these members' evidence stands, seen long ago."""
    return _joined(proposal.model_copy(update={"members": ()}), members, sight)


def _joined(draft: Draft, faded: Sequence[Member], sight: Sight) -> Draft:
    """The draft with members whose last evidence is all there is; policy does nothing about them alone."""
    kept = [_as_last_seen(member, sight) for member in faded]
    return Draft(**draft.asked | {"members": (*draft.members, *kept)})


def _as_last_seen(member: Member, sight: Sight) -> Member:
    if not sight.aged_out(member.ref):
        return member
    unseen: dict[str, object] = {"unseen_days": sight.window_days}
    if member.route == Route.AUTO or member.alone:
        gate = f"it had no runs within the last {sight.window_days} days"
        unseen |= {"route": Route.ASK, "gate": gate, "alone": False}
    return member.model_copy(update=unseen)


def _hidden(proposal: Proposal, drafts: Sequence[Draft]) -> bool:
    of_provider = [draft for draft in drafts if draft.provider == proposal.provider]
    silences = [draft for draft in of_provider if draft.scope == Scope.SILENCE]
    silent = {member.ref for draft in silences for member in draft.members}
    if proposal.scope == Scope.PATTERN and any(draft.scope == Scope.PROVIDER for draft in of_provider):
        return True
    hidden = any(draft.following for draft in silences) or not silent.isdisjoint(proposal.refs)
    return proposal.scope in {Scope.PATTERN, Scope.PROVIDER} and hidden


def _on_hold(proposal: Draft, ref: ModelRef, holds: Collection[Hold]) -> bool:
    return proposal.kind is not None and hold_on(ref, proposal.kind, holds) is not None


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

    new: tuple[Proposal, ...] = ()
    revised: tuple[Proposal, ...] = ()
    """Open ones whose revision rose."""
    unchanged: tuple[Proposal, ...] = ()
    cleared: tuple[Proposal, ...] = ()
    reopened: tuple[Proposal, ...] = ()
    """Pending again: a snooze that ended, a conflict looked at again, evidence that changed in kind."""
