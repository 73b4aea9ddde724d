"""`make faults`: scenarios of the worst days, drawn from a printed seed. One that is wrong is shrunk."""

import argparse
import asyncio
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from faults.mongo_wire import Struck
from faults.page import frame_with, told, with_section
from faults.replica import warm
from faults.scenario import Scenario, drawn
from faults.trying import shrunk, tried
from sandbox.database import embedded_server

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
TELLS_EACH = 10
"""Scenarios: a line of progress for so many."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--scenarios", type=int, default=40)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--only", type=int, action="append", help="this scenario of the seed")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--until-wrong", action="store_true", help="end with the first that is wrong")
    parser.add_argument("--again", action="store_true", help="what is wrong counts where it is wrong twice")
    parser.add_argument("--no-shrink", action="store_true", help="show all steps, not the fewest")
    parser.add_argument("--page", action="store_true", help="write the figures into docs/reliability.md")
    parser.add_argument("--verbose", action="store_true", help="each scenario's seconds")
    asked = parser.parse_args(arguments)
    print(f"{asked.scenarios} scenarios; --seed {asked.seed} repeats them", flush=True)
    signal.signal(signal.SIGTERM, _ended)
    warm()
    numbers = asked.only or range(asked.scenarios)
    with embedded_server(equality_only=False) as uri:
        return asyncio.run(Trying(asked, uri).all([drawn(asked.seed, number) for number in numbers]))


def _ended(number: int, _: object) -> None:
    """Told to end: replicas and servers end first. Whoever tells it twice waits for that, too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + number)


class Trying:
    """A run of scenarios, some of them at once."""

    def __init__(self, asked: argparse.Namespace, uri: str) -> None:
        self.asked, self.uri, self.struck = asked, uri, Struck()
        self.violations = self.ended = self.played_again = 0
        self._places = asyncio.Semaphore(asked.at_once)

    async def all(self, scenarios: Sequence[Scenario]) -> int:
        began = time.monotonic()
        for ending in asyncio.as_completed([self._one(scenario) for scenario in scenarios]):
            await ending
            self.ended += 1
            if self.ended % TELLS_EACH == 0:
                done = f"{self.ended} of {len(scenarios)}, {self.violations} with violations"
                print(f"# {done}, {time.monotonic() - began:.0f} s", flush=True)
        for what, count in sorted(self.struck.counts.items()):
            print(f"{count:6} {what}")
        seconds = time.monotonic() - began
        again = (
            f", {self.played_again} more wrong once and right when played again" if self.asked.again else ""
        )
        ended = f"{len(scenarios)} scenarios in {seconds:.0f} s, {self.violations} with violations{again}."
        print(ended)
        if self.asked.page:
            figures = told(self.struck.counts, self.asked.seed, ended)
            earlier = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
            PAGE.write_text(with_section(frame_with(earlier), "faults", figures), encoding="utf-8")
        return int(self.violations > 0)

    async def _one(self, scenario: Scenario) -> None:
        async with self._places:
            if self.asked.until_wrong and self.violations:
                return
            began = time.monotonic()
            found = await tried(scenario, self.uri, self.struck)
            if found and self.asked.again:
                print(f"# {scenario.number} is played again: {found[0][:300]}", flush=True)
                found = await tried(scenario, self.uri, Struck())
                self.played_again += not found
            if self.asked.verbose:
                took = time.monotonic() - began
                print(f"# {scenario.number}: {took:.1f} s, {len(found)} wrong", flush=True)
            if found:
                self.violations += 1
                least = scenario if self.asked.no_shrink else await shrunk(scenario, self.uri)
                print(violation(scenario, found, least), flush=True)


def violation(scenario: Scenario, found: Sequence[str], least: Scenario) -> str:
    """What was wrong, and the fewest steps that make it so."""
    about = f"{scenario.replicas} replicas, autopilot {scenario.mode}"
    lines = [f"\n## scenario {scenario.number} of seed {scenario.seed}: {about}"]
    lines += [f"- {one[:600]}" for one in found]
    lines += [f"   early {one}" for one in least.early]
    return "\n".join([*lines, *(f"   {one}" for one in least.steps)])


if __name__ == "__main__":
    sys.exit(main())
