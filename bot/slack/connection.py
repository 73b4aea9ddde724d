"""Slack itself: the Web API client, who we are there, and what is heard over Socket Mode or HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
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

from bot.monitoring.health import listening
from bot.settings import Settings, secret
from bot.slack.errors import SLACK_ERRORS, slack_error_code
from bot.slack.stamp import StampingClient
from operator_core.errors import ConfigurationError


def web_client(token: str | None, settings: Settings, stamp: str = "") -> AsyncWebClient:
    """Slack's Web API, patient with its rate limits and hiccups. `stamp`: the deployment's, for buttons."""
    return StampingClient(
        stamp=stamp,
        command=settings.slack.command,
        token=token,
        base_url=settings.slack.api_url,
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            AsyncServerErrorRetryHandler(),
        ],
    )


async def greet(client: AsyncWebClient, settings: Settings) -> AuthorizeResult:
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
async def connected(app: AsyncApp, settings: Settings, environment: Mapping[str, str]) -> AsyncIterator[None]:
    """Slack's clicks and commands reach the app, over HTTP (Bolt checks the signature) or Socket Mode."""

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    if settings.slack.mode == "http":
        async with listening([web.post("/slack/events", events)], "http_port", settings.slack.http_port):
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
