"""Slack itself: who we are there, what is heard over Socket Mode or HTTP, and what is let in.

Over HTTP the signature is checked on the raw bytes, before anything of them is read; in both modes what comes
from another workspace ends here. What is refused causes nothing, not even a log of itself.
"""

import asyncio
import hmac
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.logs import logger
from bot.monitoring.health import listening
from bot.monitoring.metrics import Metrics
from bot.settings import Settings, secret
from bot.slack.client import SlackClient
from bot.slack.errors import SLACK_ERRORS, Lasts, refusal_in
from operator_core.domain.base import mapping_in
from operator_core.errors import ConfigurationError

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds between two tries to begin: each is twice as long as the one before."""
Answer = TypeVar("Answer")
TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
FRESH_SECONDS = 300
LARGEST = 1_000_000
"""Bytes of a request. Slack's largest, a full modal that is submitted, is well below half of it."""
READING_SECONDS = 5.0
MOST_AT_ONCE = 50
"""Requests whose bytes are waited for at the same time."""
MOST_A_SECOND = 200
"""Signed ones: more are no people's clicks, but one request sent again and again."""
Body = dict[str, Any]
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
    """Who we are. Raises ConfigurationError for a token that Slack refuses, or that is of no workspace."""
    answer = await begun("SLACK_BOT_TOKEN", client.auth_test)
    if wrong := of_no_workspace(answer):
        raise ConfigurationError(f"SLACK_BOT_TOKEN: {': '.join(wrong)}")
    return AuthorizeResult.from_auth_test_response(auth_test_response=answer, bot_token=client.token)


def of_no_workspace(answer: AsyncSlackResponse) -> tuple[str, str] | None:
    """Why by this auth.test no payload can be told to be ours, and what to do; None where it can."""
    team = answer.get("team_id")
    if not team:
        return "auth.test says no team_id", "without it no payload can be told to be ours"
    # It names the organisation then: what people do in its workspaces would all be turned away.
    if answer.get("is_enterprise_install") is True or team == answer.get("enterprise_id"):
        cure = "install it to one workspace, and copy that token"
        return "the app is installed for a whole organisation", cure
    return None


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


class Door:
    """Lets Slack's own requests in, and reads no others."""

    def __init__(self, app: AsyncApp, secret: str, metrics: Metrics) -> None:
        self._app, self._secret, self._metrics = app, secret.encode(), metrics
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._signed = deque[float](maxlen=MOST_A_SECOND)  # when the latest came

    async def hear(self, request: web.Request) -> web.Response:
        """Answers one request."""
        status, body = 503, b""
        if not plausible(request.headers, time.time()):
            status = 401  # whoever can't even look like Slack takes no place from it
        elif not self._places.locked():
            async with self._places:
                status, body = await _bytes_of(request)
        if status == 200 and not signed_by(self._secret, request.headers, body):
            status = 401
        if status == 200 and len(self._signed) == MOST_A_SECOND and time.monotonic() < self._signed[0] + 1:
            status = 429
        if status != 200:
            self._metrics.turned_away.labels(str(status)).inc()
            return web.Response(status=status)
        self._signed.append(time.monotonic())
        try:
            # From here on it is Slack that speaks.
            heard = AsyncBoltRequest(
                body=body.decode(), query=request.query_string, headers=dict(request.headers)
            )
            if not isinstance(heard.body, dict):
                raise TypeError("no JSON object")
            return await to_aiohttp_response(await self._app.async_dispatch(heard))
        except Exception as error:  # noqa: BLE001 – whatever the SDK can't make sense of
            log.warning("a signed request could not be read", cause=type(error).__name__)
            return web.Response(status=400)


async def _bytes_of(request: web.Request) -> tuple[int, bytes]:
    """The status to answer with, 200 for what came whole; and the bytes."""
    try:
        async with asyncio.timeout(READING_SECONDS):
            return 200, await request.read()
    except web.HTTPRequestEntityTooLarge:
        return 413, b""
    except Exception:  # noqa: BLE001 – cut off, too slow, not HTTP
        return 400, b""


def plausible(headers: Mapping[str, str], now: float) -> bool:
    """Whether they may be Slack's, by their form and time alone."""
    at, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    formed = re.fullmatch("[0-9]{1,12}", at) and re.fullmatch("v0=[0-9a-f]{64}", signature)
    return bool(formed) and abs(now - int(at)) <= FRESH_SECONDS and "Content-Encoding" not in headers


def signed_by(secret: bytes, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether whoever knows the secret sent exactly these bytes. The headers are plausible."""
    ours = hmac.new(secret, b"v0:" + headers[TIMESTAMP].encode() + b":" + body, sha256).hexdigest()
    return hmac.compare_digest(f"v0={ours}", headers[SIGNATURE])


def of_our_workspace(identity: AuthorizeResult, body: Body) -> bool:
    """By each team that it names; where there is none, as in an organisation, by the enterprise. A dialog
    says besides whose installation opened it."""
    if mapping_in(body.get("view")).get("app_installed_team_id") not in (None, identity.team_id):
        return False
    for kind, ours in (("team", identity.team_id), ("enterprise", identity.enterprise_id)):
        theirs = (body.get(f"{kind}_id"), mapping_in(body.get(kind)).get("id"))
        if named := [one for one in theirs if one]:
            return all(one == ours for one in named)
    return body.get("type") == "url_verification"


def only_ours(identity: AuthorizeResult, metrics: Metrics) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Counts what is heard; what another workspace's people did is acknowledged, and goes no further."""

    async def middleware(body: Body, next_: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse | None:
        if not of_our_workspace(identity, body):
            metrics.turned_away.labels("another workspace").inc()
            log.warning("a payload of another workspace was turned away")
            return BoltResponse(status=200, body="")
        metrics.envelopes.labels(str(body.get("type") or "command")).inc()
        metrics.last_envelope.set_to_current_time()
        return await next_()

    return middleware
