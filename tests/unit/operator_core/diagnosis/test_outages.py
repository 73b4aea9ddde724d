"""What is wrong with a whole provider, or with us."""

from datetime import timedelta

import pytest

from operator_core.diagnosis.outages import provider_health
from operator_core.domain.kinds import Kind
from support.evidence import ANALYSIS, answering, facts, failing, group


def test_a_lapsed_bill_is_the_providers_trouble_and_not_ten_models_death() -> None:
    broke = [failing(f"m{i}", group(Kind.BILLING, first=9, last=1, count=3), success=10) for i in range(10)]
    found = provider_health(facts(*broke, answering("other", provider="openai")), ANALYSIS)
    assert [(o.provider, o.kind, len(o.members)) for o in found.outages] == [("groq", Kind.BILLING, 10)]


def test_a_success_yesterday_does_not_hide_an_outage_that_began_tonight() -> None:
    down = [
        failing(f"m{i}", group(Kind.TRANSIENT_PROVIDER, first=3, last=1, count=2), success=8)
        for i in range(3)
    ]
    assert provider_health(facts(*down), ANALYSIS).outages


def test_server_errors_time_outs_and_network_errors_are_one_outage() -> None:
    kinds = [Kind.TRANSIENT_PROVIDER, Kind.TIMEOUT, Kind.NETWORK]
    down = [failing(f"m{kind}", group(kind, first=3, last=1)) for kind in kinds]
    [outage] = provider_health(facts(*down), ANALYSIS).outages
    assert outage.kind == Kind.TRANSIENT_PROVIDER


def test_two_models_are_no_evidence_against_a_provider() -> None:
    assert not provider_health(facts(failing("a"), failing("b")), ANALYSIS).outages


def test_below_nine_tenths_the_provider_is_not_down() -> None:
    sick = [failing(f"m{i}", group(Kind.BILLING)) for i in range(8)]
    well = [answering("w1"), answering("w2")]
    assert not provider_health(facts(*sick, *well), ANALYSIS).outages


def test_models_that_are_disabled_or_never_ran_do_not_dilute_the_share() -> None:
    sick = [failing(f"m{i}", group(Kind.BILLING)) for i in range(3)]
    off = [answering(f"off{i}", enabled=False) for i in range(9)]
    assert provider_health(facts(*sick, *off), ANALYSIS).outages


def test_silence_of_everybody_is_our_own_runner() -> None:
    quiet = [answering(f"m{i}", success=30) for i in range(4)]
    found = provider_health(facts(*quiet, answering("off", enabled=False)), ANALYSIS)
    assert found.runner_down
    assert found.last_result == quiet[0].last_success


@pytest.mark.parametrize(
    ("every_days", "quiet_days", "down"),
    [
        (7, 3, False),
        (7, 8, False),
        (7, 12, True),
        (1, 1.2, False),
        (1, 2, True),
        (0.25, 1, False),
        (0.25, 1.5, True),
    ],
)
def test_silence_is_told_by_the_platforms_own_rhythm(
    every_days: float, quiet_days: float, down: bool
) -> None:
    usual = {"usual_interval": timedelta(days=every_days)}
    quiet = [answering(f"m{i}", success=24 * quiet_days).model_copy(update=usual) for i in range(4)]
    once = answering("ran once", success=24 * quiet_days)
    assert provider_health(facts(*quiet, once), ANALYSIS).runner_down == down


def test_a_run_limited_to_one_provider_never_blames_the_runner() -> None:
    quiet = answering("m", success=30)
    assert not provider_health(facts(quiet, limited_to=("groq",)), ANALYSIS).runner_down


def test_a_platform_without_results_is_not_a_stopped_runner() -> None:
    assert not provider_health(facts(), ANALYSIS).runner_down
