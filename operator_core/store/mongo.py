"""The two boundaries to MongoDB, where the driver's errors become ours.

Facts, which other programs wrote, are read through `for_reading` and `raises_facts_unreadable`: no failure is
ever mistaken for an empty answer. Our own records, and the platform's `models`, are written and read through
`for_writing` and `raises_store_unavailable`, so that what was acknowledged survives: majority and journalled,
read back from the primary, and without multi-document transactions, which a standalone server doesn't have.
How they become values, and stay whole beside another version, is in `own_documents`.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar

import bson
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError
from pymongo import ReadPreference, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError, WriteConcernError

from operator_core.errors import FactsUnreadable, StoreUnavailable
from operator_core.text.tables import compiled, read_table

Document = dict[str, Any]
"""A MongoDB document: what other programs wrote, of any shape."""
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]
P = ParamSpec("P")
T = TypeVar("T")

BATCH = 5000
MOST_MILLISECONDS = 300_000
"""What one query may take of the server."""
AT_ONCE = 8
"""Queries under way at the same time: more don't finish sooner, and a shared server should not notice us."""

TOLERANT = CodecOptions[Document](
    tz_aware=True,
    tzinfo=UTC,
    unicode_decode_error_handler="replace",
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)
"""Other programs write anything. A time beyond the year 9999 stays what it is and is no `datetime`; text that
isn't UTF-8 has replacement characters where it is not."""
_CAUSES = read_table(__package__, "causes.toml")
REFUSALS = frozenset[int](_CAUSES["refusals"])
"""MongoDB's codes for a write that it looked at and didn't make."""
OURS: Mapping[int | None, str] = {int(code): words for code, words in _CAUSES["codes"].items()}
"""What MongoDB's codes mean, in our words."""
FORBIDDEN = "this user may not"
PATTERNS = compiled(_CAUSES)


def for_reading(database: Database) -> Database:
    """The same database, with aware times, and no value that can't be read."""
    return database.with_options(codec_options=TOLERANT)


def for_writing(database: Database) -> Database:
    """The same database with majority and `j: true`, reading from the primary, with aware times."""
    return database.with_options(
        codec_options=TOLERANT,
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern("majority", j=True),
    )


@contextmanager
def raises_facts_unreadable(collection: str = "") -> Iterator[None]:
    """Turns the driver's errors into FactsUnreadable. Without a collection: about which there are."""
    try:
        yield
    except (PyMongoError, BSONError) as error:
        what = f"the collection {collection}" if collection else "the database's list of collections"
        raise FactsUnreadable(f"{what} could not be read: {cause_of(error)}") from error


def raises_store_unavailable(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Turns what the driver raises, and the method doesn't settle itself, into StoreUnavailable."""

    @wraps(method)
    async def translated(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except (PyMongoError, BSONError) as error:  # the latter: too large, or not to be stored at all
            cause = cause_of(error)
            cause += "; `ai-operator doctor` looks at its rights" * cause.startswith(FORBIDDEN)
            raise StoreUnavailable(f"MongoDB did not do what was asked: {cause}") from error

    return translated


class Store:
    """Whose methods raise StoreUnavailable for what the driver raises and they don't settle themselves."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, method in list(vars(cls).items()):
            if iscoroutinefunction(method) and not name.startswith("_"):
                setattr(cls, name, raises_store_unavailable(method))


def refused(error: PyMongoError) -> bool:
    """MongoDB looked at the write and will not make it, now or later."""
    after_it = isinstance(error, WriteConcernError)
    return isinstance(error, OperationFailure) and not after_it and error.code in REFUSALS


def cause_of(error: Exception) -> str:
    """Why, in our words: the driver's may hold hosts, documents, or a part of a connection string."""
    code = error.code if isinstance(error, OperationFailure) else None
    if isinstance(error, OperationFailure) and (lacks := PATTERNS["forbidden"].match(str(error))):
        database, command, collection, action, of, named = lacks.groups()
        return _forbidden(database or of, command or action, collection or named)
    if code == 13 and "requires authentication" in str(error):
        return "MONGODB_URI names no user, and this server wants one"
    if code in OURS:
        return OURS[code]
    if isinstance(error, OperationFailure) and code is not None:
        name = str((error.details or {}).get("codeName", ""))
        return f"it refused (code {code}{f', {name}' if re.fullmatch('[A-Z][A-Za-z]{2,60}', name) else ''})"
    said = f"{type(error).__name__}: {error}"
    ours = (words for sign, words in _CAUSES["signs"].items() if re.search(sign, said, re.IGNORECASE))
    return next(ours, "something unforeseen in the driver")


def _forbidden(database: str, action: str, collection: str | None) -> str:
    where = f"{collection} in database {database}" if collection else f"database {database}"
    if action in _CAUSES["reading"]:  # where even that is refused, another database was meant perhaps
        return f"{FORBIDDEN} read {where} (look whether [mongodb] database names yours)"
    return f"{OURS[13]} ({action} in {collection or where})"


def comparable(document_id: object) -> bytes:
    """What tells one `_id` from another: it may be of any type, a document as well."""
    return bson.encode({"_id": document_id})


async def read_in_batches(
    database: Database,
    collection: str,
    conditions: Sequence[Document],
    needed: Sequence[str],
    take: Callable[[list[Document]], None],
) -> None:
    """Hands over these fields of all that meet the conditions, some thousand at a time. An index can serve
    the first of them; the server joins them where that is better. Raises FactsUnreadable."""
    rows, fields = for_reading(database)[collection], dict.fromkeys(needed, 1)
    pipeline = [*({"$match": one} for one in conditions), {"$project": fields}]
    with raises_facts_unreadable(collection):
        async with (
            rows.find(conditions[0], fields, batch_size=BATCH, max_time_ms=MOST_MILLISECONDS)
            if len(conditions) == 1  # some servers do that faster
            else await rows.aggregate(pipeline, batchSize=BATCH, maxTimeMS=MOST_MILLISECONDS)
        ) as cursor:
            while batch := await cursor.to_list(BATCH):
                take(batch)


async def read_all(database: Database, collection: str, where: Document, **options: Any) -> list[Document]:
    """All that fit, as far as they can be read; `options`: of `find`. Raises FactsUnreadable."""
    with raises_facts_unreadable(collection):
        rows = for_reading(database)[collection]
        return await rows.find(where, max_time_ms=MOST_MILLISECONDS, **options).to_list()


async def a_few_at_a_time(jobs: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The jobs' results in their order; the first that fails stops the others, and its error is raised."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def take_turn(job: Coroutine[Any, Any, T]) -> T:
        async with turn:
            return await job

    waiting = list(jobs)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(take_turn(job)) for job in waiting]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed.exceptions[0].__cause__
    finally:
        for job in waiting:
            job.close()  # those that never got their turn
    return [task.result() for task in tasks]
