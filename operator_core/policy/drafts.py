"""Situations and decisions → what is put to people or to policy: one draft a situation, renames apart."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import Action, Decision, Judged, Route, Verdict
from operator_core.domain.proposals import RENAMES, Draft, Member, ProposalAction
from operator_core.domain.signals import Facts
from operator_core.domain.situations import WIDE, AffectedModel, Situation
from operator_core.text.model_ids import identify, same_maker, what_it_is

MOST_MEMBERS = 500
"""Of one proposal: 33,000 made a document too large for MongoDB, and nobody reads so many."""
NEVER_FAILED = datetime.max.replace(tzinfo=UTC)


class Background(Frozen):
    """What else speaks for or against: shown to people, and no reason to act by itself."""

    successors: Mapping[ModelRef, str] = {}
    """The successor is in `models` already: disabling records it."""
    renames: Mapping[ModelRef, str] = {}
    """The successor is listed, but not in `models`: adding it and disabling the old one is a rename."""
    elsewhere: Mapping[ModelRef, int] = {}
    """How many other providers answer with the same model."""
    offered: Mapping[ModelRef, bool] = {}
    """Whether the provider's own published list names it; absent where no list says so credibly."""


def other_providers(refs: Iterable[ModelRef], among: Iterable[ModelRef]) -> Mapping[ModelRef, int]:
    """For each model, how many other providers have the same one among these, however they are spelt.
    What two makers named alike is not the same."""
    served: dict[object, set[tuple[str, str]]] = defaultdict(set)
    for ref in among:
        served[what_it_is(ref)].add((ref.plain_provider, identify(ref.model_id).maker))

    def others(ref: ModelRef) -> int:
        own, maker = ref.plain_provider, identify(ref.model_id).maker
        return len({name for name, theirs in served[what_it_is(ref)] if same_maker(maker, theirs)} - {own})

    return {ref: others(ref) for ref in refs}


def drafts(
    judged: Sequence[Judged],
    decisions: Iterable[Decision],
    background: Background,
    now: datetime,
    min_failing_hours: float,
) -> tuple[Draft, ...]:
    """What this run proposes. A situation with nothing to do about it gives none: it is watched."""
    by_ref = {decision.ref: decision for decision in decisions}
    renames = background.renames
    proposed: list[Draft] = []
    for situation, verdict in judged:
        to_disable = [model for model in situation.affected if by_ref[model.ref].action == Action.DISABLE]
        # The remedy lies outside the database.
        outside = situation.scope in WIDE or situation.kind.traits.attend
        parts: dict[ProposalAction, Sequence[AffectedModel]] = {
            ProposalAction.DISABLE: [one for one in to_disable if one.ref not in renames],
            ProposalAction.RENAME: [one for one in to_disable if one.ref in renames],
            ProposalAction.ATTEND: situation.affected if outside and not to_disable else (),
        }
        for action, models in parts.items():
            successor_of = renames if action == ProposalAction.RENAME else background.successors
            members = [
                _member(one, by_ref[one.ref], successor_of.get(one.ref), background, now, min_failing_hours)
                for one in models
            ]
            if members:
                proposed.append(_draft(situation, verdict, action, tuple(members)))
    return tuple(proposed)


def _member(
    affected: AffectedModel,
    decision: Decision,
    successor: str | None,
    background: Background,
    now: datetime,
    min_failing_hours: float,
) -> Member:
    signals, cause = affected.signals, affected.cause
    return Member(
        ref=affected.ref,
        route=decision.route if decision.route == Route.AUTO else Route.ASK,
        gate=decision.gate,
        alone=decision.alone,
        **signals.model_dump(include={"enabled", "deprecated", "last_failure", "last_success"}),
        failures=cause.count if cause else 0,
        failing_since=cause.first if cause and signals.failing else None,
        sample=cause.sample if cause else "",
        evidence=cause.evidence if cause and cause.kind.traits.blames_model else None,
        other_causes=tuple(f"{group.count} × {group.kind.replace('_', ' ')}" for group in affected.others),
        old=affected.failing_hours(now) >= min_failing_hours,
        successor=successor,
        elsewhere=background.elsewhere.get(affected.ref),
        still_offered=background.offered.get(affected.ref),
    )


def _draft(
    situation: Situation, verdict: Verdict, action: ProposalAction, members: tuple[Member, ...]
) -> Draft:
    about = situation.model_dump(include={"provider", "scope", "kind", "pattern", "provider_enabled"})
    said = verdict.model_dump(exclude={"action", "kind"})
    fingerprint = situation.id + RENAMES * (action == ProposalAction.RENAME)
    return within_bounds(Draft(fingerprint=fingerprint, action=action, members=members, **about, **said))


def within_bounds(draft: Draft) -> Draft:
    """The draft with no more members than a proposal may hold, longest failing first; the rest follows."""
    beyond = len(draft.members) - MOST_MEMBERS
    if beyond <= 0:
        return draft
    longest_first = sorted(draft.members, key=lambda m: m.failing_since or m.last_success or NEVER_FAILED)
    return draft.model_copy(update={"members": tuple(longest_first[:MOST_MEMBERS]), "following": beyond})


def candidates(situations: Sequence[Situation]) -> tuple[ModelRef, ...]:
    """The ids to look up: all that people recorded or messages named, as the provider would spell them."""
    named = (_named(affected) for situation in situations for affected in situation.affected)
    return tuple(sorted({ref for refs in named for ref in refs}))


def find(
    situations: Sequence[Situation], facts: Facts, listed: Collection[ModelRef]
) -> tuple[Mapping[ModelRef, str], Mapping[ModelRef, str]]:
    """The successors that are in `models` already, and those that are only `listed`: those of the candidates
    that a catalogue or a provider's own list names."""
    by_spelling = {_spelling(s.ref): s.ref.model_id for s in facts.signals if s.listed}
    elsewhere = {_spelling(ref): ref.model_id for ref in listed}
    present: dict[ModelRef, str] = {}
    renames: dict[ModelRef, str] = {}
    for affected in (affected for situation in situations for affected in situation.affected):
        spellings = map(_spelling, _named(affected))
        spelling = next((one for one in spellings if one in by_spelling or one in elsewhere), None)
        if spelling in by_spelling:
            present[affected.ref] = by_spelling[spelling]
        elif spelling is not None:
            renames[affected.ref] = elsewhere[spelling]
    return present, renames


def _named(affected: AffectedModel) -> tuple[ModelRef, ...]:
    ids = (affected.signals.successor, affected.cause.successor if affected.cause else None)
    refs = (ModelRef(provider=affected.ref.provider, model_id=name) for name in ids if name)
    return tuple(ref for ref in refs if _spelling(ref) != _spelling(affected.ref))


def _spelling(ref: ModelRef) -> tuple[str, str]:
    return ref.provider, ref.model_id.casefold()
