"""All our collections of one database, opened together."""

from dataclasses import dataclass
from typing import TypeVar

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import EVER, Frozen
from operator_core.domain.pause import ApproverAction, ChannelRefusal, Pause
from operator_core.options import MongoOptions
from operator_core.store.mongo import Document, for_writing
from operator_core.store.own_documents import Notes
from operator_core.store.platform.model_status import ModelStatus
from operator_core.store.records.claims import Claims
from operator_core.store.records.holds import Holds
from operator_core.store.records.journal import Journal
from operator_core.store.records.people import People
from operator_core.store.records.proposals import Proposals
from operator_core.store.records.runs import RunLedger
from operator_core.store.records.state import StateRecords

V = TypeVar("V", bound=Frozen)
STOPPED = {"by": "somebody", "at": EVER, "reason": "", "code": "unknown"}
"""A pause, or a refusal, of which this version can't read everything stops the autopilot nonetheless."""


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
    channel_refusal: StateRecords[ChannelRefusal]
    """Stands until a message to the channel goes through again."""
    approver_action: StateRecords[ApproverAction]
    """The last time an approver acted in Slack: the brake on unattended changes counts from there."""
    people: People
    models: AsyncCollection[Document]
    """The platform's; only the executor writes it."""
    notes: Notes
    """Of our own documents, what this process had to leave alone."""

    @classmethod
    def of(cls, database: AsyncDatabase[Document], mongo: MongoOptions) -> "Stores":
        notes = Notes()
        return cls(
            database=database,
            proposals=Proposals(database, notes),
            journal=Journal(database, notes),
            holds=Holds(database, notes),
            runs=RunLedger(database, notes),
            status=ModelStatus(database, mongo.model_status),
            claims=Claims(database, notes),
            pause=StateRecords(database, "pause", Pause, notes, STOPPED),
            channel_refusal=StateRecords(database, "channel_refusal", ChannelRefusal, notes, STOPPED),
            approver_action=StateRecords(database, "last_approver_action", ApproverAction, notes),
            people=People(database),
            models=for_writing(database)[mongo.models],
            notes=notes,
        )

    async def left_alone(self) -> tuple[str, ...]:
        """What of what is current can't be read (it is found by reading it), or wasn't finished."""
        await self.proposals.open()
        await self.holds.active()
        await self.journal.recent()
        await self.runs.recent()
        return self.notes.lines

    def records(self, prefix: str, model: type[V]) -> StateRecords[V]:
        """Small values of one kind, under keys that begin with `prefix`."""
        return StateRecords(self.database, prefix, model, self.notes)
