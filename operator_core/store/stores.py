"""All our collections of one database, opened together."""

from typing import TypeVar

from operator_core.domain.base import EVER, Frozen
from operator_core.domain.journal import ModeChoice
from operator_core.domain.mode import ApproverAction, ChannelRefusal, Mode, Pause, ShadowRecord
from operator_core.options import MongoOptions
from operator_core.store.mongo import Database, for_writing
from operator_core.store.own_documents import Notes
from operator_core.store.platform.model_status import ModelStatus
from operator_core.store.records.claims import Claims
from operator_core.store.records.holds import Holds
from operator_core.store.records.journal import Journal
from operator_core.store.records.memory import Memory
from operator_core.store.records.proposals import Proposals
from operator_core.store.records.runs import RunLedger
from operator_core.store.records.state import Announced, People, StateRecords

V = TypeVar("V", bound=Frozen)
STOPPED = {"by": "somebody", "at": EVER, "reason": "", "code": "unknown"}
"""A pause, or a refusal, of which this version can't read everything stops the autopilot nonetheless."""

CHOSEN_IN_PART = {"version": 0, "mode": Mode.OFF, "at": EVER, "entry": None}
"""A choice of which this version can't read everything lets nothing happen, until somebody chooses anew."""


class Stores:
    """Everything that is written, each by its own store."""

    def __init__(self, database: Database, mongo: MongoOptions) -> None:
        self.database = database
        self.notes = notes = Notes()
        """Of our own documents, what this process had to leave alone."""
        self.proposals = Proposals(database, notes)
        self.journal = Journal(database, notes)
        self.holds = Holds(database, notes)
        self.runs = RunLedger(database, notes)
        self.memory = Memory(database, notes)
        self.status = ModelStatus(database, mongo.model_status)
        self.claims = Claims(database, notes)
        self.pause = StateRecords(database, "pause", Pause, notes, STOPPED)
        self.channel_refusal = StateRecords(database, "channel_refusal", ChannelRefusal, notes, STOPPED)
        """Stands until a message to the channel goes through again."""
        self.approver_action = StateRecords(database, "last_approver_action", ApproverAction, notes)
        self.mode = StateRecords(database, "mode", ModeChoice, notes, CHOSEN_IN_PART)
        self.shadow = StateRecords(database, "shadow:", ShadowRecord, notes)
        """What it would have done, by model and streak."""
        self.maintenance = Announced(database, notes)
        self.people = People(database)
        self.models = for_writing(database)[mongo.models]
        """The platform's; only the executor writes it."""

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
