"""`model_status.operator_decision`: the last word on each model, kept where the platform looks for it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import UpdateMany, UpdateOne

from operator_core.domain.base import to_utc
from operator_core.domain.model_status import Status, StatusEntry, entries_for
from operator_core.domain.proposals import Proposal, ProposalAction
from operator_core.store.mongo import Database, Document, Store, for_writing

BATCH = 1000


class ModelStatus(Store):
    """Writes `operator_decision` and `last_updated`, in bulk, and nothing else. Raises StoreUnavailable."""

    def __init__(self, database: Database, collection: str) -> None:
        self._collection = for_writing(database)[collection]

    async def write(self, entries: Sequence[StatusEntry], now: datetime) -> None:
        """Sets the decisions, whatever stood there: a person's answer, or what was done."""
        await self._bulk([_set(entry, now) for entry in entries])

    async def suggest(self, proposals: Iterable[Proposal], now: datetime) -> None:
        """Marks a run's proposals as pending, except where a person rejected the same proposal.

        Models that left a proposal, and were only pending in it, lose the field.
        """
        updates: list[UpdateOne | UpdateMany] = []
        for proposal in proposals:
            if proposal.action != ProposalAction.ADD:  # models that may be added have no status yet
                entries = entries_for(proposal, Status.PENDING)
                updates += [_set(entry, now, unless=Status.REJECTED) for entry in entries]
            pending = {
                "operator_decision.proposal_id": proposal.id,
                "operator_decision.status": Status.PENDING,
            }
            updates.append(_unset(pending | {"$nor": [ref.model_dump() for ref in proposal.refs]}, now))
        await self._bulk(updates)

    async def clear(self, proposals: Iterable[Proposal], now: datetime) -> None:
        """Removes the decision from the models of these proposals, whose evidence went away."""
        await self._bulk([_unset({"operator_decision.proposal_id": p.id}, now) for p in proposals])

    async def _bulk(self, updates: Sequence[UpdateOne | UpdateMany]) -> None:
        for start in range(0, len(updates), BATCH):
            await self._collection.bulk_write(list(updates[start : start + BATCH]))


def _set(entry: StatusEntry, now: datetime, unless: Status | None = None) -> UpdateOne:
    """Found by provider and model alone, so that an index serves: the condition stands in the update."""
    decision: Document = {"$literal": entry.model_dump(exclude={"ref"})}
    when: Document = {"$literal": to_utc(now)}
    if unless is not None:
        said = {
            "$and": [
                {"$eq": ["$operator_decision.proposal_id", entry.proposal_id]},
                {"$eq": ["$operator_decision.status", unless]},
            ]
        }
        decision = {"$cond": [said, "$operator_decision", decision]}
        when = {"$cond": [said, "$last_updated", when]}
    return UpdateOne(
        entry.ref.model_dump(), [{"$set": {"operator_decision": decision, "last_updated": when}}], upsert=True
    )


def _unset(where: Document, now: datetime) -> UpdateMany:
    return UpdateMany(where, {"$unset": {"operator_decision": ""}, "$set": {"last_updated": to_utc(now)}})
