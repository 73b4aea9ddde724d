"""A replica's wire to MongoDB: what is armed befalls its writes, and whole stretches of time."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Literal

from support.faulty_wire import Document, Fault, FaultyWire, error, write_concern_error, write_error

Befalls = Literal["kill", "kill after", "stop", "cut", "cut after", "late", "twice", "error", "error after"]
MODELS = ("models",)
OURS = ("operator_journal", "operator_proposals", "operator_state", "operator_holds", "model_status")
WRITING = ("update", "insert", "delete", "findAndModify")
UNCLEAR = {
    6: "HostUnreachable",
    7: "HostNotFound",
    50: "MaxTimeMSExpired",
    89: "NetworkTimeout",
    91: "ShutdownInProgress",
    112: "WriteConflict",
    189: "PrimarySteppedDown",
    262: "ExceededTimeLimit",
    9001: "SocketException",
    10107: "NotWritablePrimary",
    11600: "InterruptedAtShutdown",
    11601: "Interrupted",
    11602: "InterruptedDueToReplStateChange",
    13388: "StaleConfig",
    13435: "NotPrimaryNoSecondaryOk",
    13436: "NotPrimaryOrSecondary",
}
"""Errors after which a write may have been made, or not."""
REFUSED = {
    13: "Unauthorized",
    18: "AuthenticationFailed",
    20: "IllegalOperation",
    96: "OperationFailed",
    8000: "AtlasError",
    10334: "BSONObjectTooLarge",
    16500: "RequestRateTooLarge",
    17280: "KeyTooLong",
    292: "QueryExceededMemoryLimitNoDiskUseAllowed",
}
"""Errors of a write that was not made."""
OF_ONE_WRITE = {121: "DocumentValidationFailure", 14: "TypeMismatch", 2: "BadValue"}
OF_THE_CONCERN = {64: "WriteConcernTimeout", 79: "UnknownReplWriteConcern", 100: "UnsatisfiableWriteConcern"}
NAMES = {**UNCLEAR, **REFUSED}


def said(code: int) -> Document:
    """The server's answer with this error."""
    if code in OF_ONE_WRITE:
        return write_error(code)
    return write_concern_error(code) if code in OF_THE_CONCERN else error(code, NAMES[code])


@dataclass
class Armed:
    """What befalls one write, after so many others of the same collections went well."""

    what: Befalls
    skip: int
    collections: tuple[str, ...]
    code: int = 0
    seconds: float = 0.0


@dataclass
class Struck:
    """How often what befell whom; the page counts it."""

    counts: Counter[str] = field(default_factory=Counter)

    def note(self, what: str) -> None:
        self.counts[what] += 1


class MongoWire(FaultyWire):
    """One replica's. The server itself is healthy."""

    def __init__(self, uri: str, struck: Struck, armed: list[Armed]) -> None:
        super().__init__(uri)
        self.armed = armed
        self.struck = struck
        self.kill: Callable[[], object] = bool
        self.sleep: Callable[[float], object] = bool
        self.slow_until = 0.0
        self.slow_seconds = 0.0
        self.down_until = 0.0
        self.open = 0
        self.most = 0
        """Connections at one time."""
        self._waking: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if time.monotonic() < self.down_until:
            writer.close()
            return
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await super().serve(reader, writer)
        finally:
            self.open -= 1

    async def _one(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        from_server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> bool:
        if time.monotonic() < self.slow_until:
            await asyncio.sleep(self.slow_seconds)
        return await super()._one(reader, writer, from_server, to_server)

    def cut_off(self, seconds: float) -> None:
        """All connections end, and none begins for a while."""
        self.down_until = time.monotonic() + seconds
        for task in list(self._tasks):
            task.cancel()

    def slowed(self, each: float, seconds: float) -> None:
        self.slow_until, self.slow_seconds = time.monotonic() + seconds, each

    def healed(self) -> None:
        self.slow_until = self.down_until = 0.0

    def fault_of(self, command: Document) -> Fault:
        written = next((str(command[name]) for name in WRITING if name in command), None)
        for armed in self.armed if written else ():
            if written in armed.collections:
                armed.skip -= 1
                if armed.skip < 0:
                    self.armed.remove(armed)
                    return self._fault(armed)
        return Fault()

    def _fault(self, armed: Armed) -> Fault:
        self.struck.note(f"wire: {armed.what}" + (f" {armed.code}" if armed.code else ""))
        match armed.what:
            case "kill":
                self.kill()
                return Fault(lands=False, resets=True)
            case "stop":
                self.sleep(armed.seconds)
                return Fault()
            case "kill after":
                fault = Fault(silent=True)
                self._soon(self._killed_once_landed(fault))
                return fault
            case "cut" | "cut after":
                return Fault(lands=armed.what == "cut after", resets=True)
            case "late":
                fault = Fault(arrives=asyncio.Event())
                self._soon(self._later(fault, armed.seconds))
                return fault
            case "twice":
                return Fault(twice=True)
            case _:
                return Fault(reply=said(armed.code), lands=armed.what == "error after")

    def _soon(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def _killed_once_landed(self, fault: Fault) -> None:
        await fault.landed.wait()
        self.kill()

    async def _later(self, fault: Fault, seconds: float) -> None:
        await asyncio.sleep(seconds)
        fault.arrives.set()
