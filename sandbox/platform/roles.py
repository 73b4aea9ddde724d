"""The trouble on the platform: which models of which provider go through what, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sandbox.platform.courses import NOTHING, OK, Phase
from sandbox.platform.values import Row

Story = Callable[[Random], list[Phase]]
WINDOW = 720.0
ALWAYS: Phase = (WINDOW, OK)


@dataclass(frozen=True)
class Role:
    """Some models of a provider that have one cause, or none."""

    provider: str
    cause: str | None
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


RENAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "openai": (
        ("gpt-4o-search-preview", "gpt-4o-search"),
        ("gpt-4.5-preview", "gpt-4.5"),
        ("chatgpt-4o-latest", "chatgpt-4o"),
    ),
    "mistral": (
        ("mistral-small-2503", "mistral-small-2506"),
        ("codestral-2501", "codestral-2508"),
        ("mistral-medium-2505", "mistral-medium-2508"),
    ),
}
"""Old id and successor. OpenAI's successors are not in `models`, Mistral's are."""


def since(template: str, least: float, most: float) -> Story:
    """Answered until so many hours ago, and fails with this ever since."""
    return lambda rng: [ALWAYS, (rng.uniform(least, most), template)]


def story(*phases: Phase) -> Story:
    return lambda rng: list(phases)


def ended(template: str, first: tuple[float, float], last: tuple[float, float]) -> Story:
    """Failed for a while; then nothing runs it any more."""
    return lambda rng: [ALWAYS, (rng.uniform(*first), template), (rng.uniform(*last), NOTHING)]


def after_soft(template: str, soft: str, hours: tuple[float, float], before: float) -> Story:
    """Soft failures first, then the provider says what is wrong."""

    def phases(rng: Random) -> list[Phase]:
        hard = rng.uniform(*hours)
        return [ALWAYS, (hard + before, soft), (hard, template)]

    return phases


def now_and_then(template: str) -> Story:
    """Flaps: two or three of its runs fail, then one succeeds."""

    def phases(rng: Random) -> list[Phase]:
        failures = (template,) * rng.randint(2, 3)
        return [ALWAYS, (114.0, (*failures, OK))]

    return phases


def budget_of(counts: dict[str, int]) -> tuple[Role, ...]:
    """Models that spend their output budget on reasoning; half of them never gave a result."""

    def either(rng: Random) -> list[Phase]:
        return [(WINDOW, "budget")] if rng.random() < 0.5 else [ALWAYS, (rng.uniform(80, 500), "budget")]

    return tuple(
        Role(provider, f"{provider}: output budget too small", Row.BUDGET, (n, n), either, "budget")
        for provider, n in counts.items()
    )


BUDGETS = budget_of({"openai": 8, "fireworks": 5, "groq": 4, "cerebras": 2})

OUTAGES = (
    Role(
        "deepinfra",
        "deepinfra: out of credit",
        Row.PROVIDER_WIDE,
        (40, 40),
        since("credit", 8.5, 9),
        "credit",
    ),
    Role(
        "deepinfra",
        "deepinfra: out of credit",
        Row.PROVIDER_WIDE,
        (1, 1),
        story(ALWAYS, (110, "missing"), (8.5, "credit")),
        "credit",
    ),
    Role("together", "together: key rejected", Row.PROVIDER_WIDE, (38, 38), since("key", 2.5, 3), "key"),
    Role(
        "vertex",
        "vertex: outage",
        Row.PROVIDER_WIDE,
        (17, 17),
        story(ALWAYS, (2, ("unavailable", "deadline", "unavailable", "reset"))),
        "unavailable",
    ),
)

GONE = (
    Role(
        "groq",
        "groq: decommissioned",
        Row.GONE,
        (5, 5),
        since("decommissioned", 72, 144),
        "decommissioned",
        qualifies=True,
    ),
    Role(
        "bedrock",
        "bedrock: end of life",
        Row.GONE,
        (6, 6),
        since("end_of_life", 92, 104),
        "end_of_life",
        qualifies=True,
    ),
    Role(
        "openai",
        "openai: renamed",
        Row.GONE,
        (1, 1),
        since("renamed", 70, 80),
        "renamed",
        once=True,
        rename=True,
    ),
    Role(
        "mistral",
        "mistral: retired",
        Row.GONE,
        (1, 1),
        since("retired", 80, 140),
        "retired",
        qualifies=True,
        once=True,
        rename=True,
    ),
    # Its first failure is 48 hours old, but the failures themselves span less.
    Role(
        "openai", "openai: missing", Row.GONE, (1, 1), story(ALWAYS, (53, "missing"), (3, NOTHING)), "missing"
    ),
    # Nothing has run it for a day: its evidence is old, though its provider never took the word back.
    Role("openai", "openai: missing", Row.GONE, (1, 1), ended("missing", (110, 200), (28, 40)), "missing"),
    Role("openai", "openai: missing", Row.GONE_LATELY, (1, 2), since("missing", 14, 46), "missing"),
    Role("openai", "openai: missing", Row.GONE_LATELY, (1, 1), since("missing", 2.5, 5), "missing"),
    Role(
        "fireworks",
        "fireworks: not serverless",
        Row.GONE,
        (3, 4),
        since("not_serverless", 60, 240),
        "not_serverless",
        qualifies=True,
    ),
    Role(
        "fireworks",
        "fireworks: not serverless",
        Row.GONE,
        (1, 1),
        after_soft("not_serverless", "rate", (62, 80), 40),
        "not_serverless",
        qualifies=True,
    ),
    Role(
        "fireworks",
        "fireworks: not serverless",
        Row.GONE_LATELY,
        (1, 1),
        after_soft("not_serverless", "overloaded", (20, 38), 36),
        "not_serverless",
    ),
    # 50 hard failures, then 20 time-outs: it is still gone.
    Role(
        "cerebras",
        "cerebras: not found",
        Row.GONE,
        (1, 1),
        story(ALWAYS, (420, "unserved"), (120, "timed_out")),
        "unserved",
        qualifies=True,
    ),
    Role(
        "anthropic",
        "anthropic: no permission",
        Row.GONE,
        (1, 1),
        since("not_permitted", 62, 150),
        "not_permitted",
        qualifies=True,
        first_in_line=True,
    ),
)

LASTING = (
    Role(
        "openai",
        "openai: unsupported parameter",
        Row.CAPABILITY,
        (2, 4),
        since("parameter", 80, 600),
        "parameter",
    ),
    Role(
        "bedrock",
        "bedrock: inference profile needed",
        Row.CAPABILITY,
        (2, 3),
        since("profile", 80, 600),
        "profile",
    ),
    Role("anthropic", "anthropic: silence", Row.SILENCE, (1, 1), story(ALWAYS, (50, NOTHING))),
    Role("mistral", "mistral: silence", Row.SILENCE, (1, 1), ended("unauthorized", (120, 200), (28, 44))),
    Role("groq", "groq: rate limits", Row.FLAPPING, (2, 3), now_and_then("rate")),
    Role(
        "cerebras", "cerebras: unreadable answers", Row.UNCLEAR, (2, 2), since("garbled", 50, 150), "garbled"
    ),
    Role(
        "openai", "openai: hostile text", Row.UNCLEAR, (1, 1), since("hostile", 40, 150), "hostile", once=True
    ),
    Role(
        "mistral",
        "mistral: internal errors",
        Row.NEVER_SUCCEEDED,
        (1, 2),
        story((WINDOW, "internal")),
        "internal",
    ),
)

UNTROUBLED = (
    Role("bedrock", None, Row.NEVER_RAN, (1, 1), story()),
    Role("fireworks", None, Row.NEVER_RAN, (1, 1), story()),
    # Answered this morning: one failure in the latest run is no trouble yet.
    Role("anthropic", None, Row.ANSWERING, (1, 1), story(ALWAYS, (2, "timed_out"))),
    Role("groq", None, Row.ANSWERING, (1, 2), story(ALWAYS, (8, "overloaded"))),
)

KNOWN = (
    Role(
        "deepinfra",
        "deepinfra: out of credit",
        Row.PROVIDER_WIDE,
        (41, 41),
        since("credit", 92, 96),
        "credit",
    ),
    *BUDGETS,
)
"""A quiet day's trouble: all of it days old."""

DEFAULT = (*OUTAGES, *GONE, *LASTING, *BUDGETS, *UNTROUBLED)
