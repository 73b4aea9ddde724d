"""Slack itself: the Web API client, who we are there, and what is heard over Socket Mode or HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.logs import logger
from bot.monitoring.health import listening
from bot.monitoring.metrics import Metrics
from bot.settings import Settings, secret
from bot.slack.client import SlackClient
from bot.slack.door import LARGEST, Door
from bot.slack.errors import SLACK_ERRORS, Lasts, refusal_in
from operator_core.errors import ConfigurationError

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds between two tries to begin: each is twice as long as the one before."""
Answer = TypeVar("Answer")
log = logger(__name__)


@dataclass
class Hearing:
    """Whether Slack's payloads can reach us right now."""

    socket: SocketModeClient | None = None
    over_http: bool = False

    async def trouble(self) -> str | None:
        """Why they can't, in plain words."""
        if self.over_http or (self.socket is not None and await self.socket.is_connected()):
            return None
        return "no connection to Slack is open, so no click is heard"


async def greet(client: SlackClient) -> AuthorizeResult:
    """Who we are. Raises ConfigurationError for a token that Slack refuses."""
    answer = await begun("SLACK_BOT_TOKEN", client.auth_test)
    if not answer.get("team_id"):
        raise ConfigurationError("auth.test says no team_id: without it no payload can be told to be ours")
    return AuthorizeResult.from_auth_test_response(auth_test_response=answer, bot_token=client.token)


async def begun(token: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """What Slack answers, once it does: its bad minutes are waited out, and logged.

    `token`: the variable's name. Raises ConfigurationError for what only somebody can mend.
    """
    wait = FIRST_WAIT
    while True:
        try:
            return await ask()
        except SLACK_ERRORS as error:
            refusal = refusal_in(error)
            if refusal.lasts != Lasts.PASSING:
                raise ConfigurationError(f"Slack refused {token}: {refusal}") from error
            seconds = max(wait, refusal.wait)
            log.warning("waiting for Slack", cause=refusal.code, seconds=seconds)
            await asyncio.sleep(seconds)
            wait = min(2 * wait, LONGEST_WAIT)


@asynccontextmanager
async def connected(
    app: AsyncApp, settings: Settings, environment: Mapping[str, str], hearing: Hearing, metrics: Metrics
) -> AsyncIterator[None]:
    """Slack's clicks and commands reach the app, over HTTP (the door checks the signature) or Socket Mode."""
    if settings.slack.mode == "http":
        door = Door(app, secret("SLACK_SIGNING_SECRET", environment), metrics)
        routes, port = [web.post("/slack/events", door.hear)], settings.slack.http_port
        async with listening(routes, "http_port", port, largest=LARGEST):
            hearing.over_http = True
            yield
        return
    token = secret("SLACK_APP_TOKEN", environment)
    for_sockets = SlackClient(token, settings.slack)
    await begun("SLACK_APP_TOKEN", lambda: for_sockets.apps_connections_open(app_token=token))
    handler = AsyncSocketModeHandler(app, token, web_client=for_sockets)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt publishes no type here
    hearing.socket = handler.client
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
