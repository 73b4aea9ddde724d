"""Discovery as the bot runs it: once a day for all replicas, before the digest, which tells what it found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.logs import logger
from bot.schedule import due
from bot.settings import Settings
from discovery.findings import Discovery
from discovery.pipeline import Discoverer
from discovery.sources.fetching import http_client
from operator_core.domain.signals import Facts
from operator_core.errors import OperatorError
from operator_core.store.mongo import reading
from operator_core.store.platform.signals import read_facts
from operator_core.use_cases import Operations
from operator_core.words import plural

LATEST = "discovery:latest"
LEASE_SECONDS = 600.0
LEAVING_SHOWN = 4
log = logger(__name__)


@asynccontextmanager
async def discoverer_for(settings: Settings, operations: Operations) -> AsyncIterator[Discoverer]:
    """Discovery over the same house, with an HTTP client of its own."""
    house = operations.house
    async with http_client() as client:
        yield Discoverer(
            database=house.database,
            mongo=house.mongo,
            options=settings.discovery,
            llm=house.llm,
            stores=operations.stores,
            client=client,
            advisor=house.advisor,
            no_advisor=house.no_advisor,
        )


async def discover_due(settings: Settings, operations: Operations, discoverer: Discoverer) -> bool:
    """Fetches and looks once a day, whichever replica claims it; whether this one did."""
    schedule = settings.schedule
    day = due(operations.now(), schedule.discovery_at, schedule.zone)
    if day is None:
        return False
    key, state = f"discovery:{day.isoformat()}", operations.stores.state
    if await state.claim(key, operations.owner, operations.now(), LEASE_SECONDS) is None:
        return False
    try:
        await discover_now(operations, discoverer)
    except OperatorError as error:
        log.error("discovery failed", cause=str(error))
        await state.keep(LATEST, {"lines": [f"Looking for new models failed: {error}"]})
    await state.complete(key, operations.owner)
    return True


async def discover_now(operations: Operations, discoverer: Discoverer, *, fetch: bool = True) -> Discovery:
    """Fetches, matches, asks about the rest, and puts what was found to people.

    A failed fetch is recorded and told, and is evidence of nothing. Raises FactsUnreadable, StoreUnavailable.
    """
    now = operations.now()
    if fetch:
        await discoverer.fetch(now)
    found = await discoverer.discover(now, facts=await _facts_if_added(operations))
    await discoverer.publish(found, now)
    await operations.stores.state.keep(LATEST, {"lines": list(lines_for_digest(found))})
    return found


def lines_for_digest(found: Discovery) -> tuple[str, ...]:
    """What discovery has to say beside the review: what failed, and which models are leaving."""
    today = found.at.date().isoformat()
    soon = [one for one in found.leaving if not one.date or one.date >= today]
    shown = [
        f"{one.ref} {f'leaves on {one.date}' if one.date else 'is leaving'} ({one.source})"
        + (f"; its successor is {one.successor}" if one.successor else "")
        for one in soon[:LEAVING_SHOWN]
    ]
    rest = len(soon) - len(shown)
    more = (
        [f"{plural(rest, 'more model is', 'more models are')} leaving: `discover stats`."] if rest > 0 else []
    )
    return (*found.notes, *shown, *more)


async def _facts_if_added(operations: Operations) -> Facts | None:
    """The results, where models were added by us whose ids may be wrong."""
    with reading(operations.stores.models.name):
        added = await operations.stores.models.find_one({"added_by": {"$regex": "^ai-operator"}})
    if added is None:
        return None
    house = operations.house
    return await read_facts(house.database, house.mongo, house.analysis, operations.now())
