"""A small platform with known trouble, and the real bot at work on it, over the wire."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from pymongo.asynchronous.database import AsyncDatabase

from bot.serve import bot
from bot.services import Services
from bot.slack.client import Pace
from bot.wiring import LEASES
from operator_core.domain.journal import Leases
from operator_core.domain.mode import Mode
from sandbox.llm import Answer
from sandbox.slack import Message, SlackStandIn
from support.core import SENSIBLE, core_over, with_values
from support.shipped import SETTINGS

Document = dict[str, Any]
Database = AsyncDatabase[Document]
CHANNEL = "C0OPS"
ANA, BEN, CHI = "U0ANA", "U0BEN", "U0CHI"
WITH_GROUPS = ("chat:write", "commands", "files:write", "channels:history", "usergroups:read")
"""The scopes of an app whose approvers are user groups."""
START = datetime(2026, 11, 20, 8, tzinfo=UTC)
GONE = "Error code: 404 - {{'error': {{'message': 'The model `{model}` does not exist (req_{number:08x})'}}}}"
BILLING = "Error code: 402 - balance is negative, top up to continue"
TIMES_A_DAY = 4


@dataclass
class Clock:
    """The time that the bot is told."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **length: float) -> None:
        self.now += timedelta(**length)


@dataclass
class World:
    """The platform's database, and what happens on it."""

    database: Database
    clock: Clock = field(default_factory=Clock)

    async def begin_anew(self) -> None:
        """Drops all that is ours."""
        for name in await self.database.list_collection_names():
            if name.startswith("operator_"):
                await self.database[name].drop()

    async def models(self, provider: str, count: int, *, name: str = "model-{n}") -> list[str]:
        """Adds enabled models."""
        names = [name.format(n=n) for n in range(count)]
        await self.database["models"].insert_many(
            [
                {
                    "provider": provider,
                    "model_id": model_id,
                    "display_name": model_id,
                    "enabled": True,
                    "deprecated": False,
                    "created_at": START - timedelta(days=90),
                }
                for model_id in names
            ]
        )
        return names

    async def answer(self, provider: str, names: list[str], *, days: float, until_hours: float = 0) -> None:
        """They answered every six hours for so many days, until some hours ago."""
        await self.database["metrics_cloud_v2"].insert_many(
            [
                {"provider": provider, "model_name": name, "gen_ts": at, "tokens_per_second": 50.0}
                for name in names
                for at in self._runs(days, until_hours)
            ]
        )

    async def fail(
        self, provider: str, names: list[str], *, days: float, text: str = GONE, until_hours: float = 0
    ) -> None:
        """They failed with every run for so many days."""
        await self.database["errors_cloud"].insert_many(
            [
                {
                    "provider": provider,
                    "model_name": name,
                    "ts": at,
                    "message": text.format(model=name, number=hash((name, at)) & 0xFFFFFFFF),
                    "stage": "generate",
                }
                for name in names
                for at in self._runs(days, until_hours)
            ]
        )

    def _runs(self, days: float, until_hours: float) -> list[datetime]:
        last = self.clock.now - timedelta(hours=until_hours) - timedelta(minutes=5)
        count = max(1, round(days * TIMES_A_DAY))
        return [last - timedelta(hours=24 / TIMES_A_DAY * n) for n in range(count)]

    async def introduced(self) -> None:
        """As if a digest had been posted the day before: the next one is not the first."""
        said = {"at": self.clock.now - timedelta(days=1), "ts": "1.000000", "shown": {}}
        await self.database["operator_state"].insert_one({"_id": "digest:last", **said})

    async def model(self, provider: str, model_id: str) -> Document:
        found = await self.database["models"].find_one({"provider": provider, "model_id": model_id})
        assert found is not None
        return found

    async def gone(self, provider: str, count: int, of: int) -> list[str]:
        """So many models of a provider are gone for four days, the others answer."""
        names = await self.models(provider, of)
        await self.answer(provider, names[count:], days=6)
        await self.answer(provider, names[:count], days=2, until_hours=97)
        await self.fail(provider, names[:count], days=4)
        return names[:count]

    async def down(self, provider: str, text: str = BILLING, *, count: int = 5) -> list[str]:
        """All of a provider's models answered until seven hours ago, and fail now; openai's answer."""
        if not await self.enabled("openai"):
            await self.answer("openai", await self.models("openai", 40), days=3)
        names = await self.models(provider, count)
        await self.answer(provider, names, days=3, until_hours=7)
        await self.fail(provider, names, days=0.25, text=text)
        return names

    async def gone_on_bedrock(self) -> list[str]:
        """Six of nineteen bedrock models are gone for four days: more than policy may do alone."""
        gone = await self.gone("bedrock", 6, 19)
        await self.answer("openai", await self.models("openai", 20), days=6)
        return gone

    async def runs_on(self, hours: float, *, failing: dict[str, list[str]] | None = None) -> None:
        """Time passes; every enabled model answers at its end, but for those that fail."""
        self.clock.pass_(hours=hours)
        down = failing or {}
        enabled: dict[str, list[str]] = {}
        async for found in self.database["models"].find({"enabled": True}):
            if found["model_id"] not in down.get(found["provider"], ()):
                enabled.setdefault(found["provider"], []).append(found["model_id"])
        for provider, names in enabled.items():
            await self.answer(provider, names, days=0.25)

    async def enabled(self, provider: str) -> set[str]:
        where = {"provider": provider, "enabled": True}
        return {found["model_id"] async for found in self.database["models"].find(where)}

    async def until_unasked(self, provider: str) -> None:
        """Waits until nothing about the provider waits for an answer."""
        for _ in range(200):
            if not await self.database["operator_proposals"].count_documents(
                {"provider": provider, "state": "pending"}
            ):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"something about {provider} still waits")

    async def journal(self) -> list[Document]:
        return await self.database["operator_journal"].find().sort("started_at").to_list()

    async def proposal(self, proposal_id: str) -> Document:
        found = await self.database["operator_proposals"].find_one({"_id": proposal_id})
        assert found is not None
        return found


def hurried() -> Pace:
    """Slack's pace where a second takes a millisecond: nobody waits for real time."""
    return Pace(lambda: time.monotonic() * 1000, lambda seconds: asyncio.sleep(seconds / 1000))


@asynccontextmanager
async def bot_at_work(
    world: World,
    slack: SlackStandIn,
    *,
    answer: Answer = SENSIBLE,
    approvers: Sequence[str] = (ANA, BEN),
    leases: Leases = LEASES,
    clock: Callable[[], datetime] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    begins: Mode | None = Mode.ON,
    command: str = "/operator",
    pace: Pace | None = None,
    lists: Mapping[str, Any] = MappingProxyType({}),
    **policy: Any,
) -> AsyncIterator[Services]:
    """The real bot over Socket Mode, or over HTTP where Slack has a request URL.

    A sensible scripted LLM judges, unless another `answer` is given. `clock`: this replica's, where it is not
    the world's. `sleep`: what its advisor waits with before it asks again. `lists`: options of `[discovery]`.
    """
    url = slack.courier.request_url
    over_http = {"mode": "http", "http_port": urlsplit(url).port} if url else {}
    settings = with_values(
        SETTINGS,
        mongodb={"database": world.database.name},
        policy=policy,
        discovery=dict(lists),
        slack={
            "api_url": slack.api_url,
            "channel": CHANNEL,
            "approvers": tuple(approvers),
            "command": command,
            **over_http,
        },
    )
    environment = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
    }
    async with core_over(
        world.database,
        answer,
        settings=settings,
        clock=clock or world.clock,
        owner=f"bot-{uuid.uuid4().hex}",
        sleep=sleep,
        leases=leases,
        begins=begins,
    ) as (use_cases, _):
        before = slack.courier.connections
        async with bot(
            settings, use_cases, environment, lambda: world.clock().timestamp(), pace=pace or hurried()
        ) as services:
            await slack.connected(before + (url is None))
            yield services


async def digest_of(services: Services, slack: SlackStandIn) -> Message:
    """Posts the day's digest as the schedule would, and gives its root message."""
    ts = await services.digests.post_due(services.now())
    assert ts is not None, "the digest was due"
    await slack.settled()
    return next(message for message in slack.messages(CHANNEL) if message.ts == ts)


async def shown_more(slack: SlackStandIn, digest: Message, who: str = CHI) -> None:
    """Asks for the decisions that the digest had no room for, if any, until all are in its thread."""
    if cards(now(slack, digest), "show_more"):
        await press(slack, who, digest, "show_more.digest")
        await slack.until(lambda: not cards(now(slack, digest), "show_more"), 60)
        await slack.settled()


def now(slack: SlackStandIn, message: Message) -> Message:
    """The message as it stands now."""
    found = slack.message(message)
    assert found is not None
    return found


async def form(slack: SlackStandIn, who: str) -> Document:
    """The dialog that the person fills in, once it is there."""
    await slack.until(lambda: (slack.person(who).view or {}).get("submit"))
    view = slack.person(who).view
    assert view is not None
    return view


async def result(slack: SlackStandIn, who: str) -> str:
    """What a dialog says in the end; it is closed then."""

    def final() -> bool:
        view = slack.person(who).view
        return view is not None and not view.get("submit") and view["title"]["text"] != "One moment"

    await slack.until(final, 60)
    said = str(slack.person(who).view)
    await slack.person(who).close()
    return said


async def press(slack: SlackStandIn, who: str, message: Message, wanted: str) -> None:
    """Clicks a button of the message as it stands now."""
    outcome = await slack.person(who).click(now(slack, message), wanted)
    assert outcome.acked


async def approve_all_of(
    slack: SlackStandIn, who: str, message: Message, card: str, *, untick: Sequence[str] = (), note: str = ""
) -> str:
    """Approve, consequences, submit; what the dialog says in the end."""
    await press(slack, who, message, f"approve.{card}")
    await form(slack, who)
    await slack.person(who).submit(untick=untick, texts={"note": note} if note else None)
    return await result(slack, who)


async def take_back(
    slack: SlackStandIn, who: str, message: Message, card: str, *, untick: Sequence[str] = (), note: str = ""
) -> str:
    """Undo, submit; what the dialog says in the end."""
    await press(slack, who, message, f"undo.{card}")
    await form(slack, who)
    await slack.person(who).submit(untick=untick, texts={"note": note} if note else None)
    return await result(slack, who)


async def told(slack: SlackStandIn, who: str, expected: str) -> str:
    """Waits until only this person was told this, last; all of it."""

    def last() -> str:
        ephemerals = slack.ephemerals(who)
        return text_of(ephemerals[-1]) if ephemerals else ""

    try:
        await slack.until(lambda: expected in last())
    except AssertionError as error:
        raise AssertionError(f"{who} was not told {expected!r}, but {last()!r}") from error
    return last()


async def typed(
    slack: SlackStandIn, who: str, text: str, expected: str, *, command: str = "/operator"
) -> str:
    """`/operator …`: waits until the caller was answered this; all that was answered."""
    before = len(slack.ephemerals(who))

    def said() -> str:
        return "\n".join(text_of(message) for message in slack.ephemerals(who)[before:])

    outcome = await slack.person(who).command(command, text, CHANNEL)
    assert outcome.acked
    try:
        await slack.until(lambda: expected in said())
    except AssertionError as error:
        raise AssertionError(f"/operator {text}: {expected!r} is not in {said()!r}") from error
    await slack.settled()
    return said()


def cards(message: Message, verb: str = "approve") -> list[str]:
    """Ids of the proposals that have this button in the message."""
    actions = [
        str(element.get("action_id", ""))
        for block in message.blocks
        for element in (*block.get("elements", ()), block.get("accessory", {}))
    ]
    return [action.split(".", 1)[1] for action in actions if action.startswith(f"{verb}.")]


def text_of(message: Message) -> str:
    """All words of a message."""
    return "\n".join([message.text, *(str(block) for block in message.blocks)])
