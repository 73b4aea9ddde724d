"""Where each model stands: one place for every model that is run, so that all numbers of a page sum. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

from operator_core.domain.base import Frozen, ModelRef, grouped
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import Proposal, ProposalAction, State, situation_of
from operator_core.domain.runs import Run
from operator_core.domain.situations import WIDE, Scope

ASKED = frozenset({State.PENDING, State.APPROVED, State.CONFLICTED, State.FAILED})


class Place(StrEnum):
    """The first that fits, of a model that is enabled and doesn't answer; or one of the other two."""

    ANSWERING = "answering"
    DOWN = "down"
    ON_HOLD = "on hold"
    ASKED = "asked"
    OURS = "ours to fix"
    WATCHED = "watched"
    SWITCHED_OFF = "switched off"
    """Just now, and therefore not run any more."""


class Partition(Frozen):
    """Each model once: its place, and the id of the proposal that says so, if one does."""

    where: Mapping[ModelRef, tuple[Place, str]] = {}

    def count(self, place: Place, proposal_id: str | None = None) -> int:
        """Models at this place; of one proposal, if named."""
        return sum(p == place and proposal_id in {None, of} for p, of in self.where.values())

    @property
    def running(self) -> int:
        return len(self.where) - self.count(Place.SWITCHED_OFF)

    @property
    def run_now(self) -> tuple[ModelRef, ...]:
        return tuple(sorted(ref for ref, (place, _) in self.where.items() if place != Place.SWITCHED_OFF))

    def at(self, place: Place) -> frozenset[ModelRef]:
        return frozenset(ref for ref, (here, _) in self.where.items() if here == place)


def partition(
    run: Run,
    running: Iterable[ModelRef],
    standing: Sequence[Proposal],
    switched_off: Iterable[ModelRef] = (),
    held: Iterable[ModelRef] = (),
) -> Partition:
    """Every model of `running`, which is enabled now, and of those just switched off.

    `run`: the newest look. `standing`: the open proposals. `held`: put on hold since that look.
    """
    claims = _claims(run, standing, held)
    running = frozenset(running)
    # an older version's run tells only which didn't answer
    trouble = {*(ref for s in run.situations for ref in s.models), *run.held, *run.idle}
    answers = running - trouble if run.answered is None else frozenset(run.answered)
    answers -= {ref for s in run.situations if s.scope == Scope.FLAGGED for ref in s.models}
    where = dict.fromkeys(switched_off, (Place.SWITCHED_OFF, ""))
    for ref in running:
        where[ref] = (Place.ANSWERING, "") if ref in answers else claims.get(ref, (Place.WATCHED, ""))
    within = run.limited_to or {ref.provider for ref in where}
    return Partition(where={ref: at for ref, at in where.items() if ref.provider in within})


def _claims(
    run: Run, standing: Sequence[Proposal], held: Iterable[ModelRef]
) -> Mapping[ModelRef, tuple[Place, str]]:
    """By model: of the places that fit the first, and which proposal says so."""
    situations = {s.id: s.models for s in run.situations}
    claims: list[tuple[Place, ModelRef, str]] = []
    before: list[tuple[Place, ModelRef, str]] = []  # what stands of an earlier look comes second
    for proposal in standing:
        seen = situations.get(situation_of(proposal.fingerprint), ())
        refs = seen if seen and proposal.following else proposal.refs
        if place := _place_of(proposal):
            claims += [(place, ref, proposal.id) for ref in refs if ref in seen]
            before += [(place, ref, proposal.id) for ref in refs if ref not in seen]
    elsewhere = {ref for _, ref, _ in claims}  # that look saw them in another situation
    claims += [one for one in before if one[1] not in elsewhere]
    out = {s.provider for s in run.situations if s.scope == Scope.PROVIDER}
    of_outage = {p.provider: p.id for p in standing if p.scope == Scope.PROVIDER}
    for ref in (*(ref for s in run.situations if s.scope in WIDE for ref in s.models), *run.held):
        if ref not in run.held or ref.provider in out:
            claims.append((Place.DOWN, ref, of_outage.get(ref.provider, "")))
    asked = {ref for place, ref, _ in claims if place == Place.ASKED}  # a card that still asks is counted
    claims += [(Place.ON_HOLD, ref, "") for ref in (*(ref for ref in run.held if ref not in asked), *held)]
    claims.sort(key=lambda claim: list(Place).index(claim[0]))
    return {ref: (place, proposal_id) for place, ref, proposal_id in reversed(claims)}


def _place_of(proposal: Proposal) -> Place | None:
    if proposal.action == ProposalAction.ATTEND:
        return Place.DOWN if proposal.scope in WIDE else Place.OURS
    if proposal.state == State.REJECTED:
        return Place.ON_HOLD
    return Place.ASKED if proposal.action != ProposalAction.ADD and proposal.state in ASKED else None


class Differences(Frozen):
    """How the models that are run differ from those of an earlier moment, and by whose doing."""

    off: Mapping[str, tuple[ModelRef, ...]] = {}
    """By whom: ALONE, APPROVED, COMMANDED, TAKEN_BACK or ELSEWHERE."""
    on: Mapping[str, tuple[ModelRef, ...]] = {}


ALONE = "by myself"
APPROVED = "approved"
COMMANDED = "by command"
TAKEN_BACK = "taken back"
ELSEWHERE = "outside this bot"


def differences(
    before: Collection[ModelRef],
    now: Collection[ModelRef],
    entries: Sequence[JournalEntry],
    commands: Collection[str] = (),
) -> Differences:
    """Each model that left or joined those that are run, once, by whose doing: the journal's newest change of
    it says so, if it went that way; else nobody here did it.

    `entries`: of the time between, the oldest first. `commands`: ids of proposals that a person gave.
    """
    ours = {
        change.ref: (change.enables, _whose(entry, commands))
        for entry in entries
        for change in entry.counted()
        if change.enables
    }

    def by_whom(way: int, changed: Iterable[ModelRef]) -> dict[str, tuple[ModelRef, ...]]:
        went = {ref: whose for ref, (change, whose) in ours.items() if change == way}
        named = grouped(sorted(changed), lambda ref: went.get(ref, ELSEWHERE))
        return {whose: tuple(refs) for whose, refs in sorted(named.items(), key=lambda one: -len(one[1]))}

    return Differences(off=by_whom(-1, set(before) - set(now)), on=by_whom(1, set(now) - set(before)))


def _whose(entry: JournalEntry, commands: Collection[str]) -> str:
    if entry.undo_of:
        return TAKEN_BACK
    if entry.automatic:
        return ALONE
    return COMMANDED if entry.proposal_id in commands else APPROVED
