"""`doctor`: opens what the settings name, has it examined, and shows what to fix."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime

from openai import AsyncOpenAI
from rich.console import Console
from rich.text import Text

from bot.commands import shared as lines
from bot.monitoring import doctor
from bot.monitoring.doctor import Check, Checks
from bot.settings import Settings, secret
from bot.slack.client import SlackClient
from bot.wiring import mongo_client, open_use_cases
from operator_core.errors import ConfigurationError
from operator_core.judgement.llm import Advisor
from operator_core.store.platform.doubtful import doubtful_rows
from operator_core.words import plural

PATIENCE_SECONDS = 5


async def examine(
    settings: Settings,
    environment: Mapping[str, str],
    clock: Callable[[], datetime],
    *,
    create_indexes: bool = False,
) -> Checks:
    """All checks, in the order in which to read them. What can't be reached fails its own checks only."""
    slack = settings.slack

    def client(token: str) -> SlackClient:
        return SlackClient(token, slack, timeout=PATIENCE_SECONDS)

    examined: dict[str, Callable[[str], Awaitable[Checks]]] = {
        "MONGODB_URI": lambda uri: _database(uri, settings, create_indexes),
        "SLACK_BOT_TOKEN": lambda token: doctor.slack_checks(client(token), slack, clock),
        "SLACK_APP_TOKEN": lambda token: doctor.socket_check(client(token), token),
        "SLACK_SIGNING_SECRET": _signature,
        "OPENAI_API_KEY": lambda key: _llm(key, settings),
    }
    del examined["SLACK_SIGNING_SECRET" if slack.mode == "socket" else "SLACK_APP_TOKEN"]
    groups = await asyncio.gather(*(_with(name, environment, look) for name, look in examined.items()))
    return (*doctor.example_checks(slack), *(check for group in groups for check in group))


def show(checks: Iterable[Check], console: Console) -> int:
    """Prints each check, and below a failed one what to do. Returns how many failed that the bot needs."""
    failed = 0
    for check in checks:
        mark = ("✓", "green") if check.ok else ("✗", "red") if check.needed else ("⚠", "yellow")
        console.print(Text.assemble(mark, " ", (check.name, "bold"), "  ", check.detail))
        if not check.ok:
            failed += check.needed
            console.print(Text(f"  → {check.fix}"))
    return failed


async def show_rows(settings: Settings, console: Console, now: datetime) -> None:
    """The rows that can't be read, by what is wrong with them, with examples."""
    async with open_use_cases(settings, with_llm=False, writes=False) as use_cases:
        database, none = use_cases.resources.database, True
        async for one in doubtful_rows(database, settings.mongodb, settings.analysis, now):
            none = False
            lines.show(console, f"{plural(one.rows, 'row')} in {one.collection}: {one.why}", *one.examples)
    if none:
        console.print(f"All rows of the last {settings.analysis.window_days} days can be read.")


async def _database(uri: str, settings: Settings, create_indexes: bool) -> Checks:
    try:
        client = mongo_client(uri)
    except ConfigurationError as error:
        fix = "write it like mongodb://user:password@host:27017/ or mongodb+srv://…"
        return (Check("MongoDB", str(error), fix),)
    async with client:
        database = client[settings.mongodb.database]
        return await doctor.database_checks(database, settings.mongodb, create_indexes=create_indexes)


async def _signature(_: str) -> Checks:
    return (Check("SLACK_SIGNING_SECRET", "set; the first request will tell"),)


async def _llm(key: str, settings: Settings) -> Checks:
    async with AsyncOpenAI(api_key=key, base_url=settings.llm.base_url, max_retries=0) as client:
        return await doctor.llm_check(Advisor(client, settings.llm))


async def _with(
    name: str, environment: Mapping[str, str], examined: Callable[[str], Awaitable[Checks]]
) -> Checks:
    if name == "OPENAI_API_KEY" and not environment.get(name):
        fix = f"export {name}=…; until then the written rules judge, and nothing is done by itself"
        return (Check(name, "not set", fix, needed=False),)
    try:
        value = secret(name, environment)
    except ConfigurationError as error:
        return (Check(name, str(error), f"export {name}=…"),)
    return await examined(value)
