"""The written rules answer as docs/decisions.md's table does, plainly, and never with much confidence."""

from datetime import timedelta

import pytest

from operator_core.domain.decisions import Action
from operator_core.domain.kinds import Kind
from operator_core.domain.situations import Scope, Situation
from operator_core.judgement.rules import CAP, rule_verdict
from operator_core.words import duration
from support.situations import NOW, many, situation


def action(of: Situation) -> Action:
    return rule_verdict(of, NOW, 48).action


@pytest.mark.parametrize(
    ("kind", "hours", "expected"),
    [
        (Kind.HARD_MODEL, 48, Action.DISABLE),
        (Kind.HARD_MODEL, 47.9, Action.MONITOR),
        (Kind.AUTH, 96, Action.DISABLE),
        (Kind.AUTH, 20, Action.MONITOR),
        *((kind, 500, Action.MONITOR) for kind in Kind if kind not in {Kind.HARD_MODEL, Kind.AUTH}),
    ],
)
def test_what_fails_by_a_pattern_is_judged_by_kind_and_age(
    kind: Kind, hours: float, expected: Action
) -> None:
    assert action(situation(kind, first=hours)) == expected


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("scope", [Scope.PROVIDER, Scope.SILENCE])
def test_a_providers_outage_is_not_read_as_its_models_death(scope: Scope, kind: Kind) -> None:
    assert action(situation(kind, scope=scope, first=500)) == Action.MONITOR


def test_a_flagged_model_is_disabled_whatever_its_age() -> None:
    assert action(situation(Kind.UNKNOWN, scope=Scope.FLAGGED, first=1)) == Action.DISABLE


def test_a_key_refused_for_all_of_a_small_provider_disables_none() -> None:
    """Two models are too few for an outage of the provider; the key may still be the cause."""
    assert action(situation(Kind.AUTH, models=2, enabled=2)) == Action.MONITOR
    assert action(situation(Kind.AUTH, models=2, enabled=3)) == Action.DISABLE
    flagged = situation(Kind.AUTH, models=2, enabled=3).model_copy(update={"provider_flagged": 1})
    assert action(flagged) == Action.MONITOR, "what isn't run proves nothing of the key"


def test_min_failing_hours_is_the_operators() -> None:
    assert rule_verdict(situation(first=96), NOW, 100).action == Action.MONITOR


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("kind", list(Kind))
def test_every_scope_and_kind_gets_one_sentence_and_capped_confidence(scope: Scope, kind: Kind) -> None:
    verdict = rule_verdict(situation(kind, scope=scope), NOW, 48)
    assert verdict.suggested_by == "rules"
    assert verdict.confidence <= CAP < 0.95
    assert verdict.reasoning.endswith(".")
    assert len(verdict.reasoning) <= 120


def test_the_reason_says_for_how_long() -> None:
    assert rule_verdict(situation(first=96), NOW, 48).reasoning == (
        "For 4 days the provider has said that it is gone."
    )
    assert "Last success 8 days ago." in rule_verdict(situation(Kind.TIMEOUT), NOW, 48).reasoning
    hour_ago = situation(Kind.TIMEOUT, first=0.5, success=1)
    assert "Last success 1 hour ago." in rule_verdict(hour_ago, NOW, 48).reasoning


@pytest.mark.parametrize(
    ("first", "said"), [(50.9, "2 days"), (95.9, "3 days"), (119.99, "4 days"), (48, "2 days")]
)
def test_the_reason_says_it_as_the_card_does_in_days_that_have_passed(first: float, said: str) -> None:
    reasoning = rule_verdict(situation(first=first), NOW, 48).reasoning
    assert reasoning == f"For {said} the provider has said that it is gone."
    assert said == duration(timedelta(hours=first))


def test_the_reason_holds_nothing_from_outside() -> None:
    for trouble in many(46):
        reasoning = rule_verdict(trouble, NOW, 48).reasoning
        assert not {"<", "`", "\n"} & set(reasoning)
