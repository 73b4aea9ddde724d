"""operator_catalog_syncs: every attempt to fetch a list, with counts and outcome.

A failed sync is evidence of nothing. It is recorded and shown, and what the last good one brought stays.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import httpx

from discovery.sources.catalogue import Fetched
from discovery.sources.fetching import Sleep, fetch_whole
from operator_core.domain.base import Frozen, to_utc
from operator_core.domain.runs import RunOutcome
from operator_core.errors import FetchFailed
from operator_core.store.mongo import Document, raises_store_unavailable
from operator_core.store.own_documents import Records, document_of, write
from operator_core.store.platform.catalogue import SYNCS
from operator_core.text.masking import in_words

UNREADABLE_BETWEEN = 20
"""So many newer attempts that this version can't read may lie before the one that is asked for."""
SMALLEST_SHARE = 0.7
"""Of the last good one: with fewer entries than that, an answer, or its part on a provider, is partial."""
WHOLE = "(whole)"


class Sync(Frozen):
    """One attempt; never degraded, which would be no whole list."""

    id: str
    source: str
    started_at: datetime
    finished_at: datetime | None = None
    outcome: RunOutcome = RunOutcome.RUNNING
    reason: str = ""
    entries: int = 0
    new: int = 0
    missing: int = 0
    """Kept entries that the last good sync had, and this one hasn't."""
    unreadable: int = 0
    copy_id: str = ""
    """For a witness: which copy of its list holds."""
    too_few: Mapping[str, int] = {}
    """How many entries were taken for a part: by provider, or of the whole."""
    accepted_by: str = ""
    """Who said that it is to be believed, however few it lists."""


class Ledger(Records[Sync]):
    """The attempts on record. Raises StoreUnavailable."""

    collection, model = SYNCS, Sync

    async def start(self, source: str, now: datetime, accepted_by: str = "") -> Sync:
        made = f"S-{now:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"
        sync = Sync(id=made, source=source, started_at=to_utc(now), accepted_by=accepted_by)
        await self._collection.insert_one(document_of(sync))
        return sync

    async def finish(self, sync: Sync, now: datetime) -> Sync:
        """Keeps the outcome and the counts as the given value states them."""
        finished = sync.model_copy(update={"finished_at": to_utc(now)})
        await write(self._collection, {"_id": sync.id}, finished, upsert=True)
        return finished

    async def latest(self, source: str) -> Sync | None:
        """The last attempt, whatever came of it."""
        return await self._first({"source": source})

    async def last_good(self, source: str, *, back: int = 0) -> Sync | None:
        """The newest good one; `back`: so many good ones before it."""
        return await self._first({"source": source, "outcome": RunOutcome.GOOD}, back)

    async def partial(
        self, source: str, now: datetime, has: Mapping[str, int], had: Mapping[str, int]
    ) -> dict[str, int]:
        """What of an answer is taken for a part, with its entries: by name, as it `has` and the last good one
        `had` them. As few for the third time, over a day or more, are believed."""
        ended = {"source": source, "outcome": {"$ne": RunOutcome.RUNNING}}
        before = (await self._all(ended, {"started_at": -1, "_id": -1}, 2))[:2]
        lasting = len(before) == 2 and to_utc(now) - before[-1].started_at >= timedelta(days=1)

        def alike(name: str, now_has: int) -> bool:
            return all(abs(one.too_few.get(name, -1) - now_has) <= now_has * 0.05 for one in before)

        few = {name: has.get(name, 0) for name in had if has.get(name, 0) < SMALLEST_SHARE * had[name]}
        return {name: count for name, count in few.items() if not (lasting and alike(name, count))}

    async def _first(self, where: Document, skip: int = 0) -> Sync | None:
        readable = await self._all(where, {"started_at": -1, "_id": -1}, skip + UNREADABLE_BETWEEN)
        return readable[skip] if len(readable) > skip else None


F = TypeVar("F", bound=Fetched)
Keep = Callable[[F, Sync | None], Awaitable[Mapping[str, object]]]
"""Keeps what was fetched, beside what the last good sync brought; which fields of the Sync follow from it."""


@dataclass(frozen=True)
class Lists:
    """Public lists over HTTP, and the record of every attempt to renew one."""

    ledger: Ledger
    client: httpx.AsyncClient
    sleep: Sleep = asyncio.sleep
    accepted_by: str = ""
    """Who believes what the lists say, however few they list."""

    async def renew(
        self, source: str, url: str, now: datetime, read: Callable[[object], F], keep: Keep[F]
    ) -> Sync:
        """One attempt, recorded. Only what is whole and still the newest is kept; whatever goes wrong is a
        failed sync. Raises StoreUnavailable where not even that can be recorded."""
        sync = await self.ledger.start(source, now, self.accepted_by)
        try:
            last_good = await self.ledger.last_good(source)
            fetched = read(await fetch_whole(self.client, url, sleep=self.sleep))
            sync = sync.model_copy(update={"entries": fetched.size, "unreadable": fetched.unreadable})
            if last_good and not self.accepted_by:
                has, had = {WHOLE: fetched.size}, {WHOLE: last_good.entries}
                if few := await self.ledger.partial(source, now, has, had):
                    sync = sync.model_copy(update={"too_few": few})
                    before = f"where the last good sync had {last_good.entries:,}"
                    raise FetchFailed(f"only {fetched.size:,} entries, {before}: taken for a part")
            if await self.ledger.last_good(source) != last_good:
                raise FetchFailed("another process renewed it meanwhile")
            outcome = {"outcome": RunOutcome.GOOD, **await raises_store_unavailable(keep)(fetched, last_good)}
        except Exception as error:  # noqa: BLE001 – recorded and shown
            outcome = {"outcome": RunOutcome.FAILED, "reason": in_words(error)[:300]}
        return await self.ledger.finish(sync.model_copy(update=outcome), now)
