"""At each start: what older versions left out of our documents is filled in, then our indexes are made."""

from datetime import datetime

from operator_core.store.indexes import OWN_INDEXES, ensure_own_indexes
from operator_core.store.mongo import Database, for_writing, raises_store_unavailable
from operator_core.store.own_documents import VERSIONED
from operator_core.store.records.holds import Holds
from operator_core.store.records.proposals import Proposals
from operator_core.store.records.state import NUMBERED, catch_up


@raises_store_unavailable
async def make_ready(database: Database, now: datetime) -> None:
    """Beside others that start, too; what a newer version wrote stays as it is. Raises StoreUnavailable."""
    await Proposals(database).settle(now)
    await Holds(database).settle(now)
    for counter in NUMBERED:
        await catch_up(for_writing(database), counter, made=False)
    for name in OWN_INDEXES:
        await for_writing(database)[name].update_many({"schema": {"$exists": False}}, {"$set": VERSIONED})
    await ensure_own_indexes(database)
