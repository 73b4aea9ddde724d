"""When did a row happen? Rows say it in several fields and types, and each is selected by a query of its own.

Newer rows carry a date in the main field. Some carry text or a timestamp there, and older rows lack it and
use another field. One query for all of them would need `$or`, or a conversion of each row before it can be
dropped; either reads the whole collection. One query for each stays within a range of the main field's index.

A row's time is the first of the collection's time fields that can be read. Text without a zone is UTC.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from math import inf, nan

from bson import DatetimeMS, MaxKey, MinKey, ObjectId, Timestamp

from operator_core.diagnosis.results import milliseconds
from operator_core.store.mongo import Document

SUCCESS_TIMES = ("gen_ts", "run_ts")
ERROR_TIMES = ("ts", "created_at", "timestamp")

AFTER_ALL_TEXT = "\U0010ffff"
FIRST_YEAR = "200"
"""No ISO text is below this: nothing was measured before the year 2000."""
WIDEST_ZONE = timedelta(days=1)
"""Text carries zones, so its order is not exactly the order of time."""
NO_TIMES: tuple[Document, ...] = (
    {"$gte": -inf, "$lte": inf},
    {"$gte": b"", "$lt": b"\xff" * 64},
    {"$gte": ObjectId("0" * 24), "$lte": ObjectId("f" * 24)},
)
"""What no time is read from, type by type: whether a number counts seconds or less isn't guessed. Two ends,
as some servers find only such a range by an index; of documents none."""
DOCUMENTS: Document = {"$gte": {}}
OTHERS: tuple[object, ...] = (None, nan, True, False, [], MinKey(), MaxKey())
_LONE_DIGIT = re.compile(r"(?<![\d.,])\d(?!\d)")


class TimeProblem(StrEnum):
    """Why a row's time can't be used; completes "3 rows in errors_cloud …"."""

    MISSING = "no time"
    UNREADABLE = "a time that cannot be read"
    FUTURE = "a time in the future"


def later_than(
    after: datetime,
    fields: Sequence[str],
    inserted: Document | None = None,
    oldest: datetime | None = None,
    *,
    documents: bool = True,
) -> Iterator[list[Document]]:
    """The conditions that select all rows later than that, each list by itself; and those whose order doesn't
    tell: a time that can't be read, or none, can't be too old either. `inserted`: those only where it is met;
    else of whatever age. Text is too old where it would stand before `oldest`, readable or not: there is far
    too much of it. `documents`: also those that have a document for a time."""
    main, *others = fields
    yield [{main: {"$gt": after}}]
    yield [{main: {"$gt": Timestamp(int(after.timestamp()), 0)}}]
    yield [{main: {"$gte": _earliest(after), "$lt": AFTER_ALL_TEXT}}]
    yield [{main: {"$gte": "", "$lt": FIRST_YEAR}}]
    if inserted:
        yield [{main: {"$gte": _earliest(oldest or after), "$lt": _earliest(after)}}, inserted]
    rest = [inserted] if inserted else []
    yield from ([{main: bounds}, *rest] for bounds in (*NO_TIMES, *([DOCUMENTS] if documents else ())))
    old = [
        {**dict.fromkeys(others[:index]), field: bounds}
        for index, field in enumerate(others)
        for bounds in ({"$lte": after}, {"$gte": FIRST_YEAR, "$lt": _earliest(after)})
    ]
    yield [{main: {"$in": OTHERS}}, inserted or {"$nor": old}]


def _earliest(after: datetime) -> str:
    return (after - WIDEST_ZONE).strftime("%Y-%m-%d")


def time_of(row: Document, fields: Sequence[str]) -> int | TimeProblem:
    """In milliseconds since 1970, or what is wrong with it."""
    held = [value for name in fields if (value := row.get(name)) is not None]
    read = (at for value in held if (at := in_milliseconds(value)) is not None)
    return next(read, TimeProblem.UNREADABLE if held else TimeProblem.MISSING)


def found_by(value: object) -> int | None:
    """As which time an index finds it: a list as each of its elements."""
    times = filter(None, map(in_milliseconds, value if isinstance(value, list) else [value]))
    return max(times, default=None)


def in_milliseconds(value: object) -> int | None:
    """Since 1970; None where no time can be read."""
    if isinstance(value, Timestamp):
        return value.time * 1000
    if isinstance(value, str):
        value = _moment(value)
    if isinstance(value, datetime):
        return milliseconds(value if value.tzinfo else value.replace(tzinfo=UTC))
    return int(value) if isinstance(value, DatetimeMS) else None


def _moment(text: str) -> datetime | None:
    """ISO and its relatives (a space, slashes, single digits, a zone's name), or as mails write it."""
    tidy = re.sub(r"\s*(?:UTC|GMT|(?<=\d)Z)$", "", text.strip("\"' \t\r\n").upper())
    tidy = _LONE_DIGIT.sub(r"0\g<0>", re.sub(r"^(\d{4})/(\d+)/", r"\1-\2-", tidy))
    for reading in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = reading(tidy)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if f"{moment.year:04}" >= FIRST_YEAR else None
    return None
