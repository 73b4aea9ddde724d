"""What collecting costs with what is kept of the rows: in plain readings of the window, in the same run."""

import asyncio
import os
from datetime import timedelta
from functools import partial
from pathlib import Path

from pymongo import AsyncMongoClient

from bot.settings import Settings, load_settings
from operator_core.store.mongo import Document, read_in_batches
from operator_core.store.platform import rows, times
from operator_core.store.platform.reading import Use
from operator_core.store.platform.signals import collect
from sandbox.bench.resources import NOW, best_of, progress
from sandbox.bench.sections import PAGE, TARGET_HEADS, Row, renew, table, target
from sandbox.database import embedded_server, marked_database
from sandbox.platform.build import build_platform, fill

WAYS = {
    "first, and kept": (Use.KEEP, 0, 1, 1.5),
    "again, once": (Use.READ, 1, 1, 0.25),
    "again, best of 5": (Use.READ, 1, 5, 0.1),
    "again, and kept": (Use.KEEP, 1, 1, 0.25),
    "all rows, as before something is done": (Use.NONE, 1, 2, 1.5),
}
"""How, how many hours later, how often, and the target."""


async def measure_kept(uri: str, name: str, settings: Settings) -> list[Row]:
    """The table's rows, of a filled database."""
    mongo, window = settings.mongodb, NOW - timedelta(days=settings.analysis.window_days)
    collections = {mongo.successes: times.SUCCESS_TIMES, mongo.errors: times.ERROR_TIMES}
    async with AsyncMongoClient[Document](uri, tz_aware=True) as client:
        database = client[name]

        async def plain() -> None:
            for collection, fields in collections.items():
                needed = (*rows.NAMED, *fields, *rows.SAYING)
                where: list[Document] = [{fields[0]: {"$gt": window}}]
                await read_in_batches(database, collection, where, needed, lambda _: None)

        async def collected(use: Use, hours: int) -> None:
            now = NOW + timedelta(hours=hours)
            read = await collect(database, mongo, settings.analysis, now, use=use)
            await asyncio.to_thread(lambda: read.facts)

        unit, ours = await best_of(3, plain)
        table_rows = [target("a plain reading", "1", f"{unit:.2f} s ({ours:.2f} our CPU)", met=True)]
        for what, (use, hours, often, most) in WAYS.items():
            wall, cpu = await best_of(often, partial(collected, use, hours))
            said = f"{wall / unit:.2f} ({cpu / unit:.2f} our CPU)"
            table_rows.append(target(what, f"≤ {most}", said, wall / unit <= most))
    return table_rows


def kept_section(settings: Settings) -> str:
    """Measures it, at 523 models."""
    progress("collecting first and again")
    with embedded_server(equality_only=False) as uri, marked_database(uri) as name:
        fill(uri, name, build_platform(NOW))
        measured = asyncio.run(measure_kept(uri, name, settings))
    return f"""## Collecting first and again

523 models; a plain reading is one projected `find` of the window in each collection, by its index. Again is \
an hour later. The machine's load just after: {os.getloadavg()[0]:.1f}.

{table(TARGET_HEADS, measured)}"""


if __name__ == "__main__":  # renews the page's part about it alone
    renew(PAGE, kept_section(load_settings(Path("operator.toml"))))
