"""The tick: asks each minute what is due.

It remembers only which jobs failed, so a restart or a second replica changes nothing: what a tick misses the
next one finds. Whether a thing is due is settled in `schedule`, and by whom it is done by a claim in MongoDB.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.logs import logger
from bot.wiring import utc_now
from operator_core.errors import OperatorError, StoreUnavailable, Unreadable

Job = Callable[[datetime], Awaitable[object]]
"""Is told the time, and does what is due by then, if anything."""
Busy = set["asyncio.Task[None]"]
MINUTE = 60.0
MOST_TICKS = 60
"""A job that keeps failing is called again after so many ticks at the latest: an hour of minutes."""
AWAY_TICKS = 5
"""The same while MongoDB is away."""

log = logger(__name__)


@asynccontextmanager
async def ticking(
    jobs: Mapping[str, Job],
    *,
    every_seconds: float = MINUTE,
    clock: Callable[[], datetime] = utc_now,
) -> AsyncIterator[None]:
    """Calls every job at once and then each minute with the time of `clock`, until the context ends.

    A job that is still busy is not called again meanwhile, and doesn't hold up the others. One that fails is
    logged and called again at the next tick, then after two, four, eight …, at most
    after MOST_TICKS. At the end, jobs under way are cancelled and waited for.
    """
    # Late is better than never: after a suspended machine wakes up, too.
    defaults = {"coalesce": True, "misfire_grace_time": None, "next_run_time": utc_now()}
    scheduler, busy = AsyncIOScheduler(timezone=UTC), Busy()
    for name, job in jobs.items():
        told = (name, job, clock, busy, Patience())
        scheduler.add_job(_tick, "interval", told, seconds=every_seconds, name=name, **defaults)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.remove_all_jobs()
        await asyncio.sleep(0)  # what was handed to the loop just now has begun, and can be stopped
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy)
        scheduler.shutdown()
        await asyncio.sleep(0)  # the scheduler closes in the loop's next turn


@dataclass
class Patience:
    """How long a job that keeps failing is left alone: in ticks, so that no clock that is set matters."""

    failures: int = 0
    ticks: int = 0

    def failed(self, error: Exception) -> None:
        """The wait doubles. It stays short while MongoDB is away: who waits for that asks for little."""
        away = isinstance(error, StoreUnavailable) and not isinstance(error, Unreadable)
        self.ticks = min(2 ** min(self.failures, MOST_TICKS), AWAY_TICKS if away else MOST_TICKS)
        self.failures += 1

    def waits(self) -> bool:
        """Asked with each tick: whether this one is passed over."""
        self.ticks -= 1
        return self.ticks > 0

    def succeeded(self) -> None:
        self.failures = 0


async def _tick(name: str, job: Job, clock: Callable[[], datetime], busy: Busy, patience: Patience) -> None:
    if patience.waits():
        return
    task = asyncio.current_task()
    assert task is not None, "the scheduler runs each call as a task of its own"  # noqa: S101
    busy.add(task)
    try:
        await job(clock())
        patience.succeeded()
    except Exception as error:
        patience.failed(error)
        if not isinstance(error, OperatorError):
            raise  # the scheduler logs it with its traceback
        log.error("job failed", job=name, cause=str(error))
    except asyncio.CancelledError:
        log.info("job stopped", job=name)  # by us: whoever starts next finds what it left, and finishes it
    finally:
        busy.discard(task)
