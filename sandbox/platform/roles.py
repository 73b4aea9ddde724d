"""The trouble on the platform: which models of which provider go through what, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sandbox.platform.courses import NOTHING, OK, Phase
from sandbox.platform.values import Row, Trouble

Story = Callable[[Random], list[Phase]]
WINDOW = 720.0
ALWAYS: Phase = (WINDOW, OK)


@dataclass(frozen=True)
class Role:
    """Some models of a provider that have one cause, or none."""

    provider: str
    trouble: str | None
    """What the cause is called; None where nothing is wrong."""
    row: Row
    count: tuple[int, int]
    """At least and at most, at scale 1."""
    story: Story
    template: str = ""
    """The cause's error template: more such failures change nothing."""
    qualifies: bool = False
    first_in_line: bool = False
    once: bool = False
    """The same number at every scale."""
    rename: bool = False
    """Played by a model that has a successor, see RENAMES."""

    @property
    def cause(self) -> str | None:
        """The trouble under its provider's name: no two providers share a cause."""
        return None if self.trouble is None else f"{self.provider}: {self.trouble}"


def story(*phases: Phase) -> Story:
    return lambda rng: list(phases)


def ended(template: str, first: tuple[float, float], last: tuple[float, float]) -> Story:
    """Failed for a while; then nothing runs it any more."""
    return lambda rng: [ALWAYS, (rng.uniform(*first), template), (rng.uniform(*last), NOTHING)]


def after_soft(
    provider: str, trouble: str, row: Row, said: tuple[str, str], hours: tuple[float, float], before: float
) -> Role:
    """A model that failed softly first; then the provider said what is wrong. `said`: first and then."""

    def phases(rng: Random) -> list[Phase]:
        hard = rng.uniform(*hours)
        return [ALWAYS, (hard + before, said[0]), (hard, said[1])]

    return Role(provider, trouble, row, (1, 1), phases, said[1], qualifies=row == Row.GONE)


def one(
    provider: str, trouble: str, row: Row, template: str, *phases: Phase, qualifies: bool = False
) -> Role:
    """A model that answered until these phases."""
    return Role(provider, trouble, row, (1, 1), story(ALWAYS, *phases), template, qualifies)


def now_and_then(template: str) -> Story:
    """Flaps: two or three of its runs fail, then one succeeds."""

    def phases(rng: Random) -> list[Phase]:
        failures = (template,) * rng.randint(2, 3)
        return [ALWAYS, (114.0, (*failures, OK))]

    return phases


def failing(
    provider: str,
    trouble: str,
    row: Row,
    count: tuple[int, int],
    template: str,
    hours: tuple[float, float],
    **flags: bool,
) -> Role:
    """Models that answered until so many hours ago, at least and at most, and fail with this ever since.

    `flags` are the role's own: qualifies, first_in_line, once, rename.
    """

    def phases(rng: Random) -> list[Phase]:
        return [ALWAYS, (rng.uniform(*hours), template)]

    return Role(provider, trouble, row, count, phases, template, **flags)


def budget_of(counts: dict[str, int]) -> tuple[Role, ...]:
    """Models that spend their output budget on reasoning; half of them never gave a result."""

    def either(rng: Random) -> list[Phase]:
        return [(WINDOW, "budget")] if rng.random() < 0.5 else [ALWAYS, (rng.uniform(80, 500), "budget")]

    return tuple(
        Role(provider, "output budget too small", Row.BUDGET, (n, n), either, "budget")
        for provider, n in counts.items()
    )


BUDGETS = budget_of({"openai": 8, "fireworks": 5, "groq": 4, "cerebras": 2})

UNREACHABLE = ("unavailable", "deadline", "unavailable", "reset")
OUTAGES = (
    failing("deepinfra", "out of credit", Row.PROVIDER_WIDE, (40, 40), "credit", (8.5, 9)),
    one("deepinfra", "out of credit", Row.PROVIDER_WIDE, "credit", (110, "missing"), (8.5, "credit")),
    failing("together", "key rejected", Row.PROVIDER_WIDE, (38, 38), "key", (2.5, 3)),
    Role("vertex", "outage", Row.PROVIDER_WIDE, (17, 17), story(ALWAYS, (2, UNREACHABLE)), "unavailable"),
)

GONE = (
    failing("groq", "decommissioned", Row.GONE, (5, 5), "decommissioned", (72, 144), qualifies=True),
    failing("bedrock", "end of life", Row.GONE, (6, 6), "end_of_life", (92, 104), qualifies=True),
    failing("openai", "renamed", Row.GONE, (1, 1), "renamed", (70, 80), once=True, rename=True),
    failing(
        "mistral", "retired", Row.GONE, (1, 1), "retired", (80, 140), qualifies=True, once=True, rename=True
    ),
    # Its first failure is 48 hours old, but the failures themselves span less.
    one("openai", "missing", Row.GONE, "missing", (53, "missing"), (3, NOTHING)),
    # Nothing has run it for a day: its evidence is old, though its provider never took the word back.
    Role("openai", "missing", Row.GONE, (1, 1), ended("missing", (110, 200), (28, 40)), "missing"),
    failing("openai", "missing", Row.GONE_LATELY, (1, 2), "missing", (14, 46)),
    failing("openai", "missing", Row.GONE_LATELY, (1, 1), "missing", (2.5, 5)),
    failing("fireworks", "not serverless", Row.GONE, (3, 4), "not_serverless", (60, 240), qualifies=True),
    after_soft("fireworks", "not serverless", Row.GONE, ("rate", "not_serverless"), (62, 80), 40),
    after_soft(
        "fireworks", "not serverless", Row.GONE_LATELY, ("overloaded", "not_serverless"), (20, 38), 36
    ),
    # 50 hard failures, then 20 time-outs: it is still gone.
    one("cerebras", "not found", Row.GONE, "unserved", (420, "unserved"), (120, "timed_out"), qualifies=True),
    failing(
        "anthropic",
        "no permission",
        Row.GONE,
        (1, 1),
        "not_permitted",
        (62, 150),
        qualifies=True,
        first_in_line=True,
    ),
)

LASTING = (
    failing("openai", "unsupported parameter", Row.CAPABILITY, (2, 4), "parameter", (80, 600)),
    failing("bedrock", "inference profile needed", Row.CAPABILITY, (2, 3), "profile", (80, 600)),
    Role("anthropic", "silence", Row.SILENCE, (1, 1), story(ALWAYS, (50, NOTHING))),
    Role("mistral", "silence", Row.SILENCE, (1, 1), ended("unauthorized", (120, 200), (28, 44))),
    Role("groq", "rate limits", Row.FLAPPING, (2, 3), now_and_then("rate")),
    failing("cerebras", "unreadable answers", Row.UNCLEAR, (2, 2), "garbled", (50, 150)),
    failing("openai", "hostile text", Row.UNCLEAR, (1, 1), "hostile", (40, 150), once=True),
    Role("mistral", "internal errors", Row.NEVER_SUCCEEDED, (1, 2), story((WINDOW, "internal")), "internal"),
)

UNTROUBLED = (
    Role("bedrock", None, Row.NEVER_RAN, (1, 1), story()),
    Role("fireworks", None, Row.NEVER_RAN, (1, 1), story()),
    # Answered this morning: one failure in the latest run is no trouble yet.
    Role("anthropic", None, Row.ANSWERING, (1, 1), story(ALWAYS, (2, "timed_out"))),
    Role("groq", None, Row.ANSWERING, (1, 2), story(ALWAYS, (8, "overloaded"))),
)

KNOWN = (failing("deepinfra", "out of credit", Row.PROVIDER_WIDE, (41, 41), "credit", (92, 96)), *BUDGETS)
"""A quiet day's trouble: all of it days old."""

DEFAULT = (*OUTAGES, *GONE, *LASTING, *BUDGETS, *UNTROUBLED)

BELIEVABLE = (
    failing("vertex", "outage", Row.PROVIDER_WIDE, (18, 18), "unavailable", (9, 9.5)),
    failing("groq", "decommissioned", Row.GONE, (4, 4), "decommissioned", (72, 144), qualifies=True),
    failing("bedrock", "end of life", Row.GONE, (6, 6), "end_of_life", (92, 104), qualifies=True),
    failing("fireworks", "not serverless", Row.GONE, (6, 6), "not_serverless", (60, 240), qualifies=True),
    failing("openai", "renamed", Row.GONE, (1, 1), "renamed", (70, 80), once=True, rename=True),
    Role("openai", "missing", Row.GONE, (1, 1), ended("missing", (110, 200), (28, 40)), "missing"),
    Role("together", "rate limits", Row.FLAPPING, (1, 1), now_and_then("rate")),
    *budget_of({"openai": 3, "cerebras": 1}),
)
"""A usual Monday: most answer; one provider is down, a few models are gone, one has a new name."""

ROLES: dict[Trouble, tuple[Role, ...]] = {
    "default": DEFAULT,
    "believable": BELIEVABLE,
    "quiet": KNOWN,
    "runner_down": DEFAULT,
}
