"""`make model`: tries the core against the plain model, as long as wanted. The printed seed repeats it."""

import argparse
import random
import sys
import time

from model.laboratory import laboratory
from model.machine import Operator
from model.trying import tried
from sandbox.database import embedded_server

SHOWN_EVERY = 5.0
"""Seconds."""


class Shown(Operator):
    """Says how far it is, and which example was wrong first."""

    began = time.monotonic()
    shown = began
    wrong_at = 0

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            if not Shown.wrong_at and self.world.wrong:
                Shown.wrong_at = Operator.examples
                print(
                    f"wrong in example {Shown.wrong_at}, after {self._seconds():.0f} s: {self.world.wrong}",
                    flush=True,
                )
        if time.monotonic() - Shown.shown > SHOWN_EVERY:
            Shown.shown = time.monotonic()
            print(f"{Operator.examples} examples, {self._seconds():.0f} s", file=sys.stderr, flush=True)

    def _seconds(self) -> float:
        return time.monotonic() - Shown.began


def main() -> int:
    parser = argparse.ArgumentParser(prog="make model", description=__doc__)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--no-shrink", action="store_true", help="show the first steps, not the fewest")
    asked = parser.parse_args()
    print(f"{asked.examples} examples of {asked.steps} steps; --seed {asked.seed} repeats them", flush=True)
    with embedded_server(equality_only=False) as uri, laboratory(uri) as Operator.lab:
        try:
            tried(Shown, asked.examples, asked.steps, asked.seed, shrink=not asked.no_shrink)
        except BaseException as wrong:  # noqa: BLE001 - whatever it is, it is shown
            print("".join(f"{note}\n" for note in getattr(wrong, "__notes__", ())))
            for one in getattr(wrong, "exceptions", [wrong]):
                print(f"{type(one).__name__}: {one}")
            return 1
    took = time.monotonic() - Shown.began
    print(f"{Operator.examples} examples of {asked.steps} steps in {took:.0f} s: all true")
    return 0


sys.exit(main())
