"""A wire before a MongoDB server that knows partial indexes by equality only, as some engines do.

Microsoft's DocumentDB, under Azure's and FerretDB, has known neither `$in` nor `$or` there. What runs where
nothing but equality is taken runs on all of them. A process of its own: `python -P equality_only.py LISTEN
SERVER`, two ports on loopback.
"""

import asyncio
import struct
import sys
from contextlib import suppress
from typing import Any

import bson

Document = dict[str, Any]
HEADER = struct.Struct("<iiii")
OP_MSG = 2013
SECTION = HEADER.size + 4
"""Where a message's first section begins: its kind (0: the command), and a document."""
COMMAND = SECTION + 1
FIRST_NAME = COMMAND + 5
AT_ONCE = 1 << 16


async def next_message(reader: asyncio.StreamReader) -> bytes:
    """Raises IncompleteReadError at the end."""
    header = await reader.readexactly(HEADER.size)
    length, *_ = HEADER.unpack(header)
    return header + await reader.readexactly(length - HEADER.size)


def command_in(message: bytes) -> Document:
    """The command of a message; of one that has none, an empty one."""
    *_, code = HEADER.unpack_from(message)
    if code != OP_MSG or message[SECTION] != 0:
        return {}
    (length,) = struct.unpack_from("<i", message, COMMAND)
    return bson.decode(message[COMMAND : COMMAND + length])


def answer(request: bytes, document: Document) -> bytes:
    """The reply to this request that says `document`."""
    _, request_id, *_ = HEADER.unpack_from(request)
    body = bytes(COMMAND - HEADER.size) + bson.encode(document)
    return HEADER.pack(HEADER.size + len(body), 1, request_id, OP_MSG) + body


def refusal(request: bytes) -> bytes | None:
    """What such an engine answers to an index that filters by more than equality; None to anything else."""
    if not request.startswith(b"createIndexes\0", FIRST_NAME):
        return None
    for index in command_in(request).get("indexes", []):
        for name, value in index.get("partialFilterExpression", {}).items():
            if name.startswith("$") or not _is_plain(value):
                said = f"Expression not supported in partial index: {name} {value}"
                error = {"ok": 0.0, "code": 67, "codeName": "CannotCreateIndex"}
                return answer(request, error | {"errmsg": f"Error in specification {index}:{said}"})
    return None


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(not name.startswith("$") and _is_plain(inner) for name, inner in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return not isinstance(value, bson.Regex)


async def serve(listen: int, server: int) -> None:
    """Until it is stopped."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            from_server, to_server = await asyncio.open_connection("127.0.0.1", server)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(from_server, writer))
                both.create_task(_check(reader, to_server, writer))

    async with await asyncio.start_server(connected, "127.0.0.1", listen) as wire:
        await wire.serve_forever()


async def _check(
    reader: asyncio.StreamReader, to_server: asyncio.StreamWriter, to_client: asyncio.StreamWriter
) -> None:
    try:
        while True:
            request = await next_message(reader)
            refused = refusal(request)
            to = to_server if refused is None else to_client
            to.write(refused or request)
            await to.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # somebody hung up
    finally:
        to_server.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(AT_ONCE):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
