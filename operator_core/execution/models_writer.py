"""One change made on the platform's `models`: compare-and-set by `_id`, and repeatable after a crash."""

from collections.abc import Mapping, Sequence

import pymongo
from pymongo.errors import DuplicateKeyError, PyMongoError

from operator_core.domain.base import ModelRef, grouped, is_set
from operator_core.domain.changes import Change, Image, Op, Result, landed, result_when_unmatched
from operator_core.execution.door import LetThrough
from operator_core.store.mongo import (
    Collection,
    Document,
    cause_of,
    comparable,
    raises_store_unavailable,
    refused,
)
from operator_core.store.platform.rows import ref_in
from operator_core.text.model_ids import same_model

LOOK_SECONDS = 10
"""After an error the document is read within this time, or later."""


class Models:
    """The only writer of the platform's `models`."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    @raises_store_unavailable
    async def documents(self, refs: Sequence[ModelRef]) -> dict[ModelRef, tuple[Mapping[str, object], ...]]:
        """What the catalogue holds of each of these; an empty tuple where it holds nothing."""
        providers, ids = sorted({ref.provider for ref in refs}), [ref.model_id for ref in refs]
        where = {"provider": {"$in": providers}, "model_id": {"$in": ids}}
        # A list of ids matches too, and names no model.
        by_ref = grouped(await self._collection.find(where).to_list(), ref_in)
        return {ref: tuple(by_ref[ref]) for ref in refs}

    async def apply(self, let: LetThrough) -> tuple[Result, str]:
        """Makes the change, or says why not. Lets the driver's errors through: `after_error` settles them."""
        make = {Op.SET: self._set, Op.INSERT: self._insert, Op.DELETE: self._delete}[let.change.op]
        return await make(let.change) or result_when_unmatched(let.change, await self._now(let.change))

    @raises_store_unavailable
    async def after_error(self, change: Change, error: PyMongoError) -> tuple[Result, str]:
        """An error tells what went wrong on the way; what happened, only the document tells. Raises
        StoreUnavailable when it can't be read, or the change may still land: recovery looks again."""
        with pymongo.timeout(LOOK_SECONDS):
            if landed(change, await self._now(change)):
                return Result.DONE, ""
            collided = change.op == Op.INSERT and isinstance(error, DuplicateKeyError)
            if collided and (twin := await self._twin(change.ref)):
                return twin
        if refused(error):
            return Result.FAILED, f"MongoDB refused: {cause_of(error)}"
        raise error

    @raises_store_unavailable
    async def landed(self, change: Change) -> bool:
        """Whether it was made already, before a crash that kept its result from the journal."""
        return landed(change, await self._now(change))

    @raises_store_unavailable
    async def as_they_are(self, changes: Sequence[Change]) -> tuple[Document | None, ...]:
        """For each of these changes its document as it is now; None where there is none."""
        ids = [change.document_id for change in changes if change.document_id is not None]
        documents = self._collection.find({"_id": {"$in": ids}})
        by_id = {comparable(one["_id"]): one async for one in documents}
        return tuple(by_id.get(comparable(change.document_id)) for change in changes)

    async def _set(self, change: Change) -> tuple[Result, str] | None:
        update: Document = {"$set": dict(change.after.values)} if change.after.values else {}
        if change.after.absent:
            update["$unset"] = dict.fromkeys(change.after.absent, "")
        written = await self._collection.update_one(_as_read(change), update)
        return (Result.DONE, "") if written.matched_count else None

    async def _insert(self, change: Change) -> tuple[Result, str]:
        document = await self._now(change)
        if landed(change, document):
            return result_when_unmatched(change, document)
        if twin := await self._twin(change.ref):
            return twin
        await self._collection.insert_one({"_id": change.document_id, **change.after.values})
        return Result.DONE, ""

    async def _delete(self, change: Change) -> tuple[Result, str] | None:
        document = await self._now(change)
        if document is None or set(document) == {"_id", *change.before.values}:
            deleted = await self._collection.delete_one(_as_read(change))
            return (Result.DONE, "") if deleted.deleted_count else None
        return result_when_unmatched(change, document)

    async def _now(self, change: Change) -> Document | None:
        return await self._collection.find_one({"_id": change.document_id})

    async def _twin(self, ref: ModelRef) -> tuple[Result, str] | None:
        """That the provider has this model already, in whatever spelling; in the way if it does not run."""
        in_the_way = None
        async for document in self._collection.find({"provider": ref.provider}):
            twin = ref_in(document)
            if twin is not None and same_model(twin.model_id, ref.model_id):
                said = f"already in the catalogue as {twin.model_id}"
                if document.get("enabled") is True and not is_set(document.get("deprecated")):
                    return Result.ALREADY, said
                in_the_way = Result.CONFLICT, f"{said}, where it is disabled or deprecated"
        return in_the_way


def _as_read(change: Change) -> Document:
    """Matches the document only while it holds what the change relies on."""
    return {"_id": change.document_id, **_condition(change.based_on), **_condition(change.before)}


def _condition(image: Image) -> Document:
    """Equality to the values, with null and absent told apart."""
    present = {name: {"$eq": value, "$exists": True} for name, value in image.values.items()}
    return {**present, **{name: {"$exists": False} for name in image.absent}}
