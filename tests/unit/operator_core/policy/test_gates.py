"""Gates and brakes: what may happen without a person, and the reason where it may not."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operator_core.diagnosis.outages import provider_health
from operator_core.diagnosis.situations import fold
from operator_core.diagnosis.triage import triage
from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Action, Decision, Route, Verdict
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode
from operator_core.domain.signals import Facts, FailureGroup, Maintenance, Signals
from operator_core.options import PolicyOptions
from operator_core.policy.drafts import Background
from operator_core.policy.gates import RecentActivity, decide
from operator_core.words import below
from support.evidence import ANALYSIS, NOW, POLICY, answering, facts, failing, group, ref

SURE = Verdict(action=Action.DISABLE, confidence=0.97, reasoning="Gone.", suggested_by="gpt-5.2")


def well(count: int, provider: str = "groq") -> list[Signals]:
    return [answering(f"well{i}", provider=provider) for i in range(count)]


def decided(
    known: Facts,
    verdict: Verdict = SURE,
    activity: RecentActivity | None = None,
    policy: PolicyOptions = POLICY,
    renames: dict[str, str] | None = None,
    elsewhere: dict[ModelRef, int] | None = None,
    offered: dict[ModelRef, bool] | None = None,
) -> dict[str, Decision]:
    found = provider_health(known, ANALYSIS)
    situations = fold(triage(known, found, ANALYSIS), found, known)
    names = {ref(old): new for old, new in (renames or {}).items()}
    background = Background(
        renames=names,
        elsewhere={s.ref: 1 for s in known.signals} if elsewhere is None else elsewhere,
        offered=offered or {},
    )
    judged = [(situation, verdict) for situation in situations]
    decisions = decide(judged, known, activity or RecentActivity(), policy, background)
    return {decision.ref.model_id: decision for decision in decisions}


def test_what_passes_every_gate_is_done_without_a_person() -> None:
    decision = decided(facts(failing("m"), *well(9)))["m"]
    assert (decision.action, decision.route, decision.gate) == (Action.DISABLE, Route.AUTO, "")


@pytest.mark.parametrize(
    ("signals", "word"),
    [
        (failing("m", group(count=2)), "2 failures"),
        (failing("m", group(first=120, last=40), every=24), "40 hours old"),
        (failing("m", group(first=120, last=20), every=6), "20 hours old"),
        (failing("m", group(first=60, last=15), every=8), "span 45 of the 48 hours"),
        (failing("m", group(Kind.UNKNOWN)), "unknown is not a kind"),
    ],
)
def test_a_gate_on_the_evidence_asks_and_says_why(signals: Signals, word: str) -> None:
    decision = decided(facts(signals, *well(9)))["m"]
    assert decision.route == Route.ASK
    assert word in decision.gate


@pytest.mark.parametrize(
    ("provider", "other"), [("Groq", "m"), ("groq", "M"), ("groq", "m "), ("groq", "vendor/m")]
)
def test_a_success_since_in_another_spelling_asks_and_names_it(provider: str, other: str) -> None:
    since = answering(other, provider=provider)
    decision = decided(facts(failing("m"), since, *well(9)))["m"]
    assert (decision.route, decision.gate) == (
        Route.ASK,
        f'it has answered since, spelt "{provider}/{other}"',
    )


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"confidence": 0.94}, "0.94 is below"),
        ({"suggested_by": "rules"}, "written rules"),
    ],
)
def test_a_gate_on_the_verdict_asks_and_says_why(change: dict[str, object], word: str) -> None:
    decision = decided(facts(failing("m"), *well(9)), SURE.model_copy(update=change))["m"]
    assert decision.route == Route.ASK
    assert word in decision.gate


@pytest.mark.parametrize(
    ("hours", "least", "said"),
    [(47.6, 48, "47 of the 48"), (47.999, 48, "47 of the 48"), (47.55, 47.6, "47 of the 47.6")],
)
def test_a_span_below_what_it_takes_is_said_to_be_below_it(hours: float, least: float, said: str) -> None:
    signals = failing("m", group(first=hours + 1, last=1), every=8)
    policy = POLICY.model_copy(update={"min_failing_hours": least})
    assert f"span {said} hours it takes" in decided(facts(signals, *well(9)), policy=policy)["m"].gate


def maintained(since: float, until: float) -> Maintenance:
    """Hours before NOW."""
    begun, over = (NOW - timedelta(hours=hours) for hours in (since, until))
    return Maintenance(provider="groq", since=begun, until=over, by="U1")


@pytest.mark.parametrize(
    ("first", "windows", "said"),
    [
        (66.5, [(60.5, 0.5)], "6 hours"),
        (66, [(40, 20)], "46 hours"),
        (100, [(90, 60), (50, 20)], "40 hours"),
        (100, [(90, 60)], ""),
        (66, [(90, 66)], ""),
        (200, [(50, 48)], ""),
    ],
)
def test_the_time_of_a_maintenance_is_not_failing_time(
    first: float, windows: list[tuple[float, float]], said: str
) -> None:
    signals = failing("m", group(count=3, first=first, last=0.2))
    after = signals.model_copy(update={"maintenance": tuple(maintained(*window) for window in windows)})
    decision = decided(facts(after, *well(9)))["m"]
    assert (decision.route == Route.AUTO) == (not said)
    assert not said or f"failed for {said}, less than 48" in decision.reasoning


@pytest.mark.parametrize("lasted", [1.2, 10, 20])
def test_failures_on_both_sides_of_a_maintenance_span_what_is_left(lasted: float) -> None:
    signals = failing("m", group(count=3, first=48.7 + lasted, last=0.2))
    after = signals.model_copy(update={"maintenance": (maintained(30, 30 - lasted),)})
    later = after.model_copy(update={"streak": (group(count=3, first=49.0 + lasted, last=1.2),)})
    later = later.model_copy(update={"last_failure": NOW - timedelta(hours=1.2)})
    assert "span 47 of the 48 hours" in decided(facts(later, *well(9)))["m"].gate


@pytest.mark.parametrize("hours", [47.6, 47.999, 1.7])
def test_a_length_that_lowers_a_verdict_is_said_to_be_below_the_least(hours: float) -> None:
    decision = decided(facts(failing("m", group(first=hours, last=1)), *well(9)))["m"]
    assert f"failed for {int(hours)} hours, less than 48" in decision.reasoning


@pytest.mark.parametrize("confidence", [0.9499, 0.945, 0.94])
def test_a_confidence_below_the_least_is_said_to_be_below_it(confidence: float) -> None:
    decision = decided(facts(failing("m"), *well(9)), SURE.model_copy(update={"confidence": confidence}))["m"]
    assert decision.gate == "confidence 0.94 is below 0.95"


@given(st.floats(0, 1000), st.floats(0, 1000), st.sampled_from([0, 2]))
def test_of_two_numbers_that_differ_the_lower_never_reads_as_high_as_the_other(
    value: float, limit: float, digits: int
) -> None:
    if value < limit - 1e-6:
        cut, full = below(value, round(limit, 4), digits)
        assert float(cut) <= value + 1e-6
        assert float(cut) < float(full) or float(cut) < limit


def test_a_remembered_verdict_of_the_llm_counts_as_one() -> None:
    remembered = SURE.model_copy(update={"suggested_by": "memory"})
    assert decided(facts(failing("m"), *well(9)), remembered)["m"].route == Route.AUTO


@pytest.mark.parametrize(
    ("activity", "word"),
    [
        (RecentActivity(paused="autopilot is paused: audit"), "autopilot is paused: audit"),
        (RecentActivity(advice_complete=False), "cut"),
        (RecentActivity(unattended=20), "all 20 changes that I may make before a person acts are used"),
        (RecentActivity(by_policy_this_week={"groq": 2}), "only 2 of groq's 10"),
    ],
)
def test_a_brake_asks_and_says_why(activity: RecentActivity, word: str) -> None:
    decision = decided(facts(failing("m"), *well(9)), activity=activity)["m"]
    assert decision.route == Route.ASK
    assert word in decision.gate


@pytest.mark.parametrize(
    ("activity", "route", "gate"),
    [
        (RecentActivity(mode=Mode.ON), Route.AUTO, ""),
        (RecentActivity(mode=Mode.SHADOW), Route.ASK, ""),
        (RecentActivity(mode=Mode.OFF, why_off="autopilot is off"), Route.ASK, "autopilot is off"),
    ],
)
def test_whatever_the_mode_it_is_told_whether_every_gate_is_open(
    activity: RecentActivity, route: Route, gate: str
) -> None:
    decision = decided(facts(failing("m"), *well(9)), activity=activity)["m"]
    assert (decision.route, decision.gate, decision.alone) == (route, gate, True)
    paused = activity.model_copy(update={"paused": "autopilot is paused"})
    decision = decided(facts(failing("m"), *well(9)), activity=paused)["m"]
    assert (decision.route, decision.gate, decision.alone) == (
        Route.ASK,
        gate or "autopilot is paused",
        False,
    )


def test_all_or_nothing_caps_deadlock_so_what_fits_is_done_and_the_rest_asked() -> None:
    gone = [failing(f"m{i}", group(first=96 + i)) for i in range(5)]
    decisions = decided(facts(*gone, *well(10)))
    routes = {name: decision.route for name, decision in decisions.items()}
    assert [name for name, route in routes.items() if route == Route.AUTO] == ["m4", "m3", "m2"]
    assert "only 3 of groq's 15" in decisions["m0"].gate


def test_models_that_left_this_week_count_into_the_providers_size() -> None:
    gone = [failing(f"m{i}") for i in range(3)]
    activity = RecentActivity(gone_this_week={"groq": 5}, by_policy_this_week={"groq": 1})
    routes = [d.route for d in decided(facts(*gone, *well(7)), activity=activity).values()]
    assert routes.count(Route.AUTO) == 2  # a fifth of 15 is three, and one was used


def test_the_last_model_of_a_provider_is_never_disabled_alone() -> None:
    known = facts(failing("m"), *well(9, "openai"))
    assert "last enabled model of groq" in decided(known)["m"].gate


def test_nothing_runs_alone_while_a_third_of_everything_stopped_answering() -> None:
    stopped = [failing(f"s{i}", group(first=10, last=1, count=2), success=12) for i in range(4)]
    decision = decided(facts(failing("m"), *stopped, *well(5)))["m"]
    assert "stopped answering" in decision.gate


def test_a_refused_model_runs_alone_only_while_the_key_is_proved_good() -> None:
    refused = failing("m", group(Kind.AUTH, last=4))
    assert decided(facts(refused, answering("w", success=1), *well(8)))["m"].route == Route.AUTO
    stale = [answering(f"w{i}", success=5) for i in range(9)]
    assert "key itself" in decided(facts(refused, *stale))["m"].gate


def test_a_younger_model_of_the_same_situation_is_watched() -> None:
    decisions = decided(facts(failing("old"), failing("young", group(first=30)), *well(9)))
    assert decisions["old"].action == Action.DISABLE
    assert decisions["young"].action == Action.MONITOR
    assert "30 hours" in decisions["young"].reasoning


def test_an_outage_disables_nothing_whatever_the_llm_says() -> None:
    down = [failing(f"m{i}", group(Kind.BILLING)) for i in range(4)]
    assert {d.action for d in decided(facts(*down, *well(9, "openai"))).values()} == {Action.MONITOR}


def test_silence_disables_nothing_whatever_the_llm_says() -> None:
    decisions = decided(facts(answering("m", success=50), *well(9)))
    assert decisions["m"].action == Action.MONITOR


def test_a_flagged_model_is_asked_about() -> None:
    flagged = answering("m").model_copy(update={"deprecated": True})
    triaged = SURE.model_copy(update={"suggested_by": "triage", "confidence": 1.0})
    decision = decided(facts(flagged, *well(9)), triaged)["m"]
    assert (decision.action, decision.route, decision.situation) == (Action.DISABLE, Route.ASK, None)


def test_a_rename_is_asked_about() -> None:
    assert "would add m-2" in decided(facts(failing("m"), *well(9)), renames={"m": "m-2"})["m"].gate


def test_a_run_limited_to_a_provider_does_nothing_alone() -> None:
    known = facts(failing("m"), *well(9), limited_to=("groq",))
    assert "some providers only" in decided(known)["m"].gate


groups = st.builds(
    lambda kind, first, length, count: group(kind, first=first, last=first - length * first, count=count),
    st.sampled_from(Kind),
    st.floats(0.1, 700),
    st.floats(0, 1),
    st.integers(1, 60),
)


@given(
    st.lists(st.tuples(st.lists(groups, min_size=1, max_size=4), st.one_of(st.none(), st.floats(1, 700)))),
    st.sampled_from([0.0, 0.5, 0.95, 1.0]),
    st.sampled_from(["gpt-5.2", "memory", "rules"]),
    st.integers(0, 25),
    st.integers(0, 12),
)
def test_no_evidence_makes_policy_act_outside_its_gates(
    models: list[tuple[list[FailureGroup], float | None]],
    confidence: float,
    by: str,
    unattended: int,
    healthy: int,
) -> None:
    signals = [failing(f"m{i}", *streak, success=success) for i, (streak, success) in enumerate(models)]
    known = facts(*signals, *well(healthy))
    verdict = SURE.model_copy(update={"confidence": confidence, "suggested_by": by})
    decisions = decided(known, verdict, RecentActivity(unattended=unattended))
    automatic = [d for d in decisions.values() if d.route == Route.AUTO]
    by_name = {s.ref.model_id: s for s in signals}
    running = len(signals) + healthy
    assert len(automatic) <= max(1, running // 5)
    assert len(automatic) <= max(0, 20 - unattended)
    assert len(automatic) < max(running, 1)
    for decision in automatic:
        evidence = by_name[decision.ref.model_id]
        mine = [g for g in evidence.streak if g.kind in POLICY.kinds]
        assert confidence >= POLICY.min_confidence
        assert by != "rules"
        assert sum(g.count for g in mine) >= POLICY.min_failures
        assert evidence.last_failure is not None
        span = evidence.last_failure - min(g.first for g in mine)
        assert span.total_seconds() >= 48 * 3600
        assert (known.now - evidence.last_failure).total_seconds() <= 12 * 3600
