"""What goes over the wire to MongoDB, written down."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

Document = dict[str, Any]


class Recorder(CommandListener):
    """The commands that were sent, oldest first; a command's first key is its name."""

    def __init__(self) -> None:
        self.commands: list[Document] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.commands.append(dict(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


@asynccontextmanager
async def recorded(uri: str, name: str) -> AsyncIterator[tuple[AsyncDatabase[Document], Recorder]]:
    """This database, and what is asked of it."""
    recorder = Recorder()
    async with AsyncMongoClient[Document](uri, tz_aware=True, event_listeners=[recorder]) as client:
        yield client[name], recorder
