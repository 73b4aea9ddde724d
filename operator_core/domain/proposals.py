"""A proposal and its life: one situation (or one command, or one review) put to people or to policy."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from pydantic import Field

from operator_core.domain.base import Frozen, ModelRef, Spoken
from operator_core.domain.decisions import Route
from operator_core.domain.kinds import Evidence, Kind
from operator_core.domain.signals import LastResults
from operator_core.domain.situations import Scope


class ProposalAction(StrEnum):
    """What approving a proposal would do."""

    DISABLE = "disable"
    ENABLE = "enable"
    RENAME = "rename"
    """Add the successor, disable the old one; one journal entry."""
    MERGE = "merge"
    """One model in several spellings: keep one, its `successor`, disable the members."""
    ADD = "add"
    ATTEND = "attend"
    """Nothing to execute: somebody takes it."""


DISABLING = frozenset({ProposalAction.DISABLE, ProposalAction.RENAME, ProposalAction.MERGE})
"""Approving these switches a model off."""


class State(Spoken):
    """Where a proposal is in its life, and how its coming there is said; TRANSITIONS says what may follow."""

    DRAFT = "draft"
    """A command's, while its dialog is open: nobody is asked."""
    PENDING = "pending", "opened again"
    APPROVED = "approved", "approved"
    REJECTED = "rejected", "rejected"
    SNOOZED = "snoozed", "put off"
    TAKEN = "taken", "took it on"
    CLEARED = "cleared", "over"
    EXECUTED = "executed", "done"
    PARTLY = "partly", "done in part"
    CONFLICTED = "conflicted", "not done: something had changed"
    FAILED = "failed", "failed"
    UNDONE = "undone", "taken back"


OPEN_STATES = frozenset(State) - {State.DRAFT, State.CLEARED, State.EXECUTED, State.PARTLY, State.UNDONE}
"""A fingerprint has at most one proposal in these; a unique partial index sees to it."""

TRANSITIONS: dict[State, frozenset[State]] = {
    **dict.fromkeys(OPEN_STATES, frozenset({State.PENDING, State.CLEARED})),
    State.DRAFT: frozenset({State.PENDING}),
    State.PENDING: frozenset({State.APPROVED, State.REJECTED, State.SNOOZED, State.CLEARED, State.TAKEN}),
    State.APPROVED: frozenset({State.EXECUTED, State.PARTLY, State.CONFLICTED, State.FAILED}),
    State.EXECUTED: frozenset({State.UNDONE}),
    State.PARTLY: frozenset({State.UNDONE}),
    State.CLEARED: frozenset(),
    State.UNDONE: frozenset({State.PARTLY}),
}
"""All there are; each is made by one conditional update on state and revision."""

WAITING_STATES = frozenset({State.PENDING, State.CONFLICTED, State.FAILED})
"""Somebody has to look at these."""

DRAFT_KEPT = timedelta(hours=1)
"""A dialog that is submitted later changes nothing."""
REMEMBERED_REVISIONS = 5

POLICY = "policy"
"""The actor of what happens without a person."""

RENAMES = "-rename"
RETURNED = "returned-"
"""How the fingerprints begin of models that came back, which are enabled for one day."""
FINDINGS = ("spelling-", "unlisted-", "aggregator-")
"""How the fingerprints begin of what is found about the catalogue itself, by every run over all providers."""


def situation_of(fingerprint: str) -> str:
    """The situation that a proposal is about, as holds and memory name it: its renames are asked apart."""
    return fingerprint.removesuffix(RENAMES)


def contents_of(action: str, about: Iterable[Sequence[str]]) -> str:
    """What is done and to which models, as eight hexadecimal digits: numbers are given again after a drop."""
    return sha256(json.dumps([action, *sorted(map(list, about))]).encode()).hexdigest()[:8]


def may_transition(source: State, target: State, action: ProposalAction) -> bool:
    """Whether TRANSITIONS allows it. Only attend can be taken, and it can't be approved."""
    attend = action == ProposalAction.ATTEND
    return target in TRANSITIONS[source] and target != (State.APPROVED if attend else State.TAKEN)


class Member(LastResults):
    """One model of a proposal, with the evidence people were shown and the values it was based on."""

    ref: ModelRef
    route: Route = Route.ASK
    gate: str = ""
    """Why policy does not act by itself, in plain words; empty when route is auto, and in shadow."""
    alone: bool = False
    enabled: bool
    """`models.enabled` as read; the change is made only while it still says so."""
    deprecated: bool = False
    failures: int = 0
    failing_since: datetime | None = None
    sample: str = ""
    evidence: Evidence | None = None
    """How the kind is known, where it blames the model."""
    other_causes: tuple[str, ...] = ()
    """Further causes in its streak, a phrase each."""
    old: bool = False
    """It has failed for `min_failing_hours` or longer."""
    successor: str | None = None
    """The id to add (rename), or to record as `successor_model` (disable)."""
    elsewhere: int | None = None
    """Other providers that run the same model; None where that was not looked up."""
    still_offered: bool | None = None
    """The provider's own published list names it; None where no list is known."""
    display_name: str = ""
    origin: str = ""
    """For an addition: where the id comes from."""
    openrouter_id: str = ""
    """For an addition: the catalogue's model, on which "never" is held."""
    unseen_days: int | None = None
    """It had no runs within so many days: this evidence is the last there was."""

    @property
    def catalogue_name(self) -> str:
        """What is counted and named as one new model, whoever serves it."""
        return self.openrouter_id or str(self.ref)


class ShownIn(Frozen):
    """A Slack message that shows this proposal, and what it showed last."""

    channel: str
    ts: str
    revision: int
    state: State


class EarlierRevision(Frozen):
    """The members that an older revision had: what joined or left since can be told."""

    revision: int
    refs: tuple[ModelRef, ...]
    contents: str = ""
    """Empty where an older version kept it, whose buttons didn't say theirs either."""


class Accepted(Frozen):
    """What stood when a person approved nonetheless, read before: the pause by when it began. Whatever else
    stands came later: no two replicas' clocks are compared."""

    pause: datetime | None = None
    holds: tuple[str, ...] = ()


class Transition(Frozen):
    """One step of a proposal's life."""

    source: State
    target: State
    by: str
    """A Slack user id, `cli:<login name>`, or `policy`."""
    at: datetime
    reason: str = ""
    asked_in: str = ""
    """The Slack channel where a person asked; empty for a dialog, App Home or the command line."""
    accepted: Accepted = Accepted()
    rest_waits: bool = False
    """Of an approval: nothing was said about the members that were not approved."""
    right: bool = False
    """Of a rejection: to ask was right, and they are kept all the same."""


def gates_of(members: Iterable[Member]) -> tuple[str, ...]:
    """Which of them keep policy from acting alone, each once."""
    return tuple(dict.fromkeys(one.gate for one in members if one.gate))


class Draft(Frozen):
    """What a run, a command or a review would propose: a proposal before it has an id and a life."""

    fingerprint: str
    action: ProposalAction
    provider: str
    scope: Scope | None = None
    """None for commands and reviews."""
    kind: Kind | None = None
    pattern: str = ""
    members: tuple[Member, ...]
    confidence: float = 1.0
    reasoning: str = ""
    suggested_by: str
    """The LLM's name, `rules`, `triage`, `memory`, or the person who gave a command."""
    provider_enabled: int = 0
    """How many models of the provider were enabled when this was read."""
    following: int = 0
    """Further models that a proposal had no room for: they are proposed when these are done."""

    @property
    def finding(self) -> bool:
        """It is about the catalogue itself, and no situation's or command's."""
        return self.fingerprint.startswith(FINDINGS)

    @property
    def review(self) -> bool:
        """Of new models, whose providers differ: people pick."""
        return self.action == ProposalAction.ADD and not self.provider

    @property
    def asked(self) -> dict[str, Any]:
        """The fields of a draft, which a proposal has too."""
        return {name: getattr(self, name) for name in Draft.model_fields}

    @property
    def contents(self) -> str:
        """Action and members in short: what a button about this revision carries."""
        return self.contents_with(self.members)

    def contents_with(self, members: Iterable[Member]) -> str:
        """The contents, were these all of its members: what a dialog about some of them carries."""
        named = ((one.ref.provider, one.ref.model_id, one.successor or "") for one in members)
        return contents_of(self.action, named)


class Proposal(Draft):
    """What is put to people or to policy. `revision` rises when what they must judge changed."""

    id: str
    """P-412."""
    state: State = State.PENDING
    revision: int = Field(default=1, ge=1)
    run_id: str = ""
    created_at: datetime
    updated_at: datetime
    snoozed_until: datetime | None = None
    """None while snoozed means: until the evidence changes."""
    expires_at: datetime | None = None
    approved: tuple[ModelRef, ...] = ()
    """The members that were approved; the others were unticked, or left to people."""
    journal_ids: tuple[str, ...] = ()
    moves: tuple[Transition, ...] = ()
    drawn: tuple[ShownIn, ...] = ()
    earlier: tuple[EarlierRevision, ...] = ()
    """The latest older ones, oldest first."""

    @property
    def number(self) -> int:
        """Of its id: P-2 is older than P-10."""
        digits = self.id.removeprefix("P-")
        return int(digits) if digits.isdecimal() else 0

    @property
    def refs(self) -> tuple[ModelRef, ...]:
        return tuple(member.ref for member in self.members)

    def as_of(self, revision: int) -> EarlierRevision | None:
        """What that revision was about; None where it is too long ago, or never was."""
        now = EarlierRevision(revision=self.revision, refs=self.refs, contents=self.contents)
        return next((seen for seen in (now, *self.earlier) if seen.revision == revision), None)

    @property
    def last_transition(self) -> Transition | None:
        return self.moves[-1] if self.moves else None

    @property
    def automatic(self) -> tuple[Member, ...]:
        """The members that policy may change by itself."""
        return tuple(member for member in self.members if member.route == Route.AUTO)

    @property
    def shadowed(self) -> tuple[Member, ...]:
        """The members that policy would have changed by itself, were it not in shadow."""
        return tuple(m for m in self.members if m.alone and m.route == Route.ASK and not m.gate)


def what_people_judge(proposal: Draft) -> tuple[object, ...]:
    """The part of the evidence whose change asks for a fresh look: members, action, kind, age, gates. Counts
    and times are not in it: they move with every run; nor is age where nothing could be done at any."""
    aged = {m.ref for m in proposal.members if m.old and proposal.action != ProposalAction.ATTEND}
    members = sorted(
        (str(m.ref), m.ref in aged, m.route, bool(m.gate), m.successor or "") for m in proposal.members
    )
    return (proposal.action, proposal.kind, tuple(members))


def revised(proposal: Proposal, draft: Draft, now: datetime, run_id: str) -> Proposal:
    """The same proposal with a run's newer evidence; `revision` rises only when it matters to people. While
    it stays, so does the order of the members: ticks in an open dialog are positions in it."""
    changed = what_people_judge(proposal) != what_people_judge(draft)
    seen = EarlierRevision(revision=proposal.revision, refs=proposal.refs, contents=proposal.contents)
    place = {ref: n for n, ref in enumerate(proposal.refs)}
    kept = sorted(draft.members, key=lambda member: place.get(member.ref, 0))
    return proposal.model_copy(
        update={
            **draft.asked,
            "members": draft.members if changed else tuple(kept),
            "revision": proposal.revision + 1 if changed else proposal.revision,
            "earlier": (*proposal.earlier, seen)[-REMEMBERED_REVISIONS:] if changed else proposal.earlier,
            "run_id": run_id,
            "updated_at": now,
        }
    )
