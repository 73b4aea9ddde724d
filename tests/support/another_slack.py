"""A second, unrelated Slack: written from Slack's public pages alone, and answering as little as they say.

It shares no code with the project's own stand-in and validates nothing. What Slack's pages leave open it
settles by its `Manner`, one way or the other; what works in each doesn't lean on the manner of one of them.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, WSMsgType, web

Json = dict[str, Any]
TEAM, ORGANISATION, BOT, APP, BOT_ID = "T9TEAM", "E9ORG", "U9BOT", "A9APP", "B9BOT"
NO_ANSWER = {"ok": False, "error": "unknown_method"}
UNKNOWN = {"x_not_documented": {"since": 2031, "list": [None, {"id": 7}]}}


@dataclass(frozen=True)
class Manner:
    """How a workspace says what may be said in several ways."""

    organisation: bool = False
    """Payloads name the organisation, and no team."""
    bare: bool = False
    """What is optional isn't there: no response_url, no name, no bot_id; what holds nothing is a list."""
    talkative: bool = False
    """What is empty is null, and among the keys, in another order, are some that nobody documented."""

    def said(self, payload: Json) -> Json:
        """The same payload or answer in this manner."""
        if not self.talkative:
            return payload
        inner: Json = {k: {**v, **UNKNOWN} for k, v in payload.items() if isinstance(v, dict)}
        if "actions" in payload:
            inner["actions"] = [{**UNKNOWN, **action} for action in payload["actions"]]
        empty = dict.fromkeys(("channel", "message", "response_metadata"))
        return {**UNKNOWN, **dict(reversed({**empty, **payload, **inner}.items()))}


@dataclass
class AnotherSlack:
    """Channels, dialogs and answers, as plain as they can be."""

    manner: Manner = Manner()
    request_url: str | None = None
    """Where payloads are posted; None: they go through Socket Mode."""
    bot_token: str = "xoxb-9-another"
    app_token: str = "xapp-9-another"
    signing_secret: str = "0123456789abcdef"
    api_url: str = ""
    messages: dict[str, Json] = field(default_factory=dict)
    """By `ts`."""
    views: list[Json] = field(default_factory=list)
    """The stack of dialogs that stand open; the last is on top."""
    said: list[Json] = field(default_factory=list)
    """What was said to one person only: ephemeral, or to a response_url."""
    refused: dict[str, str] = field(default_factory=dict)
    """Methods that this workspace doesn't know, and its error for them."""
    _socket: web.WebSocketResponse | None = None
    _acks: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _count: Any = field(default_factory=lambda: itertools.count(1))
    courier: Any = None
    busy: dict[str, str] = field(default_factory=dict)
    """Methods whose next call comes too soon, and Retry-After as it is said then."""
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.courier = self
        self.connections = 0

    async def connected(self, many: int) -> None:
        await self.until(lambda: self.connections >= many)

    async def settled(self) -> None:
        await asyncio.sleep(0)

    def shown(self, ts: str) -> str:
        """The blocks of a message as they stand."""
        return str(self.messages[ts]["blocks"])

    async def until(self, true: Callable[[], object], seconds: float = 30) -> None:
        for _ in range(int(seconds / 0.02)):
            if true():
                return
            await asyncio.sleep(0.02)
        shown = [view.get("title") for view in self.views]
        raise AssertionError(
            f"not within {seconds:g} s. Asked: {self.asked[-8:]}. Dialogs: {shown}. {self.views[-1:]}"
        )

    # What the bot asks

    async def api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        said = await _arguments(request)
        self.asked.append(method)
        if method in self.busy:
            wait = {"retry-after": self.busy.pop(method)}
            return web.json_response({"error": "ratelimited", "ok": False}, status=429, headers=wait)
        if method in self.refused:
            return web.json_response({"ok": False, "error": self.refused[method]})
        handler = getattr(self, method.replace(".", "_"), None)
        if handler is None:
            return web.json_response(NO_ANSWER)
        text = json.dumps(self.manner.said({"ok": True, **handler(said)}), indent=1)
        return web.Response(text=text, content_type="application/json", charset="utf-8")

    def auth_test(self, said: Json) -> Json:
        known = {"url": "https://another.example/", "team_id": TEAM, "user_id": BOT}
        known |= {} if self.manner.bare else {"bot_id": BOT_ID, "team": "Another", "user": "operator"}
        return known | ({"enterprise_id": ORGANISATION} if self.manner.organisation else {})

    def apps_connections_open(self, said: Json) -> Json:
        return {"url": self.api_url.replace("http://", "ws://").replace("/api/", "/link/?ticket=1")}

    def conversations_history(self, said: Json) -> Json:
        posted = [m for m in self.messages.values() if not m.get("thread_ts")]
        return {"messages": sorted(posted, key=lambda m: float(m["ts"]), reverse=True), "has_more": False}

    def chat_postMessage(self, said: Json) -> Json:  # noqa: N802 – Slack's name
        ts = f"{int(time.time())}.{next(self._count):06d}"
        self.messages[ts] = {**said, "ts": ts}
        return {"channel": said["channel"], "ts": ts}

    def chat_update(self, said: Json) -> Json:
        self.messages[said["ts"]].update(said)
        return {"channel": said["channel"], "ts": said["ts"]}

    def chat_postEphemeral(self, said: Json) -> Json:  # noqa: N802 – Slack's name
        self.said.append(said)
        return {"message_ts": "1.1"}

    def chat_getPermalink(self, said: Json) -> Json:  # noqa: N802 – Slack's name
        return {"channel": said["channel"], "permalink": "https://another.example/p1"}

    def views_publish(self, said: Json) -> Json:
        return {"view": {**said["view"], "id": "VHOME"}}

    def views_open(self, said: Json) -> Json:
        return {"view": self._shown({**said["view"], "id": f"V{next(self._count)}"})}

    def views_push(self, said: Json) -> Json:
        return self.views_open(said)

    def views_update(self, said: Json) -> Json:
        if all(one["id"] != said["view_id"] for one in self.views):
            return {"ok": False, "error": "not_found"}
        return {"view": self._shown({**said["view"], "id": said["view_id"]})}

    def _shown(self, view: Json) -> Json:
        """Where it stood, else on top."""
        ids = [one["id"] for one in self.views]
        if view["id"] in ids:
            self.views[ids.index(view["id"])] = view
        else:
            self.views.append(view)
        return view

    async def respond(self, request: web.Request) -> web.StreamResponse:
        self.said.append(await _arguments(request))
        if self.manner.talkative:
            return web.json_response({"response_metadata": None, "ok": True})
        return web.Response(text="" if self.manner.bare else "ok")

    async def link(self, request: web.Request) -> web.StreamResponse:
        self._socket = socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
        self.connections += 1
        async for message in socket:
            if message.type == WSMsgType.TEXT and "envelope_id" in (ack := json.loads(message.data)):
                self._acks.pop(ack["envelope_id"]).set_result(ack.get("payload") or {})
        return socket

    # What people do

    async def _deliver(self, kind: str, payload: Json) -> Json:
        payload = self.manner.said(payload) if kind == "interactive" else payload
        if self.request_url:
            return await self._post(self.request_url, kind, payload)
        envelope = f"e-{next(self._count)}"
        self._acks[envelope] = asyncio.get_running_loop().create_future()
        assert self._socket is not None
        body = {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": True}
        body |= {"retry_attempt": 1, "retry_reason": "timeout"} if self.manner.talkative else {}
        acked = self._acks[envelope]
        await self._socket.send_json(body)
        return await asyncio.wait_for(acked, 3)

    async def _post(self, url: str, kind: str, payload: Json) -> Json:
        """Signed; what the answer carries is the acknowledgement."""
        form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
        text = json.dumps(payload) if kind == "events_api" else urlencode(form)
        sort = "json" if kind == "events_api" else "x-www-form-urlencoded"
        at = str(int(time.time()))
        mac = hmac.new(self.signing_secret.encode(), f"v0:{at}:{text}".encode(), hashlib.sha256)
        signed = {"x-slack-request-timestamp": at, "x-slack-signature": f"v0={mac.hexdigest()}"}
        headers = {"content-type": f"application/{sort}; charset=utf-8", **signed}
        async with ClientSession() as session, session.post(url, data=text, headers=headers) as answer:
            assert answer.status == 200, f"{kind}: {answer.status}"
            said = await answer.text()
        return dict(json.loads(said)) if said else {}

    def _about(self, user: str) -> Json:
        who = {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM}
        of: Json = {"team": {"id": TEAM, "domain": "another"}}
        if self.manner.organisation:
            of = {
                "team": None,
                "enterprise": {"id": ORGANISATION, "name": "All"},
                "is_enterprise_install": True,
            }
        return {
            "user": {"id": user, "team_id": TEAM} if self.manner.bare else who,
            "api_app_id": APP,
            "token": "unused",
            **of,
            "trigger_id": f"{next(self._count)}.9.abc",
        }

    async def click(self, user: str, ts: str, prefix: str) -> None:
        """Presses the first button of the message whose action id begins so."""
        message = self.messages[ts]
        block, button = next(
            (block, element)
            for block in message["blocks"]
            for element in (*block.get("elements", ()), block.get("accessory") or {})
            if str(element.get("action_id", "")).startswith(prefix)
        )
        pressed = {k: button[k] for k in ("action_id", "value", "type", "text") if k in button}
        await self._deliver(
            "interactive",
            {
                **self._about(user),
                "type": "block_actions",
                "container": {"type": "message", "message_ts": ts, "channel_id": message["channel"]},
                "channel": {"id": message["channel"], "name": "ops"},
                "message": {
                    "ts": ts,
                    "text": message["text"],
                    "blocks": message["blocks"],
                    "type": "message",
                },
                "state": {"values": {}},
                **self._answered_at("1"),
                "actions": [{**pressed, "block_id": block["block_id"], "action_ts": "1.1"}],
            },
        )

    async def submit(self, user: str) -> None:
        """Sends the dialog on top as it stands; what the acknowledgement shows instead is shown."""
        view = self.views[-1]
        shown = {
            "team_id": TEAM,
            "app_id": APP,
            "hash": "1.h",
            "bot_id": BOT_ID,
            **({} if self.manner.bare else {"private_metadata": ""}),
            **view,
        }
        values = _values(view)
        state = {"values": values or ([] if self.manner.bare else {})}
        payload = {**self._about(user), "type": "view_submission", "view": {**shown, "state": state}}
        answer = await self._deliver("interactive", payload)
        if answer.get("response_action") == "update":
            self._shown({**answer["view"], "id": view["id"]})
        elif answer.get("response_action") in {None, "clear"}:
            self.views.remove(view)
        else:
            raise AssertionError(f"the dialog was sent back: {answer}")

    async def command(self, user: str, name: str, text: str, channel: str) -> None:
        about = {"token": "unused", "team_id": TEAM, "team_domain": "another", "api_app_id": APP}
        of = {"user_id": user, "user_name": user.lower(), "channel_id": channel, "channel_name": "ops"}
        where = {**self._answered_at("2"), "trigger_id": "9.9.abc"}
        if self.manner.bare:
            of.pop("user_name")
        await self._deliver("slash_commands", {**about, **of, **where, "command": name, "text": text})

    async def open_home(self, user: str) -> None:
        """Looks at the app's Home."""
        event = {"type": "app_home_opened", "user": user, "channel": f"D{user}", "event_ts": "1.1"}
        event |= {} if self.manner.bare else {"tab": "home"}
        of = {
            "team_id": TEAM,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": "Ev9",
            "event_time": 1,
        }
        await self._deliver("events_api", {**of, "event": event})

    def _answered_at(self, number: str) -> Json:
        return (
            {} if self.manner.bare else {"response_url": self.api_url.replace("/api/", f"/respond/{number}")}
        )


async def _arguments(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return dict(await request.json())
    form = dict(await request.post())
    return {key: _read(str(value)) for key, value in form.items()}


def _read(value: str) -> Any:
    return json.loads(value) if value[:1] in {"{", "["} else value


def _values(view: Json) -> Json:
    values: Json = {}
    for block in view["blocks"]:
        elements = [block.get("element"), block.get("accessory"), *block.get("elements", ())]
        for element in (one for one in elements if one and "action_id" in one):
            kind = element["type"]
            state: Json = {"type": kind}
            if kind == "checkboxes":
                state["selected_options"] = element.get("initial_options", [])
            elif kind == "radio_buttons":
                state["selected_option"] = element.get("initial_option")
            elif kind == "plain_text_input":
                state["value"] = element.get("initial_value")
            else:
                continue
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


@asynccontextmanager
async def another_slack(
    manner: Manner = Manner(), request_url: str | None = None
) -> AsyncIterator[AnotherSlack]:
    """Listens on a port of its own until the context ends."""
    slack = AnotherSlack(manner, request_url)
    app = web.Application(client_max_size=2**24)
    app.router.add_post("/api/{method}", slack.api)
    app.router.add_get("/api/{method}", slack.api)
    app.router.add_post("/respond/{id}", slack.respond)
    app.router.add_get("/link/", slack.link)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    slack.api_url = f"http://{host}:{port}/api/"
    try:
        yield slack
    finally:
        await runner.cleanup()
