"""What the digest tells of models that are leaving: the next days first, and never a flood."""

from datetime import timedelta

import pytest

from bot.discovery_job import lines_for_digest
from discovery.findings import Discovery, DiscoveryInputs
from discovery.matching.leaving import MISSING, Departure
from discovery.matching.match import Matching
from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import LlmUse
from support.small_catalogue import NOW

ALL = "`ai-operator discover leaving`."


def going(days: int | None, number: int = 1, successor: str = "") -> Departure:
    """In so many days from now; None: without a day."""
    ref = ModelRef(provider="openai", model_id=f"gpt-{number}")
    date = "" if days is None else f"{NOW + timedelta(days=days):%Y-%m-%d}"
    return Departure(ref=ref, date=date, source=MISSING if days is None else "LiteLLM", successor=successor)


def told(*leaving: Departure) -> tuple[str, ...]:
    inputs = DiscoveryInputs(listed=(), vanished=(), models=(), snapshots=(), sync=None, last_good=None)
    use = LlmUse(model="none")
    return lines_for_digest(Discovery(at=NOW, inputs=inputs, matching=Matching(), leaving=leaving, llm=use))


@pytest.mark.parametrize(("days", "lines"), [(0, 1), (7, 1), (90, 1), (91, 0), (400, 0)])
def test_what_leaves_within_ninety_days_is_told(days: int, lines: int) -> None:
    assert len(told(going(days))) == lines


def test_a_line_has_the_day_who_says_so_and_the_successor() -> None:
    assert told(going(3, successor="gpt-6")) == (
        f"openai/gpt-1 leaves on {NOW + timedelta(days=3):%Y-%m-%d} (LiteLLM); its successor is gpt-6",
    )


@pytest.mark.parametrize("days", [-1, -30, -500])
def test_a_model_that_is_still_run_after_its_day_is_named(days: int) -> None:
    (line,) = told(going(days))
    day = f"{NOW + timedelta(days=days):%Y-%m-%d}"
    assert line == f"Still run after the day on which they were to go: openai/gpt-1 ({day})"


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        (1, f"openai/gpt-0 is leaving ({MISSING})"),
        (2, f"openai/gpt-0 and openai/gpt-1 are leaving ({MISSING})"),
        (5, f"5 models are {MISSING}: {ALL}"),
        (1_060, f"1,060 models are {MISSING}: {ALL}"),
    ],
)
def test_many_that_are_missing_at_once_are_one_line_after_those_with_a_day(missing: int, line: str) -> None:
    first, last = told(going(5, 99), *(going(None, number) for number in range(missing)))
    assert first.startswith("openai/gpt-99 leaves on")
    assert last == line


@pytest.mark.parametrize("many", [5, 40, 300])
def test_a_day_on_which_many_leave_is_told_in_a_few_lines(many: int) -> None:
    lines = told(*(going(30, number) for number in range(many)))
    assert len(lines) == 5
    assert lines[-1] == f"{many - 4} more model{'s are' if many > 5 else ' is'} leaving: {ALL}"


def test_many_past_their_day_are_one_line() -> None:
    (line,) = told(*(going(-3, number) for number in range(70)))
    assert line.endswith("and 66 more")
