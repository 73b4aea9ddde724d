"""When did a row happen? Rows say it in several fields and types; each time field gets a query of its own.

Newer rows carry a date in the main field. Some carry ISO text there, and older rows lack it and use another
field. One query for all of them would need `$or`, or a conversion of each row before it can be dropped;
either reads the whole collection. A query for each time_field stays within an index's range.

A row's time is the first of the collection's time fields that isn't null. Text without a zone is UTC.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from math import inf

from operator_core.domain.base import Frozen
from operator_core.store.mongo import Document, Pipeline

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


class Span(Frozen):
    """After `after`, up to and including `until`."""

    after: datetime
    until: datetime


def since(moment: datetime, until: datetime) -> Span:
    """From `moment` on, itself included: times are whole milliseconds."""
    return Span(after=moment - timedelta(milliseconds=1), until=until)


class TimeField(Frozen):
    """One way in which rows say when they happened: a field, and what it holds."""

    field: str
    absent: tuple[str, ...] = ()
    """Fields that would have come first, null or missing in these rows."""
    text: bool = False

    @property
    def at(self) -> str:
        """The field that holds the row's time as a date, after `rows_within`."""
        return "_at" if self.text else self.field


def time_fields_of(fields: Sequence[str]) -> tuple[TimeField, ...]:
    """Dates and text in each of the fields, the main field first."""
    return tuple(
        TimeField(field=field, absent=tuple(fields[:index]), text=text)
        for index, field in enumerate(fields)
        for text in (False, True)
    )


def rows_within(
    time_field: TimeField, span: Span, providers: Sequence[str] = (), where: Document | None = None
) -> Pipeline:
    """The stages that select a time field's rows within a span; `where` are equalities on indexed fields."""
    within = {"$gt": span.after, "$lte": span.until}
    if not time_field.text:
        return _selected(time_field, within, providers, where)
    return [*_converted(time_field, span.after, providers, where), {"$match": {"_at": within}}]


def dated_text(time_field: TimeField, span: Span, providers: Sequence[str] = ()) -> Pipeline:
    """A text field's rows within the span and those in doubt, told apart by `_problem`.

    In one pass, because reading text as time is what costs. Rows before the span are left out.
    """
    unreadable = {"case": {"$eq": ["$_at", None]}, "then": TimeProblem.UNREADABLE.value}
    future = {"case": {"$gt": ["$_at", span.until]}, "then": TimeProblem.FUTURE.value}
    return [
        *_converted(time_field, span.after, providers),
        {"$set": {"_problem": {"$switch": {"branches": [unreadable, future], "default": None}}}},
        {"$match": {"_at": {"$not": {"$lte": span.after}}}},
    ]


def rows_in_doubt(
    fields: Sequence[str], span: Span, providers: Sequence[str] = ()
) -> Iterator[tuple[TimeProblem, Pipeline]]:
    """The stages that select rows whose time can't be used, each problem by its own ranges.

    Text that has to be converted first isn't among them: `dated_text` tells its problems. Rows that can't be
    dated can't be too old either: they count whatever their age.
    """
    for time_field in time_fields_of(fields):
        if time_field.text:
            yield TimeProblem.UNREADABLE, _selected(time_field, {"$gte": "", "$lt": FIRST_YEAR}, providers)
        else:
            yield TimeProblem.UNREADABLE, _selected(time_field, {"$gte": -inf, "$lte": inf}, providers)
            yield TimeProblem.FUTURE, _selected(time_field, {"$gt": span.until}, providers)
    nowhere = TimeField(field=fields[-1], absent=tuple(fields[:-1]))
    yield TimeProblem.MISSING, _selected(nowhere, None, providers)


def _converted(
    time_field: TimeField, after: datetime, providers: Sequence[str], where: Document | None = None
) -> Pipeline:
    earliest = (after - WIDEST_ZONE).strftime("%Y-%m-%d")
    as_date = {"input": f"${time_field.field}", "to": "date", "onError": None, "onNull": None}
    return [
        *_selected(time_field, {"$gte": earliest, "$lt": AFTER_ALL_TEXT}, providers, where),
        {"$set": {"_at": {"$convert": as_date}}},
    ]


def _selected(
    time_field: TimeField, bounds: Document | None, providers: Sequence[str], where: Document | None = None
) -> Pipeline:
    """Narrow by what an index can serve first; the server joins the matches where that is better."""
    conditions = dict.fromkeys(time_field.absent) | {time_field.field: bounds}
    main, *others = conditions.items()
    stages: Pipeline = [{"$match": (where or {}) | dict([main])}]
    if others:
        stages.append({"$match": dict(others)})
    if providers:
        stages.append({"$match": {"provider": {"$in": list(providers)}}})
    return stages
