"""Between the replicas and Slack's stand-in: calls that fail, envelopes that come twice, late, or to another.

A reverse proxy over the stand-in's own port: so the stand-in stays as strict as it is, and each replica is
known by the path of its calls.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from aiohttp import WSMsgType, web

from faults.mongo_wire import Struck
from sandbox.loopback import served
from sandbox.slack import SlackStandIn

CallFault = Literal[
    "429", "500", "502", "503", "empty", "html", "refused", "dropped", "dropped after", "slow"
]
EnvelopeFault = Literal["twice", "late", "to another"]
WRITES = frozenset({"chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.update"})
RETRY_AFTER = 1
IN_FLIGHT_SECONDS = 0.1
"""A call that was on its way when the refusal came."""
CODES = (
    *("account_inactive", "as_user_not_supported", "cant_update_message", "channel_is_limited_access"),
    *("channel_not_found", "edit_window_closed", "ekm_access_denied", "enterprise_is_restricted"),
    *("external_channel_migrating", "fatal_error", "internal_error", "invalid_auth", "invalid_blocks"),
    *("is_archived", "is_inactive", "message_limit_exceeded", "message_not_found", "missing_scope"),
    *("msg_blocks_too_long", "msg_too_long", "no_permission", "not_allowed_token_type", "not_authed"),
    *("not_in_channel", "org_login_required", "ratelimited", "rate_limited", "request_timeout"),
    *("restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel"),
    *("service_unavailable", "streaming_state_conflict", "team_access_not_granted", "team_added_to_org"),
    *("team_not_found", "token_expired", "token_revoked", "two_factor_setup_required", "user_not_in_channel"),
    *("accesslimited", "expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "not_found"),
    *("hash_conflict", "view_too_large", "push_limit_reached", "duplicate_external_id", "user_not_found"),
)
"""What Slack documents of these methods."""


@dataclass
class ArmedCall:
    """What befalls a call, after so many others of these methods went well."""

    what: CallFault
    skip: int
    methods: frozenset[str] = WRITES
    code: str = ""


@dataclass
class Sent:
    """One call as it came by: when, whose, and whether Slack said to wait."""

    at: float
    replica: str
    method: str
    waits: bool = False
    failed: bool = False
    """It was refused, or nobody heard what came of it."""


@dataclass
class SlackWire:
    """Everything between the replicas and one stand-in."""

    slack: SlackStandIn
    upstream: str
    struck: Struck
    session: aiohttp.ClientSession
    url: str = ""
    calls: list[ArmedCall] = field(default_factory=list)
    envelopes: list[tuple[EnvelopeFault, float]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    """Bodies of calls, for what must never be in one."""
    sockets: dict[int, tuple[str, web.WebSocketResponse]] = field(default_factory=dict)
    most: int = 0
    """Sockets of one replica at one time."""
    down_until: float = 0.0
    _acknowledged: set[str] = field(default_factory=set)
    _late: set[asyncio.Task[None]] = field(default_factory=set)

    def api_url(self, replica: str) -> str:
        return f"{self.url}/{replica}/api/"

    def healed(self) -> None:
        self.calls.clear()
        self.envelopes.clear()
        self.down_until = 0.0

    async def drop_sockets(self) -> None:
        for _, socket in list(self.sockets.values()):
            await socket.close(code=1011)

    def _armed(self, method: str) -> ArmedCall | None:
        for armed in self.calls:
            if method in armed.methods:
                armed.skip -= 1
                if armed.skip < 0:
                    self.calls.remove(armed)
                    name = f"{armed.what} {armed.code}".strip()
                    self.struck.note(f"slack: {name}")
                    return armed
        return None

    async def call(self, request: web.Request) -> web.StreamResponse:
        """A call of the Web API."""
        method, replica = request.match_info["method"], request.match_info["replica"]
        body = await request.read()
        self.heard.append(body.decode(errors="replace"))
        sent = Sent(time.monotonic(), replica, method)
        self.sent.append(sent)
        armed = self._armed(method)
        if armed is None and time.monotonic() < self.down_until:
            armed = ArmedCall("503", 0)
        sent.failed = armed is not None
        if armed is not None and (failing := _failing(armed)) is not None:
            sent.waits = failing.status == 429
            return failing
        if armed is not None and armed.what == "dropped":
            return _dropped(request)
        if armed is not None and armed.what == "slow":
            await asyncio.sleep(1.5)
        answer = await self._passed_on(request, f"/api/{method}", body, replica)
        return _dropped(request) if armed is not None and armed.what == "dropped after" else answer

    async def other(self, request: web.Request) -> web.StreamResponse:
        """Response URLs and uploads."""
        body = await request.read()
        self.heard.append(body.decode(errors="replace"))
        return await self._passed_on(request, request.path, body, "")

    async def _passed_on(self, request: web.Request, path: str, body: bytes, replica: str) -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "content-length")}
        address = f"{self.upstream}{path}"
        async with self.session.request(
            request.method, address, params=request.query, data=body, headers=headers
        ) as answer:
            content = await answer.read()
            if path.endswith("apps.connections.open"):
                content = content.replace(b"/link/", f"/{replica}/link/".encode())
            kept = {k: v for k, v in answer.headers.items() if k.lower().startswith("x-")}
            return web.Response(
                body=content, status=answer.status, headers=kept, content_type=answer.content_type
            )

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """One connection of Socket Mode."""
        near = web.WebSocketResponse()
        await near.prepare(request)
        key, replica = id(near), request.match_info["replica"]
        self.sockets[key] = (replica, near)
        self.most = max(self.most, sum(one == replica for one, _ in self.sockets.values()))
        try:
            address = f"{self.upstream.replace('http', 'ws', 1)}/link/?{request.query_string}"
            async with self.session.ws_connect(address) as far:
                down = asyncio.create_task(self._down(far, near))
                await self._up(near, far)
                down.cancel()
                await asyncio.gather(down, return_exceptions=True)
        finally:
            self.sockets.pop(key, None)
            with suppress(ConnectionError):
                await near.close()
        return near

    async def _up(self, near: web.WebSocketResponse, far: aiohttp.ClientWebSocketResponse) -> None:
        """Acknowledgements; of an envelope that came twice Slack hears the first."""
        async for message in near:
            if message.type != WSMsgType.TEXT:
                continue
            envelope = str(json.loads(message.data).get("envelope_id"))
            if envelope not in self._acknowledged:
                self._acknowledged.add(envelope)
                await far.send_str(message.data)

    async def _down(self, far: aiohttp.ClientWebSocketResponse, near: web.WebSocketResponse) -> None:
        async for message in far:
            if message.type != WSMsgType.TEXT:
                continue
            letter: dict[str, Any] = json.loads(message.data)
            fault = self.envelopes.pop(0) if self.envelopes and "payload" in letter else None
            if fault is None:
                await near.send_str(message.data)
                continue
            self.struck.note(f"envelope: {fault[0]}")
            if fault[0] == "late":
                self._acknowledged.add(letter["envelope_id"])  # Slack has given it up by then
                self._later(near, message.data, fault[1])
                continue
            await near.send_str(message.data)
            others = [socket for _, socket in self.sockets.values() if socket is not near]
            again = others[0] if others and fault[0] == "to another" else near
            self._later(again, message.data, fault[1])
        with suppress(ConnectionError):
            await near.close()

    def _later(self, socket: web.WebSocketResponse, text: str, seconds: float) -> None:
        async def send() -> None:
            await asyncio.sleep(seconds)
            with suppress(ConnectionError, RuntimeError):  # it closed meanwhile
                await socket.send_str(text)

        task = asyncio.create_task(send())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


def _failing(armed: ArmedCall) -> web.Response | None:
    match armed.what:
        case "429":
            headers = {"Retry-After": str(RETRY_AFTER)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        case "500" | "502" | "503":
            return web.Response(status=int(armed.what), text="upstream connect error")
        case "empty":
            return web.Response(status=200, text="", content_type="application/json")
        case "html":
            return web.Response(status=200, text="<html><h1>Down</h1></html>", content_type="text/html")
        case "refused":
            return web.json_response({"ok": False, "error": armed.code})
    return None


def _dropped(request: web.Request) -> web.Response:
    """The connection ends without an answer."""
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=500)


@asynccontextmanager
async def slack_wire(slack: SlackStandIn, struck: Struck) -> AsyncIterator[SlackWire]:
    """Stands before the stand-in, whose own addresses lead through it from now on."""
    async with aiohttp.ClientSession(auto_decompress=True) as session:
        wire = SlackWire(slack, slack.workspace.base_url, struck, session)
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_route("*", "/{replica}/api/{method}", wire.call)
        app.router.add_get("/{replica}/link/", wire.socket)
        app.router.add_post("/response/{token}", wire.other)
        app.router.add_post("/upload/{file}", wire.other)
        async with served(app) as url:
            wire.url = slack.workspace.base_url = url
            yield wire
            for _, socket in list(wire.sockets.values()):
                await socket.close()
