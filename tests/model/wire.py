"""What may befall one write of an act: its process dies, it comes late, or its answer is an error."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from support.faulty_wire import Document, Fault, FaultyWire, error

Befalls = Literal[
    "dies before", "dies after", "dies, it lands late", "held", "error, landed", "error, lost", "reset"
]
WRITING = ("update", "insert", "delete", "findAndModify")
EXCEEDED_TIME_LIMIT = 262


@dataclass(frozen=True)
class Trouble:
    """`what` befalls the write of this number, from 0 on; of all writes, or of those to `models` only."""

    what: Befalls
    at: int
    models_only: bool = False

    @property
    def dies(self) -> bool:
        return self.what.startswith("dies")

    def fault(self) -> Fault:
        match self.what:
            case "dies before":
                return Fault(lands=False, silent=True)
            case "dies after":
                return Fault(silent=True)
            case "error, landed":
                return Fault(reply=error(EXCEEDED_TIME_LIMIT))
            case "error, lost":
                return Fault(lands=False, reply=error(EXCEEDED_TIME_LIMIT))
            case "reset":
                return Fault(resets=True)
            case _:
                return Fault(arrives=asyncio.Event())


class TroubledWire(FaultyWire):
    """Lets everything pass but the one write that trouble is meant for."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.trouble: Trouble | None = None
        self.struck = asyncio.Event()
        self.fault = Fault()
        self._writes = 0

    def expect(self, trouble: Trouble | None) -> None:
        """From now on writes are counted for this trouble."""
        self.trouble, self._writes = trouble, 0
        self.struck, self.fault = asyncio.Event(), Fault()

    def fault_of(self, command: Document) -> Fault:
        written = next((command[name] for name in WRITING if name in command), None)
        if self.trouble is None or written is None or (self.trouble.models_only and written != "models"):
            return Fault()
        self._writes += 1
        if self._writes - 1 != self.trouble.at:
            return Fault()
        self.fault = self.trouble.fault()
        self.struck.set()
        return self.fault
