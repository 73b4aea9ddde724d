"""What collecting costs with what is kept of the rows: in plain readings of the window, in the same run."""

import asyncio
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from bson import ObjectId
from pymongo import AsyncMongoClient, MongoClient

from bot.settings import Settings, load_settings
from operator_core.options import MongoOptions
from operator_core.store.mongo import Database, Document, read_in_batches
from operator_core.store.platform import rows, times
from operator_core.store.platform.reading import Use
from operator_core.store.platform.signals import collect
from sandbox.bench.resources import NOW, best_of, progress
from sandbox.bench.rows import AMOUNTS
from sandbox.bench.sections import PAGE, TARGET_HEADS, Row, renew, table, target
from sandbox.database import embedded_server, marked_database
from sandbox.platform.build import build_platform, extra_errors, fill
from sandbox.platform.filling import insert

Ways = dict[str, tuple[Use, int, int, float]]
"""How, how many hours later, how often, and the target: in plain readings."""


@dataclass(frozen=True)
class Shape:
    """A platform of 523 models, and how it is read."""

    name: str
    ways: Ways
    more: int = 0
    """Further error rows in the window."""
    by_time: bool = True
    """Whether its collections have indexes led by time; else both readings go by `_id`."""


AS_SHIPPED = Shape(
    "",
    {
        "first, and kept": (Use.KEEP, 0, 1, 1.5),
        "again, once": (Use.READ, 1, 1, 0.25),
        "again, best of 5": (Use.READ, 1, 5, 0.1),
        "again, and kept": (Use.KEEP, 1, 1, 0.25),
        "all rows, as before something is done": (Use.NONE, 1, 2, 1.5),
    },
)
SHAPES = (
    AS_SHIPPED,
    Shape(
        f"{max(AMOUNTS):,} more error rows: ",
        {"first, and kept": (Use.KEEP, 0, 1, 1.5), "again, best of 5": (Use.READ, 1, 5, 0.03)},
        more=max(AMOUNTS),
    ),
    Shape("no index led by time: ", {"all rows": (Use.NONE, 0, 2, 1.2)}, by_time=False),
)


async def measure_kept(uri: str, name: str, settings: Settings, shape: Shape = AS_SHIPPED) -> list[Row]:
    """The table's rows, of a filled database."""
    mongo, window = settings.mongodb, NOW - timedelta(days=settings.analysis.window_days)
    collections = {mongo.successes: times.SUCCESS_TIMES, mongo.errors: times.ERROR_TIMES}
    async with AsyncMongoClient[Document](uri, tz_aware=True) as client:
        database = client[name]
        if not shape.by_time:
            await _without_indexes(database, mongo)

        async def plain() -> None:
            for collection, fields in collections.items():
                needed = (*rows.NAMED, *fields, *rows.SAYING)
                led = {fields[0]: {"$gt": window}} if shape.by_time else _inserted_since(window)
                await read_in_batches(database, collection, [led], needed, lambda _: None)

        async def collected(use: Use, hours: int) -> None:
            now = NOW + timedelta(hours=hours)
            read = await collect(database, mongo, settings.analysis, now, use=use)
            await asyncio.to_thread(lambda: read.facts)

        unit, ours = await best_of(3, plain)
        said = f"{unit:.2f} s ({ours:.2f} our CPU)"
        table_rows = [target(f"{shape.name}a plain reading", "1", said, met=True)]
        for what, (use, hours, often, most) in shape.ways.items():
            wall, cpu = await best_of(often, partial(collected, use, hours))
            said = f"{wall / unit:.2f} ({cpu / unit:.2f} our CPU)"
            table_rows.append(target(f"{shape.name}{what}", f"≤ {most}", said, wall / unit <= most))
    return table_rows


async def _without_indexes(database: Database, mongo: MongoOptions) -> None:
    for collection in (mongo.successes, mongo.errors):
        await database[collection].drop_indexes()


def _inserted_since(moment: datetime) -> Document:
    return {"_id": {"$gte": ObjectId.from_datetime(moment)}}


def _measured(shape: Shape, settings: Settings) -> list[Row]:
    """Of a server of its own."""
    platform = build_platform(NOW)
    with (
        embedded_server(equality_only=False) as uri,
        marked_database(uri) as name,
        MongoClient[Document](uri) as client,
    ):
        fill(uri, name, platform)
        extra = extra_errors(platform, shape.more, inside=True, seed=1)
        insert(client[name], settings.mongodb.errors, islice(extra, shape.more))
        return asyncio.run(measure_kept(uri, name, settings, shape))


def kept_section(settings: Settings) -> str:
    """Measures it, at 523 models."""
    progress("collecting first and again")
    measured = [row for shape in SHAPES for row in _measured(shape, settings)]
    return f"""## Collecting first and again

523 models; a plain reading is one projected `find` of the window in each collection, by its index; where \
none is led by time, by a range of `_id`. Again is an hour later. The machine's load just after: \
{os.getloadavg()[0]:.1f}.

{table(TARGET_HEADS, measured)}"""


if __name__ == "__main__":  # renews the page's part about it alone
    renew(PAGE, kept_section(load_settings(Path("operator.toml"))))
