"""Edits of messages that MongoDB keeps: joined, sent at Slack's pace, and owed until Slack took them."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cached_property, partial

from bot.logs import logger
from bot.slack.client import SlackClient
from bot.slack.errors import SLACK_ERRORS, Lasts, refusal_in
from bot.slack.posting.records import KeptMessage, Owed, kept_messages, owed_edits
from operator_core.store.records.state import StateRecords
from operator_core.store.stores import Stores

TRIES = 20
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT, LONGEST_LASTING = timedelta(minutes=5), timedelta(hours=1)
"""Each wait is twice as long as the one before, up to these; also where a new message has to stand in:
Slack may refuse that one too."""
log = logger(__name__)
Turns = defaultdict[str, asyncio.Lock]
"""By message: those of this process take turns, so that only other replicas are raced with."""


class Edited(Enum):
    """What became of an edit."""

    SHOWN = auto()  # or nobody sees the message any more: nothing is left to do
    OWED = auto()
    OVERTAKEN = auto()  # it isn't the version any more that it was meant for: nothing was changed
    LOST = auto()  # this message can't show it: a new one has to


@dataclass(frozen=True)
class Edits:
    """Changes messages; two who change different parts of one don't undo each other."""

    client: SlackClient
    stores: Stores
    clock: Callable[[], datetime]
    _editing: Turns = field(default_factory=partial(defaultdict, asyncio.Lock))
    _sending: Turns = field(default_factory=partial(defaultdict, asyncio.Lock))
    _waiting: dict[str, "asyncio.Task[Edited]"] = field(default_factory=dict)

    @cached_property
    def kept(self) -> StateRecords[KeptMessage]:
        return kept_messages(self.stores)

    @cached_property
    def owed(self) -> StateRecords[Owed]:
        return owed_edits(self.stores)

    async def edit(
        self, channel: str, ts: str, change: Callable[[KeptMessage], KeptMessage], only: int | None = None
    ) -> Edited:
        """Changes a message; `only`: in this version."""
        key = f"{channel}:{ts}"
        async with self._editing[key]:
            for _ in range(TRIES):
                kept = await self.kept.get(key)
                if kept and only not in {None, kept.version}:
                    return Edited.OVERTAKEN
                newer = kept and change(kept)
                if kept is None or newer is None or (newer == kept and not kept.unsent):
                    return Edited.SHOWN
                if newer == kept or await self._swap(key, kept, newer, unsent=True):
                    break
            else:
                log.warning("a message could not be redrawn: others change it all the time", message=key)
                return Edited.OWED
        if not self._waiting and self.client.pace.ahead("chat.update") <= 0:
            return await self._send(key)
        if key not in self._waiting:
            self._waiting[key] = asyncio.create_task(self._send(key))
            self._waiting[key].add_done_callback(lambda _: self._waiting.pop(key))
        return Edited.OWED  # nobody waits for Slack's pace: it goes along with the one that does

    async def lost(self, channel: str, ts: str) -> bool:
        """Whether a message is gone, or can't be edited any more: then it is nobody's under its claim."""
        owed = await self.owed.get(key := f"{channel}:{ts}")
        if lost := bool(owed and owed.lost):
            await self.edit(channel, ts, lambda kept: kept.model_copy(update={"claim": ""}))
        return lost or await self.kept.get(key) is None

    async def go_on(self) -> None:
        """Sends what an earlier process kept, and didn't come to send."""
        for key, kept in (await self.kept.all()).items():
            if kept.unsent:
                await self._send(key)

    async def stop(self) -> None:
        """What waits for its turn stays in MongoDB."""
        for task in (waiting := list(self._waiting.values())):
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def send_owed(self) -> None:
        """Sends again what Slack refused, where its time has come."""
        for key, owed in (await self.owed.all()).items():
            if owed.again_at <= self.clock() and not owed.lost:
                await self._send(key)

    async def hurry(self) -> None:
        """Something went through again: what is owed is sent at the next look."""
        now = self.clock()
        for key, owed in (await self.owed.all()).items():
            await self.owed.put(owed.model_copy(update={"again_at": now}), key, since=now)

    async def _send(self, key: str) -> Edited:
        """Sends the newest version. Of many who changed the message meanwhile one sends it for all."""
        channel, _, ts = key.partition(":")
        async with self._sending[key]:
            overtaken = False
            while True:
                await self.client.pace.free("chat.update")  # then the newest is read, and sent for all
                kept = await self.kept.get(key)
                if kept is None or not (overtaken or kept.unsent):
                    return Edited.SHOWN
                owed = await self.owed.get(key) if kept.refused else None
                if owed is not None and owed.again_at > self.clock():
                    return Edited.OWED
                try:
                    await self.client.chat_update(channel=channel, ts=ts, text=kept.text, blocks=kept.blocks)
                except SLACK_ERRORS as error:
                    return await self._refused(key, kept, owed, error)
                if owed is not None:
                    await self.owed.take(key)
                if await self._swap(key, kept, kept, unsent=False, refused=False):
                    return Edited.SHOWN
                overtaken = True

    async def _refused(self, key: str, kept: KeptMessage, owed: Owed | None, error: Exception) -> Edited:
        refusal, now = refusal_in(error), self.clock()
        log.warning("a message could not be redrawn", message=key, cause=refusal.code)
        if refusal.lasts == Lasts.FOR_GOOD and await self._gone(*key.split(":")):
            await self.kept.take(key)
            await self.owed.take(key)
            return Edited.SHOWN
        if not await self._swap(key, kept, kept, refused=True):
            return Edited.OWED  # whoever changed it meanwhile sends it, and sees
        tries, lost = owed.tries + 1 if owed else 1, refusal.lasts == Lasts.FOR_THIS_MESSAGE
        longest = LONGEST_LASTING if refusal.lasts == Lasts.LASTING else LONGEST_WAIT
        wait = min(FIRST_WAIT * 2 ** min(tries, 20), longest)
        again_at = now + max(wait, timedelta(seconds=refusal.wait))
        await self.owed.put(Owed(why=str(refusal), tries=tries, again_at=again_at, lost=lost), key, since=now)
        return Edited.LOST if lost else Edited.OWED

    async def _gone(self, channel: str, ts: str) -> bool:
        """Whether a message is really gone: one answer may be wrong, and its buttons would stand for ever."""
        try:
            await self.client.chat_getPermalink(channel=channel, message_ts=ts)
        except SLACK_ERRORS as error:
            return refusal_in(error).lasts == Lasts.FOR_GOOD
        return False

    async def _swap(self, key: str, kept: KeptMessage, newer: KeptMessage, **said: bool) -> bool:
        """Whether nobody was faster."""
        swapped = newer.model_copy(update={**said, "version": kept.version + 1})
        return await self.kept.swap(key, kept.version, swapped)
