"""Days at a platform as the bot and its people live them: hours pass, and whatever is said is read."""

import asyncio
import difflib
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.serve import jobs
from bot.services import Services
from operator_core.errors import OperatorError
from sandbox.slack import Message, SlackStandIn
from support.days.as_read import NAMES, mentions, on_a_phone, read
from support.world import World

RUNS, LOOKS = (6, 18), (6, 8, 9, 18)
"""Hours of a day: at which the benchmark ran, and at which something may be due."""
DEPLOYMENT = re.compile(r"AI Operator for \S+ \(deployment \w+\)")


@dataclass
class Reader:
    """Somebody who reads along: each message when it comes, and each line that is changed later."""

    slack: SlackStandIn
    lines: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    """What stands in `lines`: when and where, and the words."""
    woken: list[tuple[str, str]] = field(default_factory=list)
    """Who was mentioned, and by which message."""
    _before: dict[tuple[str, str], Message] = field(default_factory=dict)

    def look(self, at: datetime) -> None:
        """Notes what is new since the last look."""
        for key, message in sorted(self.slack.workspace.posted.items(), key=lambda one: one[0][1]):
            before = self._before.get(key)
            if before is None:
                self._note(at, message, "", read(message))
                self.woken += [(who, read(message)) for who in mentions(message)]
            elif read(before) != read(message):
                changed = difflib.ndiff(read(before).split("\n"), read(message).split("\n"))
                shown = [line[:1] + line[1:].strip() for line in changed if line[:1] in "+-"]
                self._note(at, message, "edited: ", "\n".join(shown))
            self._before[key] = message

    def happens(self, at: datetime, what: str) -> None:
        """Something that is no message."""
        self.lines += ["", f"{at:%a %H:%M}  ({what})"]

    def _note(self, at: datetime, message: Message, how: str, text: str) -> None:
        heading, text = f"{at:%a %H:%M}  {how}{self._where(message)}", DEPLOYMENT.sub("AI Operator", text)
        self.told.append((heading, text))
        self.lines += ["", heading, *(f"    {line}" for line in on_a_phone(text))]

    def _where(self, message: Message) -> str:
        if message.ephemeral_to:
            return f"only {NAMES[message.ephemeral_to]} sees"
        if message.channel.startswith("D"):
            return f"to {NAMES['U' + message.channel[1:]]} directly"
        root = self.slack.workspace.message(message.channel, message.thread_ts)
        below = f" · below “{read(root).split(chr(10))[0]}”" if root else ""
        return f"#{NAMES[message.channel]}{below}"


@dataclass
class Days:
    """A platform and its bot from hour to hour. What fails does so until it is taken out of `failing`."""

    world: World
    slack: SlackStandIn
    reader: Reader
    failing: dict[str, tuple[list[str], str]] = field(default_factory=dict)
    """By provider: which models, and what they say."""

    def begin(self) -> None:
        """Slack's clock is set by the platform's."""
        self.slack.pass_time((self.world.clock.now - datetime.now(UTC)).total_seconds())

    def happens(self, what: str) -> None:
        self.reader.happens(self.world.clock.now, what)

    async def until(self, bot: Services, day: str, at: str) -> None:
        """Hours pass up to that moment ("Mon", "08:00") of the seven days to come."""
        hour, minute = (int(part) for part in at.split(":"))
        end = self.world.clock.now.replace(hour=hour, minute=minute)
        while f"{end:%a}" != day or end <= self.world.clock.now:
            end += timedelta(days=1)
        while self.world.clock.now < end:
            midnight = self.world.clock.now.replace(hour=0, minute=0)
            looks = (midnight + timedelta(hours=hours) for hours in (*LOOKS, 24 + LOOKS[0]))
            now = min(end, next(look for look in looks if look > self.world.clock.now))
            self._pass(now - self.world.clock.now)
            if now.minute == 0 and now.hour in RUNS:
                await self._the_benchmark_runs()
            await self.tick(bot)

    def _pass(self, length: timedelta) -> None:
        self.world.clock.now += length
        self.slack.pass_time(length.total_seconds())

    async def _the_benchmark_runs(self) -> None:
        enabled: dict[str, list[str]] = {}
        async for one in self.world.database["models"].find({"enabled": True}):
            enabled.setdefault(one["provider"], []).append(one["model_id"])
        for provider, names in enabled.items():
            down, text = self.failing.get(provider, ([], ""))
            if well := [name for name in names if name not in down]:
                await self.world.answer(provider, well, days=0.25)
            if still := [name for name in names if name in down]:
                await self.world.fail(provider, still, days=0.25, text=text)

    async def tick(self, services: Services) -> None:
        """What the schedule asks each minute; what can't be done is asked again at the next tick."""
        due = {**jobs(services), "daily": services.digests.post_due}  # but for the public lists of models
        calls = len(self.slack.calls)
        for job in due.values():
            with suppress(OperatorError):
                await job(self.world.clock.now)
        await services.digests.redraw_stale()
        await self.quiet(calls)

    async def quiet(self, calls: int = -1) -> None:
        """Nothing is under way any more, if anything was since there were so many calls."""
        if len(self.slack.calls) > calls:
            await self.slack.settled()
        await asyncio.sleep(0)
        self.reader.look(self.world.clock.now)
