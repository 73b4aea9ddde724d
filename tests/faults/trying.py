"""One scenario tried, and the shortest that still fails found by leaving steps out."""

import asyncio

from faults.mongo_wire import Struck
from faults.scenario import Scenario
from faults.stage import DIGEST_SECONDS, Stage, stage
from faults.steps import done
from faults.truths import wrong

MOST_SECONDS = 300.0
SHOWN = 8
"""Lines of a log."""
TRIES = 2
"""Of each shorter scenario: processes race, and what fails once need not fail each time."""


async def tried(scenario: Scenario, uri: str, struck: Struck) -> list[str]:
    """What was wrong in the end, in words."""
    async with stage(scenario, uri, struck) as here:
        try:
            async with asyncio.timeout(MOST_SECONDS):
                await _played(here)
                found = await wrong(here)
        except TimeoutError:
            found = [f"it did not end within {MOST_SECONDS:.0f} s"]
        return [*found, *_last_words(here)] if found else []


def _last_words(here: Stage) -> list[str]:
    """What the replicas' logs say in the end, for whoever looks for the cause."""
    logs = [one.log.read_text(errors="replace").splitlines() for one in here.replicas if one.log.exists()]
    words = [[line for line in lines if "skipped: maximum number" not in line] for lines in logs]
    return [
        f"(replica {number}: {line[:300]})" for number, lines in enumerate(words) for line in lines[-SHOWN:]
    ]


async def _played(here: Stage) -> None:
    for step in here.scenario.early:
        await done(here, step)

    async def posted() -> bool:
        return bool(here.digests())

    await here.until(posted, DIGEST_SECONDS)
    for step in here.scenario.steps:
        await done(here, step)
    await here.heal()


async def shrunk(scenario: Scenario, uri: str) -> Scenario:
    """Steps are left out one by one, as long as what is left still fails."""
    least, place = scenario, len(scenario.all_steps) - 1
    while place >= 0:
        shorter = least.without(place)
        if await _fails(shorter, uri):
            least = shorter
        place = min(place, len(least.all_steps)) - 1
    return least


async def _fails(scenario: Scenario, uri: str) -> bool:
    for _ in range(TRIES):
        if await tried(scenario, uri, Struck()):
            return True
    return False
