"""Discovery as the bot runs it: once a day for all replicas, before the digest, which tells what it found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

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
from operator_core.domain.base import EVER, ModelRef
from operator_core.domain.kinds import Kind
from operator_core.domain.signals import Facts
from operator_core.errors import LeaseLost, OperatorError, StaleProposal
from operator_core.execution.executor import Execution
from operator_core.text.masking import in_words
from operator_core.text.model_ids import same_model
from operator_core.use_cases import UseCases
from operator_core.words import plural

TRIAL = timedelta(days=1)
BY_TRIAL = "the trial's end"  # on the approval of whoever enabled it, who undid nothing themselves
ONLY_GONE = "enabled it for one day on approval, and its provider says that it is gone"
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
    its provider only said to be gone is taken back; the rest is looked at each hour as any model is."""
    now, notes, trials = use_cases.now(), use_cases.stores.notes, await discoverer.on_trial()
    due_now = {ref: one for ref, one in trials.items() if now - one.started_at >= TRIAL}

    async def look(ours: Turn) -> tuple[Execution, ...]:
        facts, done = await use_cases.facts(), list[Execution]()
        for ref, trial in due_now.items():
            await ours.still_ours()
            try:
                if answers := _answers(facts, ref, trial.started_at):
                    await discoverer.confirm(ref, trial)
                elif answers is False:
                    done.append(await use_cases.undo(trial.id, by=BY_TRIAL, reason=f"{trial.id} {ONLY_GONE}"))
                notes.settled("trials", ref)
            except Exception as error:  # noqa: BLE001 – it concerns this one alone
                if not isinstance(error, StaleProposal | LeaseLost):  # then somebody takes it back already
                    notes.add("trials", ref, f"could not be ended: {in_words(error)}")
        return tuple(done)

    return await in_turn(use_cases, f"trials:{now:%Y-%m-%dT%H}", look) or () if due_now else ()


def _answers(facts: Facts, ref: ModelRef, since: datetime) -> bool | None:
    """False: only said to be gone since, and no spelling of it can have answered. None: nobody knows."""
    plain = (one for one in facts.signals if one.ref.plain_provider == ref.plain_provider)
    alike = [one for one in plain if same_model(one.ref.model_id, ref.model_id)]
    newer = {one.ref for one in alike if (one.last_success or EVER) > since}
    said = [group for one in alike if one.ref == ref for group in one.streak if group.last > since]
    gone = said and all(one.kind == Kind.HARD_MODEL and one.evidence.opens_gates for one in said)
    unsure = newer or any(one.undated_successes for one in alike) or ref.provider in facts.away
    return True if ref in newer else False if gone and not unsure else None


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
    soon = [one for one in dated if today.isoformat() <= one.date <= (today + LEAVING_WITHIN).isoformat()]
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
