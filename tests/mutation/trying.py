"""Mutants against the tests about them: most in forks of one session, the others in a session each."""

import importlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mutation.mutants import Mutant
from mutation.session import OPTIONS, Session, in_a_fork

HEAVY = ("pydantic", "pymongo", "openai", "aiohttp", "httpx", "slack_bolt.async_app")
"""Imported before the forks, for all of them."""
APART_SECONDS = 30


@dataclass(frozen=True)
class Tried:
    mutant: Mutant
    noticed: bool
    apart: bool
    """In a session of its own."""
    seconds: float

    def __str__(self) -> str:
        how = f"{'noticed' if self.noticed else 'lives'}{', apart' if self.apart else ''}"
        return f"{how} in {self.seconds:.1f} s: {self.mutant.name} (line {self.mutant.line})"


def tried(root: Path, mutants: Sequence[Mutant], tests: Sequence[str], uri: str) -> Iterator[Tried]:
    """Each mutant as soon as it is known whether a test notices it."""
    for name in HEAVY:
        importlib.import_module(name)
    by_name = {mutant.name: mutant for mutant in mutants}
    for said in _session(root, mutants, tests, uri):
        if "broken" in said:
            raise SystemExit(f"these tests fail without any mutant: {said['broken']}")
        mutant, began = by_name[said["mutant"]], time.monotonic()
        if "apart" not in said:
            yield Tried(mutant, said["noticed"], apart=False, seconds=said["seconds"])
            continue
        facing = said["apart"]
        noticed = bool(facing) and in_a_fork(partial(_apart, root, mutant, facing, uri), APART_SECONDS)
        yield Tried(mutant, noticed, apart=True, seconds=time.monotonic() - began)


def _session(
    root: Path, mutants: Sequence[Mutant], tests: Sequence[str], uri: str
) -> Iterator[dict[str, Any]]:
    """What one session says, line by line; it runs in a fork."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            _run(root, [*tests, "--mongodb-uri", uri], [Session(root, mutants, partial(_say, pipe))])
            pipe.flush()
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as lines:
        yield from (json.loads(line) for line in lines)
    os.waitpid(child, 0)


def _say(pipe: Any, said: dict[str, Any]) -> None:
    pipe.write(json.dumps(said) + "\n")
    pipe.flush()


def _apart(root: Path, mutant: Mutant, tests: Sequence[str], uri: str) -> bool:
    sys.meta_path.insert(0, Instead(mutant, root))
    return _run(root, ["-x", *tests, "--mongodb-uri", uri], []) != 0


def _run(root: Path, arguments: Sequence[str], plugins: Sequence[object]) -> int:
    """A session without a word, whose modules are all imported anew."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.chdir(root)
    for name in [
        name for name in sys.modules if name.split(".")[0] in ("operator_core", "sandbox", "bot", "discovery")
    ]:
        del sys.modules[name]
    return int(pytest.main([*arguments, *OPTIONS], plugins=plugins))


class Instead(SourceFileLoader):
    """Finds one module in its changed form."""

    def __init__(self, mutant: Mutant, root: Path) -> None:
        super().__init__(mutant.module, str(root / mutant.file))
        self.changed = mutant.source

    def find_spec(self, name: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        return compile(self.changed, self.path, "exec")
