"""operator_witnesses: the last good copy of each public list, with its age. It serves without the network.

A new copy is written beside the old one, and holds from the moment its sync is recorded as good.
"""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import datetime

import httpx

from discovery.options import DiscoveryOptions
from discovery.sources.directories import Directory, Listing, Source, parse
from discovery.sources.fetching import Sleep, fetch_json
from discovery.sources.syncs import Ledger, Sync
from operator_core.domain.base import Frozen, valid
from operator_core.domain.runs import RunOutcome
from operator_core.errors import FetchFailed
from operator_core.store.mongo import Database, for_writing, raises_store_unavailable, read_all
from operator_core.store.own_documents import VERSIONED
from operator_core.store.platform.catalogue import WITNESSES

SOURCES: tuple[Source, ...] = ("models.dev", "LiteLLM")


class Snapshot(Frozen):
    """What is known of one witness, and since when."""

    source: Source
    listings: tuple[Listing, ...] = ()
    as_of: datetime | None = None
    """When this copy was fetched, or last found unchanged; None: there never was one."""
    problem: str = ""
    """Why the last attempt to renew it failed; empty where it didn't."""


@dataclass(frozen=True)
class Witnesses:
    """The public lists that say which ids providers serve, fetched and kept."""

    database: Database
    ledger: Ledger
    client: httpx.AsyncClient
    options: DiscoveryOptions
    sleep: Sleep = asyncio.sleep

    async def sync(self, now: datetime) -> tuple[Sync, ...]:
        """Renews each copy, or records why not. Raises StoreUnavailable."""
        return tuple(await asyncio.gather(*(self._sync(source, now) for source in SOURCES)))

    async def snapshots(self) -> tuple[Snapshot, ...]:
        """The last good copy of each. Raises FactsUnreadable or StoreUnavailable."""
        snapshots: list[Snapshot] = []
        for source in SOURCES:
            latest, good = await self.ledger.latest(source), await self.ledger.last_good(source)
            problem = latest.reason if latest and latest.outcome == RunOutcome.FAILED else ""
            listings, as_of = await self._listings(good), good.started_at if good else None
            snapshots.append(Snapshot(source=source, listings=listings, as_of=as_of, problem=problem))
        return tuple(snapshots)

    async def _sync(self, source: Source, now: datetime) -> Sync:
        url = {"models.dev": self.options.models_dev_url, "LiteLLM": self.options.litellm_url}[source]

        async def fetch() -> Directory:
            document = await fetch_json(self.client, url, sleep=self.sleep)
            directory = parse(source, document, self.options.providers)
            if not directory.listings:
                raise FetchFailed("it lists no model of our providers")
            return directory

        sync = await self.ledger.attempt(source, now, fetch, self._keep)
        if sync.outcome == RunOutcome.GOOD:
            await self._forget_others(sync)
        return sync

    @raises_store_unavailable
    async def _keep(self, directory: Directory, last_good: Sync | None) -> dict[str, object]:
        """Under the id of a copy; the last one's, where nothing changed."""
        before = await self._listings(last_good)
        copy_id = last_good.copy_id if last_good and before == directory.listings else uuid.uuid4().hex
        if before != directory.listings:
            documents = [
                {"_id": f"{copy_id}:{number:06}", **VERSIONED, "copy_id": copy_id, **listing.model_dump()}
                for number, listing in enumerate(directory.listings)
            ]
            await for_writing(self.database)[WITNESSES].insert_many(documents, ordered=False)
        old, new = {x.ref for x in before}, {x.ref for x in directory.listings}
        return {"copy_id": copy_id, "new": len(new - old), "missing": len(old - new)}

    @raises_store_unavailable
    async def _forget_others(self, good: Sync) -> None:
        others = {"source": good.source, "copy_id": {"$ne": good.copy_id}}
        await for_writing(self.database)[WITNESSES].delete_many(others)

    async def _listings(self, good: Sync | None) -> tuple[Listing, ...]:
        if good is None or not good.copy_id:
            return ()
        copy = {"copy_id": good.copy_id}
        documents = await read_all(self.database, WITNESSES, copy, sort={"_id": 1})
        # What another version wrote otherwise is left out: the next sync replaces it.
        return tuple(read for document in documents if (read := valid(document, Listing, extra="ignore")))
