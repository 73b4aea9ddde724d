"""Where each brake lies, to the model and the hour: on the line, and one step past it."""

from datetime import timedelta
from typing import Any

import pytest

from operator_core.domain.decisions import Judged, Route
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import ShadowRecord
from operator_core.domain.proposals import Member
from operator_core.domain.signals import Signals
from operator_core.domain.situations import Scope
from operator_core.policy.drafts import Background
from operator_core.policy.gates import RecentActivity, share_in_trouble
from support.evidence import NOW, ago, answering, facts, failing, group, ref
from support.gates import SURE, gate_of, situation, told, well

USED_ONE = "alone I may switch off only 1 of groq's {} models a week: this week's is used"
USED_ALL = "alone I may switch off only {1} of groq's {0} models a week: this week's are used"


@pytest.mark.parametrize(
    ("running", "used", "gate"),
    [
        (14, 1, ""),
        (14, 2, USED_ALL.format(14, 2)),
        (15, 2, ""),
        (15, 3, USED_ALL.format(15, 3)),
        (9, 0, ""),
        (9, 1, USED_ONE.format(9)),
        (3, 0, ""),
        (3, 1, USED_ONE.format(3)),
    ],
)
def test_a_providers_share_of_a_week_and_one_at_least(running: int, used: int, gate: str) -> None:
    activity = RecentActivity(by_policy_this_week={"groq": used, "openai": 9})
    off = [answering("off", enabled=False), *well(40, "openai")]
    assert gate_of(failing("m"), others=[*well(running - 1), *off], activity=activity) == gate


@pytest.mark.parametrize(("share", "of", "allowed"), [(0.29, 100, 29), (0.28, 100, 28), (0.07, 100, 7)])
def test_a_share_is_counted_as_it_reads(share: float, of: int, allowed: int) -> None:
    """0.29 of 100 is 28.999… in floating point."""
    used = [RecentActivity(by_policy_this_week={"groq": count}) for count in (allowed - 1, allowed)]
    gates = [
        gate_of(failing("m"), others=well(of - 1), activity=one, max_share_of_provider=share) for one in used
    ]
    assert [bool(gate) for gate in gates] == [False, True]


@pytest.mark.parametrize(
    ("unattended", "most", "gate"),
    [
        (19, 20, ""),
        (20, 20, "all 20 changes that I may make before a person acts are used"),
        (1, 2, ""),
        (2, 2, "all 2 changes that I may make before a person acts are used"),
        (1, 1, "the one change that I may make before a person acts is used"),
        (0, 0, "operator.toml lets me change nothing alone"),
        (0, 1, ""),
    ],
)
def test_so_many_changes_without_a_person(unattended: int, most: int, gate: str) -> None:
    activity = RecentActivity(unattended=unattended)
    assert gate_of(failing("m"), activity=activity, max_changes_unattended=most) == gate


def test_what_is_let_through_counts_for_the_next() -> None:
    three = [failing(f"m{number}", group(first=96 - number)) for number in range(3)]
    used = told(situation(*three), activity=RecentActivity(unattended=18))
    assert [used[f"m{number}"].route for number in range(3)] == [Route.AUTO, Route.AUTO, Route.ASK]
    share = told(situation(*three), others=well(7))
    assert share["m2"].gate == USED_ALL.format(10, 2)
    last = told(situation(*three), others=well(9, "openai"), max_share_of_provider=1.0)
    gates = [last[f"m{number}"].gate for number in range(3)]
    assert gates == ["", "", "it is the last enabled model of groq"]


@pytest.mark.parametrize(("others", "gate"), [(0, "it is the last enabled model of groq"), (1, "")])
def test_one_enabled_model_stays(others: int, gate: str) -> None:
    beside = [*well(others), *well(9, "openai"), answering("off", enabled=False)]
    assert gate_of(failing("m"), others=beside, max_share_of_provider=1.0) == gate


def stopped(count: int, first: float = 10, success: float | None = 30, **said: Any) -> list[Signals]:
    streak = group(first=first, last=1, count=2)
    return [failing(f"s{number}", streak, success=success, **said) for number in range(count)]


@pytest.mark.parametrize(
    ("signals", "share"),
    [
        (stopped(3), 0.3),
        (stopped(2), 0.2),
        (stopped(3, first=24), 0.3),
        (stopped(3, first=24.01), 0.0),
        (stopped(3, success=None), 0.0),
        (stopped(3, enabled=False), 0.0),
        ([], 0.0),
    ],
)
def test_what_stopped_answering_within_a_day_is_in_trouble(signals: list[Signals], share: float) -> None:
    running = [one for one in signals if one.runs]
    known = facts(*signals, *well(10 - len(running)), answering("off", enabled=False))
    assert share_in_trouble([], known) == pytest.approx(share)
    aside: list[Judged] = [(situation(*signals, scope=Scope.PROVIDER), SURE)]
    assert share_in_trouble(aside, known) == 0.0, "that has its own remedy"
    part: list[Judged] = [(situation(*signals, scope=Scope.PATTERN), SURE)]
    assert share_in_trouble(part, known) == pytest.approx(share)


def test_of_nothing_nothing_is_in_trouble() -> None:
    assert share_in_trouble([], facts()) == 0.0
    assert share_in_trouble([], facts(*stopped(2, enabled=False))) == 0.0


@pytest.mark.parametrize(
    ("count", "gate"), [(3, "30% of all models stopped answering in the last 24 hours"), (2, "")]
)
def test_so_much_of_everything_may_be_in_trouble(count: int, gate: str) -> None:
    assert gate_of(failing("m"), others=[*stopped(count), *well(9 - count)]) == gate


def shadow(name: str, days: float, failing_since: float | None = 190, provider: str = "groq") -> ShadowRecord:
    since = None if failing_since is None else ago(failing_since)
    return ShadowRecord(
        member=Member(ref=ref(name, provider), enabled=True, failing_since=since),
        at=NOW - timedelta(days=days),
        proposal_id="P-1",
        kind=Kind.HARD_MODEL,
        pattern="",
        confidence=0.97,
        suggested_by="gpt-5.2",
    )


@pytest.mark.parametrize(("days", "before"), [(0, 10), (6.99, 10), (7, 10), (7.01, 9), (30, 9)])
def test_what_shadow_recorded_counts_into_the_size_for_a_week_and_runs_no_more(
    days: float, before: int
) -> None:
    """Nine run: the tenth is gone, as far as anybody counts."""
    used = RecentActivity(shadow=(shadow("gone", days),), by_policy_this_week={"groq": 1})
    others = [failing("gone", group(first=190)), *well(8)]
    gate = gate_of(failing("m"), others=others, activity=used, max_share_of_provider=0.1)
    assert f"of groq's {before} models" in gate


def test_what_shadow_recorded_of_who_runs_no_more_or_answers_again_counts_nowhere() -> None:
    records = tuple(shadow(name, 1) for name in ("off", "unknown"))
    activity = RecentActivity(shadow=records, by_policy_this_week={"groq": 1})
    others = [failing("off", group(first=190), enabled=False), *well(8)]
    assert gate_of(failing("m"), others=others, activity=activity) == USED_ONE.format(9)
    again = RecentActivity(shadow=(shadow("well0", 30),), by_policy_this_week={"groq": 1})
    assert gate_of(failing("m"), others=well(8), activity=again) == USED_ONE.format(9)


def test_nothing_counts_where_nothing_was_done() -> None:
    assert gate_of(failing("m"), max_changes_unattended=1) == ""


def test_with_what_shadow_recorded_gone_the_last_model_stays() -> None:
    activity = RecentActivity(shadow=(shadow("gone", 1),))
    others = [failing("gone", group(first=190)), *well(9, "openai")]
    said = {"activity": activity, "max_share_of_provider": 1.0}
    assert gate_of(failing("m"), others=others, **said) == "it is the last enabled model of groq"


def test_who_stands_elsewhere_goes_first_then_the_longest_failing_then_by_name() -> None:
    models = [
        failing("b", group(first=96)),
        failing("a", group(first=96)),
        failing("young", group(first=60)),
        failing("only", group(first=300)),
    ]
    elsewhere = Background(
        elsewhere={ref(name): 1 for name in ("a", "b", "young")}, offered={ref("only"): False}
    )
    order = list(told(situation(*models), background=elsewhere))
    assert order == ["a", "b", "young", "only"]
