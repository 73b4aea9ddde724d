"""Situations put together as they are, and what policy decides of them: for the tests of gates and brakes."""

from collections.abc import Sequence
from typing import Any

from operator_core.domain.decisions import Action, Decision, Route, Verdict
from operator_core.domain.kinds import Kind
from operator_core.domain.signals import Signals
from operator_core.domain.situations import AffectedModel, Scope, Situation
from operator_core.options import PolicyOptions
from operator_core.policy.drafts import Background
from operator_core.policy.gates import RecentActivity, decide
from support.evidence import POLICY, answering, facts

SURE = Verdict(action=Action.DISABLE, confidence=0.97, reasoning="Gone.", suggested_by="gpt-5.2")


def situation(
    *signals: Signals,
    kind: Kind = Kind.HARD_MODEL,
    scope: Scope = Scope.PATTERN,
) -> Situation:
    """These models, each with its first cause, put together as they are."""
    affected = tuple(
        AffectedModel(signals=one, cause=one.streak[0] if one.streak else None) for one in signals
    )
    return Situation(
        id="s1", provider="groq", scope=scope, kind=kind, pattern="", affected=affected, provider_enabled=9
    )


def well(count: int, provider: str = "groq", **said: Any) -> list[Signals]:
    return [answering(f"well{number}", provider=provider, **said) for number in range(count)]


def told(
    *judged: Situation,
    others: Sequence[Signals] | None = None,
    verdict: Verdict = SURE,
    activity: RecentActivity | None = None,
    background: Background | None = None,
    **options: object,
) -> dict[str, Decision]:
    """What is decided of the situations' models beside nine that answer, by model id."""
    known = facts(
        *(one.signals for each in judged for one in each.affected), *(well(9) if others is None else others)
    )
    kept_elsewhere = Background(elsewhere={one.ref: 1 for one in known.signals})
    decisions = decide(
        [(one, verdict) for one in judged],
        known,
        activity or RecentActivity(),
        PolicyOptions(**POLICY.model_dump() | options),
        background or kept_elsewhere,
    )
    return {decision.ref.model_id: decision for decision in decisions}


def gate_of(signals: Signals, **said: Any) -> str:
    """The gate before one model; empty where it is disabled alone."""
    about = {name: said.pop(name) for name in ("kind", "scope") if name in said}
    decision = told(situation(signals, **about), **said)[signals.ref.model_id]
    assert (decision.route == Route.AUTO) == decision.alone == (not decision.gate)
    return decision.gate
