"""How our own records, and the platform's `models`, are written: so that what was acknowledged survives.

Majority and journalled, read back from the primary, and without multi-document transactions: a standalone
server has none.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC
from functools import wraps
from typing import ParamSpec, TypeVar

from bson.codec_options import CodecOptions
from pydantic import ValidationError
from pymongo import ReadPreference, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from operator_core.domain.base import Frozen
from operator_core.errors import StoreUnavailable
from operator_core.store.mongo import Document, cause_of

P = ParamSpec("P")
T = TypeVar("T")
V = TypeVar("V", bound=Frozen)


def for_writing(database: AsyncDatabase[Document]) -> AsyncDatabase[Document]:
    """The same database with majority and `j: true`, reading from the primary, with aware times."""
    return database.with_options(
        codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern("majority", j=True),
    )


def raises_store_unavailable(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Turns what the driver raises, and the method doesn't settle itself, into StoreUnavailable."""

    @wraps(method)
    async def translated(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except PyMongoError as error:
            cause = cause_of(error)
            raise StoreUnavailable(
                f"MongoDB did not do what was asked: {cause}. What was begun is carried on when it does."
            ) from error

    return translated


def document_of(value: Frozen) -> Document:
    """A value as it is stored: its `id` is the document's."""
    document = value.model_dump(by_alias=True)
    return {"_id": document.pop("id"), **document}


def value_of(model: type[V], document: Document) -> V:
    """The inverse of `document_of`. Raises StoreUnavailable for a document that is not as we write it."""
    fields = {name: value for name, value in document.items() if name != "_id"}
    try:
        return model.model_validate({"id": document["_id"], **fields})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise StoreUnavailable(
            f"{document['_id']} in MongoDB is not as this version writes it: {where}: {first['msg']}"
        ) from error
