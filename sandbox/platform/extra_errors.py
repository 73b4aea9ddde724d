"""More error rows of the same kind, to weigh the reading of facts: they change no answer."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from operator_core.domain.base import ModelRef
from sandbox.platform.errors import TEMPLATES
from sandbox.platform.rows import error_row
from sandbox.platform.values import Document, Platform, Row

WINDOW = timedelta(days=30)
OLDEST = timedelta(days=400)
DISABLED_SHARE = 0.3


def extra_errors(platform: Platform, count: int, inside: bool, seed: int) -> Iterator[Document]:
    """`count` failures, reproducible by `seed`. Inside the window: of models that fail already, between their
    first failure and their last, and of disabled models. Outside: of any model, older than the window."""
    rng = Random(f"{seed}/extra/{inside}")
    make = _inside if inside else _outside
    yield from make(platform, count, rng)


def _inside(platform: Platform, count: int, rng: Random) -> Iterator[Document]:
    disabled = [truth.ref for truth in platform.truths if truth.row == Row.DISABLED]
    templates = sorted(TEMPLATES)
    for _ in range(count):
        if rng.random() < DISABLED_SHARE:
            at = platform.now - _span(rng, timedelta(minutes=1), WINDOW)
            yield error_row(rng.choice(disabled), rng.choice(templates), "", at, rng)
        else:
            streak = rng.choice(platform.streaks)
            at = streak.last - _span(rng, timedelta(0), streak.last - streak.first)
            yield error_row(streak.ref, streak.template, streak.successor, at, rng)


def _outside(platform: Platform, count: int, rng: Random) -> Iterator[Document]:
    refs = [ModelRef(provider=row["provider"], model_id=row["model_id"]) for row in platform.models]
    templates = sorted(TEMPLATES)
    for _ in range(count):
        at = platform.now - _span(rng, WINDOW + timedelta(minutes=1), OLDEST)
        yield error_row(rng.choice(refs), rng.choice(templates), "", at, rng)


def _span(rng: Random, least: timedelta, most: timedelta) -> timedelta:
    """Whole milliseconds, as MongoDB keeps them."""
    low, high = round(least.total_seconds() * 1000), round(most.total_seconds() * 1000)
    return timedelta(milliseconds=rng.randint(low, max(low, high)))
