"""What happens in a scenario: steps drawn from a seed, each of them plain data. Pure.

A step that makes no sense by then is passed over: so any of them can be left out, and the rest still runs.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from faults.mongo_wire import MODELS, OF_ONE_WRITE, OF_THE_CONCERN, OURS, REFUSED, UNCLEAR
from faults.slack_wire import CODES, WRITES

PEOPLE = ("U0ANA", "U0BEN")
STRANGER = "U0CHI"
ODD_TYPES = (
    *("double", "string", "document", "array", "binary", "objectid", "bool", "date", "null", "regex"),
    *("dbref", "code", "scoped code", "int", "timestamp", "long", "decimal", "minkey", "maxkey", "uuid"),
    *("nan", "infinity", "year 9999", "empty", "deep", "large", "surrogate-free emoji", "markup"),
)
FUTURE = ("operator_proposals", "operator_journal", "operator_holds", "operator_state", "operator_runs")
OLDER = ("operator_situations", "operator_catalog_syncs", "operator_witnesses")
OUTSIDE = ("disable", "enable", "touch", "flag", "remove")
LOOKS = ("status", "why groq", "history", "holds", "pending")
LLM = ("stalls", "refuses", "cut", "lies", "fails", "garbage")


SLACKS_BAD_DAYS = (
    *("429", "429", "500", "502", "503", "empty", "html", "html"),
    *("refused", "refused", "refused", "dropped", "dropped after", "slow"),
)
SHARE_OF_ODD_JUDGES = 0.5


@dataclass(frozen=True)
class Step:
    """One thing that somebody does, or that happens."""

    what: str
    with_: tuple[tuple[str, Any], ...] = ()

    def __getitem__(self, name: str) -> Any:
        return dict(self.with_)[name]

    def __str__(self) -> str:
        return f"{self.what}({', '.join(f'{name}={value!r}' for name, value in self.with_)})"


@dataclass(frozen=True)
class Scenario:
    """A number of replicas, the autopilot's mode, and what happens."""

    seed: int
    number: int
    replicas: int
    mode: str
    early: tuple[Step, ...] = ()
    """Before the first digest."""
    steps: tuple[Step, ...] = field(default=())

    @property
    def all_steps(self) -> tuple[Step, ...]:
        return (*self.early, *self.steps)

    def without(self, place: int) -> "Scenario":
        """Without one of its steps."""
        one = self.all_steps[place]
        early = self.early[:place] + self.early[place + 1 :] if place < len(self.early) else self.early
        at = place - len(self.early)
        steps = self.steps if at < 0 else self.steps[:at] + self.steps[at + 1 :]
        assert one in self.all_steps
        return Scenario(self.seed, self.number, self.replicas, self.mode, early, steps)


def step(what: str, **with_: Any) -> Step:
    return Step(what, tuple(with_.items()))


Draw = Callable[[random.Random], Step]


def _few(collections: tuple[str, ...]) -> int:
    """So many writes a batch makes there, at most."""
    return {1: {"models": 4, "operator_proposals": 4}.get(collections[0], 8)}.get(len(collections), 16)


def _wire(draw: random.Random) -> Step:
    collections = draw.choice((MODELS, MODELS, ("operator_journal",), ("operator_proposals",), OURS))
    skip = draw.randrange(_few(collections))
    what = draw.choice(
        ("cut", "cut after", "late", "late", "twice", "twice", "error", "error", "error after", "error after")
    )
    code = 0
    if what == "error":
        code = draw.choice((*UNCLEAR, *REFUSED, *OF_ONE_WRITE))
    elif what == "error after":
        code = draw.choice((*UNCLEAR, *OF_THE_CONCERN))
    seconds = draw.choice((0.4, 3.0, 5.0))
    return step("wire", befalls=what, skip=skip, collections=collections, code=code, seconds=seconds)


def _killed(draw: random.Random) -> Step:
    collections = draw.choice((MODELS, ("operator_journal",), ("operator_proposals",), OURS))
    skip = draw.randrange(_few(collections))
    return step("wire", befalls=draw.choice(("kill", "kill after")), skip=skip, collections=collections,
                code=0, seconds=0.0)  # fmt: skip


def _sleeps(draw: random.Random) -> Step:
    collections = draw.choice((MODELS, ("operator_journal",), OURS))
    skip = draw.randrange(_few(collections))
    return step("wire", befalls="stop", skip=skip, collections=collections, code=0,
                seconds=draw.choice((2.5, 3.5, 5.0)))  # fmt: skip


def _slack(draw: random.Random) -> Step:
    what = draw.choice(SLACKS_BAD_DAYS)
    one = draw.choice(sorted(WRITES))
    most = tuple(sorted(WRITES))
    methods = draw.choice((most, most, most, (one,), ("conversations.history",)))
    return step(
        "slack", befalls=what, skip=draw.choice((0, 0, 1, 2)), methods=methods, code=draw.choice(CODES)
    )


FAULTS: dict[str, tuple[int, Draw]] = {
    "wire": (9, _wire),
    "killed at a write": (4, _killed),
    "asleep at a write": (3, _sleeps),
    "slack": (10, _slack),
    "mongodb away": (2, lambda d: step("away", replica=d.randrange(3), seconds=d.choice((0.3, 1.5, 3.0)))),
    "mongodb slow": (2, lambda d: step("slowed", replica=d.randrange(3), each=d.choice((0.02, 0.1, 0.4)))),
    "slack away": (1, lambda d: step("slack away", seconds=d.choice((0.5, 2.0)))),
    "sockets": (2, lambda d: step("sockets", how=d.choice(("dropped", "refresh_requested", "warning")))),
    "envelope": (
        6,
        lambda d: step(
            "envelope", how=d.choice(("twice", "late", "to another")), seconds=d.choice((0.05, 0.6, 2.5))
        ),
    ),
    "another workspace": (2, lambda d: step("foreign", pick=d.randrange(99), verb=d.randrange(3))),
    "llm": (5, lambda d: step("llm", mood=d.choice(LLM))),
    "catalogue": (2, lambda d: step("catalogue", share=d.choice((0.0, 0.3, 0.6)))),
    "killed": (2, lambda d: step("kill", replica=d.randrange(3))),
    "asleep": (2, lambda d: step("sleep", replica=d.randrange(3), seconds=d.choice((2.5, 4.0)))),
    "restarted": (2, lambda d: step("restart", replica=d.randrange(3))),
    "clocks": (2, lambda d: step("clock", replica=d.randrange(3), seconds=d.choice((-9.0, -3.0, 3.0, 9.0)))),
    "odd": (
        3,
        lambda d: step("odd", type=d.choice(ODD_TYPES), place=d.choice(("models", "rows", "ours")),
                       field=d.randrange(99)),
    ),
    "future": (2, lambda d: step("future", collection=d.choice((*FUTURE, *OLDER)), shape=d.randrange(3))),
    "outside": (4, lambda d: step("outside", how=d.choice(OUTSIDE), pick=d.randrange(99))),
}  # fmt: skip
"""Each with its weight."""

PEOPLES_ACTS: dict[str, tuple[int, Draw]] = {
    "approve": (
        8,
        lambda d: step("approve", who=d.choice(PEOPLE), pick=d.randrange(99), untick=d.choice((0, 0, 1))),
    ),
    "both approve": (2, lambda d: step("both", pick=d.randrange(99))),
    "undo": (4, lambda d: step("undo", who=d.choice(PEOPLE), pick=d.randrange(99))),
    "reject": (1, lambda d: step("reject", who=d.choice(PEOPLE), pick=d.randrange(99))),
    "command": (
        2,
        lambda d: step("command", who=d.choice(PEOPLE), pick=d.randrange(99), on=d.choice((True, False))),
    ),
    "pause": (1, lambda d: step("pause", who=d.choice(PEOPLE))),
    "stranger": (1, lambda d: step("stranger", pick=d.randrange(99))),
    "look": (1, lambda d: step("look", who=d.choice((*PEOPLE, STRANGER)), text=d.choice(LOOKS))),
    "a day": (1, lambda _: step("day")),
}  # fmt: skip


def _one(draw: random.Random, table: dict[str, tuple[int, Draw]]) -> Step:
    names = list(table)
    name = draw.choices(names, [table[one][0] for one in names])[0]
    return table[name][1](draw)


def drawn(seed: int, number: int) -> Scenario:
    """The scenario of this number under this seed; always the same."""
    draw = random.Random(f"{seed}:{number}")
    early = tuple(_one(draw, FAULTS) for _ in range(draw.choice((0, 0, 1, 2))))
    if draw.random() < SHARE_OF_ODD_JUDGES:  # later the verdicts are remembered, and nobody is asked
        early = (*early, step("llm", mood=draw.choice(LLM)))
    steps: list[Step] = []
    for _ in range(draw.randint(2, 4)):
        steps += [_one(draw, FAULTS) for _ in range(draw.randint(1, 3))]
        steps.append(_one(draw, PEOPLES_ACTS))
        steps.append(step("wait", seconds=draw.choice((0.0, 0.2, 0.6, 1.5))))
    return Scenario(
        seed, number, draw.choice((1, 2, 2, 3)), draw.choice(("on", "on", "shadow")), early, tuple(steps)
    )
