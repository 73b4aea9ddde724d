"""The workspace: who is there, what was posted, which modals are open; and waiting until that changes."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from sandbox.slack.values import (
    Call,
    Channel,
    Failure,
    Group,
    Json,
    Message,
    Profile,
    Refused,
    ResponseUrl,
    Scheduled,
    Screen,
    Trigger,
    Upload,
    UploadedFile,
)

TRIGGER_SECONDS = 3.0
RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60


class Workspace:
    """Everything that one stand-in knows."""

    team_id = "T0SANDBOX"
    domain = "sandbox"
    app_id = "A0SANDBOX"
    bot_id = "B0OPERATOR"
    bot_user_id = "U0OPERATOR"

    def __init__(
        self,
        people: Sequence[Profile],
        channels: Sequence[Channel],
        groups: Sequence[Group],
        scopes: frozenset[str],
    ) -> None:
        self.people = {person.id: person for person in people}
        self.channels = {channel.id: channel for channel in channels}
        self.groups = {group.id: group for group in groups}
        self.scopes = scopes
        self.total_text = 10_000
        self.posted: dict[tuple[str, str], Message] = {}
        self.screens: dict[str, Screen] = {person.id: Screen() for person in people}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.uploads: dict[str, Upload] = {}
        self.files: list[UploadedFile] = []
        self.calls: list[Call] = []
        self.rejections: list[str] = []
        self.failures: dict[str, list[Failure]] = {}
        self.scheduled: dict[str, Scheduled] = {}
        self.revoked: dict[str, str] = {}
        """By token: what is said instead of any answer."""
        self.edit_window: float | None = None
        """Seconds after which a message can't be edited any more; None: never."""
        self.messages_tab = True
        self.rated = False
        """Whether calls are counted, and refused above what Slack takes."""
        self.made: dict[str, list[float]] = {}
        self.left_views: set[object] = set()
        """Modals that people closed. The bot may still update one: that is no rejection."""
        self.busy = 0
        """Calls and deliveries under way."""
        self.base_url = ""
        self._passed = 0.0
        self._last_ts = 0
        self._changed = asyncio.Event()

    def now(self) -> float:
        """Unix seconds on the workspace's clock."""
        return time.time() + self._passed

    def pass_time(self, seconds: float) -> None:
        """Moves the workspace's clock on: triggers and response URLs grow old."""
        self._passed += seconds

    def touch(self) -> None:
        """Ends every wait in `changed` and `until`."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, seconds: float) -> bool:
        """Waits for the next change; False when none came in time."""
        try:
            await asyncio.wait_for(self._changed.wait(), max(0.0, seconds))
        except TimeoutError:
            return False
        return True

    async def until(self, condition: Callable[[], object], seconds: float) -> bool:
        """Waits until the condition holds; False when it did not in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if not await self.changed(deadline - time.monotonic()):
                return bool(condition())
        return True

    def new_ts(self) -> str:
        """A message's timestamp: microseconds that never repeat."""
        self._last_ts = max(self._last_ts + 1, int(self.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def channel(self, channel_id: object) -> Channel:
        """The channel, or a person's direct messages. Raises Refused for what the bot can't see."""
        if not isinstance(channel_id, str) or not channel_id:
            raise Refused("channel_not_found")
        if channel_id in self.people:
            direct = Channel(f"D{channel_id[1:]}", "directmessage", frozenset({channel_id}), private=True)
            return self.channels.setdefault(direct.id, direct)
        channel = self.channels.get(channel_id)
        if channel is None or (channel.private and not channel.bot_is_member):
            raise Refused("channel_not_found")
        return channel

    def open_to_us(self, channel_id: object) -> Channel:
        """A channel that takes the bot's messages. Raises Refused for any other."""
        channel = self.joined(channel_id)
        if channel.closed:
            raise Refused(channel.closed)
        if channel.id.startswith("D") and not self.messages_tab:
            raise Refused("messages_tab_disabled")
        return channel

    def joined(self, channel_id: object) -> Channel:
        """A channel that the bot is a member of. Raises Refused for any other."""
        channel = self.channel(channel_id)
        if not channel.bot_is_member:
            raise Refused("not_in_channel")
        return channel

    def members(self, channel: Channel) -> list[str]:
        people = sorted(self.people) if channel.members is None else sorted(channel.members)
        return [*people, self.bot_user_id] if channel.bot_is_member else people

    def put(self, message: Message) -> Message:
        """Posts a message, or replaces the one with the same channel and ts."""
        self.posted[message.channel, message.ts] = message
        self.touch()
        return message

    def message(self, channel: str, ts: object) -> Message | None:
        return self.posted.get((channel, str(ts)))

    def seen_by_all(self, channel: str, ts: object, error: str = "message_not_found") -> Message:
        """The message. Raises Refused with this error where there is none, or only one person sees it."""
        message = self.message(channel, ts)
        if message is None or message.ephemeral_to:
            raise Refused(error)
        return message

    def remove(self, message: Message) -> None:
        self.posted.pop((message.channel, message.ts), None)
        self.touch()

    def replies(self, channel: str, ts: str | None) -> list[Message]:
        """The replies to a message, oldest first, ephemeral ones left out."""
        messages = [m for m in self.posted.values() if m.channel == channel and m.thread_ts == ts]
        return sorted((m for m in messages if not m.ephemeral_to), key=lambda m: m.ts)

    def roots(self, channel: str) -> list[Message]:
        """The channel's messages that are no replies, oldest first, ephemeral ones left out."""
        return self.replies(channel, None)

    def new_trigger(self, user: str) -> str:
        trigger_id = f"{len(self.triggers) + 1}.{int(self.now())}.{secrets.token_hex(16)}"
        self.triggers[trigger_id] = Trigger(user, self.now())
        return trigger_id

    def spend_trigger(self, trigger_id: object) -> str:
        """The user whose gesture it was. Raises Refused for an unknown, old or spent one."""
        trigger = self.triggers.get(str(trigger_id))
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.spent or self.now() - trigger.made_at > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        trigger.spent = True
        return trigger.user

    def new_response_url(self, user: str, channel: str) -> str:
        token = secrets.token_hex(12)
        self.response_urls[token] = ResponseUrl(user, channel, self.now())
        return f"{self.base_url}/response/{token}"

    def use_response_url(self, token: str) -> ResponseUrl:
        """Counts one use. Raises Refused for an unknown, old or used-up URL."""
        url = self.response_urls.get(token)
        if url is None or self.now() - url.made_at > RESPONSE_URL_SECONDS:
            raise Refused("expired_url")
        if url.uses >= RESPONSE_URL_USES:
            raise Refused("used_url")
        url.uses += 1
        return url

    @property
    def scripted(self) -> set[str]:
        """What is refused because somebody closed a channel, revoked a token or changed a setting."""
        closed = {channel.closed for channel in self.channels.values() if channel.closed}
        return {"edit_window_closed", "messages_tab_disabled", *closed, *self.revoked.values()}

    def new_scheduled_id(self) -> str:
        return f"Q0{secrets.token_hex(4).upper()}"

    def next_failure(self, method: str) -> Failure | None:
        waiting = self.failures.get(method, [])
        if not waiting:
            return None
        failure = waiting[0]
        failure.times -= 1
        if failure.times <= 0:
            waiting.pop(0)
        return failure

    def view(self, view_id: object) -> tuple[str, int] | None:
        """Whose stack the open view is in, and where; by id or external id."""
        for user, screen in self.screens.items():
            for index, view in enumerate(screen.stack):
                if view_id and view_id in (view["id"], view.get("external_id")):
                    return user, index
        return None


def message_json(workspace: Workspace, message: Message, *, metadata: bool = True) -> Json:
    """The message as the Web API and the payloads show it."""
    replies = workspace.replies(message.channel, message.ts)
    shown: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "team": workspace.team_id,
        "text": message.text,
        "blocks": list(message.blocks),
    }
    if message.user == workspace.bot_user_id:
        shown |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
    if message.thread_ts or replies:
        shown["thread_ts"] = message.thread_ts or message.ts
    if replies:
        shown |= {"reply_count": len(replies), "latest_reply": replies[-1].ts}
    if message.edited:
        shown["edited"] = {"user": message.user, "ts": message.ts}
    if message.metadata and metadata:
        shown["metadata"] = message.metadata
    if message.files:
        shown["files"] = list(message.files)
    return shown


def with_block_ids(blocks: Sequence[Json]) -> tuple[Json, ...]:
    """As Slack gives them back: each with an id."""
    return tuple(
        block if block.get("block_id") else block | {"block_id": secrets.token_hex(3)} for block in blocks
    )


def rewritten(message: Message, text: str, blocks: Sequence[Json], metadata: Json | None) -> Message:
    """The message after an edit; metadata stays unless it is sent."""
    return replace(
        message,
        text=text,
        blocks=with_block_ids(blocks),
        metadata=message.metadata if metadata is None else metadata,
        edited=True,
    )
