"""How many of a provider's models answered, day by day: the picture of the last two weeks."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from operator_core.domain.base import NOT_SET, ModelRef, to_utc
from operator_core.domain.signals import ProviderDay
from operator_core.options import MongoOptions
from operator_core.store.mongo import (
    Collection,
    Database,
    Pipeline,
    aggregate,
    for_reading,
    raises_store_unavailable,
)
from operator_core.store.platform import times
from operator_core.store.platform.rows import ref_in

DAYS = 14
ModelDays = set[tuple[ModelRef, date]]


async def provider_history(database: Database, mongo: MongoOptions, now: datetime) -> tuple[ProviderDay, ...]:
    """The last days, today included, by provider and day; a day without any run has no entry. Raises
    FactsUnreadable."""
    answered, failed = await _answered_and_failed(database, mongo, now)
    with_success = Counter((ref.provider, day) for ref, day in answered)
    ran = Counter((ref.provider, day) for ref, day in answered | failed)
    return tuple(
        ProviderDay(provider=provider, day=day, answered=with_success[provider, day], ran=models)
        for (provider, day), models in sorted(ran.items())
    )


async def model_days(
    database: Database, mongo: MongoOptions, refs: Sequence[ModelRef], now: datetime
) -> dict[ModelRef, tuple[bool | None, ...]]:
    """For each model the last days, today last: it answered, it only failed, or it did not run (None). Raises
    FactsUnreadable."""
    answered, failed = await _answered_and_failed(database, mongo, now, refs)
    days = _last_days(now)
    return {
        ref: tuple((ref, day) in answered or (False if (ref, day) in failed else None) for day in days)
        for ref in refs
    }


def _last_days(now: datetime) -> list[date]:
    return [(to_utc(now) - timedelta(days=back)).date() for back in reversed(range(DAYS))]


async def _answered_and_failed(
    database: Database, mongo: MongoOptions, now: datetime, refs: Sequence[ModelRef] = ()
) -> list[ModelDays]:
    """Which models had a success on which day, which a failure; `refs`: only these, if some are named."""
    began = datetime.combine(_last_days(now)[0], time(), UTC)
    database, span = for_reading(database), times.since(began, to_utc(now))
    return [
        {
            (ref, date.fromisoformat(day))
            for time_field in times.time_fields_of(fields)
            for document in await aggregate(database, collection, _days(time_field, span, refs))
            if (ref := ref_in(document["_id"], model_id="model"))
            for day in document["days"]
        }
        for collection, fields in ((mongo.successes, times.SUCCESS_TIMES), (mongo.errors, times.ERROR_TIMES))
    ]


def _days(time_field: times.TimeField, span: times.Span, refs: Sequence[ModelRef]) -> Pipeline:
    providers = sorted({ref.provider for ref in refs})
    named: Pipeline = [{"$match": {"model_name": {"$in": [ref.model_id for ref in refs]}}}] if refs else []
    day = {"$dateToString": {"date": f"${time_field.at}", "format": "%Y-%m-%d"}}
    return [
        *times.rows_within(time_field, span, providers),
        *named,
        {"$group": {"_id": {"provider": "$provider", "model": "$model_name"}, "days": {"$addToSet": day}}},
    ]


RUNNING = {"enabled": True, "deprecated": {"$in": list(NOT_SET)}}


@raises_store_unavailable
async def running(models: Collection, *, flagged: bool = False) -> frozenset[ModelRef]:
    """All models that are run now; or all that are enabled, be they `flagged` deprecated or not."""
    documents = await models.find(
        {"enabled": True} if flagged else RUNNING, {"provider": 1, "model_id": 1}
    ).to_list()
    return frozenset([ref for document in documents if (ref := ref_in(document))])


@raises_store_unavailable
async def providers_of(models: Collection) -> frozenset[str]:
    """All providers of the catalogue, whether any of their models is run or not."""
    return frozenset(name for name in await models.distinct("provider") if isinstance(name, str) and name)


@raises_store_unavailable
async def enabled_at(models: Collection, provider: str) -> int:
    """How many models of the provider are run now."""
    return await models.count_documents({"provider": provider, **RUNNING})
