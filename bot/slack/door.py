"""The door: what is let in, over HTTP or Socket Mode.

Over HTTP the signature is checked on the raw bytes, before anything of them is read; in both modes what comes
from another workspace ends here. What is refused causes nothing, not even a log of itself.
"""

import asyncio
import hmac
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.logs import logger
from bot.monitoring.metrics import Metrics
from operator_core.domain.base import mapping_in

FRESH_SECONDS = 300
LARGEST = 1_000_000
"""Bytes of a request. Slack's largest, a full modal that is submitted, is well below half of it."""
READING_SECONDS = 5.0
MOST_AT_ONCE = 50
"""Requests whose bytes are waited for at the same time."""
Body = dict[str, Any]
log = logger(__name__)


class Door:
    """Lets Slack's own requests in, and reads no others."""

    def __init__(self, app: AsyncApp, secret: str, metrics: Metrics) -> None:
        self._app, self._secret, self._metrics = app, secret.encode(), metrics
        self._places = asyncio.Semaphore(MOST_AT_ONCE)

    async def hear(self, request: web.Request) -> web.Response:
        """Answers one request."""
        status, body = 503, b""
        if not self._places.locked():
            async with self._places:
                status, body = await _bytes_of(request)
        if status == 200 and not signed_by(self._secret, request.headers, body, time.time()):
            status = 401
        if status != 200:
            self._metrics.turned_away.labels(str(status)).inc()
            return web.Response(status=status)
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
    if "Content-Encoding" in request.headers:
        return 401, b""
    try:
        async with asyncio.timeout(READING_SECONDS):
            return 200, await request.read()
    except web.HTTPRequestEntityTooLarge:
        return 413, b""
    except Exception:  # noqa: BLE001 – cut off, too slow, not HTTP
        return 400, b""


def signed_by(secret: bytes, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether whoever knows the secret sent exactly these bytes just now."""
    at, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not re.fullmatch("[0-9]{1,12}", at) or abs(now - int(at)) > FRESH_SECONDS:
        return False
    ours = hmac.new(secret, b"v0:" + at.encode() + b":" + body, sha256).hexdigest()
    return hmac.compare_digest(f"v0={ours}".encode(), signature.encode(errors="replace"))


def of_our_workspace(identity: AuthorizeResult, body: Body) -> bool:
    """By the team; where a payload has none, as in an organisation, by the enterprise."""
    for kind, ours in (("team", identity.team_id), ("enterprise", identity.enterprise_id)):
        if theirs := body.get(f"{kind}_id") or mapping_in(body.get(kind)).get("id"):
            return bool(theirs == ours)
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
