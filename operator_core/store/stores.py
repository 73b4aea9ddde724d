"""All our collections of one database, opened together."""

from dataclasses import dataclass

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.options import MongoOptions
from operator_core.store.mongo import Document
from operator_core.store.platform.model_status import ModelStatus
from operator_core.store.records.holds import Holds
from operator_core.store.records.journal import Journal
from operator_core.store.records.proposals import Proposals
from operator_core.store.records.runs import RunLedger
from operator_core.store.records.state import OperatorState
from operator_core.store.writing import for_writing


@dataclass(frozen=True)
class Stores:
    """Everything that is written, each by its own store."""

    state: OperatorState
    proposals: Proposals
    journal: Journal
    holds: Holds
    runs: RunLedger
    status: ModelStatus
    models: AsyncCollection[Document]
    """The platform's; only the executor writes it."""

    @classmethod
    def of(cls, database: AsyncDatabase[Document], mongo: MongoOptions) -> "Stores":
        state = OperatorState(database)
        return cls(
            state=state,
            proposals=Proposals(database, state),
            journal=Journal(database),
            holds=Holds(database, state),
            runs=RunLedger(database),
            status=ModelStatus(database, mongo.model_status),
            models=for_writing(database)[mongo.models],
        )
