"""Delivers what people do to the bot, over Socket Mode or signed over HTTP, and takes the acknowledgement."""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp
from aiohttp import WSMsgType, web

from sandbox.slack.signing import SignedRequest, signed
from sandbox.slack.state import Workspace
from sandbox.slack.values import Json, Outcome

TIMED_OUT = "operation_timeout"
DISCONNECTS = ("warning", "refresh_requested", "link_disabled")


@dataclass(frozen=True)
class Letter:
    """A payload in its envelope."""

    kind: str
    """interactive, slash_commands or events_api."""
    body: Json
    envelope_id: str = field(default_factory=lambda: secrets.token_hex(16))
    attempt: int = 0
    """How often it was sent before."""

    def written(self) -> str:
        """As it goes through Socket Mode."""
        envelope: Json = {
            "envelope_id": self.envelope_id,
            "type": self.kind,
            "accepts_response_payload": self.kind != "events_api",
            "payload": self.body,
        }
        if self.attempt:
            envelope |= {"retry_attempt": self.attempt, "retry_reason": "timeout"}
        return json.dumps(envelope)

    def outcome(self, began: float, payload: Json | None = None, error: str | None = None) -> Outcome:
        """What became of it, sent at `began` of the monotonic clock. Without an error: acknowledged."""
        seconds = time.monotonic() - began
        return Outcome(error is None, seconds, payload, error, self.kind, self.body, self.envelope_id)


class Courier:
    """The connections of one stand-in, and what was sent and not yet acknowledged."""

    def __init__(self, workspace: Workspace, signing_secret: str, ack_seconds: float) -> None:
        self.workspace = workspace
        self.signing_secret = signing_secret
        self.ack_seconds = ack_seconds
        self.outcomes: list[Outcome] = []
        self.received: list[int] = []
        """The connection (in order of arrival) that each envelope went to."""
        self.request_url: str | None = None
        """Set: payloads go there, signed, instead of through Socket Mode."""
        self._tickets: set[str] = set()
        self._sockets: list[tuple[int, web.WebSocketResponse]] = []
        self._opened = 0
        self._turn = 0
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        """The acknowledgements that are waited for, by envelope."""

    @property
    def connections(self) -> int:
        return len(self._sockets)

    def new_socket_url(self) -> str:
        """A URL that opens one connection, and no second one."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return f"{self.workspace.base_url.replace('http', 'ws', 1)}/link/?ticket={ticket}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Holds one connection of the bot until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="This link was used, or never given out.")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._opened += 1
        entry = (self._opened, socket)
        await socket.send_json(self._hello())
        self._sockets.append(entry)
        self.workspace.touch()
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._acknowledge(message.data)
        finally:
            if entry in self._sockets:
                self._sockets.remove(entry)
            self.workspace.touch()
        return socket

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Asks the oldest connection to make place for a new one, as Slack does now and then."""
        if reason not in DISCONNECTS:
            raise ValueError(f"{reason!r} is none of {', '.join(DISCONNECTS)}")
        _, socket = self._sockets[0] if reason == "warning" else self._sockets.pop(0)
        await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})

    async def close(self) -> None:
        for _, socket in list(self._sockets):
            await socket.close()

    async def deliver(self, kind: str, body: Json) -> Outcome:
        """`kind`: interactive, slash_commands or events_api."""
        return await self._send(Letter(kind, body))

    async def deliver_together(self, kind: str, bodies: Sequence[Json]) -> list[Outcome]:
        """Through Socket Mode, in one burst: all are written down before the first is sent."""
        letters = [Letter(kind, body) for body in bodies]
        written = [letter.written() for letter in letters]
        return await asyncio.gather(*map(self._through_socket, letters, written))

    async def redeliver(self, outcome: Outcome) -> Outcome:
        """The same envelope again, as Slack sends it when it saw no acknowledgement."""
        return await self._send(Letter(outcome.kind, outcome.body, outcome.envelope_id, attempt=1))

    async def deliver_http(self, url: str, kind: str, body: Json, *, retry: int = 0) -> Outcome:
        """One signed request; what the response carries is the acknowledgement's payload."""
        return await self._post(url, Letter(kind, body, attempt=retry))

    async def _send(self, letter: Letter) -> Outcome:
        self.workspace.busy += 1
        try:
            if self.request_url is None:
                outcome = await self._through_socket(letter, letter.written())
            else:
                outcome = await self._post(self.request_url, letter)
        finally:
            self.workspace.busy -= 1
            self.workspace.touch()
        self.outcomes.append(outcome)
        return outcome

    async def _through_socket(self, letter: Letter, written: str) -> Outcome:
        began = time.monotonic()
        answer = self._waiting[letter.envelope_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self.ack_seconds):
                await self._to_next_connection(written)
                payload = (await answer).get("payload")
        except TimeoutError:
            return letter.outcome(began, error=TIMED_OUT)
        finally:
            self._waiting.pop(letter.envelope_id, None)
        return letter.outcome(began, payload)

    async def _to_next_connection(self, envelope: str) -> None:
        """Round robin; waits for a connection when there is none."""
        while not self._sockets:
            await self.workspace.changed(self.ack_seconds)
        number, socket = self._sockets[self._turn % len(self._sockets)]
        self._turn += 1
        self.received.append(number)
        await socket.send_str(envelope)

    async def _post(self, url: str, letter: Letter) -> Outcome:
        began = time.monotonic()
        request = self.signed_request(letter.kind, letter.body, retry=letter.attempt)
        timeout = aiohttp.ClientTimeout(total=self.ack_seconds)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, data=request.body.encode(), headers=request.headers) as response,
            ):
                text, status = await response.text(), response.status
        except TimeoutError:
            return letter.outcome(began, error=TIMED_OUT)
        return letter.outcome(began, _ack_payload(text), None if status == 200 else f"http_{status}")

    def signed_request(self, kind: str, body: Mapping[str, object], *, retry: int = 0) -> SignedRequest:
        """The request that HTTP mode gets, signed with the workspace's clock."""
        return signed(kind, body, self.signing_secret, self.workspace.now(), retry)

    def _acknowledge(self, text: str) -> None:
        answer: Json = json.loads(text)
        waiting = self._waiting.get(str(answer.get("envelope_id")))
        if waiting is None:
            self.workspace.rejections.append(f"acknowledged too late, or never sent: {text[:200]}")
            self.workspace.touch()
        elif not waiting.done():
            waiting.set_result(answer)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._sockets) + 1,
            "connection_info": {"app_id": self.workspace.app_id},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
        }


def _ack_payload(text: str) -> Json | None:
    if not text:
        return None
    try:
        payload = json.loads(text)
    except ValueError:
        return {"text": text}
    return payload if isinstance(payload, dict) else {"text": text}
