"""The stand-in itself: one HTTP server with the Web API, Socket Mode, response URLs and uploads."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web

from sandbox.loopback import served
from sandbox.slack.people import Person
from sandbox.slack.socket_mode import Courier
from sandbox.slack.state import Workspace
from sandbox.slack.values import (
    Call,
    Channel,
    Failure,
    Group,
    Json,
    Message,
    Outcome,
    Profile,
    Refused,
    Scheduled,
)
from sandbox.slack.web_api import chat as web_chat
from sandbox.slack.web_api import files as web_files
from sandbox.slack.web_api.api import APP_TOKEN, BOT_TOKEN, WebApi, refusal
from sandbox.slack.web_api.documented import ERRORS
from sandbox.slack.web_api.scheduled import post_what_is_due

PEOPLE = (
    Profile("U0ANA", "ana", "Ana Ruiz"),
    Profile("U0BEN", "ben", "Ben Okafor"),
    Profile("U0CHI", "chi", "Chi Tanaka"),
)
CHANNELS = (Channel("C0OPS", "llm-ops"),)
SCOPES = frozenset({"chat:write", "commands", "files:write", "channels:history"})
QUIET_SECONDS = 0.15
ACK_SECONDS = 3.0


class SlackStandIn:
    """A running stand-in, seen from a test or the demo."""

    bot_token = BOT_TOKEN
    app_token = APP_TOKEN
    signing_secret = "8f742231b10e8888abcd99yyyzzz85a5"

    def __init__(self, workspace: Workspace, ack_seconds: float) -> None:
        self.workspace = workspace
        self.courier = Courier(workspace, self.signing_secret, ack_seconds)
        self._people = {
            profile.id: Person(profile, workspace, self.courier) for profile in workspace.people.values()
        }
        self.calls = workspace.calls
        """Every Web API call with its answer, oldest first."""
        self.rejections = workspace.rejections
        """What was refused and why. Empty: Slack would have taken everything.

        Neither scripted failures count, nor updates of a modal that its person has just closed.
        """
        self.files = workspace.files
        self.outcomes = self.courier.outcomes
        """Of every delivered payload, oldest first."""

    @property
    def api_url(self) -> str:
        """What the client takes as its base_url."""
        return f"{self.workspace.base_url}/api/"

    def person(self, id_or_name: str) -> Person:
        """Raises KeyError for a stranger."""
        by_name = {profile.name: profile.id for profile in self.workspace.people.values()}
        return self._people[by_name.get(id_or_name, id_or_name)]

    def messages(self, channel: str) -> list[Message]:
        """The channel's messages as they are now, without replies, oldest first."""
        return self.workspace.roots(channel)

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The replies to a message, oldest first."""
        return self.workspace.replies(channel, ts)

    def message(self, message: Message) -> Message | None:
        """The same message as it is now; None when it was deleted."""
        return self.workspace.message(message.channel, message.ts)

    def ephemerals(self, user_id: str) -> list[Message]:
        """What only this person sees, oldest first."""
        return [m for m in self.workspace.posted.values() if m.ephemeral_to == user_id]

    def home(self, user_id: str) -> Json | None:
        return self.workspace.screens[user_id].home

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def fail_next(
        self,
        method: str,
        *,
        error: str = "internal_error",
        status: int = 200,
        retry_after: int | None = None,
        times: int = 1,
    ) -> None:
        """The next calls of this method fail. `retry_after`: seconds, in the Retry-After header.

        Raises ValueError for an error that Slack doesn't document for this method.
        """
        if error not in ERRORS[method]:
            raise ValueError(f"Slack documents no {error} for {method}")
        self.workspace.failures.setdefault(method, []).append(Failure(error, status, retry_after, times))

    def answer_next(
        self, method: str, body: str, *, status: int = 200, kind: str = "text/html", times: int = 1
    ) -> None:
        """The next calls of this method are answered by something else than Slack: a proxy's page, nothing.

        `method`: also "response_url".
        """
        failure = Failure("", status, None, times, body, kind)
        self.workspace.failures.setdefault(method, []).append(failure)

    def change_channel(self, channel_id: str, **changes: Any) -> None:
        """Somebody archives it (`closed="is_archived"`), opens it again, or takes the bot out."""
        self.workspace.channels[channel_id] = replace(self.workspace.channels[channel_id], **changes)

    def revoke(self, token: str, error: str = "token_revoked") -> None:
        """The token is good for nothing from now on."""
        self.workspace.revoked[token] = error

    @property
    def scheduled(self) -> list[Scheduled]:
        """What will be posted unless it is withdrawn, the next first."""
        return sorted(self.workspace.scheduled.values(), key=lambda message: message.post_at)

    def pass_time(self, seconds: float) -> None:
        """Slack's clock moves on: triggers and response URLs expire, what was scheduled is posted."""
        self.workspace.pass_time(seconds)
        post_what_is_due(self.workspace)

    async def click_together(self, clicks: Iterable[tuple[str, Message, str]]) -> list[Outcome]:
        """Many press a button in the same moment: who, on which message, which button."""
        bodies = [self.person(who).pressed(message, wanted) for who, message, wanted in clicks]
        return await self.courier.deliver_together("interactive", bodies)

    async def connected(self, connections: int = 1, seconds: float = 30) -> None:
        """Waits until the bot holds so many Socket Mode connections. Raises AssertionError like `until`."""
        await self.until(lambda: self.courier.connections >= connections, seconds)

    async def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Waits until the condition holds. Raises AssertionError with what happened instead."""
        if not await self.workspace.until(condition, seconds):
            raise AssertionError(f"not within {seconds:g} s. {self._account()}")

    async def settled(self, seconds: float = 30) -> None:
        """Waits until nothing is under way and nothing changes. Raises AssertionError after so long."""
        deadline = time.monotonic() + seconds
        while await self.workspace.changed(QUIET_SECONDS) or self.workspace.busy:
            if time.monotonic() > deadline:
                raise AssertionError(f"not settled within {seconds:g} s. {self._account()}")
            await asyncio.sleep(0)

    def _account(self) -> str:
        last = [f"{c.method} → {'ok' if c.ok else c.response.get('error')}" for c in self.calls[-8:]]
        refused = "; ".join(self.rejections[-5:]) or "nothing"
        return f"Last calls: {', '.join(last) or 'none'}. Refused: {refused}."


@asynccontextmanager
async def slack_stand_in(
    *,
    people: Sequence[Profile] = PEOPLE,
    channels: Sequence[Channel] = CHANNELS,
    groups: Sequence[Group] = (),
    scopes: Iterable[str] = SCOPES,
    ack_seconds: float = ACK_SECONDS,
    total_text: int = 10_000,
    rated: bool = False,
) -> AsyncIterator[SlackStandIn]:
    """Runs a stand-in. `total_text`: characters that one message's blocks may hold. `rated`: it refuses
    calls above Slack's rates."""
    workspace = Workspace(people, channels, groups, frozenset(scopes))
    workspace.total_text = total_text
    workspace.rated = rated
    slack = SlackStandIn(workspace, ack_seconds)
    async with served(_app(slack)) as url:
        workspace.base_url = url
        try:
            yield slack
        finally:
            await slack.courier.close()


def _app(slack: SlackStandIn) -> web.Application:
    workspace = slack.workspace

    async def answer_gesture(request: web.Request) -> web.Response:
        body: Json = json.loads(await request.text())
        if failure := workspace.next_failure("response_url"):
            return web.Response(text=failure.body, status=failure.status, content_type=failure.kind)
        try:
            web_chat.post_response(workspace, request.match_info["token"], body)
        except Refused as refused:
            reasons = " ".join(refused.messages)
            workspace.rejections.append(f"response_url: {refused.error} {reasons}".strip())
            workspace.touch()
            gone = refused.error in ("expired_url", "used_url")
            return web.json_response(refusal(refused), status=404 if gone else 400)
        return web.Response(text="ok")

    async def take_file(request: web.Request) -> web.Response:
        taken = web_files.receive(workspace, request.match_info["file"], await request.read())
        return web.Response(text="OK" if taken else "not expected", status=200 if taken else 400)

    api = WebApi(workspace, slack.courier.new_socket_url)
    app = web.Application(client_max_size=64 * 1024**2)
    app.router.add_route("*", "/api/{method}", api.call)
    app.router.add_get("/link/", slack.courier.connect)
    app.router.add_post("/response/{token}", answer_gesture)
    app.router.add_post("/upload/{file}", take_file)
    return app
