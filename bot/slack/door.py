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

TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
FRESH_SECONDS = 300
LARGEST = 1_000_000
"""Bytes of a request. Slack's largest, a full modal that is submitted, is well below half of it."""
READING_SECONDS = 5.0
MOST_AT_ONCE = 50
"""Requests whose bytes are waited for at the same time."""
_SECONDS, _SIGNED = re.compile("[0-9]{1,12}"), re.compile("v0=[0-9a-f]{64}")
Body = dict[str, Any]
log = logger(__name__)


class Door:
    """Lets Slack's own requests in, and reads no others."""

    def __init__(self, app: AsyncApp, secret: str, metrics: Metrics) -> None:
        self._app = app
        self._secret = secret.encode()
        self._metrics = metrics
        self._reading = 0

    async def hear(self, request: web.Request) -> web.Response:
        """Answers one request."""
        status, body = await self._read(request)
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

    async def _read(self, request: web.Request) -> tuple[int, bytes]:
        """The status to answer with, 200 for what Slack signed; and the bytes."""
        if not plausible(request.headers, time.time()) or "Content-Encoding" in request.headers:
            return 401, b""
        if (request.content_length or 0) > LARGEST:
            return 413, b""
        if self._reading >= MOST_AT_ONCE:
            return 503, b""
        self._reading += 1
        try:
            async with asyncio.timeout(READING_SECONDS):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return 413, b""
        except Exception:  # noqa: BLE001 – cut off, too slow, not HTTP
            return 400, b""
        finally:
            self._reading -= 1
        return (200, body) if signed_by(self._secret, request.headers, body) else (401, b"")


def plausible(headers: Mapping[str, str], now: float) -> bool:
    """Whether they may be Slack's, by their form and time alone."""
    at, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    well_formed = _SECONDS.fullmatch(at) and _SIGNED.fullmatch(signature)
    return bool(well_formed) and abs(now - int(at)) <= FRESH_SECONDS


def signed_by(secret: bytes, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether whoever knows the secret sent exactly these bytes at that time. The headers are plausible."""
    ours = hmac.new(secret, b"v0:" + headers[TIMESTAMP].encode() + b":" + body, sha256).hexdigest()
    return hmac.compare_digest(f"v0={ours}", headers[SIGNATURE])


def of_our_workspace(identity: AuthorizeResult, body: Body) -> bool:
    """By the team; where a payload has none, as in an organisation, by the enterprise."""
    if body.get("type") == "url_verification":
        return True
    team = body.get("team_id") or mapping_in(body.get("team")).get("id")
    if team:
        return bool(team == identity.team_id)
    enterprise = body.get("enterprise_id") or mapping_in(body.get("enterprise")).get("id")
    return bool(enterprise and enterprise == identity.enterprise_id)


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
