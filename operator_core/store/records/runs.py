"""operator_runs: the ledger of every run. No run and a quiet run must not look the same."""

from datetime import datetime

from pymongo import DESCENDING
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import to_utc
from operator_core.domain.runs import Run, RunOutcome, RunRecord
from operator_core.store.mongo import Document, for_writing, raises_store_unavailable
from operator_core.store.own_documents import Notes, Reading, document_of, write

UNREADABLE_BETWEEN = 20
"""So many newer runs that this version can't read may lie before the last good one."""


class RunLedger:
    """Each run's beginning and end. Raises StoreUnavailable."""

    def __init__(self, database: AsyncDatabase[Document], notes: Notes | None = None) -> None:
        self._collection = for_writing(database)["operator_runs"]
        self._reading = Reading(self._collection.name, RunRecord, notes or Notes())

    @raises_store_unavailable
    async def start(self, run_id: str, trigger: str, now: datetime) -> RunRecord:
        """Notes that a run began, before it reads anything."""
        record = RunRecord(id=run_id, trigger=trigger, started_at=to_utc(now))
        await self._collection.insert_one(document_of(record))
        return record

    @raises_store_unavailable
    async def finish(self, run: Run, now: datetime) -> RunRecord:
        """What a run found, or that it was degraded."""
        degraded = bool(run.notes) or run.llm.fallback is not None
        record = RunRecord(
            id=run.id,
            trigger=run.trigger,
            started_at=run.started_at,
            outcome=RunOutcome.DEGRADED if degraded else RunOutcome.GOOD,
            finished_at=to_utc(now),
            run=run.model_copy(update={"decisions": (), "drafts": ()}),
        )
        await write(self._collection, {"_id": run.id}, record, upsert=True)
        return record

    @raises_store_unavailable
    async def fail(self, run_id: str, error: str, now: datetime) -> None:
        """The run judged nothing, and this is why."""
        failed = {"outcome": RunOutcome.FAILED, "error": error, "finished_at": to_utc(now)}
        await self._collection.update_one({"_id": run_id}, {"$set": failed})

    async def last_good(self) -> RunRecord | None:
        """The newest run over all providers that judged, degraded or not."""
        judged = {"$in": [RunOutcome.GOOD, RunOutcome.DEGRADED]}
        records = await self._newest({"outcome": judged, "run.limited_to": []}, UNREADABLE_BETWEEN)
        return records[0] if records else None

    async def recent(self, limit: int = 20) -> tuple[RunRecord, ...]:
        """The newest first."""
        return await self._newest({}, limit)

    @raises_store_unavailable
    async def _newest(self, where: Document, limit: int) -> tuple[RunRecord, ...]:
        cursor = self._collection.find(where).sort("started_at", DESCENDING).limit(limit)
        return self._reading.values(await cursor.to_list())
