"""operator_witnesses: the last good copy of each public list, with its age. It serves without the network.

A new copy is written beside the old one, and holds from the moment its sync is recorded as good.
"""

import asyncio
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from discovery.options import DiscoveryOptions
from discovery.sources.directories import Directory, Listing, Source
from discovery.sources.litellm import LITELLM
from discovery.sources.models_dev import MODELS_DEV
from discovery.sources.syncs import SMALLEST_SHARE, Lists, Sync
from operator_core.domain.base import Frozen, valid
from operator_core.domain.runs import RunOutcome
from operator_core.errors import FetchFailed
from operator_core.store.mongo import Database, for_writing, raises_store_unavailable, read_all
from operator_core.store.own_documents import VERSIONED
from operator_core.store.platform.catalogue import WITNESSES

SOURCES = (MODELS_DEV, LITELLM)
"""The better kept first."""


class Snapshot(Frozen):
    """What is known of one witness, and since when."""

    source: str
    listings: tuple[Listing, ...] = ()
    as_of: datetime | None = None
    """When this copy was fetched, or last found unchanged; None: there never was one."""
    problem: str = ""
    """Why the last attempt to renew it failed, if so."""
    partial: str = ""
    """Which of its providers were not renewed, and why."""


@dataclass(frozen=True)
class Witnesses:
    """The public lists that say which ids providers serve, fetched and kept."""

    database: Database
    lists: Lists
    options: DiscoveryOptions
    sources: tuple[Source, ...] = SOURCES

    async def sync(self, now: datetime) -> tuple[Sync, ...]:
        """Renews each copy, or records why not. Raises StoreUnavailable."""
        return tuple(await asyncio.gather(*(self._sync(source, now) for source in self.sources)))

    async def snapshots(self) -> tuple[Snapshot, ...]:
        """The last good copy of each. Raises FactsUnreadable or StoreUnavailable."""
        return tuple([await self._snapshot(source.name) for source in self.sources])

    async def _snapshot(self, source: str) -> Snapshot:
        latest, good = await self.lists.ledger.latest(source), await self.lists.ledger.last_good(source)
        failed = latest is not None and latest.outcome == RunOutcome.FAILED
        said = {"problem" if failed else "partial": latest.reason if latest else ""}
        listings, as_of = await self._listings(good), good.started_at if good else None
        return Snapshot(source=source, listings=listings, as_of=as_of, **said)

    async def _sync(self, source: Source, now: datetime) -> Sync:
        def read(document: object) -> Directory:
            directory = source.read(document, self.options.providers)
            if not directory.listings:
                raise FetchFailed("it lists no model of our providers")
            return directory

        name, url = source.name, str(getattr(self.options, source.option))
        sync = await self.lists.renew(name, url, now, read, partial(self._keep, name, now))
        if sync.outcome == RunOutcome.GOOD:
            others = {"source": name, "copy_id": {"$ne": sync.copy_id}}
            await raises_store_unavailable(for_writing(self.database)[WITNESSES].delete_many)(others)
        return sync

    async def _keep(
        self, source: str, now: datetime, directory: Directory, last_good: Sync | None
    ) -> dict[str, object]:
        """Under the id of a copy; the last one's, where nothing changed. A provider of which only a part
        came keeps what it had."""
        before = await self._listings(last_good)
        has = Counter(x.provider for x in directory.listings)
        had = Counter(x.provider for x in before if x.provider in self.options.providers)
        whole = last_good and directory.size < SMALLEST_SHARE * last_good.entries  # believed by now
        accepted = self.lists.accepted_by or whole
        few = {} if accepted else await self.lists.ledger.partial(source, now, has, had)
        kept = {x.ref: x for x in before if x.provider in few} | {x.ref: x for x in directory.listings}
        listings = tuple(kept[ref] for ref in sorted(kept))
        copy_id = last_good.copy_id if last_good and before == listings else uuid.uuid4().hex
        if before != listings:
            documents = [
                {"_id": f"{copy_id}:{number:06}", **VERSIONED, "copy_id": copy_id, **listing.model_dump()}
                for number, listing in enumerate(listings)
            ]
            await for_writing(self.database)[WITNESSES].insert_many(documents, ordered=False)
        old, new = {x.ref for x in before}, set(kept)
        parts = [f"only {count:,} of {had[name]:,} models of {name}" for name, count in sorted(few.items())]
        reason = f"{', '.join(parts)}, taken for a part: the earlier ones stay" if parts else ""
        counts = {"copy_id": copy_id, "new": len(new - old), "missing": len(old - new)}
        return {**counts, "too_few": few, "reason": reason[:300]}

    async def _listings(self, good: Sync | None) -> tuple[Listing, ...]:
        if good is None or not good.copy_id:
            return ()
        documents = await read_all(self.database, WITNESSES, {"copy_id": good.copy_id}, sort={"_id": 1})
        # What another version wrote otherwise is left out: the next sync replaces it.
        return tuple(read for document in documents if (read := valid(document, Listing, extra="ignore")))
