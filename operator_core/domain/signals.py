"""The frozen values that the stages hand to each other.

All times are timezone-aware UTC, truncated to milliseconds, because that is what MongoDB keeps.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """A value: it never changes, and it refuses fields it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    """Why a request failed, as far as its text and status tell."""

    AUTH = "auth"
    BILLING = "billing"
    RATE_LIMIT = "rate_limit"
    HARD_MODEL = "hard_model"
    """The provider no longer serves this model to us."""
    HARD_CAPABILITY = "hard_capability"
    """Our request is wrong for this model."""
    TRANSIENT_PROVIDER = "transient_provider"
    NETWORK = "network"
    TIMEOUT = "timeout"
    BUDGET_EXHAUSTED = "budget_exhausted"
    """It answered, but our output budget was spent before anything visible."""
    UNKNOWN = "unknown"


SOFT_KINDS = frozenset({Kind.RATE_LIMIT, Kind.TIMEOUT, Kind.NETWORK, Kind.TRANSIENT_PROVIDER})
"""Kinds that pass by themselves; they make a model flap."""

OUTAGE_KINDS = frozenset({Kind.TRANSIENT_PROVIDER, Kind.NETWORK, Kind.TIMEOUT})
"""One family: an outage shows itself as any of them."""

DEFINITE_KINDS = frozenset(
    {Kind.HARD_MODEL, Kind.AUTH, Kind.BILLING, Kind.HARD_CAPABILITY, Kind.BUDGET_EXHAUSTED}
)
"""Kinds in which the provider tells us what is wrong."""


class Scope(StrEnum):
    """How wide a situation is."""

    PATTERN = "pattern"
    PROVIDER = "provider"
    SILENCE = "silence"
    FLAGGED = "flagged"


class Action(StrEnum):
    """What a verdict says about a model."""

    DISABLE = "disable"
    MONITOR = "monitor"
    IGNORE = "ignore"


class Route(StrEnum):
    """Who acts on a decision."""

    AUTO = "auto"
    ASK = "ask"
    NONE = "none"


class ModelRef(Frozen):
    """A model as the platform names it: provider and model_id."""

    provider: str
    model_id: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model_id}"

    def __lt__(self, other: "ModelRef") -> bool:
        return (self.provider, self.model_id) < (other.provider, other.model_id)


class FailureGroup(Frozen):
    """Failures of one model that share a cause: same kind, same masked pattern."""

    kind: Kind
    pattern: str
    count: int = Field(ge=1)
    first: datetime
    last: datetime
    sample: str
    """One message, masked and cut: safe to show, to log and to send to an LLM."""
    successor: str | None = None
    """The model id that the provider's message recommends instead, as it stands there."""


class Signals(Frozen):
    """What was measured of one model within the window."""

    ref: ModelRef
    listed: bool
    """It has a document in `models`."""
    enabled: bool = False
    deprecated: bool = False
    successor: str | None = None
    """`successor_model` as people recorded it."""
    last_success: datetime | None = None
    failing_since: datetime | None = None
    """The first failure after the last success; None when the latest run succeeded or none failed."""
    last_failure: datetime | None = None
    failures: int = 0
    """Failures in the streak, those of unlisted groups included."""
    streak: tuple[FailureGroup, ...] = ()
    """The streak's failures by cause, most frequent first; capped, see `ungrouped`."""
    ungrouped: int = 0
    """Failures of the streak beyond the cap on groups."""
    recent: tuple[FailureGroup, ...] = ()
    """Failures of the last four days by cause, read only where they are many enough to make it flap."""
    recent_successes: int = 0
    recent_failures: int = 0
    usual_interval: timedelta | None = None
    """Mean time between its runs within the window; None below two runs."""

    @property
    def last_run(self) -> datetime | None:
        """The latest result of either kind."""
        return max((t for t in (self.last_success, self.last_failure) if t is not None), default=None)

    @property
    def failing(self) -> bool:
        """Its latest run failed."""
        return self.failing_since is not None

    @property
    def runs(self) -> bool:
        """The platform's scheduler runs it: enabled and not deprecated."""
        return self.listed and self.enabled and not self.deprecated


class Facts(Frozen):
    """Everything one run knows: read once, then only looked at."""

    now: datetime
    signals: tuple[Signals, ...]
    """One for each model in `models`, and one for each that only results name; sorted by ref."""
    unreadable_rows: int = 0
    """Rows that had no usable provider, model or time."""
    unreadable: tuple[str, ...] = ()
    """What was wrong with them, a counted line each, fit to show."""
    limited_to: tuple[str, ...] = ()
    """Providers this run was limited to; empty for all."""

    def of(self, ref: ModelRef) -> Signals | None:
        return next((s for s in self.signals if s.ref == ref), None)


def to_utc(moment: datetime) -> datetime:
    """Aware UTC in whole milliseconds; a naive time is read as UTC, as the platform's are."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(microsecond=aware.microsecond // 1000 * 1000)


def hours_between(earlier: datetime, later: datetime) -> float:
    return (later - earlier).total_seconds() / 3600


def refs_sorted(refs: Iterable[ModelRef]) -> tuple[ModelRef, ...]:
    return tuple(sorted(set(refs)))


class Case(Frozen):
    """A model in trouble and the cause that decides, drawn from its signals."""

    signals: Signals
    cause: FailureGroup | None
    """The deciding kind's failures taken together; None in silence and for flagged models."""
    others: tuple[FailureGroup, ...] = ()
    """Further causes, shown but not decisive."""

    @property
    def ref(self) -> ModelRef:
        return self.signals.ref

    def failing_hours(self, now: datetime) -> float:
        """Hours since the deciding cause's first failure; 0 while its latest run succeeded."""
        if self.cause is None or not self.signals.failing:
            return 0.0
        return hours_between(self.cause.first, now)


class Situation(Frozen):
    """What a group of models has in common, and the models that have it now."""

    id: str
    """The fingerprint of provider, kind, pattern and scope; the same every day."""
    provider: str
    scope: Scope
    kind: Kind
    pattern: str
    cases: tuple[Case, ...]
    provider_enabled: int
    """How many models of the provider run."""

    @property
    def refs(self) -> tuple[ModelRef, ...]:
        return tuple(case.ref for case in self.cases)

    @property
    def failing_since(self) -> datetime | None:
        return min((c.cause.first for c in self.cases if c.cause), default=None)

    @property
    def last_failure(self) -> datetime | None:
        return max((c.signals.last_failure for c in self.cases if c.signals.last_failure), default=None)

    @property
    def last_success(self) -> datetime | None:
        return max((c.signals.last_success for c in self.cases if c.signals.last_success), default=None)

    @property
    def failures(self) -> int:
        return sum(c.cause.count for c in self.cases if c.cause)

    @property
    def sample(self) -> str:
        """The newest message, masked and cut."""
        causes = [c.cause for c in self.cases if c.cause]
        return max(causes, key=lambda cause: cause.last).sample if causes else ""


class Verdict(Frozen):
    """What to do about a situation, and who says so."""

    action: Action
    confidence: float = Field(ge=0, le=1)
    reasoning: str
    suggested_by: str
    """The LLM's name as configured, `rules`, `triage` or `memory`."""


class Decision(Frozen):
    """The answer for one model."""

    ref: ModelRef
    action: Action
    confidence: float
    reasoning: str
    suggested_by: str
    situation: str | None
    """None where triage settled it."""
    route: Route
    gate: str = ""
    """Which gate kept policy from acting by itself, in plain words."""


class LlmUse(Frozen):
    """What the LLM was asked for in one run, and what that cost."""

    model: str
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0
    """None: the price of this model is not known."""
    fallback: str | None = None
    """Why the written rules judged, wholly or in part; None when they didn't have to."""


class ProviderDay(Frozen):
    """One provider on one day, UTC."""

    provider: str
    day: date
    answered: int
    """Models with a success."""
    ran: int
    """Models with a success or a failure."""

    @property
    def share(self) -> float:
        """Of the models that ran, those that answered."""
        return self.answered / self.ran
