"""How one model's thirty days go: phases of answering, failing and silence, cut into runs six hours apart."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

OK = "ok"
NOTHING = ""
RUN_EVERY_HOURS = 6.0
RUNS = 118
"""Within 30 days: the oldest run is 708 hours old, plus offset and jitter."""
LATEST_RUN_HOURS = (0.3, 1.6)
JITTER_HOURS = 0.2
FIRST_IN_LINE_HOURS = 0.25
"""Beyond any jitter: this model runs before all others of its provider."""
OLDER_THAN_FLAPPING_HOURS = 110.0
NOISE = ("timed_out", "overloaded", "rate")
NOISE_SHARE = 0.015

Outcome = str | tuple[str, ...]
"""OK, NOTHING, the key of an error template, or several of these in turn."""
Phase = tuple[float, Outcome]
"""From this age in hours on, until the next phase begins."""


@dataclass
class Course:
    """What a model gave, oldest first; failures with the key of their template."""

    successes: list[datetime] = field(default_factory=list)
    failures: list[tuple[datetime, str]] = field(default_factory=list)


def course_of(
    phases: Iterable[Phase], now: datetime, offset: float, rng: Random, *, first_in_line: bool = False
) -> Course:
    """The runs of one model. `offset`: hours since its provider's latest round of runs."""
    ordered = sorted(phases, key=lambda phase: phase[0])
    turn = rng.randrange(60)
    course = Course()
    for index in reversed(range(RUNS)):
        jitter = FIRST_IN_LINE_HOURS if first_in_line else rng.uniform(0, JITTER_HOURS)
        age = offset + RUN_EVERY_HOURS * index + jitter
        at = ago(now, age)
        outcome = _outcome(ordered, age, turn + index)
        if outcome == OK and age > OLDER_THAN_FLAPPING_HOURS and rng.random() < NOISE_SHARE:
            outcome = rng.choice(NOISE)
        if outcome == OK:
            course.successes.append(at)
        elif outcome != NOTHING:
            course.failures.append((at, outcome))
    return course


def ago(now: datetime, hours: float) -> datetime:
    """In whole milliseconds, as MongoDB keeps them."""
    return now - timedelta(milliseconds=round(hours * 3_600_000))


def _outcome(ordered: list[Phase], age: float, turn: int) -> str:
    """The youngest phase that had begun at this age; before the first there was nothing."""
    current = next((outcome for since, outcome in ordered if age <= since), NOTHING)
    return current if isinstance(current, str) else current[turn % len(current)]
