"""Our own documents and the values they hold. Another version may run beside this one.

Fields that this version doesn't know are passed over when a document is read, and stay when it is written. A
document that can't be read (a state, an action, a kind of a newer version) is named, and stops no other one.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pymongo import ReturnDocument

from operator_core.as_typed import as_id, there_are
from operator_core.domain.base import Frozen, ModelRef, valid
from operator_core.errors import NotFound, Unreadable
from operator_core.store.mongo import Collection, Database, Document, Store, for_writing

V = TypeVar("V", bound=Frozen)

VERSIONED: Document = {"schema": 1}
"""The version of our documents, in each that we insert. Updates say `$max`: a newer one's number stays."""
NOTES_SHOWN = 3
SAME = ("id", "fingerprint", "provider", "model_id", "channel", "ts", "target", "at", "revision")
"""What tells the parts of a list from each other: members by model, cards by message, moves by time."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notes:
    """What this process came upon in our collections and had to leave alone, until that is mended."""

    _why: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, collection: str, document_id: object, why: str) -> None:
        """Named in the log when it is new; shown for as long as it is so."""
        where = (collection, str(document_id))
        if self._why.get(where) != why:
            self._why[where] = why
            log.warning("%s in %s %s", document_id, collection, why)

    def settled(self, collection: str, document_id: object) -> None:
        self._why.pop((collection, str(document_id)), None)

    @property
    def lines(self) -> tuple[str, ...]:
        """A phrase each, for `/operator status` and the digest; of very many only the first."""
        said = [f"{name} in {collection} {why}" for (collection, name), why in self._why.items()]
        more = len(said) - NOTES_SHOWN
        return (*said[:NOTES_SHOWN], *([f"and {more} more, named in the log"] if more > 0 else []))


class Records(Store, Generic[V]):
    """The documents of one of our collections, read as values of one model: each subclass says of which."""

    collection: str
    model: type[V]
    id_field: str | None = "id"
    """The value's field that is the document's `_id`, if it has one."""
    instead: Mapping[str, object] = {}
    """What stands in for fields that can't be read, where a value must not be lost for them."""

    def __init__(self, database: Database, notes: Notes | None = None) -> None:
        self._database = for_writing(database)
        self._collection = self._database[self.collection]
        self._notes = notes or Notes()

    def value(self, document: Document) -> V:
        """Raises Unreadable for what this version can't read; it is named."""
        fields = {name: value for name, value in document.items() if name != "_id"}
        if self.id_field:
            fields[self.id_field] = document["_id"]
        try:
            read = self.model.model_validate(fields, extra="ignore")
        except ValidationError as error:
            why = f"can't be read by this version: {_first_problem(error)}"
            self._notes.add(self._collection.name, document["_id"], why)
            odd = {problem["loc"][0] for problem in error.errors() if problem["loc"]}
            stand_ins = {name: value for name, value in self.instead.items() if name in odd}
            in_part = valid({**fields, **stand_ins}, self.model, "ignore")
            if in_part is None:
                raise Unreadable(f"{document['_id']} in {self._collection.name} {why}") from error
            return in_part
        self._notes.settled(self._collection.name, document["_id"])
        return read

    def values(self, documents: Iterable[Document]) -> tuple[V, ...]:
        """Those that can be read."""
        read = (self.value_or_none(document) for document in documents)
        return tuple(value for value in read if value is not None)

    def value_or_none(self, document: Document | None) -> V | None:
        """None where there is none, or none that can be read."""
        try:
            return None if document is None else self.value(document)
        except Unreadable:
            return None

    async def _one(self, where: Document) -> V | None:
        """None where there is none. Raises Unreadable."""
        return self._read(await self._collection.find_one(where))

    async def _named(self, document_id: str, what: str) -> V:
        """Raises NotFound, saying what there is none of, or Unreadable."""
        if value := await self._one({"_id": document_id}):
            return value
        raise NotFound(f"there is no {what} {document_id}")

    async def _as_typed(self, typed: str, before: str, what: str) -> V:
        """The one whose id, which begins so, a person typed. Raises NotFound, listing those that there are,
        the newest first, and Unreadable."""
        try:
            return await self._named(as_id(typed, before), what)
        except NotFound as error:
            told_of = {"state": {"$ne": "draft"}, "undo_of": None}
            ids = [str(one["_id"]) async for one in self._collection.find(told_of, {"_id": 1})]
            newest = sorted(ids, key=lambda one: (len(one), one), reverse=True)
            raise NotFound(f"{error}: {there_are(newest)}") from None

    async def _all(
        self, where: Document, order: Mapping[str, int] | None = None, limit: int = 0
    ) -> tuple[V, ...]:
        """Those that can be read."""
        return self.values(await self._collection.find(where, sort=order, limit=limit).to_list())

    async def naming(self, where: str, refs: Iterable[ModelRef], newest: str) -> tuple[V, ...]:
        """Those that name one of these models there, the newest first, by that field."""
        named = {where: {"$in": [ref.model_dump() for ref in refs]}}
        return await self._all(named, {newest: -1}, limit=20)

    async def _all_readable(self, where: Document) -> bool:
        """Whether `_all` leaves none out: else what it is asked for can't be counted."""
        documents = await self._collection.find(where).to_list()
        return len(self.values(documents)) == len(documents)

    async def _updated(self, where: Document, update: Document) -> V | None:
        """As it is after the update; None where there was none. Raises Unreadable."""
        return self._read(
            await self._collection.find_one_and_update(where, update, return_document=ReturnDocument.AFTER)
        )

    async def _set(self, where: Document, fields: Document) -> bool:
        """Sets the fields of the document that fits, if one does; whether one did."""
        return bool((await self._collection.update_one(where, {"$set": fields})).matched_count)

    async def _set_aside(self, found: Iterable[Document], same: Iterable[str], how: Document) -> None:
        """All but the first of those that are the `same`: a copy without indexes may hold such."""
        firsts = dict[str, object]()
        for one in found:
            first = firsts.setdefault(repr([one.get(name) for name in same]), one["_id"])
            if first != one["_id"]:
                await self._set({"_id": one["_id"]}, how)
                self._notes.add(self._collection.name, one["_id"], f"is {first} again: set aside")

    def _read(self, document: Document | None) -> V | None:
        return None if document is None else self.value(document)


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    said = f"“{str(first['input'])[:60]}” is unknown" if first["type"] == "enum" else first["msg"][:120]
    return f"{where}: {said}"


def document_of(value: Frozen) -> Document:
    """A value as it is stored: its `id` is the document's."""
    document = value.model_dump(by_alias=True)
    return {"_id": document.pop("id"), **VERSIONED, **document}


async def write(
    collection: Collection,
    where: Document,
    value: Frozen,
    *,
    only: Iterable[str] | None = None,
    also: Mapping[str, object] | None = None,
    upsert: bool = False,
) -> bool:
    """Writes the value's fields (`only` those named) into the document; what we don't know in it stays.
    Whether there was such a document."""
    names = set(type(value).model_fields if only is None else only) - {"id"}
    kept = await collection.find_one(where) or {}
    fields = value.model_dump(by_alias=True, include=names)
    ours = {name: _with_unknown(fields[name], kept.get(name), _part(value, name)) for name in fields}
    update = {"$set": {**ours, **(also or {})}, "$max": VERSIONED}
    written = await collection.update_one(where, update, upsert=upsert)
    return bool(written.matched_count)


def _with_unknown(stored: Any, kept: Any, value: Any) -> Any:
    """`stored`, which is how `value` is stored, with what `kept` has beyond the fields that we know."""
    if isinstance(value, Frozen) and isinstance(stored, dict) and isinstance(kept, dict):
        ours = {name: _with_unknown(stored[name], kept.get(name), _part(value, name)) for name in stored}
        names = {said for name, f in type(value).model_fields.items() for said in (name, f.alias)}
        return {**{name: other for name, other in kept.items() if name not in names}, **ours}
    if isinstance(value, tuple) and isinstance(kept, list):
        before = {_identity(one): one for one in kept}
        return [
            _with_unknown(one, before.get(_identity(one)), part)
            for one, part in zip(stored, value, strict=True)
        ]
    return stored


def _part(value: Frozen, stored_name: str) -> Any:
    fields = type(value).model_fields
    return getattr(value, next(name for name, f in fields.items() if stored_name in (name, f.alias)))


def _identity(part: Any) -> tuple[str, ...]:
    """Also of a part whose `ref` names its model. Empty where nothing tells it from others."""
    if not isinstance(part, dict):
        return ()
    ref = part.get("ref")
    named = {**part, **ref} if isinstance(ref, dict) else part
    return tuple(str(named[name]) for name in SAME if name in named)
