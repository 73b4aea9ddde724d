"""A small catalogue and proposals about it, for the tests of everything that writes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import ModelRef
from operator_core.domain.changes import Result
from operator_core.domain.decisions import Route
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import Draft, Member, Proposal, ProposalAction
from operator_core.domain.situations import Scope
from operator_core.execution.executor import Execution, Executor
from operator_core.store.indexes import ensure_own_indexes
from operator_core.store.stores import Stores
from support.shipped import SETTINGS

Document = dict[str, Any]
Database = AsyncDatabase[Document]

NOW = datetime(2026, 11, 18, 9, 2, tzinfo=UTC)
MONGO = SETTINGS.mongodb


class Clock:
    """A clock that only the test moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


def ref(model_id: str, provider: str = "bedrock") -> ModelRef:
    return ModelRef(provider=provider, model_id=model_id)


def document(model_id: str, provider: str = "bedrock", **fields: object) -> Document:
    known = {"display_name": model_id.title(), "enabled": True, "deprecated": False, "note": "not ours"}
    return {"_id": f"{provider}:{model_id}", "provider": provider, "model_id": model_id, **known, **fields}


async def every_gate_open(proposal: Proposal) -> dict[ModelRef, str]:
    """For what policy approves in a test that is not about its gates."""
    return dict.fromkeys(proposal.approved, "")


def member(model_id: str, provider: str = "bedrock", **fields: Any) -> Member:
    return Member.model_validate({"ref": ref(model_id, provider), "enabled": True, **fields})


def draft(
    models: Sequence[str] = ("a", "b", "c"),
    action: ProposalAction = ProposalAction.DISABLE,
    **fields: Any,
) -> Draft:
    """A situation's draft about these bedrock models, all asked."""
    known: Document = {
        "fingerprint": "f1",
        "action": action,
        "provider": "bedrock",
        "scope": Scope.PATTERN,
        "kind": Kind.HARD_MODEL,
        "members": tuple(member(name) for name in models),
        "confidence": 0.97,
        "reasoning": "end of life",
        "suggested_by": "gpt-5.2",
    }
    return Draft.model_validate(known | fields)


def renaming() -> Draft:
    return draft(
        action=ProposalAction.RENAME, fingerprint="f-rename", members=(member("a", successor="a-2"),)
    )


def adding(*models: str) -> Draft:
    members = tuple(member(name, enabled=False, display_name=name.upper(), origin="test") for name in models)
    return draft(action=ProposalAction.ADD, fingerprint="", scope=None, kind=None, members=members)


def enabling(*models: str) -> Draft:
    members = tuple(member(name, enabled=False) for name in models)
    return draft(action=ProposalAction.ENABLE, fingerprint="", scope=None, kind=None, members=members)


def partly_automatic() -> Draft:
    """Policy may do `a` and `b` by itself; `c` is asked."""
    members = (
        member("a", route=Route.AUTO),
        member("b", route=Route.AUTO),
        member("c", gate="more than 20% in a week"),
    )
    return draft(members=members)


async def stores_with(database: Database, *documents: Document) -> Stores:
    """Our stores with their indexes, over a catalogue of these documents (a, b and c if none is given)."""
    await ensure_own_indexes(database)
    wanted = list(documents) or [document("a"), document("b"), document("c")]
    await database["models"].insert_many(wanted)
    return Stores(database, MONGO)


async def catalogue_of(database: Database) -> dict[str, Document]:
    """What `models` holds, by model id, without the ids of documents."""
    found = await database["models"].find({}, {"_id": 0}).to_list()
    return {one["model_id"]: one for one in found}


def executor(
    stores: Stores, *, owner: str = "replica 1", clock: Clock | None = None, **options: Any
) -> Executor:
    """For it every gate is open, and time stands still unless the test moves it."""
    return Executor(stores, owner=owner, clock=clock or Clock(), **{"gates": every_gate_open, **options})


async def approve(stores: Stores, drafted: Draft, by: str = "U1", **options: Any) -> Execution:
    """Puts a draft to people and approves it at once."""
    proposal = await stores.proposals.insert(drafted, NOW)
    return await executor(stores).execute(proposal.id, 1, by=by, **options)


def results(execution: Execution) -> dict[str, Result]:
    """By model id."""
    return {outcome.ref.model_id: outcome.result for outcome in execution.entry.outcomes}
