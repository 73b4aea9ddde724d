"""`doctor`: opens what the settings name, has it examined, and shows what to fix."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime

from openai import AsyncOpenAI
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.text import Text
from slack_sdk.web.async_client import AsyncWebClient

from bot.monitoring import doctor
from bot.settings import Settings, secret
from operator_core.errors import ConfigurationError
from operator_core.judgement.llm import Advisor
from operator_core.store.mongo import Document, cause_of

PATIENCE_SECONDS = 5


async def examine(
    settings: Settings,
    environment: Mapping[str, str],
    clock: Callable[[], datetime],
    *,
    create_indexes: bool = False,
) -> tuple[doctor.Check, ...]:
    """All checks, in the order in which to read them. What can't be reached fails its own checks only."""
    groups = await asyncio.gather(
        _database(settings, environment, create_indexes),
        _slack(settings, environment, clock),
        _llm(settings, environment),
    )
    return (*doctor.example_checks(settings.slack), *(check for group in groups for check in group))


def show(checks: Iterable[doctor.Check], console: Console) -> int:
    """Prints each check, and below a failed one what to do. Returns how many failed that the bot needs."""
    failed = 0
    for check in checks:
        mark = ("✓", "green") if check.ok else ("✗", "red") if check.needed else ("⚠", "yellow")
        console.print(Text.assemble(mark, " ", (check.name, "bold"), "  ", check.detail))
        if not check.ok:
            failed += check.needed
            console.print(Text(f"  → {check.fix}"))
    return failed


async def _database(
    settings: Settings, environment: Mapping[str, str], create_indexes: bool
) -> tuple[doctor.Check, ...]:
    try:
        uri = secret("MONGODB_URI", environment)
        client = AsyncMongoClient[Document](
            uri, tz_aware=True, appname="ai-operator", serverSelectionTimeoutMS=PATIENCE_SECONDS * 1000
        )
    except ConfigurationError as error:
        return (_unset("MONGODB_URI", error),)
    except (PyMongoError, ValueError) as error:
        fix = "write it like mongodb://user:password@host:27017/ or mongodb+srv://…"
        return (doctor.Check(name="MongoDB", ok=False, detail=f"MONGODB_URI: {cause_of(error)}", fix=fix),)
    async with client:
        database = client[settings.mongodb.database]
        return await doctor.database_checks(database, settings.mongodb, create_indexes=create_indexes)


async def _slack(
    settings: Settings, environment: Mapping[str, str], clock: Callable[[], datetime]
) -> tuple[doctor.Check, ...]:
    def client(token: str) -> AsyncWebClient:
        return AsyncWebClient(
            token=token, base_url=settings.slack.api_url, timeout=PATIENCE_SECONDS, retry_handlers=[]
        )

    async def of_bot(token: str) -> tuple[doctor.Check, ...]:
        return await doctor.slack_checks(client(token), settings.slack, clock)

    async def of_app(token: str) -> tuple[doctor.Check, ...]:
        return (await doctor.socket_check(client(token), token),)

    async def of_signature(_: str) -> tuple[doctor.Check, ...]:
        return (
            doctor.Check(name="SLACK_SIGNING_SECRET", ok=True, detail="set; the first request will tell"),
        )

    second = (
        _with("SLACK_APP_TOKEN", environment, of_app)
        if settings.slack.mode == "socket"
        else _with("SLACK_SIGNING_SECRET", environment, of_signature)
    )
    bot, other = await asyncio.gather(_with("SLACK_BOT_TOKEN", environment, of_bot), second)
    return (*bot, *other)


async def _llm(settings: Settings, environment: Mapping[str, str]) -> tuple[doctor.Check, ...]:
    async def of_key(key: str) -> tuple[doctor.Check, ...]:
        async with AsyncOpenAI(api_key=key, base_url=settings.llm.base_url, max_retries=0) as client:
            return (await doctor.llm_check(Advisor(client, settings.llm)),)

    if environment.get("OPENAI_API_KEY"):
        return await _with("OPENAI_API_KEY", environment, of_key)
    fix = "export OPENAI_API_KEY=…; until then the written rules judge, and nothing is done by itself"
    return (doctor.Check(name="OPENAI_API_KEY", ok=False, needed=False, detail="not set", fix=fix),)


async def _with(
    name: str, environment: Mapping[str, str], examined: Callable[[str], Awaitable[tuple[doctor.Check, ...]]]
) -> tuple[doctor.Check, ...]:
    try:
        value = secret(name, environment)
    except ConfigurationError as error:
        return (_unset(name, error),)
    return await examined(value)


def _unset(name: str, error: ConfigurationError) -> doctor.Check:
    return doctor.Check(name=name, ok=False, detail=str(error), fix=f"export {name}=…")
