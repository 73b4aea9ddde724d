"""What goes on outside the bot: time passes, runs give results, providers break and recover."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from operator_core.domain.base import ModelRef
from sandbox.catalogue.data import litellm_answer, models_dev_answer
from sandbox.demo.clock import next_morning
from sandbox.demo.stage import PATIENCE, Document, Stage
from sandbox.digest import digest_in
from sandbox.platform.courses import RUN_EVERY_HOURS, Course
from sandbox.platform.rows import error_row, success_rows
from sandbox.platform.values import Row, truth_of

HOUR = timedelta(hours=1)
SINCE_RUN = timedelta(minutes=4)
"""So old is the latest run when the bot looks."""
BACK_AFTER_SECONDS = 2.0
MOVED_ON_SECONDS = 15.0
RETIRED = 10
UNTIL_RETIRED_IS_CERTAIN = 3
"""Mornings until "gone" is 48 hours old."""
SHOWN_KEY = "sk-proj-7Qm2vXb9RtLk4WzNc8HsYd3FgJp6TeUa1BoVi5KxMwZqSr0PnDhCy"
LEAK = f"Error code: 401 - Incorrect API key provided: {SHOWN_KEY}. Check it in your account's settings."


@dataclass(frozen=True)
class Happening:
    """A button that makes the world move."""

    label: str
    does: Callable[["World"], Awaitable[None]]
    follows: str
    """What is to be seen then."""


class World:
    """The platform's runs, and what they meet. One move at a time."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.doing = ""
        """What goes on now; "" when nothing does."""
        self._failing = {one.ref: (one.template, one.successor) for one in stage.platform.streaks}
        self._retired: set[ModelRef] = set()
        self._runner_stands = False
        self._random = Random(stage.platform.seed)
        self._one_by_one = asyncio.Lock()

    async def move(self, name: str) -> None:
        """Raises KeyError for a move that there isn't."""
        wanted = HAPPENINGS[name]
        async with self._one_by_one:
            try:
                await wanted.does(self)
            finally:
                self._say("")

    async def morning(self) -> None:
        """The night passes, until the next digest stands."""
        before = self._newest_digest()
        await self._pass_to(next_morning(self.stage.clock()))
        with suppress(AssertionError):
            await self.stage.slack.until(lambda: self._newest_digest() != before, PATIENCE)
            await self.stage.slack.settled(PATIENCE)

    async def hour(self) -> None:
        """An hour passes, and the bot has looked again."""
        await self._pass_to(self.stage.clock() + HOUR)

    async def out_of_credit(self) -> None:
        refs = [ref for ref in await self._enabled() if ref.provider == "deepinfra"]
        self._failing |= dict.fromkeys(refs, ("credit", ""))
        await self.hour()

    async def retire(self) -> None:
        gone = [ref for ref in await self._enabled() if ref.provider == "together"][:RETIRED]
        self._failing |= dict.fromkeys(gone, ("not_serverless", ""))
        self._retired |= set(gone)
        self._lists_drop_the_retired()
        for _ in range(UNTIL_RETIRED_IS_CERTAIN):
            await self.morning()

    async def stop_the_runner(self) -> None:
        self._runner_stands = True
        await self.morning()
        for _ in range(3):  # longer than a model may be silent
            await self.hour()

    async def leak(self) -> None:
        ref = next(ref for ref in await self._enabled() if ref.provider == "openai")
        row = {
            "provider": ref.provider,
            "model_name": ref.model_id,
            "ts": self.stage.clock(),
            "message": LEAK,
        }
        await self.stage.database["errors_cloud"].insert_one(row)
        await self.hour()

    async def recover(self) -> None:
        """All but what is gone for good answers again."""
        gone = self._retired | {one.ref for one in self.stage.platform.truths if one.row == Row.GONE}
        self._failing = {ref: trouble for ref, trouble in self._failing.items() if ref in gone}
        self._runner_stands = False
        await self.hour()

    async def kill(self) -> None:
        """The bot dies in the middle of whatever it does, and is started again as its host would."""
        self._say("The bot is dead …")
        await self.stage.bot.kill()
        await asyncio.sleep(BACK_AFTER_SECONDS)
        self._say("The bot starts again …")
        await self.stage.bot.start()
        await self.stage.slack.connected(1, PATIENCE)

    async def _pass_to(self, then: datetime) -> None:
        """Time passes, with its runs, until the bot has looked."""
        slack, now = self.stage.slack, self.stage.clock()
        self._say(f"{then.astimezone():%A %H:%M}: the bot looks …")
        with suppress(AssertionError):  # it moves on what Slack would say if it were dead
            await slack.until(
                lambda: all(one.post_at > then.timestamp() for one in slack.scheduled), MOVED_ON_SECONDS
            )
        await self._run(now, then)
        slack.pass_time(self.stage.clock.set_to(then).total_seconds())
        looked = {"_id": f"claim:watch:{int(then.timestamp() // HOUR.total_seconds())}", "done": True}
        while not await self.stage.database["operator_state"].find_one(looked):
            if self.stage.bot.returncode is not None:
                return
            await slack.workspace.changed(1)
        with suppress(AssertionError):
            await slack.settled(PATIENCE)

    def _newest_digest(self) -> str:
        digest = digest_in(self.stage.slack, newest=True)
        return digest.ts if digest else ""

    async def _run(self, since: datetime, until: datetime) -> None:
        """What the runs of this time give: of each enabled model a success, or the error that it has."""
        if self._runner_stands:
            return
        count = max(1, int((until - since) / timedelta(hours=RUN_EVERY_HOURS)))
        times = [until - SINCE_RUN - timedelta(hours=RUN_EVERY_HOURS * n) for n in reversed(range(count))]
        errors, successes = list[Document](), list[Document]()
        for ref in await self._enabled():
            if trouble := self._failing.get(ref):
                errors += [error_row(ref, *trouble, at, self._random) for at in times]
            else:
                successes += success_rows(ref, Course(successes=times), self._random)
        await self._insert("errors_cloud", errors)
        await self._insert("metrics_cloud_v2", successes)

    async def _insert(self, collection: str, rows: list[Document]) -> None:
        if rows:
            await self.stage.database[collection].insert_many(rows, ordered=False)

    async def _enabled(self) -> list[ModelRef]:
        enabled = self.stage.database["models"].find({"enabled": True}, ["provider", "model_id"])
        return sorted([ModelRef(provider=one["provider"], model_id=one["model_id"]) async for one in enabled])

    def _lists_drop_the_retired(self) -> None:
        truths = tuple(
            truth_of(one.ref, Row.GONE) if one.ref in self._retired else one
            for one in self.stage.platform.truths
        )
        now = replace(self.stage.platform, truths=truths)
        self.stage.catalogue.serve("models_dev", models_dev_answer(now))
        self.stage.catalogue.serve("litellm", litellm_answer(now))

    def _say(self, words: str) -> None:
        self.doing = words
        self.stage.slack.workspace.touch()


HAPPENINGS = {
    "morning": Happening("Next morning", World.morning, "A digest; what you decided yesterday stands in it."),
    "credit": Happening(
        "A provider runs out of credit", World.out_of_credit, "An incident, and nothing disabled."
    ),
    "retire": Happening(
        "Ten models are retired", World.retire, "Three mornings: watched first, then off or asked about."
    ),
    "runner": Happening(
        "The runner stops", World.stop_the_runner, "It sees that it's us, and judges nothing."
    ),
    "leak": Happening("A key leaks", World.leak, "It tells where, masked, and wakes somebody once."),
    "recover": Happening("It all recovers", World.recover, "Incidents close themselves."),
    "kill": Happening("Kill the bot", World.kill, "It comes back, and finishes what it was doing."),
}
