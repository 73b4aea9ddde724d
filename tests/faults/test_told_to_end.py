"""What `make faults` leaves on the machine when it is told to end: nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MARK = "AI_OPERATOR_TOLD_TO_END"


def marked(mark: str) -> dict[int, str]:
    """Processes that were begun with this mark in their environment, by id: their command lines."""
    found = dict[int, str]()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            ours = f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0")
            if ours and int(folder.name) != os.getpid():
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:  # it ended, or is somebody else's
            continue
    return found


def within(seconds: float, holds: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("seconds", "times"), [(0.0, 1), (4.0, 1), (4.0, 2)])
def test_told_to_end_it_leaves_no_process_behind(seconds: float, times: int) -> None:
    """As soon as the database runs, or while replicas are at work; told twice, as by a terminal and make."""
    mark = f"{os.getpid()}.{time.monotonic_ns()}"
    command = [sys.executable, "-m", "faults", "--scenarios", "2", "--seed", "40"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", MARK: mark}
    run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        assert within(60, lambda: any("secantusd" in line for line in marked(mark).values()))
        time.sleep(seconds)
        for _ in range(times):
            run.send_signal(signal.SIGTERM)
        assert run.wait(60) == 128 + signal.SIGTERM
        assert within(20, lambda: not marked(mark)), marked(mark)
    finally:
        for process in marked(mark):
            os.kill(process, signal.SIGKILL)
        run.wait()
