"""When did a row happen? Rows say it in several fields and types, and each is selected by a query of its own.

Newer rows carry a date in the main field. Some carry ISO text there, and older rows lack it and use another
field. One query for all of them would need `$or`, or a conversion of each row before it can be dropped;
either reads the whole collection. One query for each stays within a range of the main field's index.

A row's time is the first of the collection's time fields that isn't null. Text without a zone is UTC.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import inf

from bson import DatetimeMS

from operator_core.diagnosis.results import milliseconds
from operator_core.store.mongo import Document

SUCCESS_TIMES = ("gen_ts", "run_ts")
ERROR_TIMES = ("ts", "created_at", "timestamp")

AFTER_ALL_TEXT = "\U0010ffff"
FIRST_YEAR = "200"
"""ISO text below this is no time at all: nothing was measured before the year 2000."""
WIDEST_ZONE = timedelta(days=1)
"""Text carries zones, so its order is not exactly the order of time."""


class TimeProblem(StrEnum):
    """Why a row's time can't be used; completes "3 rows in errors_cloud …"."""

    MISSING = "no time"
    UNREADABLE = "a time that cannot be read"
    FUTURE = "a time in the future"


def later_than(after: datetime, fields: Sequence[str]) -> Iterator[list[Document]]:
    """The conditions of all rows later than that, each list by itself: with a date in the main field, with
    text there, and without. Among the latter two are rows whose time can't be used."""
    main, *others = fields
    earliest = (after - WIDEST_ZONE).strftime("%Y-%m-%d")
    yield [{main: {"$gt": after}}]
    yield [{main: {"$gte": earliest, "$lt": AFTER_ALL_TEXT}}]
    old = [
        {**dict.fromkeys(others[:index]), field: bounds}
        for index, field in enumerate(others)
        for bounds in ({"$lte": after}, {"$gte": FIRST_YEAR, "$lt": earliest})
    ]
    yield [{main: None}, {"$nor": old}]


def in_doubt(fields: Sequence[str]) -> tuple[Document, Document]:
    """What a main field holds that is no time at all. Such rows can't be too old either: they count whatever
    their age."""
    return {fields[0]: {"$gte": "", "$lt": FIRST_YEAR}}, {fields[0]: {"$gte": -inf, "$lte": inf}}


def time_of(row: Document, fields: Sequence[str]) -> int | TimeProblem:
    """In milliseconds since 1970, or what is wrong with it."""
    value = next((value for name in fields if (value := row.get(name)) is not None), None)
    if value is None:
        return TimeProblem.MISSING
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return TimeProblem.UNREADABLE
    if isinstance(value, datetime):
        return milliseconds(value if value.tzinfo else value.replace(tzinfo=UTC))
    return int(value) if isinstance(value, DatetimeMS) else TimeProblem.UNREADABLE
