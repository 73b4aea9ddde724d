"""An embedded MongoDB-compatible server (SecantusDB) in its own process, and the mark of our databases.

SecantusDB speaks the real wire protocol over WiredTiger. It is GPL, so it is never imported: only its
command is run. A real server can be named instead; then we work in a fresh database that carries our mark,
and refuse to fill or drop one that doesn't.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from operator_core.errors import ConfigurationError
from sandbox import equality_only as equality_only_wire

MARK = "ai_operator_sandbox"
"""Prefix of every database we may fill or drop, and the name of the collection that marks it."""
PLATFORM = ("models", "metrics_cloud_v2", "errors_cloud")


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fresh_name() -> str:
    return f"{MARK}_{uuid.uuid4().hex[:10]}"


@contextmanager
def embedded_server(*, equality_only: bool = True) -> Iterator[str]:
    """Starts a server and yields its URI; stops it, and removes its files.

    It is asked to delete nothing by its own clock, as time stands still here; SecantusDB's command does not
    pass that on yet, and sweeps once a minute. `equality_only`: it refuses partial indexes that filter by
    more, which costs each command 0.1 ms. Raises ConfigurationError when SecantusDB isn't installed or
    doesn't start within 30 seconds.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = shutil.which("secantusd-py", path=path)
    if command is None:
        raise ConfigurationError(
            "SecantusDB is not installed: run `make demo` or `make test`, or install requirements/demo.txt"
        )
    with TemporaryDirectory(prefix="ai-operator-db-") as temporary, ExitStack() as stack:
        # Named, so that no file of this machine's user is picked up.
        settings = Path(temporary) / "secantusd.toml"
        settings.write_text("[storage]\nttl_sweep_seconds = 0\n", encoding="utf-8")
        port = free_port()
        options = {
            "--host": "127.0.0.1",
            "--port": str(port),
            "--storage-path": str(Path(temporary) / "data"),
            "--log-level": "ERROR",
            "--config": str(settings),
        }
        uri = stack.enter_context(
            _running([command, "--standalone", *chain.from_iterable(options.items())], port)
        )
        if equality_only:
            wire = free_port()
            # -P: beside the module lies a package `platform`, which Python would take for its own.
            before_it = [sys.executable, "-P", equality_only_wire.__file__, str(wire), str(port)]
            uri = stack.enter_context(_running(before_it, wire))
        yield uri


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[str]:
    """The URI of what the command serves on that port, once it answers."""
    # In a session of its own: Ctrl-C at the terminal is for whoever uses it, who then stops it.
    process = subprocess.Popen(  # noqa: S603 - our own
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
        _wait_until_up(uri, process)
        yield uri
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stderr is not None:
        process.stderr.close()


def _wait_until_up(uri: str, process: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=250) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                said = process.stderr.read().decode(errors="replace")[-500:] if process.stderr else ""
                raise ConfigurationError(f"SecantusDB stopped at once: {said}")
            try:
                client.admin.command("ping")
            except PyMongoError:
                continue
            return
    raise ConfigurationError(f"SecantusDB did not answer within {seconds:.0f} seconds")


@contextmanager
def marked_database(uri: str, name: str | None = None) -> Iterator[str]:
    """A database with our mark and the platform's collections, by name; it is dropped afterwards."""
    chosen = name or fresh_name()
    with MongoClient[dict[str, Any]](uri) as client:
        if client[chosen].list_collection_names():
            raise ConfigurationError(f"database {chosen} exists already: nothing was written")
        client[chosen][MARK].insert_one({"_id": "mark"})
        for collection in PLATFORM:
            client[chosen].create_collection(collection)
        try:
            yield chosen
        finally:
            require_mark(client, chosen)
            client.drop_database(chosen)


def require_mark(client: MongoClient[dict[str, Any]], name: str) -> None:
    """Raises ConfigurationError unless the database was made by us."""
    if not name.startswith(MARK) or client[name][MARK].find_one({"_id": "mark"}) is None:
        raise ConfigurationError(f"database {name} does not carry the sandbox's mark: refusing to touch it")
