"""`serve`: the bot at work. Listeners, schedule, health endpoint; opened here, and closed here."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime

from pymongo.errors import PyMongoError
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.discovery_job import discover_due, discoverer_for, end_trials
from bot.logs import logger
from bot.monitoring.health import Probe, health_endpoint, remembered
from bot.monitoring.metrics import Metrics
from bot.services import Services
from bot.settings import Settings, secret
from bot.slack import listeners
from bot.slack.client import Pace, SlackClient
from bot.slack.connection import connected, greet, only_ours
from bot.slack.errors import SLACK_ERRORS
from bot.slack.posting.incidents import watch_due
from bot.slack.posting.last_words import leave_last_words
from bot.slack.posting.outcomes import tell_who_asked
from bot.ticker import Job, ticking
from bot.wiring import open_use_cases
from operator_core.errors import StoreUnavailable
from operator_core.store.own_documents import VERSIONED
from operator_core.store.records.state import state_collection
from operator_core.use_cases import UseCases

REDRAW_SECONDS = 5.0
"""How soon a card shows what was decided elsewhere."""
log = logger(__name__)


@asynccontextmanager
async def bot(
    settings: Settings,
    use_cases: UseCases,
    environment: Mapping[str, str],
    stopwatch: Callable[[], float] = time.monotonic,
    metrics: Metrics | None = None,
    pace: Pace | None = None,
) -> AsyncIterator[Services]:
    """The bot, listening to Slack; the schedule is apart.

    Waits while Slack has a bad minute. Raises ConfigurationError when it refuses a token.
    """
    deployment, metrics = await use_cases.deployment(), metrics or Metrics()
    token = secret("SLACK_BOT_TOKEN", environment)
    client = SlackClient(token, settings.slack, deployment.stamp, metrics, pace)
    identity = await greet(client)

    async def authorize() -> AuthorizeResult:
        """Who we are was asked once: no click waits for another call."""
        return identity

    signing = secret("SLACK_SIGNING_SECRET", environment) if settings.slack.mode == "http" else None
    app = AsyncApp(
        client=client,
        signing_secret=signing,
        authorize=authorize,
        before_authorize=only_ours(identity, metrics),
        process_before_response=False,
    )
    async with discoverer_for(settings, use_cases) as discoverer:
        services = Services(settings, client, use_cases, discoverer, deployment, metrics, stopwatch)
        listeners.register(app, services)
        await services.ask_before_acting()
        async with connected(app, settings, environment, services.hearing, metrics):
            try:
                yield services
            finally:
                await services.cards.edits.stop()


async def serve(settings: Settings) -> None:
    """Runs until SIGINT or SIGTERM."""
    parts: dict[str, Probe] = {"hearing": _not_yet}
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        opened = stack.enter_async_context
        use_cases = await opened(open_use_cases(settings))
        # Alive while it waits for Slack, and not ready: else it would be restarted all the time.
        await opened(health_endpoint(settings.slack.health_port, parts, metrics))
        services = await opened(bot(settings, use_cases, os.environ, metrics=metrics))
        parts.update(probes(services))
        await services.cards.edits.go_on()
        await opened(ticking(jobs(services)))
        redraw: dict[str, Job] = {"redraw": lambda _: services.digests.redraw_stale()}
        await opened(ticking(redraw, every_seconds=REDRAW_SECONDS))
        # What lives as long as the process leaves the garbage collector's rounds: a full one would go over
        # all imported modules, a tenth of a second in which no click is acknowledged.
        gc.collect()
        gc.freeze()
        log.info("serving", mode=settings.slack.mode, channel=settings.slack.channel)
        await _stopped()
        log.info("stopping")


def jobs(services: Services) -> dict[str, Job]:
    """What each tick asks: is it due?"""

    async def recover(now: datetime) -> None:
        for execution in await services.use_cases.recover():
            log.warning("finished what a dead process left", journal=execution.entry.id)
            await services.cards.redraw(execution.proposal)
            await services.digests.show_switch()
        await tell_who_asked(services)

    async def daily(now: datetime) -> None:
        await discover_due(services.settings, services.use_cases, services.discoverer)
        await services.digests.post_due(now)

    return {
        "recover": recover,
        "daily": daily,
        "trials": lambda _: end_trials(services.use_cases, services.discoverer),
        "watch": lambda _: watch_due(services),
        "refusal": lambda _: services.digests.tell_of_refusal(),
        "last words": lambda _: leave_last_words(services),
    }


def probes(services: Services) -> dict[str, Probe]:
    """What must hold before this replica counts as ready: it hears, reads, writes, and may speak."""

    async def database() -> str | None:
        note = {"$set": {"at": services.now()}, "$max": VERSIONED}
        try:
            await state_collection(services.stores.database).update_one({"_id": "ready"}, note, upsert=True)
            await services.stores.models.find_one({}, ["_id"])
        except PyMongoError:
            return "MongoDB does not take a note, or can't be read"
        return None

    async def slack() -> str | None:
        try:
            await services.client.auth_test()
        except SLACK_ERRORS:
            return "Slack does not answer"
        return None

    async def channel() -> str | None:
        with suppress(StoreUnavailable):  # another part says so
            refusal = await services.stores.channel_refusal.get()
            return refusal.words if refusal else None
        return None

    told = remembered(slack, services.stopwatch)
    return {"database": database, "slack": told, "hearing": services.hearing.trouble, "channel": channel}


async def _not_yet() -> str:
    return "waiting for Slack; the log says why"


async def _stopped() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    await stop.wait()
