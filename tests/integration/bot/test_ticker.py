"""The tick, on the real scheduler."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.logs import set_up_logs
from bot.ticker import AWAY_TICKS, MOST_TICKS, Patience, ticking
from operator_core.errors import StoreUnavailable, Unreadable

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
QUICKLY = 0.02


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    set_up_logs((), json=True, level="INFO", stream=written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


class Counted:
    """A job that counts its calls, and tells when it was called often enough."""

    def __init__(self, enough: int, problem: Exception | None = None) -> None:
        self.calls: list[datetime] = []
        self.done = asyncio.Event()
        self.enough, self.problem = enough, problem

    async def __call__(self, now: datetime) -> None:
        self.calls.append(now)
        if len(self.calls) >= self.enough:
            self.done.set()
        if self.problem is not None:
            raise self.problem


async def test_a_job_is_called_at_once_and_told_the_time() -> None:
    job = Counted(1)
    async with ticking({"digest": job}, clock=lambda: NOW), asyncio.timeout(10):
        await job.done.wait()
    assert job.calls == [NOW]


async def test_a_job_is_called_again_and_again() -> None:
    job = Counted(3)
    async with ticking({"digest": job}, every_seconds=QUICKLY), asyncio.timeout(10):
        await job.done.wait()


async def test_a_failing_job_is_logged_in_one_line_and_called_again(logged: io.StringIO) -> None:
    job = Counted(2, StoreUnavailable("MongoDB does not answer"))
    async with ticking({"digest": job}, every_seconds=QUICKLY), asyncio.timeout(10):
        await job.done.wait()
    entry = json.loads(logged.getvalue().splitlines()[0])
    assert (entry["event"], entry["job"]) == ("job failed", "digest")
    assert entry["cause"] == "MongoDB does not answer"
    assert "exception" not in entry


async def test_what_nobody_foresaw_is_logged_with_its_traceback_and_called_again(logged: io.StringIO) -> None:
    job = Counted(2, ZeroDivisionError("surprise"))
    async with ticking({"digest": job}, every_seconds=QUICKLY), asyncio.timeout(10):
        await job.done.wait()
    entry = json.loads(logged.getvalue().splitlines()[0])
    assert entry["level"] == "error"
    assert "ZeroDivisionError: surprise" in entry["exception"]


async def test_a_busy_job_is_not_called_twice_at_a_time_and_holds_up_nobody() -> None:
    called = 0

    async def busy(_: datetime) -> None:
        nonlocal called
        called += 1
        await asyncio.Event().wait()

    other = Counted(4)
    logging.getLogger("apscheduler.scheduler").setLevel("ERROR")  # it warns of each tick that it passes over
    async with ticking({"busy": busy, "other": other}, every_seconds=QUICKLY), asyncio.timeout(10):
        await other.done.wait()
    assert called == 1


async def test_at_the_end_a_job_under_way_is_stopped_and_waited_for(logged: io.StringIO) -> None:
    begun = asyncio.Event()
    ended: list[str] = []

    async def busy(_: datetime) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("tidily")

    async with ticking({"busy": busy}), asyncio.timeout(10):
        await begun.wait()
    assert ended == ["tidily"]
    assert [json.loads(line)["level"] for line in logged.getvalue().splitlines()] == ["info"]


@pytest.mark.parametrize(
    ("problem", "waits"),
    [
        (ZeroDivisionError("surprise"), [1, 2, 4, 8, 16, 32, MOST_TICKS, MOST_TICKS]),
        (Unreadable("P-1 can't be read"), [1, 2, 4, 8, 16, 32, MOST_TICKS, MOST_TICKS]),
        (KeyError("models"), [1, 2, 4, 8, 16, 32, MOST_TICKS, MOST_TICKS]),
        (StoreUnavailable("MongoDB is away"), [1, 2, 4, AWAY_TICKS, AWAY_TICKS]),
    ],
)
def test_what_keeps_failing_is_left_alone_for_longer_and_longer(problem: Exception, waits: list[int]) -> None:
    patience = Patience()
    for ticks in waits:
        patience.failed(problem)
        assert [patience.waits() for _ in range(ticks)] == [*[True] * (ticks - 1), False]
    patience.succeeded()
    patience.failed(problem)
    assert not patience.waits(), "a success forgives all"


async def test_a_failing_job_waits_alone_and_not_after_a_success() -> None:
    class Moving:
        now = NOW

        def __call__(self) -> datetime:
            self.now += timedelta(minutes=1)
            return self.now

    failing, other = Counted(9, ZeroDivisionError("surprise")), Counted(40)
    jobs = {"failing": failing, "other": other}
    async with ticking(jobs, every_seconds=QUICKLY, clock=Moving()), asyncio.timeout(20):
        await other.done.wait()
    assert len(failing.calls) >= 2
    assert len(other.calls) >= 40
