"""operator_catalog_syncs: every attempt to fetch a list, with counts and outcome.

A failed sync is evidence of nothing. It is recorded and shown, and what the last good one brought stays.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal, TypeVar

from discovery.sources.catalogue import Fetched
from operator_core.domain.base import Frozen, to_utc
from operator_core.domain.runs import RunOutcome
from operator_core.store.mongo import Document
from operator_core.store.own_documents import Records, document_of, write
from operator_core.text.masking import in_words

UNREADABLE_BETWEEN = 20
"""So many newer attempts that this version can't read may lie before the one that is asked for."""
SMALLEST_SHARE = 0.7
"""Of the last good one: an answer with fewer entries than that is taken for a partial one."""

SyncedSource = Literal["openrouter", "models.dev", "LiteLLM"]


class Sync(Frozen):
    """One attempt; never degraded, which would be no whole list."""

    id: str
    source: SyncedSource
    started_at: datetime
    finished_at: datetime | None = None
    outcome: RunOutcome = RunOutcome.RUNNING
    reason: str = ""
    """Why it failed, in plain words."""
    entries: int = 0
    new: int = 0
    """Entries that were not known before."""
    missing: int = 0
    """Kept entries that the last good sync had, and this one hasn't."""
    unreadable: int = 0
    copy_id: str = ""
    """For a witness: which copy of its list holds."""


F = TypeVar("F", bound=Fetched)
Keep = Callable[[F, Sync | None], Awaitable[Mapping[str, object]]]
"""Keeps what was fetched, beside what the last good sync brought; which fields of the Sync follow from it."""


class Ledger(Records[Sync]):
    """The attempts on record. Raises StoreUnavailable."""

    collection, model = "operator_catalog_syncs", Sync

    async def start(self, source: SyncedSource, now: datetime) -> Sync:
        sync = Sync(id=f"S-{now:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}", source=source, started_at=to_utc(now))
        await self._collection.insert_one(document_of(sync))
        return sync

    async def finish(self, sync: Sync, now: datetime) -> Sync:
        """Keeps the outcome and the counts as the given value states them."""
        finished = sync.model_copy(update={"finished_at": to_utc(now)})
        await write(self._collection, {"_id": sync.id}, finished, upsert=True)
        return finished

    async def fail(self, sync: Sync, reason: str, now: datetime) -> Sync:
        failed = sync.model_copy(update={"outcome": RunOutcome.FAILED, "reason": reason[:300]})
        return await self.finish(failed, now)

    async def attempt(
        self, source: SyncedSource, now: datetime, fetch: Callable[[], Awaitable[F]], keep: Keep[F]
    ) -> Sync:
        """One attempt to renew a list, recorded. Only what is whole and still the newest is kept.

        Whatever goes wrong is a failed sync. Raises StoreUnavailable where not even that can be recorded.
        """
        sync = await self.start(source, now)
        try:
            last_good = await self.last_good(source)
            fetched = await fetch()
            sync = sync.model_copy(update={"entries": fetched.size, "unreadable": fetched.unreadable})
            if why := _too_small(fetched.size, last_good) or await self._overtaken(source, last_good):
                return await self.fail(sync, why, now)
            kept = await keep(fetched, last_good)
            good = sync.model_copy(update={"outcome": RunOutcome.GOOD, **kept})
            return await self.finish(good, now)
        except Exception as error:  # noqa: BLE001 – recorded and shown
            return await self.fail(sync, in_words(error), now)

    async def latest(self, source: SyncedSource) -> Sync | None:
        """The last attempt, whatever came of it."""
        return await self._first({"source": source})

    async def last_good(self, source: SyncedSource, *, back: int = 0) -> Sync | None:
        """The newest good one; `back`: so many good ones before it."""
        return await self._first({"source": source, "outcome": RunOutcome.GOOD}, back)

    async def _overtaken(self, source: SyncedSource, last_good: Sync | None) -> str:
        """Why nothing of it may be kept any more, if so. `last_good`: as it was before the fetch."""
        newest = await self.last_good(source)
        first = newest is None or (last_good is not None and newest.id == last_good.id)
        return "" if first else "another process renewed it meanwhile"

    async def _first(self, where: Document, skip: int = 0) -> Sync | None:
        readable = await self._all(where, {"started_at": -1, "_id": -1}, skip + UNREADABLE_BETWEEN)
        return readable[skip] if len(readable) > skip else None


def _too_small(entries: int, last_good: Sync | None) -> str:
    """Why an answer of so many entries can't be the whole list; empty where it can."""
    if last_good is None or entries >= SMALLEST_SHARE * last_good.entries:
        return ""
    return f"only {entries:,} entries, where the last good sync had {last_good.entries:,}: taken for a part"
