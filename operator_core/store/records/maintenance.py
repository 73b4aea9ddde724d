"""The maintenance that people announced, in operator_state; what is over stays while results are read."""

from datetime import datetime

from operator_core.domain.signals import Maintenance
from operator_core.store.mongo import Database
from operator_core.store.own_documents import Notes
from operator_core.store.records.state import StateRecords
from operator_core.text.as_typed import as_meant


class Announced(StateRecords[Maintenance]):
    """Raises StoreUnavailable."""

    def __init__(self, database: Database, notes: Notes | None = None) -> None:
        super().__init__(database, "maintenance:", Maintenance, notes)

    async def current(self, now: datetime) -> tuple[Maintenance, ...]:
        """What lasts now."""
        return tuple(one for one in (await self.all()).values() if one.lasts(now))

    async def announce(self, new: Maintenance) -> Maintenance:
        """Of what lasts already for that provider the beginning stays."""
        since = [one.since for one in await self.current(new.since) if one.provider == new.provider]
        new = new.model_copy(update={"since": min(since, default=new.since)})
        return await self.put(new, new.key, since=new.until)

    async def end(self, provider: str, now: datetime) -> Maintenance:
        """Ends all of that provider now. Raises NotFound, naming what lasts."""
        lasting = await self.current(now)
        name = as_meant(provider, {one.provider for one in lasting}, "maintenance of")
        ours = [one for one in lasting if one.provider == name]
        return [await self.put(one.model_copy(update={"until": now}), one.key, since=now) for one in ours][-1]
