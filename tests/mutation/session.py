"""A session of pytest that has collected its tests once, and tries each mutant in a fork of itself.

First it runs all tests unchanged and remembers which lines each of them reaches: so a mutant has to face only
the tests that come by, quick ones first. In the fork the changed function gets its new code in place. What
counts when a module is imported (constants, defaults, whatever runs meanwhile) can't be changed like that: it
is handed back, for a session of its own.
"""

import ast
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import CodeType, FrameType
from typing import Any

import pytest

from mutation.mutants import Mutant

OPTIONS = ("-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain", "--timeout", "300")
PATIENCE, AT_LEAST_SECONDS = 20, 20
"""A mutant may take so many times what its tests take unchanged: what doesn't end is noticed."""
MOST_SECONDS = 40.0
"""Of tests that a mutant faces, the quick ones first: what lives through these is called alive."""
Line = tuple[str, int]
Trace = Callable[[FrameType, str, object], Any]


@dataclass
class Reached:
    """What the tests come by, unchanged."""

    failed: list[str]
    seconds: dict[str, float]
    """Of each test."""
    lines: dict[str, set[Line]]
    """That each test reaches."""
    imported: set[Line]
    """That run while modules are imported and tests are collected."""

    def of(self, file: str, lines: Sequence[Line] = ()) -> list[str]:
        """The tests that reach these lines, or any line of the file: quick ones first, and not too many."""
        wanted = set(lines)
        found = [
            name
            for name, reached in self.lines.items()
            if (wanted & reached if wanted else any(one == file for one, _ in reached))
        ]
        quick = sorted(found, key=self.seconds.__getitem__)
        so_far = accumulate(self.seconds[name] for name in quick)
        return [name for name, seconds in zip(quick, so_far, strict=True) if seconds <= MOST_SECONDS]


class Watch:
    """Notes each line of these files that runs."""

    def __init__(self, root: Path, files: Sequence[str]) -> None:
        self.names = {str(root / file): file for file in files}
        self.lines = set[Line]()

    def __call__(self, frame: FrameType, event: str, _: object) -> Trace | None:
        file = self.names.get(frame.f_code.co_filename)
        if file is None:
            return None
        self.lines.add((file, frame.f_lineno))
        return self


class Session:
    """The plugin: instead of running the tests once, it runs them for each mutant."""

    def __init__(self, root: Path, mutants: Sequence[Mutant], say: Callable[[dict[str, Any]], None]) -> None:
        self.mutants, self.say = mutants, say
        self.watch = Watch(root, sorted({mutant.file for mutant in mutants}))
        self.root = root
        self.failed = False
        sys.settrace(self.watch)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        sys.settrace(None)
        reached = self._observed(session)
        if reached.failed:
            self.say({"broken": reached.failed})
            return True
        items = {item.nodeid: item for item in session.items}
        for mutant in self.mutants:
            code = _new_code(mutant, (self.root / mutant.file).read_text(encoding="utf-8"))
            if code is None or not reached.imported.isdisjoint(mutant.lines):
                self.say({"mutant": mutant.name, "apart": reached.of(mutant.file)})
                continue
            chosen = reached.of(mutant.file, mutant.lines)
            seconds = sum(reached.seconds[name] for name in chosen)
            about = [items[name] for name in chosen]
            began = time.monotonic()
            noticed = bool(about) and in_a_fork(partial(self._noticed, mutant, code, about), seconds)
            self.say({"mutant": mutant.name, "noticed": noticed, "seconds": time.monotonic() - began})
        return True

    def _noticed(self, mutant: Mutant, code: CodeType, items: Sequence[pytest.Item]) -> bool:
        function = _function(mutant)
        if function is None:
            raise LookupError(mutant.within)
        function.__code__ = code
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return True
        return False

    def _observed(self, session: pytest.Session) -> Reached:
        """In a fork: the tests leave nothing behind here."""
        with NamedTemporaryFile("r") as told:
            in_a_fork(lambda: self._run_watched(session, told.name), 3600)
            said = json.loads(told.read() or '{"failed": ["the session died"], "seconds": {}, "lines": {}}')
        lines = {name: {(file, line) for file, line in found} for name, found in said["lines"].items()}
        return Reached(said["failed"], said["seconds"], lines, set(self.watch.lines))

    def _run_watched(self, session: pytest.Session, to: str) -> bool:
        failed, seconds, lines = list[str](), dict[str, float](), dict[str, list[Line]]()
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            self.failed, self.watch.lines, began = False, set(), time.monotonic()
            sys.settrace(self.watch)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            sys.settrace(None)
            failed += [item.nodeid] * self.failed
            seconds[item.nodeid], lines[item.nodeid] = time.monotonic() - began, sorted(self.watch.lines)
        Path(to).write_text(
            json.dumps({"failed": failed, "seconds": seconds, "lines": lines}), encoding="utf-8"
        )
        return True


def in_a_fork(asked: Callable[[], bool], seconds: float) -> bool:
    """What it says; also true where it raises, or takes far longer than these seconds."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = int(asked())
        finally:
            os._exit(status)
    deadline = time.monotonic() + PATIENCE * seconds + AT_LEAST_SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _new_code(mutant: Mutant, source: str) -> CodeType | None:
    """The changed function's; None where the change isn't inside of a function that can get other code."""
    function = _function(mutant)
    if function is None:
        return None
    same = ast.unparse(ast.parse(source))
    old, new = (_inner(compile(text, mutant.file, "exec"), mutant.within) for text in (same, mutant.source))
    if old is None or new is None or old == new or new.co_freevars != function.__code__.co_freevars:
        return None
    return new


def _inner(code: CodeType, within: str) -> CodeType | None:
    for name in within.split("."):
        found = [one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name]
        if len(found) != 1:
            return None
        code = found[0]
    return code


def _function(mutant: Mutant) -> Any:
    """The live function, from under whatever decorates it."""
    found: Any = sys.modules.get(mutant.module)
    for name in mutant.within.split("."):
        found = vars(found).get(name) if hasattr(found, "__dict__") else None
        found = getattr(found, "fget", None) or getattr(found, "func", None) or found
        while hasattr(found, "__wrapped__"):
            found = found.__wrapped__
        found = getattr(found, "__func__", found)
    return found if hasattr(found, "__code__") else None
