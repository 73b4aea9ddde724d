"""operator_rollups: what the rows of one of the platform's collections say, by provider and day.

A row is found by its *key*: its time, or when it was inserted. The watermark names the documents of all days;
together they hold each row with a key up to its `until` exactly once. Days are never changed: new ones are
written, then the watermark, unless somebody else moved it. So whoever dies on the way, or is overtaken, has
changed nothing, and where a document is lost it is known. MongoDB deletes what nobody names after a few days:
a proof says of all others that they are needed longer.
"""

import hashlib
import struct
import uuid
import zlib
from array import array
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import bson
from bson.errors import BSONError
from pymongo.errors import DuplicateKeyError, PyMongoError

from operator_core.diagnosis.results import Failures, Results, Runs, Said
from operator_core.errors import StoreUnavailable
from operator_core.store.mongo import Database, Document, Store, for_writing, refused
from operator_core.store.own_documents import VERSIONED

FORMAT = 1  # another one is kept beside this one, by another version of ours
UNDATED = 10**9
"""The day of rows without a usable time, and of those that were in the future when they were read."""
LARGEST = 3 * 2**20  # bytes of one document; what is more stands in further ones
MOST_DAYS = 30_000
"""Of providers, that one watermark names: about 3 MiB. Where there are more nothing is kept."""
LONGEST = 200  # characters of a provider's name; for a longer one its beginning and a digest stand
BEFORE_ALL = -(10**18)
BY_READING = "reading"
"""The way of a watermark where new rows are only found by reading all: nothing is kept."""
NOT_OURS = (KeyError, TypeError, ValueError, OverflowError, BSONError, struct.error, zlib.error)


class Day(NamedTuple):
    """One provider's; "" where rows name none. `number`: days since 1970."""

    provider: str
    number: int

    @classmethod
    def of(cls, provider: str, number: int) -> "Day":
        if len(provider) > LONGEST:
            provider = provider[: LONGEST - 64] + hashlib.sha256(provider.encode()).hexdigest()
        return cls(provider, number)


class Mark(NamedTuple):
    """A watermark: all rows with a key up to `until` and a time later than `after` are kept. `way`: what keys
    are; `proved`: when all rows were read, last; `days`: the documents of each."""

    source: str = ""
    """Which collection it was, whatever has its name now."""
    way: str = ""
    until: int = BEFORE_ALL
    after: int = BEFORE_ALL
    proved: int = BEFORE_ALL
    documents: bool = False
    """Whether some rows have a document for a time."""
    days: Mapping[Day, list[str]] = {}
    version: object = None


class Rollups(Store):
    """Those of one of the platform's collections, in its role: which field is its time tells."""

    def __init__(self, database: Database, collection: str, time: str) -> None:
        self._collection = for_writing(database)["operator_rollups"]
        self._id = f"{FORMAT} {time} of {collection}"

    async def mark(self) -> Mark:
        """One that can't be read says nothing, and is replaced, as one that isn't there."""
        stored = await self._collection.find_one({"_id": self._id}) or {}
        try:
            days = {
                Day(str(provider), int(number)): [*map(str, names)]
                for provider, number, names in stored["days"]
            }
            times = {name: int(stored[name]) for name in ("until", "after", "proved")}
            return Mark(**{**{name: stored[name] for name in Mark._fields}, **times, "days": days})
        except NOT_OURS:
            return Mark(version=stored.get("version"))

    async def load(self, mark: Mark, providers: Collection[str] = ()) -> dict[Day, Results] | None:
        """All days, of these providers if some are named; None where some document is lost."""
        some = {Day.of(provider, 0).provider for provider in providers}
        days = {day: names for day, names in mark.days.items() if not some or day.provider in some}
        try:
            named = {"_id": {"$in": [name for names in days.values() for name in names]}}
            data = {one["_id"]: one["data"] async for one in self._collection.find(named)}
            return {day: _unpacked(b"".join([data[one] for one in names])) for day, names in days.items()}
        except NOT_OURS:
            return None

    async def move(self, before: Mark, mark: Mark, days: Mapping[Day, Results], expires: datetime) -> bool:
        """Writes these days beside those of the mark; then the mark, unless somebody else did so since:
        whether it moved. `expires`: when what is written goes, unless a later proof finds it in use."""
        named, written = dict(mark.days), list[Document]()
        for day, results in days.items():
            packed = _packed(results)
            parts = {uuid.uuid4().hex: packed[at : at + LARGEST] for at in range(0, len(packed), LARGEST)}
            written += [{"_id": n, **VERSIONED, "expires_at": expires, "data": d} for n, d in parts.items()]
            named[day] = list(parts)
        if len(named) > MOST_DAYS:
            raise StoreUnavailable(f"{len(named)} days of providers are too many to keep")
        listed = [[*day, names] for day, names in named.items()]
        moved = {**VERSIONED, **mark._asdict(), "days": listed, "version": uuid.uuid4().hex}
        try:
            if written:
                await self._collection.insert_many(written)
            await self._collection.replace_one(
                {"_id": self._id, "version": before.version}, moved, upsert=True
            )
        except (PyMongoError, BSONError) as error:
            if isinstance(error, PyMongoError) and not refused(error):
                raise  # it may still land
            await self._collection.delete_many({"_id": {"$in": [one["_id"] for one in written]}})
            if not isinstance(error, DuplicateKeyError):
                raise
            return False
        there = {name for names in named.values() for name in names}
        gone = [name for names in before.days.values() for name in names if name not in there]
        await self._collection.delete_many({"_id": {"$in": gone}})
        if mark.proved != before.proved:
            stays = [name for names in mark.days.values() for name in names if name in there]
            await self._collection.update_many({"_id": {"$in": stays}}, {"$set": {"expires_at": expires}})
        return True


def _packed(results: Results) -> bytes:
    runs = []
    for names, one in results.runs.items():
        failed = [[*said, array("q", f.at).tobytes(), f.newest, f.text] for said, f in one.failed.items()]
        runs.append([*names, array("q", one.answered).tobytes(), one.undated, failed])
    return zlib.compress(bson.encode({"runs": runs, "odd": list(results.odd.items())}), 1)


def _unpacked(packed: bytes) -> Results:
    """Raises NOT_OURS."""
    content = bson.decode(zlib.decompress(packed))
    results = Results(odd=Counter(dict(content["odd"])))
    for provider, model, answered, undated, failed in content["runs"]:
        of_cause = {Said(*said): Failures(array("q", at), newest, text) for *said, at, newest, text in failed}
        results.runs[provider, model] = Runs(array("q", answered), of_cause, undated)
    return results
