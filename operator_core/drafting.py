"""Situations and decisions → what is put to people or to policy: one draft a situation, renames apart."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from operator_core.facts import Action, Case, Decision, Kind, ModelRef, Route, Scope, Situation, Verdict
from operator_core.proposals import Draft, Member, ProposalAction
from operator_core.successors import Successors

ATTEND_KINDS = frozenset({Kind.HARD_CAPABILITY, Kind.BUDGET_EXHAUSTED, Kind.BILLING})
"""Somebody must do something outside the database, however few models show it."""
ATTEND_SCOPES = frozenset({Scope.PROVIDER, Scope.SILENCE})

Judged = tuple[Situation, Verdict]


def drafts(
    judged: Sequence[Judged],
    decisions: Iterable[Decision],
    successors: Successors,
    now: datetime,
    min_failing_hours: float,
) -> tuple[Draft, ...]:
    """What this run proposes. A situation with nothing to do about it gives none: it is watched."""
    by_ref = {decision.ref: decision for decision in decisions}
    found: list[Draft] = []
    for situation, verdict in judged:
        to_disable = [case for case in situation.cases if by_ref[case.ref].action == Action.DISABLE]
        renamed = [case for case in to_disable if case.ref in successors.renames]
        gone = [case for case in to_disable if case.ref not in successors.renames]

        def members(
            cases: Sequence[Case], successor: Mapping[ModelRef, str] = successors.present
        ) -> tuple[Member, ...]:
            return tuple(
                member_of(case, by_ref[case.ref], successor.get(case.ref), now, min_failing_hours)
                for case in cases
            )

        if gone:
            found.append(_draft(situation, verdict, ProposalAction.DISABLE, members(gone)))
        if renamed:
            found.append(
                _draft(situation, verdict, ProposalAction.RENAME, members(renamed, successors.renames))
            )
        if not to_disable and asks_for_somebody(situation):
            found.append(_draft(situation, verdict, ProposalAction.ATTEND, members(situation.cases)))
    return tuple(found)


def asks_for_somebody(situation: Situation) -> bool:
    """The remedy lies outside the database."""
    return situation.scope in ATTEND_SCOPES or situation.kind in ATTEND_KINDS


def member_of(
    case: Case, decision: Decision, successor: str | None, now: datetime, min_failing_hours: float
) -> Member:
    signals = case.signals
    return Member(
        ref=case.ref,
        route=decision.route if decision.route == Route.AUTO else Route.ASK,
        gate=decision.gate,
        enabled=signals.enabled,
        deprecated=signals.deprecated,
        failures=case.cause.count if case.cause else 0,
        failing_since=case.cause.first if case.cause and signals.failing else None,
        last_failure=signals.last_failure,
        last_success=signals.last_success,
        sample=case.cause.sample if case.cause else "",
        other_causes=tuple(f"{group.count} × {group.kind.replace('_', ' ')}" for group in case.others),
        old=case.failing_hours(now) >= min_failing_hours,
        successor=successor,
    )


def _draft(
    situation: Situation, verdict: Verdict, action: ProposalAction, members: tuple[Member, ...]
) -> Draft:
    renames = action == ProposalAction.RENAME
    return Draft(
        fingerprint=f"{situation.id}-rename" if renames else situation.id,
        action=action,
        provider=situation.provider,
        scope=situation.scope,
        kind=situation.kind,
        pattern=situation.pattern,
        members=members,
        confidence=verdict.confidence,
        reasoning=verdict.reasoning,
        suggested_by=verdict.suggested_by,
        provider_enabled=situation.provider_enabled,
    )
