"""operator_runs: the ledger of every run. No run and a quiet run must not look the same."""

from datetime import datetime

from operator_core.domain.base import to_utc
from operator_core.domain.runs import Run, RunOutcome, RunRecord, new_run_id, run_number
from operator_core.errors import NotFound
from operator_core.store.mongo import Document
from operator_core.store.own_documents import Records, document_of, write
from operator_core.store.records.state import next_number

JUDGED = {"outcome": {"$in": [RunOutcome.GOOD, RunOutcome.DEGRADED]}}
NEWEST = 20
"""So many are looked at: this version may not be able to read some, and clocks differ."""


class RunLedger(Records[RunRecord]):
    """Each run's beginning and end. Raises StoreUnavailable."""

    collection, model = "operator_runs", RunRecord

    async def new_id(self, now: datetime) -> str:
        """For a run that begins: its number says which began later."""
        return new_run_id(now, await next_number(self._database, "runs"))

    async def start(self, run_id: str, trigger: str, now: datetime) -> RunRecord:
        """Notes that a run began, before it reads anything."""
        record = RunRecord(id=run_id, trigger=trigger, started_at=to_utc(now))
        await self._collection.insert_one(document_of(record))
        return record

    async def overtaken(self, run: Run) -> bool:
        """A run that began later has told already of all that this one looked at."""
        later = [one for one in await self._newest(JUDGED, NEWEST) if run_number(one.id) > run_number(run.id)]
        return any(one.run and one.run.looked_at(run.limited_to) for one in later)

    async def finish(self, run: Run, now: datetime) -> RunRecord:
        """What a run found, or that it was degraded."""
        degraded = bool(run.notes) or run.llm.fallback is not None
        record = RunRecord(
            **run.model_dump(include={"id", "trigger", "started_at"}),
            outcome=RunOutcome.DEGRADED if degraded else RunOutcome.GOOD,
            finished_at=to_utc(now),
            run=run.model_copy(update={"decisions": (), "drafts": ()}),
        )
        await write(self._collection, {"_id": run.id}, record, upsert=True)
        return record

    async def fail(self, run_id: str, error: str, now: datetime) -> None:
        """The run judged nothing, and this is why."""
        failed = {"outcome": RunOutcome.FAILED, "error": error, "finished_at": to_utc(now)}
        await self._set({"_id": run_id}, failed)

    async def last_good(self) -> RunRecord | None:
        """The newest run over all providers that judged, degraded or not."""
        records = await self._newest({**JUDGED, "run.limited_to": []}, NEWEST)
        numbered = records and run_number(records[0].id)  # an earlier version's runs have no number
        return max(records[: None if numbered else 1], key=lambda one: run_number(one.id), default=None)

    async def named(self, run_id: str) -> Run:
        """A run without its decisions and drafts. Raises NotFound, also for one that judged nothing."""
        record = await self._named(run_id, "run")
        if record.run is None:
            raise NotFound(f"{run_id} judged nothing")
        return record.run

    async def recent(self, limit: int = 20) -> tuple[RunRecord, ...]:
        """The newest first."""
        return await self._newest({}, limit)

    async def _newest(self, where: Document, limit: int) -> tuple[RunRecord, ...]:
        return await self._all(where, {"started_at": -1}, limit)
