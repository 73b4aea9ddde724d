"""The aggregations behind the facts, as pure functions from questions to pipelines.

First a tally of each model's successes and failures; then, only for the models that need it, what their
failures say. Summing up happens in MongoDB: what comes back grows with the models, never with the rows. Texts
are grouped by their beginning, because request ids and the like make nearly every whole message different.
"""

from collections.abc import Sequence

from operator_core.domain.base import ModelRef
from operator_core.domain.signals import Maintenance
from operator_core.store.mongo import Document, Pipeline
from operator_core.store.platform.times import Span, TimeField, dated_text, rows_within

MOST_FREQUENT = 100
OLDEST = 10
"""Groups read of one model: the most frequent tell the cause, the oldest since when it was so."""
COMPARED_CHARACTERS = 120
READ_CHARACTERS = 2000
TRACEBACK = "Traceback (most recent call last)"
TEXT_FIELDS = ("message", "error", "error.message", "traceback", "normalized_message")
"""Where a row keeps its text, in the order of trust."""


def tally(
    time_field: TimeField,
    window: Span,
    recent: Span,
    providers: Sequence[str],
    without: Sequence[Maintenance] = (),
) -> Pipeline:
    """For each provider and model: count, recent count, first and last time; `without` what doesn't count.

    Of text also the rows whose time can't be used, by `problem`; their other figures mean nothing.
    """
    at, names = f"${time_field.at}", {"provider": "$provider", "model": "$model_name"}
    select = dated_text if time_field.text else rows_within
    return [
        *select(time_field, window, providers),
        *outside_of(without, time_field),
        {
            "$group": {
                "_id": names | {"problem": "$_problem"} if time_field.text else names,
                "count": {"$sum": 1},
                "recent": {"$sum": {"$cond": [{"$gt": [at, recent.after]}, 1, 0]}},
                "first": {"$min": at},
                "last": {"$max": at},
            }
        },
    ]


def causes(time_field: TimeField, span: Span, ref: ModelRef, without: Sequence[Maintenance] = ()) -> Pipeline:
    """One document: the total of a model's failures within the span, and their largest and oldest groups."""
    at = f"${time_field.at}"
    status = {"$ifNull": ["$http_status", "$status_code"]}
    beginning = {"$substrCP": ["$_text", 0, COMPARED_CHARACTERS]}
    return [
        *rows_within(time_field, span, where={"provider": ref.provider, "model_name": ref.model_id}),
        *outside_of([one for one in without if one.provider == ref.provider], time_field),
        *text_stages(),
        {"$set": {"_text": {"$substrCP": ["$_text", 0, READ_CHARACTERS]}}},
        {
            "$group": {
                "_id": {"kind": "$error_kind", "stage": "$stage", "status": status, "text": beginning},
                "count": {"$sum": 1},
                "first": {"$min": at},
                "last": {"$max": at},
                "sample": {"$top": {"sortBy": {time_field.at: -1}, "output": "$_text"}},
            }
        },
        {
            "$group": {
                "_id": None,
                "count": {"$sum": "$count"},
                "first": {"$min": "$first"},
                "frequent": _top(MOST_FREQUENT, {"count": -1, "last": -1}),
                "oldest": _top(OLDEST, {"first": 1}),
            }
        },
    ]


def outside_of(maintenance: Sequence[Maintenance], time_field: TimeField) -> Pipeline:
    """Leaves out what a provider gave while it was in maintenance; after the rows were selected."""
    within = [{"provider": m.provider, time_field.at: {"$gte": m.since, "$lt": m.until}} for m in maintenance]
    return [{"$match": {"$nor": within}}] if within else []


def text_stages() -> Pipeline:
    """Sets `_text`: the first of the text fields that holds text; of a traceback its last line."""
    candidates = [_as_text(f"${field}") for field in TEXT_FIELDS]
    last_line = {"$arrayElemAt": [{"$split": [{"$rtrim": {"input": "$_text"}}, "\n"]}, -1]}
    is_traceback = {"$eq": [{"$indexOfCP": ["$_text", TRACEBACK]}, 0]}
    return [
        {"$set": {"_text": {"$ifNull": [*candidates, ""]}}},
        {"$set": {"_text": {"$cond": [is_traceback, last_line, "$_text"]}}},
    ]


def _as_text(path: str) -> Document:
    filled = {"$cond": [{"$eq": [path, ""]}, None, path]}
    return {"$convert": {"input": filled, "to": "string", "onError": None, "onNull": None}}


def _top(limit: int, order: dict[str, int]) -> Document:
    return {"$topN": {"n": limit, "sortBy": order, "output": "$$ROOT"}}
