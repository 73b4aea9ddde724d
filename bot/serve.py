"""`serve`: the bot at work. Listeners, schedule, health endpoint; opened here, and closed here."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime

from aiohttp import web
from pymongo.errors import PyMongoError
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.discovery_job import discover_due, discoverer_for
from bot.logs import logger
from bot.monitoring.health import Probe, health_endpoint
from bot.services import Services
from bot.settings import Settings, secret
from bot.slack import listeners
from bot.slack.errors import SLACK_ERRORS, slack_error_code
from bot.slack.posting.incidents import watch_due
from bot.ticker import Job, ticking
from bot.wiring import open_use_cases
from operator_core.errors import ConfigurationError
from operator_core.use_cases import UseCases

REDRAW_SECONDS = 5.0
"""How soon a card shows what was decided elsewhere."""
log = logger(__name__)


def web_client(token: str | None, settings: Settings) -> AsyncWebClient:
    """Slack's Web API, patient with its rate limits and hiccups."""
    return AsyncWebClient(
        token=token,
        base_url=settings.slack.api_url,
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            AsyncServerErrorRetryHandler(),
        ],
    )


@asynccontextmanager
async def bot(
    settings: Settings, use_cases: UseCases, environment: Mapping[str, str]
) -> AsyncIterator[Services]:
    """The bot, listening to Slack; the schedule is apart.

    Raises ConfigurationError when Slack refuses the token, or can't be reached.
    """
    client = web_client(secret("SLACK_BOT_TOKEN", environment), settings)
    known = await _greet(client, settings)

    async def authorize() -> AuthorizeResult:
        """Who we are was asked once: no click waits for another call."""
        return known

    signing = secret("SLACK_SIGNING_SECRET", environment) if settings.slack.mode == "http" else None
    app = AsyncApp(client=client, signing_secret=signing, authorize=authorize, process_before_response=False)
    async with discoverer_for(settings, use_cases) as discoverer:
        services = Services.of(settings, client, use_cases, discoverer)
        listeners.register(app, services)
        async with _connected(app, settings, environment):
            yield services


async def serve(settings: Settings) -> None:
    """Runs until SIGINT or SIGTERM."""
    async with AsyncExitStack() as stack:
        use_cases = await stack.enter_async_context(open_use_cases(settings))
        services = await stack.enter_async_context(bot(settings, use_cases, os.environ))
        await stack.enter_async_context(ticking(jobs(services)))
        await stack.enter_async_context(ticking({"redraw": _redraw(services)}, every_seconds=REDRAW_SECONDS))
        await stack.enter_async_context(
            health_endpoint(settings.slack.health_port, probes(services), services.metrics.registry)
        )
        _settle_memory()
        log.info("serving", mode=settings.slack.mode, channel=settings.slack.channel)
        await _stopped()
        log.info("stopping")


def jobs(services: Services) -> dict[str, Job]:
    """What each tick asks: is it due?"""

    async def recover(now: datetime) -> None:
        for execution in await services.use_cases.recover():
            log.warning("finished what a dead process left", journal=execution.entry.id)
            await services.cards.redraw(execution.proposal)

    async def daily(now: datetime) -> None:
        await discover_due(services.settings, services.use_cases, services.discoverer)
        await services.digests.post_due(now)

    async def watch(now: datetime) -> None:
        await watch_due(services)

    return {"recover": recover, "daily": daily, "watch": watch}


def probes(services: Services) -> dict[str, Probe]:
    """What must answer before this replica counts as ready."""

    async def database() -> str | None:
        try:
            await services.use_cases.resources.database.command("ping")
        except PyMongoError:
            return "MongoDB does not answer"
        return None

    async def slack() -> str | None:
        try:
            await services.client.auth_test()
        except SLACK_ERRORS:
            return "Slack does not answer"
        return None

    return {"database": database, "slack": slack}


def _redraw(services: Services) -> Job:
    async def redraw(now: datetime) -> None:
        await services.cards.redraw_stale()

    return redraw


async def _greet(client: AsyncWebClient, settings: Settings) -> AuthorizeResult:
    """Who we are; warms the connection up, so that the first click isn't the one that waits for it."""
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        raise ConfigurationError(
            f"Slack refused SLACK_BOT_TOKEN: {slack_error_code(error)}; `ai-operator doctor` says more"
        ) from error
    except SLACK_ERRORS as error:
        raise ConfigurationError(
            f"Slack can't be reached at {settings.slack.api_url}: {type(error).__name__}"
        ) from error
    return AuthorizeResult.from_auth_test_response(auth_test_response=answer, bot_token=client.token)


@asynccontextmanager
async def _connected(
    app: AsyncApp, settings: Settings, environment: Mapping[str, str]
) -> AsyncIterator[None]:
    if settings.slack.mode == "http":
        async with _http(app, settings):
            yield
        return
    token = secret("SLACK_APP_TOKEN", environment)
    for_sockets = web_client(token, settings)
    try:
        await for_sockets.apps_connections_open(app_token=token)
    except SLACK_ERRORS as error:
        raise ConfigurationError(
            f"Slack refused SLACK_APP_TOKEN: {slack_error_code(error)}; it needs the scope connections:write"
        ) from error
    handler = AsyncSocketModeHandler(app, token, web_client=for_sockets)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt publishes no type here
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def _http(app: AsyncApp, settings: Settings) -> AsyncIterator[None]:
    """Slack's requests over HTTP; Bolt checks their signature."""

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", events)
    runner = web.AppRunner(server)
    await runner.setup()
    port = settings.slack.http_port
    try:
        try:
            await web.TCPSite(runner, port=port).start()
        except OSError as error:
            raise ConfigurationError(
                f"[slack] http_port: port {port} can't be used ({error.strerror}); choose another"
            ) from error
        yield
    finally:
        await runner.cleanup()


def _settle_memory() -> None:
    """Takes what lives as long as the process out of the garbage collector's rounds: a full one would go over
    all imported modules, a tenth of a second in which no click is acknowledged."""
    gc.collect()
    gc.freeze()


async def _stopped() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    await stop.wait()
