"""`python -m sandbox.screenshot FILE.svg`: the digest of the sandbox's platform, for the README."""

import asyncio
import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bot.discovery_job import discover_now, discoverer_for
from bot.settings import Settings, load_settings
from bot.slack.posting.digest_content import digest_content
from bot.slack.views.digest import digest
from bot.terminal import as_rich
from operator_core.domain.mode import Mode
from sandbox.catalogue.server import CatalogueServer, platform_catalogue
from sandbox.database import embedded_server, marked_database
from sandbox.judge import STAND_IN, whatever_is_asked
from sandbox.llm import llm_server, scripted
from sandbox.platform.build import build_platform, fill
from sandbox.wiring import use_cases_at

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
WIDTH = 120


async def take(target: Path) -> None:
    """Discovery and one run with a scripted LLM, policy acting, and the page that people would see."""
    platform = build_platform(NOW)
    with embedded_server() as uri, marked_database(uri) as name:
        fill(uri, name, platform)
        async with (
            llm_server(scripted(whatever_is_asked)) as llm,
            platform_catalogue(platform) as lists,
        ):
            settings = _settings(lists)
            async with (
                use_cases_at(uri, name, settings, llm, NOW) as use_cases,
                discoverer_for(settings, use_cases) as discoverer,
            ):
                await use_cases.mode.choose(Mode.ON, by="cli:screenshot")
                await discover_now(use_cases, discoverer)
                run, _ = await use_cases.run("screenshot")
                await use_cases.act_alone(run)
                page = await digest_content(use_cases, settings, run)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(as_rich(digest(page, {}).root.blocks, {}))
    console.save_svg(str(target), title="#llm-ops, in the demo's own rendering")


def _settings(lists: CatalogueServer) -> Settings:
    """The project's own, but for the lists and the model's name: the digest says whose verdicts these are."""
    own = load_settings(Path(__file__).parents[1] / "operator.toml")
    return own.model_copy(
        update={
            "llm": own.llm.model_copy(update={"model": STAND_IN}),
            "discovery": own.discovery.model_copy(update=lists.urls),
        }
    )


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1])))
