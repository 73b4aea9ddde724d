"""`model_status.operator_decision`: the last word on each model, kept where the platform looks for it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from pymongo import UpdateMany, UpdateOne

from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.decisions import Action
from operator_core.domain.proposals import DISABLING, POLICY, Proposal, ProposalAction, State
from operator_core.store.mongo import Database, Document, Store, for_writing

BATCH = 1000
PROPOSAL, STATUS = "operator_decision.proposal_id", "operator_decision.status"


class Status(StrEnum):
    """The words of `operator_decision.status`."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    AUTO_EXECUTED = "auto_executed"
    FAILED = "failed"


ANSWERED = (Status.REJECTED, Status.APPROVED, Status.AUTO_EXECUTED, Status.FAILED)
"""What a run leaves alone, as the answer may be newer than its look; but not of what it opened again."""


class ModelStatus(Store):
    """Writes `operator_decision` and `last_updated`, in bulk, and nothing else. Raises StoreUnavailable."""

    def __init__(self, database: Database, collection: str) -> None:
        self._collection = for_writing(database)[collection]

    async def write(self, proposal: Proposal, said: Mapping[ModelRef, Status], now: datetime) -> None:
        """Sets the decisions, whatever stood there: a person's answer, or what was done `now`."""
        await self._bulk([_set(proposal, ref, status, now) for ref, status in said.items()])

    async def restate(self, ref: ModelRef, proposal_id: str, status: Status, now: datetime) -> None:
        """Sets the answer alone, where the decision is this proposal's: all that is known of it is its id."""
        said = {STATUS: status, "operator_decision.executed_at": None, "last_updated": to_utc(now)}
        await self._collection.update_many(ref.model_dump() | {PROPOSAL: proposal_id}, {"$set": said})

    async def suggest(self, proposals: Iterable[Proposal], now: datetime) -> None:
        """Marks a run's proposals as pending, but where the same one was answered meanwhile. Models that left
        a proposal, and were only pending in it, lose the field."""
        updates: list[UpdateOne | UpdateMany] = []
        for proposal in proposals:
            if proposal.action != ProposalAction.ADD:  # models that may be added have no status yet
                unless = () if _just_reopened(proposal) else ANSWERED
                updates += [_set(proposal, r, Status.PENDING, now, unless) for r in proposal.refs]
            pending = {PROPOSAL: proposal.id, STATUS: Status.PENDING}
            updates.append(_unset(pending | {"$nor": [ref.model_dump() for ref in proposal.refs]}, now))
        await self._bulk(updates)

    async def clear(self, proposals: Iterable[Proposal], now: datetime) -> None:
        """Removes the decision from the models of these proposals, whose evidence went away."""
        await self._bulk([_unset({PROPOSAL: p.id}, now) for p in proposals])

    async def _bulk(self, updates: Sequence[UpdateOne | UpdateMany]) -> None:
        for start in range(0, len(updates), BATCH):
            await self._collection.bulk_write(list(updates[start : start + BATCH]))


def _just_reopened(proposal: Proposal) -> bool:
    """Whether its latest look opened it again: that has seen the answer that stands there."""
    last, looked = proposal.last_transition, to_utc(proposal.updated_at)
    return last is not None and (last.target, last.by, last.at) == (State.PENDING, POLICY, looked)


def _set(
    proposal: Proposal, ref: ModelRef, status: Status, now: datetime, unless: Sequence[Status] = ()
) -> UpdateOne:
    """Found by provider and model alone, so that an index serves: the condition stands in the update."""
    when: Document = {"$literal": to_utc(now)}
    decision: Document = {
        "$literal": {
            "action": _means(proposal.action),
            **proposal.model_dump(include={"confidence", "reasoning", "suggested_by"}),
            "suggested_at": proposal.created_at,
            "status": status,
            "executed_at": to_utc(now) if status in {Status.APPROVED, Status.AUTO_EXECUTED} else None,
            "proposal_id": proposal.id,
        }
    }
    if unless:
        said = {"$and": [{"$eq": [f"${PROPOSAL}", proposal.id]}, {"$in": [f"${STATUS}", [*unless]]}]}
        decision = {"$cond": [said, "$operator_decision", decision]}
        when = {"$cond": [said, "$last_updated", when]}
    update = {"$set": {"operator_decision": decision, "last_updated": when}}
    return UpdateOne(ref.model_dump(), [update], upsert=True)


def _means(action: ProposalAction) -> str:
    """What the proposal's action is for the model itself."""
    if action in DISABLING:
        return Action.DISABLE
    return Action.MONITOR if action == ProposalAction.ATTEND else action


def _unset(where: Document, now: datetime) -> UpdateMany:
    return UpdateMany(where, {"$unset": {"operator_decision": ""}, "$set": {"last_updated": to_utc(now)}})
