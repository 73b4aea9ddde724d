"""From a model's course to the platform's documents, in every shape that such rows have had."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from operator_core.domain.base import ModelRef
from sandbox.platform.courses import Course
from sandbox.platform.errors import TEMPLATES, message
from sandbox.platform.values import Document

OLD_SHAPE_DAYS = 20
"""Rows older than this have `created_at` or `timestamp`, and `error` or `traceback`."""
SUCCESS_STYLES = ("date", "text", "naive text", "naive", "run_ts only")
ERROR_STYLES = ("date", "text", "naive text", "naive", "nested", "old")
ODD_SHARE = 0.03
"""Of all models, how many have each of the odd styles in all of their rows."""


def success_rows(ref: ModelRef, course: Course, rng: Random) -> Iterator[Document]:
    """One document for each success."""
    style, speed = _style(SUCCESS_STYLES, rng), rng.uniform(18, 240)
    for at in course.successes:
        row: Document = {"provider": ref.provider, "model_name": ref.model_id}
        row |= {"run_ts": at} if style == "run_ts only" else {"run_ts": at, "gen_ts": in_style(at, style)}
        row["tokens_per_second"] = round(speed * (0.8 + 0.4 * rng.random()), 2)
        row["time_to_first_token"] = round(0.1 + 0.9 * rng.random(), 3)
        row["output_tokens"] = 64
        yield row


def error_rows(
    ref: ModelRef, course: Course, successor: str, now: datetime, rng: Random
) -> Iterator[Document]:
    """One document for each failure."""
    style = _style(ERROR_STYLES, rng)
    for at, template in course.failures:
        text = message(template, rng, ref.model_id, successor)
        old = style == "old" or now - at > timedelta(days=OLD_SHAPE_DAYS)
        row: Document = {"provider": ref.provider, "model_name": ref.model_id}
        row |= _old_shape(at, text, rng) if old else _new_shape(at, text, style, rng)
        yield row | _labels(ref, template, rng)


def error_row(ref: ModelRef, template: str, successor: str, at: datetime, rng: Random) -> Document:
    """One failure in today's shape."""
    text = message(template, rng, ref.model_id, successor)
    row: Document = {"provider": ref.provider, "model_name": ref.model_id, "ts": at, "message": text}
    return row | _labels(ref, template, rng)


def in_style(at: datetime, style: str) -> datetime | str:
    """A time as a date, a naive date, or ISO text with and without its zone."""
    if style == "text":
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if style == "naive text":
        return at.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return at.replace(tzinfo=None) if style == "naive" else at


def unreadable_successes(now: datetime, ref: ModelRef) -> tuple[Document, ...]:
    """Rows without a usable provider, model or time."""
    good: Document = {"provider": ref.provider, "model_name": ref.model_id, "tokens_per_second": 41.5}
    at = now - timedelta(hours=9)
    return (
        {"model_name": ref.model_id, "gen_ts": at},
        {"provider": ref.provider, "gen_ts": at},
        good | {"gen_ts": "n/a"},
        good,
    )


def unreadable_errors(now: datetime, ref: ModelRef) -> tuple[Document, ...]:
    good: Document = {"provider": ref.provider, "model_name": ref.model_id, "message": "Request timed out."}
    at = now - timedelta(hours=11)
    return (
        {"model_name": ref.model_id, "ts": at, "message": "401 Unauthorized"},
        {"provider": None, "model_name": ref.model_id, "ts": at, "message": "401 Unauthorized"},
        {"provider": 7, "model_name": ref.model_id, "ts": at, "message": "401 Unauthorized"},
        {"provider": ref.provider, "model_name": "", "ts": at, "message": "no model"},
        good | {"ts": "yesterday"},
        good | {"ts": int(at.timestamp())},
        good | {"ts": now + timedelta(days=5)},
        good,
    )


def _style(styles: tuple[str, ...], rng: Random) -> str:
    """The style of all rows of a model: mostly the first."""
    drawn = int(rng.random() / ODD_SHARE)
    return styles[drawn + 1] if drawn + 1 < len(styles) else styles[0]


def _new_shape(at: datetime, text: str, style: str, rng: Random) -> Document:
    if style == "nested":
        return {"ts": at, "error": {"message": text}}
    row: Document = {"ts": in_style(at, style), "message": text}
    if rng.random() < 0.4:
        row["normalized_message"] = re.sub(r"\d+", "#", text)
    return row


def _old_shape(at: datetime, text: str, rng: Random) -> Document:
    if rng.random() < 0.5:
        return {"created_at": at.astimezone(UTC), "error": text}
    frames = 'Traceback (most recent call last):\n  File "/srv/bench/cloud.py", line 212, in generate\n'
    return {"timestamp": at, "traceback": f"{frames}    raise failure\n{text}"}


def _labels(ref: ModelRef, template: str, rng: Random) -> Document:
    name = f"{ref}/{template}".encode()
    labels: Document = {"stage": "generate", "fingerprint": hashlib.sha256(name).hexdigest()[:16]}
    draw = rng.random()
    if draw < 0.35:
        labels["error_kind"] = "unknown"
    elif draw < 0.55:
        labels["error_kind"] = TEMPLATES[template].kind.value
    return labels
