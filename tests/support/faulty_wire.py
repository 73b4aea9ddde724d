"""A wire to MongoDB on which single writes to `models` come late, or land and are answered with an error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.uri_parser import parse_uri

from sandbox.equality_only import answer, command_in, next_message

Document = dict[str, Any]
WRITES = ("update", "insert", "delete")
TO_THE_END = -1


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class Fault:
    """What becomes of one write to `models`."""

    reply: Document | None = None
    """The answer, whatever the server said; None: the server's own."""
    resets: bool = False
    """The connection is closed instead of an answer."""
    silent: bool = False
    """No answer ever comes."""
    lands: bool = True
    """The server gets it."""
    twice: bool = False
    """And once more; the answer is the first one."""
    sent: asyncio.Event = field(default_factory=asyncio.Event)
    """It is on its way."""
    arrives: asyncio.Event = field(default_factory=_set)
    """It reaches the server when this is set."""
    landed: asyncio.Event = field(default_factory=asyncio.Event)
    """The server has answered it."""


def error(code: int, name: str = "Error") -> Document:
    """A whole command that failed."""
    return {"ok": 0.0, "errmsg": f"{name} says the wire", "code": code, "codeName": name}


def write_error(code: int) -> Document:
    """One write that failed."""
    return {"ok": 1.0, "n": 0, "writeErrors": [{"index": 0, "code": code, "errmsg": "says the wire"}]}


def write_concern_error(code: int) -> Document:
    """A write that was made, and whose acknowledgement failed."""
    return {"ok": 1.0, "n": 1, "writeConcernError": {"code": code, "errmsg": "says the wire"}}


class FaultyWire:
    """Stands between the client and the server. `faults` befall the writes to `models`, one each, in turn."""

    def __init__(self, uri: str) -> None:
        ((self._host, self._port),) = parse_uri(uri)["nodelist"]
        self.faults: list[Fault] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, message by message: each is answered before the next is read."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        to_server: asyncio.StreamWriter | None = None
        try:
            from_server, to_server = await asyncio.open_connection(self._host, self._port)
            while await self._one(reader, writer, from_server, to_server):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # somebody hung up
        finally:
            self._tasks.discard(task)
            for one in (writer, to_server):
                if one is not None:
                    one.close()

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def fault_of(self, command: Document) -> Fault:
        """What becomes of this command."""
        return self.faults.pop(0) if self.faults and writes(command, "models") else Fault()

    async def _one(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        from_server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> bool:
        request = await next_message(reader)
        fault = self.fault_of(command_in(request))
        fault.sent.set()
        await fault.arrives.wait()
        reply = b""
        if fault.lands:
            to_server.write(request)
            reply = await next_message(from_server)
            fault.landed.set()
        if fault.twice:
            to_server.write(request)
            await next_message(from_server)
        if fault.silent:
            await reader.read(TO_THE_END)
        if fault.resets or fault.silent:
            return False
        writer.write(reply if fault.reply is None else answer(request, fault.reply))
        with suppress(ConnectionError):
            await writer.drain()
        return True


@asynccontextmanager
async def faulty_wire(
    uri: str, database_name: str, wire: FaultyWire | None = None
) -> AsyncIterator[tuple[FaultyWire, AsyncDatabase[Document]]]:
    """The wire, and the same database over it."""
    wire = wire or FaultyWire(uri)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    client = AsyncMongoClient[Document](
        host,
        port,
        tz_aware=True,
        directConnection=True,
        retryWrites=False,
        serverMonitoringMode="poll",  # the server itself doesn't know that it was said to shut down
    )
    try:
        async with client:
            yield wire, client[database_name]
    finally:
        server.close()
        await wire.stop()


def writes(command: Document, *collections: str) -> bool:
    """Whether it writes one of these collections."""
    return any(command.get(name) in collections for name in WRITES)
