"""What was measured of each model: its successes, its failures by cause, and all that one run knows."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import cached_property
from statistics import median

from pydantic import Field

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.kinds import Evidence, Kind, weakest

SECOND = timedelta(seconds=1)


class Cause(Frozen):
    """Why a request failed, as far as its text tells: safe to show, to log and to send to an LLM."""

    kind: Kind
    evidence: Evidence = Evidence.NONE
    """How the kind is known; of several texts the weakest."""
    pattern: str
    """The message with everything masked that varies: same pattern, same cause."""
    sample: str
    """What the provider said, out of its wrappers, redacted and cut to 300 characters."""
    successor: str | None = None
    """The model id that the message recommends instead, as it stands there."""


class FailureGroup(Cause):
    """Failures of one model that share a cause: same kind, same masked pattern."""

    count: int = Field(ge=1)
    first: datetime
    last: datetime


def joined(groups: Collection[FailureGroup]) -> FailureGroup:
    """The newest of these groups, with the first failure and the number of them all."""
    newest = max(groups, key=lambda group: group.last)
    together = {
        "first": min(group.first for group in groups),
        "count": sum(group.count for group in groups),
        "evidence": weakest(group.evidence for group in groups),
    }
    return newest.model_copy(update=together)


class Maintenance(Frozen):
    """A provider's, as a person announced it: what was measured within counts neither now nor later."""

    provider: str
    since: datetime
    until: datetime
    by: str
    reason: str = ""

    @property
    def key(self) -> str:
        return f"{self.provider}@{self.since:%Y%m%d%H%M%S}"

    def lasts(self, now: datetime) -> bool:
        return self.since <= now < self.until


class LastResults(Frozen):
    """When a model was last known to answer, and to fail."""

    last_success: datetime | None = None
    last_failure: datetime | None = None

    @property
    def last_run(self) -> datetime | None:
        return max((t for t in (self.last_success, self.last_failure) if t is not None), default=None)


class Signals(LastResults):
    """What was measured of one model within the window."""

    ref: ModelRef
    listed: bool
    """It has a document in `models`."""
    enabled: bool = False
    deprecated: bool = False
    successor: str | None = None
    """`successor_model` as people recorded it."""
    created_at: datetime | None = None
    """Of its document, where that is known."""
    failing_since: datetime | None = None
    """The first failure after the last success; None when the latest run succeeded or none failed."""
    failures: int = 0
    """Failures in the streak, those of unlisted groups included."""
    streak: tuple[FailureGroup, ...] = ()
    """The streak's failures by cause, most frequent first; of very many causes not all."""
    recent: tuple[FailureGroup, ...] = ()
    """Failures of its recent runs by cause, read only where they are many enough to make it flap."""
    recent_successes: int = 0
    """Of the last four days or, where runs are rare, of about the last eight."""
    recent_failures: int = 0
    undated_successes: int = 0
    """Of no usable time: any of them may be newer than the streak."""
    maintenance: tuple[Maintenance, ...] = ()
    """Its provider's, as far as results are read: what was measured within is not in here."""
    usual_interval: timedelta | None = None
    """Mean time between its runs within the window; None below two runs."""

    @property
    def failing(self) -> bool:
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
    maintenance: tuple[Maintenance, ...] = ()
    """What lasts now, or lasted within the window: the signals are without the results of that time."""

    @property
    def away(self) -> frozenset[str]:
        """The providers that are in maintenance: nothing is said of their models."""
        return frozenset(one.provider for one in self.maintenance if one.lasts(self.now))

    def of_those(self, running: Collection[ModelRef]) -> "Facts":
        """The same facts, where no other model runs any more."""
        signals = [s.model_copy(update={"enabled": s.enabled and s.ref in running}) for s in self.signals]
        return self.model_copy(update={"signals": tuple(signals)})

    @cached_property
    def usual_interval(self) -> timedelta | None:
        """The platform's own rhythm: the median of its models' intervals; None where none is known."""
        intervals = [s.usual_interval / SECOND for s in self.signals if s.runs and s.usual_interval]
        return median(intervals) * SECOND if intervals else None


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


class KeyLeak(Frozen):
    """One provider's error rows that carry key-like text."""

    provider: str
    rows: int
    since: datetime
    """The first such row within the time looked at."""
