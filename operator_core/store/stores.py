"""All our collections of one database, opened together."""

from dataclasses import dataclass
from typing import TypeVar

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import Frozen
from operator_core.domain.pause import ApproverAction, Pause
from operator_core.options import MongoOptions
from operator_core.store.mongo import Document, for_writing
from operator_core.store.platform.model_status import ModelStatus
from operator_core.store.records.claims import Claims
from operator_core.store.records.holds import Holds
from operator_core.store.records.journal import Journal
from operator_core.store.records.people import People
from operator_core.store.records.proposals import Proposals
from operator_core.store.records.runs import RunLedger
from operator_core.store.records.state import Counters, StateRecords

V = TypeVar("V", bound=Frozen)


@dataclass(frozen=True)
class Stores:
    """Everything that is written, each by its own store."""

    database: AsyncDatabase[Document]
    proposals: Proposals
    journal: Journal
    holds: Holds
    runs: RunLedger
    status: ModelStatus
    claims: Claims
    pause: StateRecords[Pause]
    approver_action: StateRecords[ApproverAction]
    """The last time an approver acted in Slack: the brake on unattended changes counts from there."""
    people: People
    models: AsyncCollection[Document]
    """The platform's; only the executor writes it."""

    @classmethod
    def of(cls, database: AsyncDatabase[Document], mongo: MongoOptions) -> "Stores":
        counters = Counters(database)
        return cls(
            database=database,
            proposals=Proposals(database, counters),
            journal=Journal(database),
            holds=Holds(database, counters),
            runs=RunLedger(database),
            status=ModelStatus(database, mongo.model_status),
            claims=Claims(database),
            pause=StateRecords(database, "pause", Pause),
            approver_action=StateRecords(database, "last_approver_action", ApproverAction),
            people=People(database),
            models=for_writing(database)[mongo.models],
        )

    def records(self, prefix: str, model: type[V]) -> StateRecords[V]:
        """Small values of one kind, under keys that begin with `prefix`."""
        return StateRecords(self.database, prefix, model)
