"""The OpenRouter catalogue: fetched whole, kept in `openrouter_catalog`, every attempt recorded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256

from bson import ObjectId
from pymongo import UpdateMany, UpdateOne

from discovery.sources.catalogue import CataloguePage, KeptEntry, entry_of, read_page
from discovery.sources.syncs import Lists, Sync
from operator_core.domain.base import mapping_in, to_utc
from operator_core.store.mongo import Database, Document, for_writing, read_all

GONE_AFTER = 3
"""Good syncs in a row that must lack a model before it counts as vanished."""
KEPT = frozenset({"id", "name", "pricing", "context_length", "created", "expiration_date"})
"""Fields of an entry with a place of their own; all others are kept under `raw`."""
LONGEST_INTEGER = 2**63


@dataclass(frozen=True)
class Catalogue:
    """OpenRouter's catalogue, as it is fetched from `url` and kept in the platform's `collection`."""

    database: Database
    collection: str
    lists: Lists
    url: str

    async def sync(self, now: datetime) -> Sync:
        """One attempt, recorded. Only a good one changes the catalogue. Raises StoreUnavailable."""
        return await self.lists.renew(
            "openrouter", self.url, now, read_page, partial(self._keep, to_utc(now))
        )

    async def kept_entries(self) -> tuple[KeptEntry, ...]:
        """All that was ever seen. Raises FactsUnreadable."""
        documents = await read_all(self.database, self.collection, {})
        readable = (document for document in documents if isinstance(document.get("openrouter_id"), str))
        entries = ({**mapping_in(kept.get("raw")), **kept, "id": kept["openrouter_id"]} for kept in readable)
        return tuple(KeptEntry.model_validate(one, extra="ignore", by_name=False) for one in entries)

    async def vanished_before(self) -> datetime | None:
        """What was last seen before this moment is missing from three good syncs in a row."""
        third = await self.lists.ledger.last_good("openrouter", back=GONE_AFTER - 1)
        return third.started_at if third else None

    async def _keep(self, now: datetime, page: CataloguePage, last_good: Sync | None) -> dict[str, int]:
        catalogue = for_writing(self.database)[self.collection]
        documents = [one async for one in catalogue.find({"openrouter_id": {"$type": "string"}})]
        # Other programs write here, too: a list of names matches as well, and names nothing.
        named = [one for one in documents if isinstance(one["openrouter_id"], str)]
        listed = [one for one in named if one["openrouter_id"] in page.raw]
        kept = {one["openrouter_id"]: one for one in listed}
        gone_before = await self.vanished_before()
        written = (_write(raw, kept.get(name, {}), now, gone_before) for name, raw in page.raw.items())
        since = last_good.started_at if last_good else now
        absent = [one.get("last_seen_at") for one in named if one["openrouter_id"] not in page.raw]
        lacking = [seen for seen in absent if isinstance(seen, datetime) and seen >= since]
        # By _id: no other index is ours to make here. Few at a time: some servers look a long list up slowly.
        ids, seen = [one["_id"] for one in listed], {"$set": {"last_seen_at": now}}
        marked = (UpdateMany({"_id": {"$in": ids[n : n + 50]}}, seen) for n in range(0, len(ids), 50))
        await catalogue.bulk_write([*filter(None, written), *marked], ordered=False)
        return {"new": page.size - len(kept), "missing": len(lacking)}


def _write(
    raw: Mapping[str, object], kept: Document, now: datetime, gone_before: datetime | None
) -> UpdateOne | None:
    """None where it is kept so. A new entry's `_id` follows from the model's, so that no two replicas can
    insert it twice."""
    entry, last_seen = entry_of(raw), kept.get("last_seen_at")
    made = ObjectId(sha256(entry.openrouter_id.encode()).digest()[:12])
    fields = {
        "name": entry.name,
        "org": entry.openrouter_id.partition("/")[0],
        "pricing": raw.get("pricing") or {},
        "context_length": entry.context_length,
        "created": raw.get("created"),
        "expiration_date": entry.expiration_date or None,
        "raw": {name: value for name, value in raw.items() if name not in KEPT},
    }
    stored = {name: _storable(value) for name, value in fields.items()}
    if gone_before is not None and isinstance(last_seen, datetime) and last_seen < gone_before:
        stored["returned_at"] = now
    if all(name in kept and kept[name] == value for name, value in stored.items()):
        return None
    first = {"openrouter_id": entry.openrouter_id, "first_seen_at": now, "last_seen_at": now}
    update = {"$set": stored, "$setOnInsert": first}
    return UpdateOne({"_id": kept.get("_id", made)}, update, upsert=True)


def _storable(value: object) -> object:
    """What JSON allows and BSON or MongoDB doesn't: odd names of fields, endless integers."""
    if isinstance(value, dict):
        plain = ((str(name).replace("\0", "").replace(".", "_"), inner) for name, inner in value.items())
        return {re.sub(r"^(\$|\Z)", "_", name): _storable(inner) for name, inner in plain}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    if isinstance(value, int) and abs(value) >= LONGEST_INTEGER:
        return float(value) if abs(value) < 10**300 else str(value)[:40]
    return value
