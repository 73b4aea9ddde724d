"""A benchmark platform of 523 models over ten providers with thirty days of results, made from a seed.

Every row of the table "What a good operator decides" that data can show occurs in it, and the right answer
for each model is known, because its history was made for it. Nothing depends on the wall clock: `now` is
given.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from operator_core.domain.base import ModelRef, to_utc
from sandbox.platform.casting import Part, cast
from sandbox.platform.courses import LATEST_RUN_HOURS, NOISE, RUN_EVERY_HOURS, Course, course_of
from sandbox.platform.extra_errors import extra_errors
from sandbox.platform.filling import fill
from sandbox.platform.rows import error_rows, success_rows, unreadable_errors, unreadable_successes
from sandbox.platform.stored_catalogue import catalog_documents
from sandbox.platform.values import Document, Platform, Row, Streak, Trouble, Truth, truth_of

__all__ = ["Platform", "Row", "Trouble", "Truth", "build_platform", "extra_errors", "fill"]

SILENT_FOR_HOURS = (28, 40)
Played = tuple[Part, Course]


def build_platform(now: datetime, *, seed: int = 7, scale: int = 1, trouble: Trouble = "default") -> Platform:
    """The platform as of `now`. Another seed: other models, ages and counts, each row's definition kept.

    `scale`: so many times the models, with the same causes. `trouble`: "default" is the crowd of all there
    is; "believable" is a usual Monday: most answer, a provider is down, a few things want a decision, and of
    the runs before last week one a day is kept, so that it is soon read; "quiet" has only trouble that is
    days old (one provider without credit, and token budgets that are too small); "runner_down" is the default
    whose results all stopped more than a day ago.
    """
    now = to_utc(now)
    if trouble == "runner_down":
        stopped = now - timedelta(hours=Random(seed).randint(*SILENT_FOR_HOURS))
        return _runner_down(build_platform(stopped, seed=seed, scale=scale), now)
    parts = cast(now, seed, scale, trouble)
    played = [(part, _course(part, now, seed)) for part in parts]
    if readable := trouble == "believable":
        played = [(part, _thinned(course, now)) for part, course in played]
    dirty = next(part.ref for part in parts if part.truth.row == Row.DISABLED)
    bad_successes = () if readable else unreadable_successes(now, dirty)
    bad_errors = () if readable else unreadable_errors(now, dirty)
    return Platform(
        now=now,
        seed=seed,
        models=tuple(part.document for part in parts if part.document),
        successes=(*_successes(played, seed), *bad_successes),
        errors=(*_errors(played, now, seed), *bad_errors),
        model_status=tuple(_statuses(parts, now, seed)),
        catalog=catalog_documents(parts, now),
        truths=tuple(sorted((part.truth for part in parts), key=lambda truth: truth.ref)),
        streaks=tuple(streak for part, course in played if (streak := _streak(part, course))),
        successor=_successor(parts),
        unreadable_rows=len(bad_successes) + len(bad_errors),
    )


def _course(part: Part, now: datetime, seed: int) -> Course:
    rng = Random(f"{seed}/{part.ref}/course")
    offset = Random(f"{seed}/{part.ref.provider}/offset").uniform(*LATEST_RUN_HOURS)
    return course_of(part.phases, now, offset, rng, first_in_line=part.first_in_line)


def _thinned(course: Course, now: datetime) -> Course:
    """Before the last week one run a day, and no failure that passed."""
    recent = now - timedelta(days=7)
    return Course(
        [at for at in course.successes if at > recent or at.hour < RUN_EVERY_HOURS],
        [
            (at, said)
            for at, said in course.failures
            if at > now - timedelta(hours=120) or (said not in NOISE and at.hour < RUN_EVERY_HOURS)
        ],
    )


def _successes(played: Iterable[Played], seed: int) -> Iterator[Document]:
    for part, course in played:
        yield from success_rows(part.ref, course, Random(f"{seed}/{part.ref}/successes"))


def _errors(played: Iterable[Played], now: datetime, seed: int) -> Iterator[Document]:
    for part, course in played:
        yield from error_rows(part.ref, course, part.successor, now, Random(f"{seed}/{part.ref}/errors"))


def _successor(parts: Iterable[Part]) -> ModelRef | None:
    """What the renamed model is called now, if `models` doesn't have it yet."""
    renamed = next((part for part in parts if part.successor and not part.successor_listed), None)
    return ModelRef(provider=renamed.ref.provider, model_id=renamed.successor) if renamed else None


def _streak(part: Part, course: Course) -> Streak | None:
    times = [at for at, template in course.failures if template == part.template]
    if not times:
        return None
    return Streak(
        ref=part.ref, template=part.template, successor=part.successor, first=min(times), last=max(times)
    )


def _statuses(parts: list[Part], now: datetime, seed: int) -> list[Document]:
    """Most models have one; the platform writes it when it sees a model for the first time."""
    rng = Random(f"{seed}/status")
    return [
        {
            "provider": part.ref.provider,
            "model_id": part.ref.model_id,
            "last_updated": now - timedelta(minutes=rng.randint(60, 40_000)),
        }
        for part in parts
        if part.document and rng.random() < 0.9
    ]


def _runner_down(stopped: Platform, now: datetime) -> Platform:
    truths = tuple(
        truth
        if truth.row in {Row.UNLISTED, Row.DISABLED}
        else truth_of(truth.ref, Row.RUNNER_DOWN, "everything: the runner is down")
        for truth in stopped.truths
    )
    return replace(stopped, now=now, truths=truths)
