"""A MongoDB user with given privileges, as a server tells them, and what `doctor` says of them."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from bot.commands.doctor import Check, examine
from sandbox.equality_only import answer, command_in, next_message
from support.core import with_values
from support.shipped import SETTINGS

Database = AsyncDatabase[dict[str, Any]]
Privileges = list[dict[str, Any]]
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def on(database: str, rights: Iterable[tuple[str, str]]) -> Privileges:
    """As MongoDB lists them: by resource."""
    return [
        {"resource": {"db": database, "collection": name}, "actions": [action for _, action in those]}
        for name, those in groupby(sorted(rights), key=lambda right: right[0])
    ]


@asynccontextmanager
async def as_user(
    uri: str, privileges: Privileges | None, refused: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[str]:
    """The server behind a wire on which somebody with these privileges is logged in. `refused`: by a
    command's name, in which words it says that they may not."""
    host, port = re.findall(r"//([^:/]+):(\d+)", uri)[0]
    info: dict[str, Any] = {
        "authenticatedUsers": [{"user": "bot", "db": "admin"}],
        "authenticatedUserPrivileges": privileges,
    }
    info = {name: value for name, value in info.items() if value is not None}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(host, int(port))
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await next_message(reader)
                command = command_in(request)
                if "connectionStatus" in command:
                    writer.write(answer(request, {"authInfo": info, "ok": 1.0}))
                elif words := refused.get(next(iter(command), "")):
                    writer.write(answer(request, {"ok": 0.0, "code": 13, "errmsg": words}))
                else:
                    to_server.write(request)
                    writer.write(await next_message(from_server))
                await writer.drain()
        to_server.close()
        writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        yield f"mongodb://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def looked_at(database: Database, uri: str, privileges: Privileges | None) -> Check:
    chosen = with_values(SETTINGS, mongodb={"database": database.name})
    async with as_user(uri, privileges) as wire:
        checks = await examine(chosen, {"MONGODB_URI": wire}, lambda: NOW)
    return next(check for check in checks if check.name == "rights")
