"""One replica of the bot in a process of its own, put together as `serve` does:
but its leases are short, its tick is quick, and the scenario may set its clock.

It is forked from a server that has imported everything: so a start costs no second, and a kill is a real one.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.logs import set_up_logs
from bot.serve import bot, jobs
from bot.settings import known_secrets, load_settings
from bot.ticker import Job, ticking
from bot.wiring import open_use_cases, utc_now
from operator_core.domain.journal import Leases
from operator_core.errors import OperatorError

LEASES = Leases(entry=timedelta(seconds=2), write_seconds=0.7, claim_seconds=3, outcome_seconds=4)
"""As shipped, a tenth of the time or less: outliving one is cheap."""
TICK_SECONDS, SLOW_TICK_SECONDS = 0.4, 1.2
SLOW = ("watch", "refusal", "last words")
"""Jobs that hold up nobody here, and cost MongoDB most: they tick slower."""
REDRAW_SECONDS = 0.5
STARTS = multiprocessing.get_context("forkserver")
LATE_IMPORTS = (
    *("httpcore", "httpcore2", "h11", "anyio._backends._asyncio", "certifi", "genai_prices.data"),
    *("openai.resources.chat.completions", "slack_bolt.listener_matcher.async_builtins"),
    *("apscheduler.executors.asyncio", "apscheduler.triggers.interval", "apscheduler.jobstores.memory"),
)
"""What a replica would import only once it is at work: each of them, each time."""
WAITED_SECONDS = 10.0


def warm() -> None:
    """The server that replicas are forked from imports everything, once for all of them."""
    STARTS.set_forkserver_preload([__name__, *LATE_IMPORTS, "faults.frozen"])


def main(settings: Path, environment: Mapping[str, str], log: Path, offset: Any) -> None:
    """The process. `offset`: by how many seconds its clock is wrong, wherever it is set meanwhile."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.environ.clear()
    os.environ.update(environment)
    set_up_logs(known_secrets(), json=True, stream=sys.stderr)
    try:
        asyncio.run(_serve(settings, offset))
    except OperatorError as error:
        logging.getLogger(__name__).error("ended: %s", error)
        sys.exit(1)


async def _serve(path: Path, offset: Any) -> None:
    def clock() -> datetime:
        return utc_now() + timedelta(seconds=offset.value)

    settings = load_settings(path)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_use_cases(settings, clock=clock, leases=LEASES))
        services = await stack.enter_async_context(bot(settings, core, os.environ))
        await services.cards.edits.go_on()
        every = jobs(services)
        slow = {name: every.pop(name) for name in SLOW}
        redraw: dict[str, Job] = {"redraw": lambda _: services.digests.redraw_stale()}
        for some, seconds in ((every, TICK_SECONDS), (slow, SLOW_TICK_SECONDS), (redraw, REDRAW_SECONDS)):
            await stack.enter_async_context(ticking(some, every_seconds=seconds, clock=clock))
        await stop.wait()


@dataclass
class Replica:
    """A replica as the scenario sees it: it can be started, killed, and put to sleep."""

    settings: Path
    environment: Mapping[str, str]
    log: Path
    offset: Any = field(default_factory=lambda: STARTS.Value("d", 0.0))
    process: Any = None
    asleep: bool = False
    ends: int = 0
    """How often it was killed or stopped while it was at work."""
    largest: dict[str, int] = field(default_factory=dict)
    """What it held at most, as /proc says: memory in MB, open files, threads."""

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.is_alive()

    def start(self) -> None:
        arguments = (self.settings, dict(self.environment), self.log, self.offset)
        self.process = STARTS.Process(target=main, args=arguments, daemon=True)
        self.process.start()
        self.asleep = False

    def signalled(self, number: int) -> bool:
        """Whether there was a process to tell it."""
        if not self.alive:
            return False
        os.kill(self.process.pid, number)
        return True

    def killed(self) -> bool:
        ended = self.signalled(signal.SIGKILL)
        self.ends += ended
        return ended

    def put_to_sleep(self) -> bool:
        self.asleep = self.signalled(signal.SIGSTOP)
        return self.asleep

    def woken(self) -> None:
        self.asleep = False
        self.signalled(signal.SIGCONT)

    async def stopped(self) -> None:
        """As an orchestrator stops it: SIGTERM, and after a while SIGKILL."""
        self.woken()
        self.ends += self.signalled(signal.SIGTERM)
        if self.process is not None:
            await asyncio.to_thread(self.process.join, WAITED_SECONDS)
            self.killed()
            await asyncio.to_thread(self.process.join, WAITED_SECONDS)

    def measured(self) -> None:
        if not self.alive:
            return
        folder = Path(f"/proc/{self.process.pid}")
        try:
            said = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
            held = {
                "MB": int(said["VmRSS"].split()[0]) // 1024,
                "threads": int(said["Threads"]),
                "files": len(list((folder / "fd").iterdir())),
            }
        except (OSError, KeyError):  # it ended in this moment
            return
        self.largest = {name: max(count, self.largest.get(name, 0)) for name, count in held.items()}
