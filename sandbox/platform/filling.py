"""Puts a platform into a database that carries the sandbox's mark, with the indexes a real one has."""

from collections.abc import Iterable
from itertools import islice

from bson import ObjectId
from pymongo import IndexModel, MongoClient
from pymongo.database import Database

from operator_core.store.platform.times import ERROR_TIMES, SUCCESS_TIMES, TimeProblem, time_of
from sandbox.database import require_mark
from sandbox.platform.values import Document, Platform

BATCH = 5000
COLLECTIONS = {
    "models": "models",
    "successes": "metrics_cloud_v2",
    "errors": "errors_cloud",
    "model_status": "model_status",
    "catalog": "openrouter_catalog",
}
"""The platform's field → its collection, as operator.toml names it."""

INDEXES = {
    "models": [IndexModel(["provider", "model_id"], unique=True)],
    "metrics_cloud_v2": [IndexModel(["gen_ts", "provider", "model_name"]), IndexModel("run_ts")],
    "errors_cloud": [
        IndexModel(["ts", "provider", "model_name"]),
        IndexModel("created_at"),
        IndexModel("timestamp"),
    ],
    "model_status": [IndexModel(["provider", "model_id"], unique=True)],
    "openrouter_catalog": [IndexModel("openrouter_id", unique=True)],
}


def fill(uri: str, database_name: str, platform: Platform) -> None:
    """Inserts all documents and creates the indexes.

    Raises ConfigurationError for a database without the mark, and pymongo's errors.
    """
    with MongoClient[Document](uri) as client:
        require_mark(client, database_name)
        database = client[database_name]
        for field, collection in COLLECTIONS.items():
            insert(database, collection, getattr(platform, field))
        for collection, indexes in INDEXES.items():
            database[collection].create_indexes(indexes)


def insert(database: Database[Document], collection: str, rows: Iterable[Document]) -> None:
    """In large batches; the given documents stay as they are. Ids tell when a row arrived: as it happened."""
    left = iter(rows)
    while batch := [{"_id": _made(row), **row} for row in islice(left, BATCH)]:
        database[collection].insert_many(batch, ordered=False)


def _made(row: Document) -> ObjectId:
    made, at = ObjectId(), time_of(row, (*SUCCESS_TIMES, *ERROR_TIMES))
    tells = not isinstance(at, TimeProblem) and 0 <= at < 2**32 * 1000
    return ObjectId((int(at) // 1000).to_bytes(4, "big") + made.binary[4:]) if tells else made
