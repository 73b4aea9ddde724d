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

from bot.discovery_job import discover_now, discoverer_for
from bot.settings import Settings, load_settings
from bot.slack.posting.digest_content import digest_content
from bot.slack.views.digest import digest
from bot.terminal import as_rich
from operator_core.engine import Resources
from operator_core.judgement.llm import Advisor
from operator_core.store.indexes import ensure_own_indexes
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases
from sandbox.catalogue.data import litellm_answer, models_dev_answer, openrouter_answer
from sandbox.catalogue.server import CatalogueServer, catalogue_server
from sandbox.database import embedded_server, marked_database
from sandbox.judge import STAND_IN, whatever_is_asked
from sandbox.llm import llm_server, scripted
from sandbox.platform.build import build_platform, fill

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
WIDTH = 120


async def take(target: Path) -> None:
    """Discovery and one run with a scripted LLM, policy acting, and the page that people would see."""
    platform = build_platform(NOW)
    with embedded_server() as uri, marked_database(uri) as name:
        fill(uri, name, platform)
        async with (
            llm_server(scripted(whatever_is_asked)) as llm,
            catalogue_server(
                openrouter=openrouter_answer(platform),
                models_dev=models_dev_answer(platform),
                litellm=litellm_answer(platform),
            ) as lists,
            AsyncMongoClient[Any](uri, tz_aware=True) as client,
            AsyncOpenAI(api_key="sk-none", base_url=llm.base_url) as asked,
        ):
            settings = _settings(lists)
            database = client[name]
            await ensure_own_indexes(database)
            resources = Resources(
                database=database,
                mongo=settings.mongodb,
                analysis=settings.analysis,
                policy=settings.policy,
                llm=settings.llm,
                advisor=Advisor(asked, settings.llm),
            )
            use_cases = UseCases(resources, Stores.of(database, settings.mongodb), "screenshot", lambda: NOW)
            async with discoverer_for(settings, use_cases) as discoverer:
                await discover_now(use_cases, discoverer)
            run, _ = await use_cases.run("screenshot")
            await use_cases.act_alone(run)
            page = await digest_content(use_cases, settings, run)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(as_rich(digest(page, {}).root.blocks))
    console.save_svg(str(target), title="#llm-ops, in the demo's own rendering")


def _settings(lists: CatalogueServer) -> Settings:
    """The project's own, except for what is asked: nobody is to take the script's verdicts for an LLM's."""
    own = load_settings(Path(__file__).parents[1] / "operator.toml")
    urls = {
        "openrouter_url": lists.openrouter_url,
        "models_dev_url": lists.models_dev_url,
        "litellm_url": lists.litellm_url,
    }
    return own.model_copy(
        update={
            "llm": own.llm.model_copy(update={"model": STAND_IN}),
            "discovery": own.discovery.model_copy(update=urls),
        }
    )


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1])))
