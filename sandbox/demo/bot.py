"""`python -m sandbox.demo.bot SETTINGS CLOCK [MODE]`: the real bot, as `ai-operator serve` has it, with a
clock that the demo puts on, and ticks that follow it within seconds. It ends with its standard input.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot.logs import set_up_logs
from bot.serve import REDRAW_SECONDS, bot, jobs
from bot.settings import Settings, known_secrets, load_settings
from bot.ticker import ticking
from bot.wiring import open_use_cases
from operator_core.domain.mode import Mode
from sandbox.demo.clock import Clock

TICK_SECONDS = 2.0


async def work(settings: Settings, clock: Clock, mode: str) -> None:
    """Until it is stopped. `mode`: chosen for the autopilot first, as an operator would; "": none is."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), stop.set)  # also where whoever started it was killed
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with open_use_cases(settings, clock=clock) as use_cases:
        if mode:
            await use_cases.mode.choose(Mode(mode), by="cli:demo")
        async with bot(settings, use_cases, os.environ) as services:
            await services.cards.edits.go_on()
            redraw = {"redraw": lambda _: services.digests.redraw_stale()}
            async with (
                ticking(jobs(services), every_seconds=TICK_SECONDS, clock=clock),
                ticking(redraw, every_seconds=REDRAW_SECONDS, clock=clock),
            ):
                await stop.wait()


if __name__ == "__main__":
    set_up_logs(known_secrets(), json=False, level="WARNING")
    settings_file, clock_file, *chosen = sys.argv[1:]
    asyncio.run(work(load_settings(Path(settings_file)), Clock(Path(clock_file)), *chosen or ("",)))
