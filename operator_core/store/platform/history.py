"""How many of a provider's models answered on each of the last days, for the picture; and which run now."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from operator_core.diagnosis import results
from operator_core.domain.base import ModelRef, is_set, to_utc
from operator_core.domain.signals import ProviderDay
from operator_core.options import MongoOptions
from operator_core.store.mongo import Collection, Database, raises_store_unavailable
from operator_core.store.platform.reading import read_results
from operator_core.store.platform.rows import ref_in

DAYS = 14


async def provider_history(database: Database, mongo: MongoOptions, now: datetime) -> tuple[ProviderDay, ...]:
    """The last days, today included, by provider and day; a day without any run has no entry. Raises
    FactsUnreadable."""
    return results.provider_days(await _ran(database, mongo, now))


async def model_days(
    database: Database, mongo: MongoOptions, refs: Sequence[ModelRef], now: datetime
) -> dict[ModelRef, tuple[bool | None, ...]]:
    """For each model the last days, today last: it answered, it only failed, or it did not run (None). Raises
    FactsUnreadable."""
    ran, days = await _ran(database, mongo, now, refs), _last_days(now)
    return {ref: tuple(ran.get(ref, {}).get(day) for day in days) for ref in refs}


def _last_days(now: datetime) -> list[date]:
    return [(to_utc(now) - timedelta(days=back)).date() for back in reversed(range(DAYS))]


async def _ran(
    database: Database, mongo: MongoOptions, now: datetime, refs: Sequence[ModelRef] = ()
) -> Mapping[ModelRef, Mapping[date, bool]]:
    """`refs`: of their providers only, if some are named."""
    days = _last_days(now)
    span = results.since(datetime.combine(days[0], time(), UTC), to_utc(now))
    providers = sorted({ref.provider for ref in refs})
    runs, _, _ = await read_results(database, mongo, span, providers)
    return results.days_of(runs, days)


@raises_store_unavailable
async def enabled(models: Collection, provider: str = "") -> Mapping[ModelRef, bool]:
    """All enabled models, of one provider if named, which pages count; whether each is run, or is flagged."""
    wanted = {"enabled": True} | ({"provider": provider} if provider else {})
    documents = await models.find(wanted, ["provider", "model_id", "deprecated"]).to_list()
    named = [(ref, not is_set(one.get("deprecated"))) for one in documents if (ref := ref_in(one))]
    return dict(sorted(named, key=lambda one: one[1]))  # of two documents the one that lets it run counts


async def running(models: Collection) -> frozenset[ModelRef]:
    """All models that are run now."""
    return frozenset(ref for ref, runs in (await enabled(models)).items() if runs)


@raises_store_unavailable
async def providers_of(models: Collection) -> frozenset[str]:
    """All providers of the catalogue, whether any of their models is run or not."""
    return frozenset(name for name in await models.distinct("provider") if isinstance(name, str) and name)
