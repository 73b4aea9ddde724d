"""`python -m sandbox.screenshot FILE.svg`: the digest of the sandbox's platform, for the README."""

import asyncio
import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI
from pymongo import AsyncMongoClient
from rich.console import Console

from bot.digests import page_for
from bot.settings import load_settings
from bot.terminal import as_rich
from bot.views.digest import digest
from operator_core.advisor import Advisor
from operator_core.engine import House
from operator_core.operations import Operations
from operator_core.store.indexes import ensure_own_indexes
from operator_core.store.stores import Stores
from sandbox.database import embedded_server, marked_database
from sandbox.judge import sensible
from sandbox.llm import llm_server, scripted
from sandbox.platform import build_platform, fill

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
WIDTH = 120


async def take(target: Path) -> None:
    """One run with a scripted LLM, policy acting, and the page that people would see."""
    settings = load_settings(Path(__file__).parents[1] / "operator.toml")
    platform = build_platform(NOW)
    with embedded_server() as uri, marked_database(uri) as name:
        fill(uri, name, platform)
        async with (
            llm_server(scripted(sensible)) as llm,
            AsyncMongoClient[Any](uri, tz_aware=True) as client,
            AsyncOpenAI(api_key="sk-none", base_url=llm.base_url) as asked,
        ):
            database = client[name]
            await ensure_own_indexes(database)
            house = House(
                database=database,
                mongo=settings.mongodb,
                analysis=settings.analysis,
                policy=settings.policy,
                llm=settings.llm,
                advisor=Advisor(asked, settings.llm),
            )
            stores = Stores.of(database, settings.mongodb)
            operations = Operations(house, stores, "screenshot", lambda: NOW)
            run, _ = await operations.run("screenshot")
            await operations.act_alone(run)
            page = await page_for(operations, settings, run)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(as_rich(digest(page, {}).root.blocks))
    console.save_svg(str(target), title="#llm-ops, in the demo's own rendering")


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1])))
