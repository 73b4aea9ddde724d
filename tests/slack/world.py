"""A small platform with known trouble, and the real bot at work on it, over the wire."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI
from pymongo.asynchronous.database import AsyncDatabase

from bot.serve import bot
from bot.services import Services
from bot.settings import Settings, load_settings
from operator_core.advisor import Advisor
from operator_core.engine import House
from operator_core.operations import Operations
from operator_core.store.indexes import ensure_own_indexes
from operator_core.store.stores import Stores
from sandbox.judge import sensible
from sandbox.llm import Answer, llm_server, scripted
from sandbox.slack import Message, SlackStandIn

Document = dict[str, Any]
Database = AsyncDatabase[Document]
CHANNEL = "C0OPS"
ANA, BEN, CHI = "U0ANA", "U0BEN", "U0CHI"
START = datetime(2026, 11, 20, 8, tzinfo=UTC)
GONE = "Error code: 404 - {{'error': {{'message': 'The model `{model}` does not exist (req_{number:08x})'}}}}"
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

    async def model(self, provider: str, model_id: str) -> Document:
        found = await self.database["models"].find_one({"provider": provider, "model_id": model_id})
        assert found is not None
        return found

    async def gone_on_bedrock(self) -> list[str]:
        """Six of nineteen bedrock models are gone for four days: more than policy may do alone."""
        names = await self.models("bedrock", 19)
        await self.answer("bedrock", names[6:], days=6)
        await self.answer("bedrock", names[:6], days=2, until_hours=97)
        await self.fail("bedrock", names[:6], days=4)
        others = await self.models("openai", 20)
        await self.answer("openai", others, days=6)
        return names[:6]


@asynccontextmanager
async def bot_at_work(
    world: World, slack: SlackStandIn, *, answer: Answer | None = None, **policy: Any
) -> AsyncIterator[Services]:
    """The real bot over Socket Mode; judged by a sensible scripted LLM unless another `answer` is given."""
    async with llm_server(answer or scripted(sensible)) as llm:
        settings = settings_for(world, slack, llm.base_url, **policy)
        async with AsyncOpenAI(api_key="sk-test", base_url=llm.base_url) as client:
            await ensure_own_indexes(world.database)
            house = House(
                database=world.database,
                mongo=settings.mongodb,
                analysis=settings.analysis,
                policy=settings.policy,
                llm=settings.llm,
                advisor=Advisor(client, settings.llm),
            )
            operations = Operations(
                house, Stores.of(world.database, settings.mongodb), f"bot-{id(house)}", world.clock
            )
            environment = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
            before = slack.courier.connections
            async with bot(settings, operations, environment) as services:
                await slack.connected(before + 1)
                yield services


def settings_for(world: World, slack: SlackStandIn, llm_url: str, **policy: Any) -> Settings:
    """The project's own operator.toml, pointed at the stand-ins."""
    settings = load_settings(Path(__file__).parents[2] / "operator.toml")
    return settings.model_copy(
        update={
            "mongodb": settings.mongodb.model_copy(update={"database": world.database.name}),
            "llm": settings.llm.model_copy(update={"base_url": llm_url}),
            "policy": settings.policy.model_copy(update=policy),
            "slack": settings.slack.model_copy(
                update={"api_url": slack.api_url, "channel": CHANNEL, "approvers": (ANA, BEN)}
            ),
        }
    )


async def digest_of(services: Services, slack: SlackStandIn) -> Message:
    """Posts the day's digest as the schedule would, and gives its root message."""
    ts = await services.digests.post_due(services.now())
    assert ts is not None, "the digest was due"
    await slack.settled()
    return next(message for message in slack.messages(CHANNEL) if message.ts == ts)


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
