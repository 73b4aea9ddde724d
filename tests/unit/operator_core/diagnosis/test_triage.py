"""The clear cases, and which cause decides the others."""

import pytest

from operator_core.diagnosis.outages import provider_health
from operator_core.diagnosis.triage import Triage, deciding_cause, triage
from operator_core.domain.decisions import Action
from operator_core.domain.kinds import Kind
from operator_core.domain.signals import Facts, Signals
from support.evidence import ANALYSIS, NOW, ago, answering, facts, failing, group, ref


def sort(*signals: Signals) -> Triage:
    known = facts(*signals, answering("witness", provider="openai"))
    return triage(known, provider_health(known, ANALYSIS), ANALYSIS)


def answer(found: Triage, model_id: str) -> Action | None:
    return next((s.action for s in found.settled if s.ref == ref(model_id)), None)


def flapping(model_id: str, kind: Kind = Kind.RATE_LIMIT, *, bad: int = 8, good: int = 8) -> Signals:
    return answering(model_id).model_copy(
        update={
            "recent": (group(kind, first=90, last=5, count=bad),),
            "recent_failures": bad,
            "recent_successes": good,
        }
    )


def test_a_model_unknown_to_the_catalogue_is_reported_and_not_decided_about() -> None:
    found = sort(failing("ghost").model_copy(update={"listed": False}))
    assert found.unlisted == (ref("ghost"),)
    assert not found.failing
    assert answer(found, "ghost") is None


def test_what_is_disabled_is_ignored_however_it_failed() -> None:
    assert answer(sort(failing("m", enabled=False)), "m") == Action.IGNORE


def test_flagged_but_enabled_is_to_be_disabled_even_when_it_answers() -> None:
    found = sort(answering("m").model_copy(update={"deprecated": True}))
    assert answer(found, "m") == Action.DISABLE
    assert [affected.ref for affected in found.flagged] == [ref("m")]


def test_never_ran_is_watched() -> None:
    assert answer(sort(Signals(ref=ref("m"), listed=True, enabled=True)), "m") == Action.MONITOR


def test_answering_is_ignored() -> None:
    assert answer(sort(answering("m")), "m") == Action.IGNORE


def test_a_passing_failure_after_a_success_this_morning_is_still_answering() -> None:
    found = sort(failing("m", group(Kind.TIMEOUT, first=2, last=2, count=1), success=6))
    assert answer(found, "m") == Action.IGNORE


def test_gone_outweighs_a_success_of_this_morning() -> None:
    found = sort(failing("m", group(first=4, last=1, count=2), success=6))
    assert [affected.ref for affected in found.failing] == [ref("m")]


def test_flapping_is_a_case_although_its_latest_run_succeeded() -> None:
    [affected] = sort(flapping("m")).failing
    assert affected.cause is not None
    assert affected.cause.kind == Kind.RATE_LIMIT
    assert affected.failing_hours(NOW) == 0


@pytest.mark.parametrize(("kind", "bad"), [(Kind.RATE_LIMIT, 7), (Kind.HARD_MODEL, 8)])
def test_few_or_definite_failures_are_not_flapping(kind: Kind, bad: int) -> None:
    assert answer(sort(flapping("m", kind, bad=bad)), "m") == Action.IGNORE


@pytest.mark.parametrize(
    ("bad", "good", "flaps"), [(1, 1, False), (2, 2, False), (2, 1, False), (3, 3, True)]
)
def test_it_takes_three_failures_to_flap(bad: int, good: int, flaps: bool) -> None:
    assert (sort(flapping("m", bad=bad, good=good)).failing != ()) == flaps


def test_a_model_that_used_to_answer_and_stopped_is_silent() -> None:
    found = sort(answering("m", success=40))
    assert [affected.ref for affected in found.silent] == [ref("m")]


def test_gone_and_then_silent_is_still_gone() -> None:
    found = sort(failing("m", group(first=120, last=40)))
    assert [affected.ref for affected in found.failing] == [ref("m")]


def test_between_healthy_and_silent_it_is_watched() -> None:
    assert answer(sort(answering("m", success=25)), "m") == Action.MONITOR


def test_facts_from_the_newest_errors_only_would_have_missed_fifty_hard_failures() -> None:
    cause, others = deciding_cause(
        (group(first=200, last=80, count=50), group(Kind.TIMEOUT, first=79, last=2, count=20))
    )
    assert cause is not None
    assert (cause.kind, cause.count, cause.first) == (Kind.HARD_MODEL, 50, ago(200))
    assert [other.kind for other in others] == [Kind.TIMEOUT]


def test_a_definite_cause_that_spoke_last_and_alone_decides_though_it_is_rarer() -> None:
    cause, _ = deciding_cause(
        (group(Kind.TIMEOUT, first=200, last=101, count=50), group(first=100, last=2, count=20))
    )
    assert cause is not None
    assert (cause.kind, cause.first) == (Kind.HARD_MODEL, ago(100))


def test_a_few_hard_failures_amid_time_outs_decide_nothing() -> None:
    cause, _ = deciding_cause(
        (group(Kind.TIMEOUT, first=200, last=2, count=50), group(first=150, last=100, count=3))
    )
    assert cause is not None
    assert cause.kind == Kind.TIMEOUT


def test_one_kind_in_two_wordings_is_one_cause_with_the_commoner_pattern() -> None:
    cause, others = deciding_cause(
        (
            group(first=90, last=9, count=9, pattern="gone"),
            group(first=99, last=2, count=2, pattern="gone too"),
        )
    )
    assert cause is not None
    assert (cause.pattern, cause.count, cause.first, cause.last) == ("gone", 11, ago(99), ago(2))
    assert others == ()


def test_every_listed_model_is_sorted_exactly_once() -> None:
    signals = [
        answering("a"),
        failing("b"),
        flapping("c"),
        answering("d", success=40),
        failing("e", enabled=False),
    ]
    found = sort(*signals)
    places = [s.ref for s in found.settled] + [c.ref for c in (*found.silent, *found.failing)]
    assert sorted(places) == sorted([*(s.ref for s in signals), ref("witness", "openai")])


def test_nothing_measured_settles_nothing() -> None:
    empty = Facts(now=NOW, signals=())
    assert triage(empty, provider_health(empty, ANALYSIS), ANALYSIS) == Triage()
