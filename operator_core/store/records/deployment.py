"""The deployment in operator_state: made when the bot first opens a database, and anew in a restored copy."""

import uuid
from datetime import datetime

from operator_core.domain.base import to_utc
from operator_core.domain.deployment import Deployment
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import POLICY
from operator_core.store.mongo import Database, for_writing, raises_store_unavailable
from operator_core.store.records.state import COLLECTION, StateRecords, state_collection

KEY = "deployment"
DRAWN = "^(message:|incident:|digest:last$)"
"""What remembers messages in Slack, beside the proposals' `drawn`."""


@raises_store_unavailable
async def ensure_deployment(database: Database, now: datetime) -> Deployment:
    """This database's deployment; made anew, paused and without the original's messages, in a restored copy.
    Of several replicas that start at once one makes it. Raises StoreUnavailable."""
    collection, records = state_collection(database), StateRecords(database, KEY, Deployment)
    fresh = Deployment(id=uuid.uuid4().hex[:8], database=database.name, made_at=to_utc(now))
    if (standing := await records.get()) is None:
        await records.add(fresh)
        standing = await records.get() or fresh
    here = await _collection_uuid(database)
    if not here or standing.collection == here:
        return standing
    if not standing.collection:  # made in this moment: the collection exists only since
        await collection.update_one({"_id": KEY, "id": standing.id}, {"$set": {"collection": here}})
        return standing.model_copy(update={"collection": here})
    # Whoever dies on the way leaves the old id: the next one does all of it again.
    paused = Pause(by=POLICY, at=fresh.made_at, reason="this database looks like a restored copy")
    await StateRecords(database, "pause", Pause).add(paused)
    await for_writing(database)["operator_proposals"].update_many({}, {"$set": {"drawn": []}})
    await collection.delete_many({"_id": {"$regex": DRAWN}})
    moved = fresh.model_copy(update={"collection": here, "restored_from": standing.id, "unasked": True})
    await collection.update_one({"_id": KEY, "id": standing.id}, {"$set": moved.model_dump()})
    return await records.get() or moved


async def _collection_uuid(database: Database) -> str:
    """Hexadecimal; empty where the server doesn't tell."""
    async for listed in await database.list_collections(filter={"name": COLLECTION}):
        identity = listed.get("info", {}).get("uuid")
        return identity.hex() if isinstance(identity, bytes) else getattr(identity, "hex", "") or ""
    return ""
