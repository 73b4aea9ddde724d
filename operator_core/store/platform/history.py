"""How many of a provider's models answered, day by day: the picture of the last two weeks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.signals import ProviderDay
from operator_core.options import MongoOptions
from operator_core.store.mongo import Document, Pipeline, aggregate, for_reading
from operator_core.store.platform.times import (
    ERROR_TIMES,
    SUCCESS_TIMES,
    Span,
    TimeField,
    rows_within,
    since,
    time_fields_of,
)

ModelsByDay = defaultdict[tuple[str, date], set[str]]


async def provider_history(
    database: AsyncDatabase[Document], mongo: MongoOptions, now: datetime, days: int = 14
) -> tuple[ProviderDay, ...]:
    """The last `days` days, today included, by provider and day; a day without any run has no entry.

    Raises FactsUnreadable.
    """
    database, now = for_reading(database), to_utc(now)
    first_day = (now - timedelta(days=days - 1)).date()
    span = since(datetime.combine(first_day, time(), now.tzinfo), now)
    answered = await _models_by_day(database, mongo.successes, time_fields_of(SUCCESS_TIMES), span)
    failed = await _models_by_day(database, mongo.errors, time_fields_of(ERROR_TIMES), span)
    return tuple(
        ProviderDay(
            provider=provider,
            day=day,
            answered=len(answered.get((provider, day), ())),
            ran=len(answered.get((provider, day), set()) | failed.get((provider, day), set())),
        )
        for provider, day in sorted(answered.keys() | failed.keys())
    )


async def model_days(
    database: AsyncDatabase[Document],
    mongo: MongoOptions,
    refs: Sequence[ModelRef],
    now: datetime,
    days: int = 14,
) -> dict[ModelRef, tuple[bool | None, ...]]:
    """For each model the last `days` days, today last: it answered, it only failed, or it did not run (None).

    Raises FactsUnreadable.
    """
    database, now = for_reading(database), to_utc(now)
    dates = [(now - timedelta(days=back)).date() for back in range(days - 1, -1, -1)]
    span = since(datetime.combine(dates[0], time(), now.tzinfo), now)
    answered = await _models_by_day(database, mongo.successes, time_fields_of(SUCCESS_TIMES), span, refs)
    failed = await _models_by_day(database, mongo.errors, time_fields_of(ERROR_TIMES), span, refs)
    return {
        ref: tuple(
            ref.model_id in answered.get((ref.provider, day), ())
            or (False if ref.model_id in failed.get((ref.provider, day), ()) else None)
            for day in dates
        )
        for ref in refs
    }


async def _models_by_day(
    database: AsyncDatabase[Document],
    collection: str,
    time_fields: tuple[TimeField, ...],
    span: Span,
    refs: Sequence[ModelRef] = (),
) -> ModelsByDay:
    """`refs`: only these models; all of them where none is named."""
    models: ModelsByDay = defaultdict(set)
    for time_field in time_fields:
        for document in await aggregate(database, collection, _days(time_field, span, refs)):
            provider, model = document["_id"].get("provider"), document["_id"].get("model")
            if isinstance(provider, str) and isinstance(model, str):
                for day in document["days"]:
                    models[provider, date.fromisoformat(day)].add(model)
    return models


def _days(time_field: TimeField, span: Span, refs: Sequence[ModelRef]) -> Pipeline:
    providers = sorted({ref.provider for ref in refs})
    named: Pipeline = [{"$match": {"model_name": {"$in": [ref.model_id for ref in refs]}}}] if refs else []
    day = {"$dateToString": {"date": f"${time_field.at}", "format": "%Y-%m-%d"}}
    return [
        *rows_within(time_field, span, providers),
        *named,
        {
            "$group": {
                "_id": {"provider": "$provider", "model": "$model_name"},
                "days": {"$addToSet": day},
            }
        },
    ]
