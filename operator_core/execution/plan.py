"""What was approved → the changes that carry it out, each with its before-image. Pure.

Before them: which evidence is no more what people read. A model that answers again, or that now fails for
another reason, is left alone, and the card says so.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from operator_core.diagnosis.findings import no_longer_so
from operator_core.diagnosis.outages import latest_failure
from operator_core.diagnosis.triage import deciding_cause
from operator_core.domain.base import Frozen, ModelRef, is_set
from operator_core.domain.changes import OUTSIDE, Change, Image, Op, Result, already
from operator_core.domain.holds import ON_NEW_MODELS, Hold
from operator_core.domain.proposals import (
    DISABLING,
    Member,
    Proposal,
    ProposalAction,
    State,
    Transition,
    situation_of,
)
from operator_core.domain.signals import Facts, Signals
from operator_core.domain.situations import Scope
from operator_core.words import duration

Document = Mapping[str, object]
Documents = Mapping[ModelRef, Sequence[Document]]
"""What `models` holds of each member; more than one where the platform has duplicates."""
NewId = Callable[[], object]

BASED_ON = ("provider", "model_id", "deprecated")
"""Fields that a switch relies on without writing them."""
DISABLED_FIELDS = ("disabled_reason", "disabled_at", "disabled_by")
REASON_LIMIT = 300
SIGNATURE = "ai-operator"


class Objections(Frozen):
    """What speaks against changing some members, whatever was approved."""

    against: Mapping[ModelRef, tuple[Result, str]] = {}
    """What becomes of them instead, and why."""
    gates_at: datetime | None = None
    """When policy's gates were looked at too; None where they were not."""
    gates_of: frozenset[ModelRef] = frozenset()
    """Of whom: nobody else passes them."""

    def passed(self, change: Change, now: datetime, lease: timedelta) -> bool:
        """Nothing speaks against it, the gates among it, and that was seen within a lease."""
        fresh = self.gates_at is not None and timedelta(0) <= now - self.gates_at < lease
        return fresh and change.member in self.gates_of and change.member not in self.against


def approval_of(proposal: Proposal) -> Transition:
    """Who approved it, when and why. The proposal has been approved."""
    return next(transition for transition in reversed(proposal.moves) if transition.target == State.APPROVED)


def unless_objected(change: Change, objections: Objections) -> Change:
    """The change as it is; or, where it has no result yet and something speaks against it, left alone."""
    if change.result != Result.PENDING or change.member not in objections.against:
        return change
    return change.with_result(*objections.against[change.member])


def held_by_people(proposal: Proposal, holds: Collection[Hold]) -> list[ModelRef]:
    """Approved members that somebody put on hold, but for holds that stood when a person approved it."""
    accepted = approval_of(proposal).accepted.holds
    binding = [hold for hold in holds if hold.id not in accepted]
    return [m.ref for m in proposal.members if any(_holds(hold, m, proposal) for hold in binding)]


def _holds(hold: Hold, member: Member, proposal: Proposal) -> bool:
    if hold.kind is not None and proposal.kind is not None and hold.kind != proposal.kind:
        return False
    if hold.model_id is None:
        return hold.fingerprint == situation_of(proposal.fingerprint)
    of_new_model = hold.origin in ON_NEW_MODELS and hold.model_id == member.openrouter_id
    return of_new_model or (hold.provider, hold.model_id) == (member.ref.provider, member.ref.model_id)


def plan(proposal: Proposal, documents: Documents, new_id: NewId) -> tuple[Change, ...]:
    """The changes for the approved members, in order. What can't be done is in it too, and says why."""
    changes: list[Change] = []
    for member in proposal.members:
        if member.ref in proposal.approved:
            changes += _for_member(member, proposal, documents[member.ref], new_id, len(changes))
    return tuple(changes)


def _for_member(
    member: Member, proposal: Proposal, documents: Sequence[Document], new_id: NewId, position: int
) -> list[Change]:
    if proposal.action == ProposalAction.ADD:
        return [_insert(member.ref, member, proposal, new_id())]
    switches = _switches(member, proposal, documents)
    if proposal.action != ProposalAction.RENAME or member.successor is None:
        return switches
    successor = ModelRef(provider=member.ref.provider, model_id=member.successor)
    added = _insert(successor, member, proposal, new_id())
    if any(change.result == Result.CONFLICT for change in switches):
        added = added.with_result(Result.SKIPPED, f"{member.ref.model_id} was left alone")
    return [added, *(change.model_copy(update={"needs": position}) for change in switches)]


def _switches(member: Member, proposal: Proposal, documents: Sequence[Document]) -> list[Change]:
    """One for each document of the model: where the platform has two, either would keep it running."""
    if not documents:
        detail = f"it is no longer in the catalogue, {OUTSIDE}"
        missing = Change(ref=member.ref, member=member.ref, op=Op.SET)
        return [missing.with_result(Result.CONFLICT, detail)]
    enabled = Image(values={"enabled": True}, absent=DISABLED_FIELDS)
    after = enabled if proposal.action == ProposalAction.ENABLE else _disabled(member, proposal)
    return [_switch(member, document, after) for document in documents]


def _switch(member: Member, document: Document, after: Image) -> Change:
    change = Change(
        ref=member.ref,
        member=member.ref,
        op=Op.SET,
        document_id=document["_id"],
        before=Image.taken(document, [*after.values, *after.absent]),
        based_on=Image.taken(document, BASED_ON),
        after=after,
    )
    if said := already(change, document):
        return change.with_result(Result.ALREADY, said)
    flagged = is_set(document.get("deprecated"))
    if flagged != member.deprecated:
        was, now = str(member.deprecated).lower(), str(flagged).lower()
        return change.with_result(Result.CONFLICT, f"deprecated: {was} → {now}, {OUTSIDE}")
    return change


def _disabled(member: Member, proposal: Proposal) -> Image:
    transition = approval_of(proposal)
    successor = {"successor_model": member.successor} if member.successor else {}
    return Image(
        values={
            "enabled": False,
            "disabled_reason": _reason(member, proposal, transition),
            "disabled_at": transition.at,
            "disabled_by": f"{SIGNATURE}:{transition.by}",
            **successor,
        }
    )


def _insert(ref: ModelRef, member: Member, proposal: Proposal, document_id: object) -> Change:
    transition = approval_of(proposal)
    renamed = "" if ref == member.ref else f"successor of {member.ref.model_id}"
    values: dict[str, object] = {
        "provider": ref.provider,
        "model_id": ref.model_id,
        "display_name": member.display_name or ref.model_id,
        "enabled": True,
        "deprecated": False,
        "created_at": transition.at,
        "origin": member.origin or renamed or SIGNATURE,
        "added_by": f"{SIGNATURE}:{transition.by}",
    }
    after = Image(values=values)
    return Change(ref=ref, member=member.ref, op=Op.INSERT, document_id=document_id, after=after)


def _reason(member: Member, proposal: Proposal, transition: Transition) -> str:
    """What the platform's `disabled_reason` says: short, of this model, and naming the proposal."""
    why = transition.reason or proposal.reasoning or "disabled by command"
    since = member.failing_since
    if since and proposal.kind and not transition.reason:  # how long would soon be wrong
        return f"{proposal.kind.traits.words} since {since:%Y-%m-%d} ({proposal.id})"
    kind = f"{proposal.kind}: " if proposal.kind else ""
    cut = why if len(why) <= REASON_LIMIT else f"{why[: REASON_LIMIT - 1]}…"
    return f"{kind}{cut} ({proposal.id})"


def evidence_changed(proposal: Proposal, facts: Facts) -> Mapping[ModelRef, str]:
    """The members whose evidence no longer holds, each with what changed in words."""
    if proposal.finding:
        return no_longer_so(proposal, facts)
    if proposal.action not in DISABLING or proposal.scope != Scope.PATTERN:
        return {}
    by_ref = {signals.ref: signals for signals in facts.signals}
    reasons = {ref: _moved(proposal, by_ref.get(ref), facts.now) for ref in proposal.refs}
    return {ref: why for ref, why in reasons.items() if why}


def _moved(proposal: Proposal, signals: Signals | None, now: datetime) -> str:
    if signals is None or not signals.listed:
        return "it is no longer in the catalogue"
    if not signals.failing and signals.last_success is not None:
        return f"it answered {duration(now - signals.last_success)} earlier"
    cause, _ = deciding_cause(signals.streak)
    if cause is not None and cause.kind != proposal.kind:
        latest = latest_failure(signals)
        return f"it now fails in another way: {latest.sample if latest else cause.kind}"[:200]
    return ""
