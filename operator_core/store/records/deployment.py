"""The deployment in operator_state: made when the bot first opens a database, and anew in a restored copy."""

import uuid
from datetime import datetime

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import to_utc
from operator_core.domain.deployment import Deployment
from operator_core.store.mongo import Document, raises_store_unavailable
from operator_core.store.records.state import COLLECTION, StateRecords, state_collection

KEY = "deployment"


@raises_store_unavailable
async def ensure_deployment(database: AsyncDatabase[Document], now: datetime) -> tuple[Deployment, bool]:
    """This database's deployment, and whether it was just made because the database is a restored copy.

    Of several replicas that start at once one makes it. Raises StoreUnavailable.
    """
    collection, records = state_collection(database), StateRecords(database, KEY, Deployment)
    fresh = Deployment(id=uuid.uuid4().hex[:8], database=database.name, made_at=to_utc(now))
    standing = await records.get()
    if standing is None:
        await records.add(fresh)
        standing = await records.get() or fresh
    here = await _collection_uuid(database)
    if not here or standing.collection == here:
        return standing, False
    if not standing.collection:  # made in this moment: the collection exists only since
        await collection.update_one({"_id": KEY, "id": standing.id}, {"$set": {"collection": here}})
        return standing.model_copy(update={"collection": here}), False
    moved = fresh.model_copy(update={"collection": here, "restored_from": standing.id})
    swapped = await collection.update_one({"_id": KEY, "id": standing.id}, {"$set": moved.model_dump()})
    return (moved, True) if swapped.matched_count else (await records.get() or moved, False)


async def _collection_uuid(database: AsyncDatabase[Document]) -> str:
    """Hexadecimal; empty where the server doesn't tell."""
    async for listed in await database.list_collections(filter={"name": COLLECTION}):
        identity = listed.get("info", {}).get("uuid")
        return identity.hex() if isinstance(identity, bytes) else getattr(identity, "hex", "") or ""
    return ""
