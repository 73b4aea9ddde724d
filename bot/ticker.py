"""The tick, which asks each minute what is due, and one replica's turn at what is done once.

The tick remembers only which jobs failed, so a restart or a second replica changes nothing: what it misses
the next one finds. Whether a thing is due is settled in `schedule`. A turn is claimed in MongoDB, renewed
while it works, and proved before it acts or speaks: who slept through it leaves the rest to another.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.logs import logger
from bot.wiring import utc_now
from operator_core.errors import LeaseLost, OperatorError, StoreUnavailable, Unreadable
from operator_core.store.records.claims import Claim
from operator_core.use_cases import UseCases

Job = Callable[[datetime], Awaitable[object]]
"""Is told the time, and does what is due by then, if anything."""
Busy = set["asyncio.Task[None]"]
MINUTE = 60.0
MOST_TICKS = 60
"""A job that keeps failing is called again after so many ticks at the latest: an hour of minutes."""
AWAY_TICKS = 5
"""The same while MongoDB is away."""
Result = TypeVar("Result")
log = logger(__name__)


@asynccontextmanager
async def ticking(
    jobs: Mapping[str, Job],
    *,
    every_seconds: float = MINUTE,
    clock: Callable[[], datetime] = utc_now,
) -> AsyncIterator[None]:
    """Calls every job at once and then each minute with the time of `clock`, until the context ends.

    A job that is still busy is not called again meanwhile, and holds up no other. One that fails is logged
    and called again at the next tick, then after two, four, eight …, at most MOST_TICKS. The end stops them.
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


@dataclass(frozen=True)
class Turn:
    """A claim that was ours when we last looked."""

    use_cases: UseCases
    claim: Claim

    async def still_ours(self) -> None:
        """Renews it. Raises LeaseLost once another replica has it."""
        core = self.use_cases
        await core.stores.claims.renew(self.claim.key, core.owner, core.now(), core.leases.claim_seconds)


async def in_turn(core: UseCases, key: str, work: Callable[[Turn], Awaitable[Result]]) -> Result | None:
    """What `work` gives, and notes of it with the claim what is text; None where it is another's, or done.

    A turn that is lost ends here, and is logged.
    """
    seconds = core.leases.claim_seconds
    claim = await core.stores.claims.claim(key, core.owner, core.now(), seconds, watching=True)
    if claim is None:
        return None
    ours = Turn(core, claim)

    async def renew() -> None:
        while True:
            await asyncio.sleep(seconds / 3)
            with suppress(OperatorError):  # whoever works under it finds out before they speak
                await ours.still_ours()

    renewing = asyncio.create_task(renew())
    try:
        result = await work(ours)
        await core.stores.claims.complete(key, core.owner, result if isinstance(result, str) else "")
        return result
    except LeaseLost as lost:
        log.warning("left to another replica", claim=key, cause=str(lost))
        return None
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
