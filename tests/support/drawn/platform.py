"""Platforms drawn from a seed, and the plainest possible reading of them: all rows, in Python, one by one."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from operator_core.domain.base import ModelRef
from operator_core.domain.signals import Facts, FailureGroup, Signals
from operator_core.text.failures import read_failure
from support.shipped import SETTINGS

Document = dict[str, Any]
Row = tuple[datetime, Document]

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
MONGO = SETTINGS.mongodb.model_copy(update={"successes": "ok", "errors": "failed"})
ANALYSIS = SETTINGS.analysis.model_copy(update={"window_days": 10})
A_LIST = NOW - timedelta(days=9)
"""A list is found by its elements: one of older times isn't."""
PROVIDERS = ("groq", "together", "openai")
NO_NAMES = (None, "", 5, {"name": "groq"})
DOCUMENT = {"$date": "2026-11-19"}
NO_TIMES: tuple[Any, ...] = (
    "not a date",
    "",
    "11/19/2026",
    1795000000,
    2.5,
    True,
    ObjectId(),
    b"",
    [],
    ["soon"],
    DOCUMENT,
)
MESSAGES = (
    "Error code: 404 - The model `{model}` does not exist or you do not have access to it.",
    "Error code: 429 - Rate limit reached, please try again in {n}s.",
    "Request timed out after 60 seconds (request {n})",
    "Error code: 400 - Unsupported parameter: 'max_tokens' is not supported with this model.",
    "something odd happened",
)


def _drawn_time(random_: random.Random, nth: int, happy: bool) -> datetime:
    """No two alike, so that the newest is always one."""
    hours = random_.uniform(0, 60) if happy else random_.uniform(0, 14 * 24)
    return (NOW - timedelta(hours=hours)).replace(microsecond=0) + timedelta(milliseconds=nth)


def _with_time(random_: random.Random, row: Document, at: datetime, fields: tuple[str, ...]) -> Document:
    """The time in one of the fields and shapes that occur, the fields before it null or missing."""
    field = random_.choices(fields, weights=[8, *[1] * (len(fields) - 1)])[0]
    for earlier in fields[: fields.index(field)]:
        if random_.random() < 0.5:
            row[earlier] = None
    zone = timedelta(hours=random_.choice((-11, 0, 2, 5.5)))
    shapes: list[object] = [at, at, at, at.isoformat(), at.replace(tzinfo=None).isoformat(sep=" ")]
    shapes.append((at + zone).replace(tzinfo=None).isoformat() + _offset(zone))
    shapes += [f"{at:%Y/%m/%d %H:%M:%S.%f} UTC", f"{at.isoformat().lower()}\n"]
    row[field] = random_.choice(shapes)
    no_time = random_.choice((*NO_TIMES, f"{at:%d/%m/%Y %H:%M}", *[[at], [at.isoformat()]] * (at > A_LIST)))
    if random_.random() < 0.03:
        row[field] = no_time
    elif random_.random() < 0.04:  # beside it one that can be used
        row |= {fields[0]: no_time, random_.choice(fields[1:]): random_.choice(shapes)}
    elif random_.random() < 0.03:
        later = NOW + timedelta(hours=random_.choice((0.5, 3, 9000)), milliseconds=at.microsecond // 1000)
        row[field] = random_.choice((later, later.isoformat()))
    elif random_.random() < 0.03:
        for any_ in fields:
            row.pop(any_, None)
    return row


def _offset(zone: timedelta) -> str:
    minutes = int(zone.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def drawn_platform(seed: int) -> tuple[list[Document], list[Document], list[Document]]:
    random_ = random.Random(seed)
    refs = [(provider, f"model-{letter}") for provider in PROVIDERS for letter in "abcde"]
    models: list[Document] = [
        {"provider": provider, "model_id": model_id}
        | ({"enabled": random_.choice((True, False, "true", 1))} if random_.random() < 0.9 else {})
        | ({"deprecated": random_.choice((True, False, None))} if random_.random() < 0.5 else {})
        | ({"successor_model": random_.choice(("new", "", None, 3))} if random_.random() < 0.3 else {})
        for provider, model_id in refs[:-2]
    ]
    models += [{"provider": None, "model_id": "x"}, {"provider": "groq"}]
    successes, errors = [], []
    for nth in range(500):
        provider, model_id = random_.choice(refs)
        row: Document = {"provider": provider, "model_name": model_id}
        if random_.random() < 0.04:
            row[random_.choice(("provider", "model_name"))] = random_.choice(NO_NAMES)
        failing = model_id in ("model-a", "model-b")
        if random_.random() < (0.1 if failing else 0.5):
            at = _drawn_time(random_, nth, happy=not failing)
            successes.append(_with_time(random_, row, at, ("gen_ts", "run_ts")))
        else:
            row[random_.choice(("message", "message", "error"))] = random_.choice(MESSAGES).format(
                model=model_id, n=random_.randint(1, 9)
            )
            row |= {"stage": random_.choice(("call", None)), "error_kind": "unknown"}
            at = _drawn_time(random_, nth, happy=model_id == "model-c")
            errors.append(_with_time(random_, row, at, ("ts", "created_at", "timestamp")))
    return models, successes, errors


def time_of(row: Document, fields: tuple[str, ...], now: datetime = NOW) -> datetime | str:
    """The row's time, or what is wrong with it."""
    values = [row[field] for field in fields if row.get(field) is not None]
    at = next(filter(None, map(moment, values)), None)
    if at is None:
        return "a time that cannot be read" if values else "no time"
    return "a time in the future" if at > now + timedelta(hours=1) else at


def moment(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip().upper().removesuffix(" UTC").replace("/", "-"))
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def usable(name: object) -> bool:
    return isinstance(name, str) and name != ""


def read_rows(
    rows: list[Document],
    collection: str,
    fields: tuple[str, ...],
    problems: Counter[tuple[str, str]],
    now: datetime,
) -> dict[ModelRef, list[Row]]:
    found: dict[ModelRef, list[Row]] = defaultdict(list)
    for row in rows:
        at = time_of(row, fields, now)
        if isinstance(at, str):
            problems[collection, at] += 1
        elif at < now - timedelta(days=ANALYSIS.window_days):
            continue
        elif not usable(row["provider"]) or not usable(row["model_name"]):
            missing = "model_name" if usable(row["provider"]) else "provider"
            problems[collection, f"no text in {missing}"] += 1
        else:
            found[ModelRef(provider=row["provider"], model_id=row["model_name"])].append((at, row))
    return {ref: sorted(of_ref, key=lambda one: one[0]) for ref, of_ref in found.items()}


def undated(ref: ModelRef, successes: list[Document], now: datetime) -> int:
    mine = [row for row in successes if (row["provider"], row["model_name"]) == (ref.provider, ref.model_id)]
    return sum(isinstance(time_of(row, ("gen_ts", "run_ts"), now), str) for row in mine)


def groups_of(ref: ModelRef, rows: list[Row]) -> tuple[FailureGroup, ...]:
    groups: dict[tuple[str, str], FailureGroup] = {}
    for at, row in rows:
        reading = read_failure(
            row.get("message") or row["error"],
            provider=ref.provider,
            model_id=ref.model_id,
            http_status=None,
            error_kind=row["error_kind"],
        )
        old = groups.get((reading.kind, reading.pattern))
        groups[reading.kind, reading.pattern] = FailureGroup(
            kind=reading.kind,
            pattern=reading.pattern,
            count=old.count + 1 if old else 1,
            first=old.first if old else at,
            last=at,
            sample=reading.sample,
            successor=reading.successor,
            evidence=reading.evidence,
        )
    return tuple(sorted(groups.values(), key=lambda group: (-group.count, group.first)))


def signals_by_hand(
    ref: ModelRef, listed: Document | None, good: list[Row], bad: list[Row], recent: datetime
) -> Signals:
    last_success = good[-1][0] if good else None
    streak = [row for row in bad if last_success is None or row[0] > last_success]
    recent_good, recent_bad = ([row for row in rows if row[0] >= recent] for rows in (good, bad))
    maybe_flapping = recent_good and recent_bad and 2 * len(recent_bad) >= len(recent_bad) + len(recent_good)
    runs = sorted(at for at, _ in (*good, *bad))
    known = listed or {}
    successor = known.get("successor_model")
    return Signals(
        ref=ref,
        listed=listed is not None,
        enabled=known.get("enabled") is True,
        deprecated=known.get("deprecated") is True,
        successor=successor if usable(successor) else None,
        last_success=last_success,
        failing_since=streak[0][0] if streak else None,
        last_failure=bad[-1][0] if bad else None,
        failures=len(streak),
        streak=groups_of(ref, streak),
        recent=groups_of(ref, recent_bad) if maybe_flapping else (),
        recent_successes=len(recent_good),
        recent_failures=len(recent_bad),
        usual_interval=(runs[-1] - runs[0]) / (len(runs) - 1) if len(runs) > 1 else None,
    )


def facts_by_hand(
    models: list[Document],
    successes: list[Document],
    errors: list[Document],
    providers: tuple[str, ...] = (),
    now: datetime = NOW,
) -> Facts:
    if providers:
        models, successes, errors = (
            [row for row in rows if row["provider"] in providers] for rows in (models, successes, errors)
        )
    problems: Counter[tuple[str, str]] = Counter()
    listed = {}
    for document in models:
        if usable(document["provider"]) and usable(document.get("model_id")):
            listed[ModelRef(provider=document["provider"], model_id=document["model_id"])] = document
        else:
            missing = "model_id" if usable(document["provider"]) else "provider"
            problems["models", f"no text in {missing}"] += 1
    good = read_rows(successes, "ok", ("gen_ts", "run_ts"), problems, now)
    bad = read_rows(errors, "failed", ("ts", "created_at", "timestamp"), problems, now)
    refs, four_days = sorted({*listed, *good, *bad}), timedelta(days=4)

    def drawn(recent: timedelta) -> list[Signals]:
        seen = [
            signals_by_hand(r, listed.get(r), good.get(r, []), bad.get(r, []), now - recent) for r in refs
        ]
        return [
            s.model_copy(update={"undated_successes": undated(s.ref, successes, now)})
            if s.ref in good or s.ref in bad
            else s
            for s in seen
        ]

    intervals = sorted(s.usual_interval for s in drawn(four_days) if s.runs and s.usual_interval)
    if not intervals:
        intervals = [timedelta()]
    middle = (intervals[(len(intervals) - 1) // 2] + intervals[len(intervals) // 2]) / 2
    return Facts(
        now=now,
        signals=tuple(drawn(max(four_days, min(8 * middle, timedelta(days=ANALYSIS.window_days))))),
        unreadable_rows=problems.total(),
        unreadable=tuple(
            f"{count} {'rows' if count > 1 else 'row'} in {place} {'have' if count > 1 else 'has'} {problem}"
            for (place, problem), count in sorted(problems.items())
        ),
        limited_to=providers,
    )
