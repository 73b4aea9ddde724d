"""How long one run takes, from the facts in MongoDB to the decisions. `make bench ARGS="--scale 10"`.

The written rules judge, so that nobody's LLM is measured; the first run, on cold caches, is shown apart.
"""

import argparse
import asyncio
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from pymongo import AsyncMongoClient

from bot.settings import Settings, load_settings
from operator_core.engine import House, generate_decisions
from operator_core.store.indexes import ensure_own_indexes
from operator_core.store.reading import Document
from sandbox.database import embedded_server, marked_database
from sandbox.platform import build_platform, fill

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
RUNS = 5


def main() -> None:
    """Fills a platform on the embedded server and prints what its runs took."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="how many times 523 models")
    parser.add_argument("--config", type=Path, default=Path("operator.toml"))
    arguments = parser.parse_args()
    settings = load_settings(arguments.config)
    with embedded_server() as uri, marked_database(uri) as name:
        began = time.perf_counter()
        fill(uri, name, build_platform(NOW, scale=arguments.scale))
        _say(f"filled in {time.perf_counter() - began:.1f} s")
        asyncio.run(_measure(uri, name, settings))


async def _measure(uri: str, name: str, settings: Settings) -> None:
    async with AsyncMongoClient[Document](uri, tz_aware=True) as client:
        database = client[name]
        await ensure_own_indexes(database)
        house = House(
            database=database,
            mongo=settings.mongodb,
            analysis=settings.analysis,
            policy=settings.policy,
            llm=settings.llm,
            advisor=None,
            no_advisor="not asked in a bench",
        )
        seconds: list[float] = []
        for number in range(1 + RUNS):
            run = await generate_decisions(house, NOW, run_id=f"bench-{number}", trigger="bench")
            seconds.append(run.seconds)
    cold, *warm = seconds
    _say(f"{run.models} models, {len(run.situations)} situations, {len(run.decisions)} decisions")
    _say(f"a run: {cold:.2f} s cold, then {statistics.median(warm):.2f} s (median of {RUNS})")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
