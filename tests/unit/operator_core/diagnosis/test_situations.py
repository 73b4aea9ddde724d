"""Hundreds of models fold into a handful of situations."""

import pytest

from operator_core.diagnosis.outages import provider_health
from operator_core.diagnosis.situations import diagnose, fold
from operator_core.diagnosis.triage import triage
from operator_core.domain.holds import Hold, Origin, without_held
from operator_core.domain.kinds import Kind
from operator_core.domain.signals import Signals
from operator_core.domain.situations import Scope, Situation
from support.evidence import ANALYSIS, NOW, ago, answering, facts, failing, group, ref


def folded(*signals: Signals) -> tuple[Situation, ...]:
    known = facts(*signals, answering("witness", provider="openai"))
    found = provider_health(known, ANALYSIS)
    return fold(triage(known, found, ANALYSIS), found, known)


def well(count: int) -> list[Signals]:
    return [answering(f"well{i}") for i in range(count)]


def hold(model_id: str | None, *, fingerprint: str | None = None, kind: Kind | None = None) -> Hold:
    return Hold(
        id="H-1",
        provider="groq",
        model_id=model_id,
        fingerprint=fingerprint,
        kind=kind,
        by="U1",
        at=NOW,
        origin=Origin.UNDID,
    )


def test_a_models_soft_failures_since_an_answer_of_today_are_counted_once_and_everywhere_as_answering() -> (
    None
):
    limited = answering("limited").model_copy(
        update={"failing_since": ago(2), "streak": (group(Kind.RATE_LIMIT, first=2, last=1, count=3),)}
    )
    found = diagnose(facts(limited, failing("gone"), *well(2)), ANALYSIS)
    [count] = [one for one in found.providers if one.provider == limited.ref.provider]
    assert (count.answering, count.enabled) == (3, 4)
    assert limited.ref in found.triage.answering


def test_ten_identical_failures_are_one_situation() -> None:
    [situation] = folded(*(failing(f"m{i}") for i in range(10)), *well(10))
    assert (situation.scope, situation.kind, len(situation.affected)) == (Scope.PATTERN, Kind.HARD_MODEL, 10)
    assert situation.provider_enabled == 20


def test_different_causes_stay_apart() -> None:
    found = folded(failing("a"), failing("b", group(Kind.HARD_CAPABILITY)), *well(9))
    assert len(found) == 2


def test_the_fingerprint_stays_when_members_and_counts_change() -> None:
    [monday] = folded(failing("a"), failing("b"), *well(9))
    [tuesday] = folded(failing("b", group(count=40, first=120)), failing("c"), *well(9))
    assert monday.id == tuesday.id


def test_an_outage_keeps_its_fingerprint_when_its_texts_change() -> None:
    kinds = [Kind.TIMEOUT, Kind.TRANSIENT_PROVIDER]
    [first], [second] = (
        folded(*(failing(f"m{i}", group(kind, first=4)) for i in range(4))) for kind in kinds
    )
    assert first.scope == second.scope == Scope.PROVIDER
    assert first.id == second.id


def test_a_model_that_was_gone_before_the_bill_lapsed_belongs_to_the_outage_for_now() -> None:
    broke = [failing(f"m{i}", group(Kind.BILLING, first=9)) for i in range(9)]
    mixed = failing("old", group(first=200, last=10, count=40), group(Kind.BILLING, first=9, last=1, count=3))
    [situation] = folded(*broke, mixed)
    affected = next(affected for affected in situation.affected if affected.ref == ref("old"))
    assert affected.cause is not None
    assert affected.cause.kind == Kind.BILLING
    assert [other.kind for other in affected.others] == [Kind.HARD_MODEL]


def test_silence_of_a_provider_is_one_situation() -> None:
    [situation] = folded(*(answering(f"m{i}", success=50) for i in range(3)))
    assert (situation.scope, len(situation.affected)) == (Scope.SILENCE, 3)


@pytest.mark.parametrize("flagged", [0, 1, 3])
def test_flagged_models_count_as_enabled_and_are_told_apart(flagged: int) -> None:
    old = [failing(f"old-{n}", deprecated=True) for n in range(flagged)]
    found = folded(failing("a"), failing("off", enabled=False), *well(4), *old)
    assert {(one.provider_enabled, one.provider_flagged) for one in found} == {(5 + flagged, flagged)}


def test_flagged_models_are_one_situation_a_provider() -> None:
    flagged = [answering(f"m{i}").model_copy(update={"deprecated": True}) for i in range(2)]
    [situation] = folded(*flagged)
    assert situation.scope == Scope.FLAGGED


def test_a_stopped_runner_leaves_nothing_but_silence() -> None:
    known = facts(failing("a", group(last=40)), answering("b", success=50))
    found = provider_health(known, ANALYSIS)
    situations = fold(triage(known, found, ANALYSIS), found, known)
    assert {situation.scope for situation in situations} == {Scope.SILENCE}


def test_held_models_leave_and_the_rest_is_judged() -> None:
    [situation] = folded(failing("a"), failing("b"), *well(9))
    rest = without_held(situation, [hold("a", kind=Kind.HARD_MODEL)])
    assert rest is not None
    assert rest.refs == (ref("b"),)


def test_a_hold_ends_when_the_evidence_changes_in_kind() -> None:
    [situation] = folded(failing("a"), *well(9))
    assert without_held(situation, [hold("a", kind=Kind.TIMEOUT)]) == situation


def test_a_held_situation_is_gone_whole() -> None:
    [situation] = folded(failing("a"), *well(9))
    assert without_held(situation, [hold(None, fingerprint=situation.id)]) is None
