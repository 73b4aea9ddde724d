"""Discovery as the bot runs it: once a day for all replicas, before the digest, which tells what it found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.logs import logger
from bot.schedule import due
from bot.settings import Settings
from bot.slack.posting.records import DiscoveryNews, discovery_news
from bot.slack.views.text import listed
from bot.ticker import Turn, in_turn
from discovery.findings import Discovery
from discovery.matching.leaving import MISSING
from discovery.pipeline import Discoverer
from discovery.sources.fetching import http_client
from operator_core.domain.base import EVER
from operator_core.errors import LeaseLost, OperatorError, StaleProposal
from operator_core.execution.executor import Execution
from operator_core.text.masking import in_words
from operator_core.use_cases import UseCases
from operator_core.words import plural

TRIAL = timedelta(days=1)
GAVE_NOTHING = "enabled for one day, in which it only failed"
LEAVING_SHOWN = 4
LEAVING_WITHIN = timedelta(days=90)
"""What leaves later is told by `discover leaving` alone."""
log = logger(__name__)


@asynccontextmanager
async def discoverer_for(settings: Settings, use_cases: UseCases) -> AsyncIterator[Discoverer]:
    """Discovery over the same database and LLM, with an HTTP client of its own."""
    async with http_client() as client:
        yield Discoverer(use_cases.resources, settings.discovery, client)


async def discover_due(settings: Settings, use_cases: UseCases, discoverer: Discoverer) -> bool:
    """Fetches and looks once a day, whichever replica claims it; whether this one did."""
    day = due(use_cases.now(), settings.schedule.discovery_at, settings.schedule.zone)
    if day is None:
        return False

    async def look(ours: Turn) -> bool:
        try:
            await discover_now(use_cases, discoverer, ours=ours)
        except LeaseLost:
            raise
        except Exception as error:
            foreseen = isinstance(error, OperatorError)
            log.error("discovery failed", cause=in_words(error), exc_info=None if foreseen else error)
            await ours.still_ours()
            failed = DiscoveryNews(lines=(f"Looking for new models failed: {in_words(error)}",))
            await discovery_news(use_cases.stores).put(failed)
        return True

    return await in_turn(use_cases, f"discovery:{day.isoformat()}", look) is True


async def end_trials(use_cases: UseCases, discoverer: Discoverer) -> tuple[Execution, ...]:
    """What became of models that came back, a day after they were enabled: one that answered stays. One that
    only failed is taken back, on the word of whoever enabled it; what no run tells is looked at each hour."""
    now = use_cases.now()
    due_now = {
        ref: one for ref, one in (await discoverer.on_trial()).items() if now - one.started_at >= TRIAL
    }

    async def look(ours: Turn) -> tuple[Execution, ...]:
        facts, done = await use_cases.facts(sorted({ref.provider for ref in due_now})), list[Execution]()
        for signals in (one for one in facts.signals if one.ref in due_now):
            trial = due_now[signals.ref]
            if (signals.last_success or EVER) > trial.started_at:
                await discoverer.confirm(signals.ref, trial)
            elif (signals.last_failure or EVER) > trial.started_at:
                with suppress(StaleProposal):  # somebody takes it back already
                    await ours.still_ours()
                    done.append(await use_cases.undo(trial.id, by=trial.by, reason=GAVE_NOTHING))
        return tuple(done)

    return await in_turn(use_cases, f"trials:{now:%Y-%m-%dT%H}", look) or () if due_now else ()


async def discover_now(
    use_cases: UseCases, discoverer: Discoverer, *, fetch: bool = True, ours: Turn | None = None
) -> Discovery:
    """Fetches, matches, asks about the rest, and puts what was found to people.

    A failed fetch is recorded and told, and is evidence of nothing. Raises FactsUnreadable, StoreUnavailable,
    and LeaseLost before anything is put to people in a turn that is no longer ours.
    """
    now = use_cases.now()
    if fetch:
        await discoverer.fetch(now)
    discovery = await discoverer.discover(now, read_facts=use_cases.facts)
    if ours is not None:
        await ours.still_ours()
    await discoverer.publish(discovery, now)
    await discovery_news(use_cases.stores).put(DiscoveryNews(lines=lines_for_digest(discovery)))
    return discovery


def lines_for_digest(discovery: Discovery) -> tuple[str, ...]:
    """What discovery has to say beside the review: what failed, and which models are leaving."""
    today = discovery.at.date()
    dated = [one for one in discovery.leaving if one.date]
    past = [f"{one.ref} ({one.date})" for one in dated if one.date < today.isoformat()]
    last_day = (today + LEAVING_WITHIN).isoformat()
    soon = [one for one in dated if today.isoformat() <= one.date <= last_day]
    shown = [
        f"{one.ref} leaves on {one.date} ({one.source})"
        + (f"; its successor is {one.successor}" if one.successor else "")
        for one in soon[:LEAVING_SHOWN]
    ]
    if more := len(soon) - len(shown):
        rest = plural(more, "more model is", "more models are")
        shown.append(f"{rest} leaving: `ai-operator discover leaving`.")
    if past:
        shown.append(f"Still run after the day on which they were to go: {listed(past)}")
    missing = [str(one.ref) for one in discovery.leaving if not one.date]
    if len(missing) > LEAVING_SHOWN:
        shown.append(f"{len(missing):,} models are {MISSING}: `ai-operator discover leaving`.")
    elif missing:
        shown.append(f"{listed(missing)} {'are' if missing[1:] else 'is'} leaving ({MISSING})")
    return (*discovery.notes, *shown)
