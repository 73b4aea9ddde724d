"""People's names in operator_state, so that messages name people without waking them."""

from pymongo.errors import WriteError

from operator_core.domain.base import mapping_in
from operator_core.store.mongo import Database, Store
from operator_core.store.own_documents import VERSIONED
from operator_core.store.records.state import state_collection

NAMES = "names"


class People(Store):
    """The names that Slack sent along with clicks. Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._collection = state_collection(database)

    async def name(self, user_id: str, name: str) -> None:
        """Keeps the name; the newest replaces an older one."""
        try:
            update = {"$set": {f"names.{user_id}": name}, "$max": VERSIONED}
            await self._collection.update_one({"_id": NAMES}, update, upsert=True)
        except WriteError:  # what is there holds no names
            await self._collection.update_one({"_id": NAMES}, {"$set": {"names": {user_id: name}}})

    async def names(self) -> dict[str, str]:
        """By user id."""
        kept = mapping_in((await self._collection.find_one({"_id": NAMES}) or {}).get("names"))
        return {one: name for one, name in kept.items() if isinstance(name, str)}
