"""What a group of models has in common, and the models that have it now."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.kinds import Evidence, Kind, weakest
from operator_core.domain.signals import FailureGroup, Signals


class Scope(StrEnum):
    """How wide a situation is."""

    PATTERN = "pattern"
    PROVIDER = "provider"
    SILENCE = "silence"
    FLAGGED = "flagged"


WIDE = frozenset({Scope.PROVIDER, Scope.SILENCE})
"""Something is down: what these tell is beyond any single model's settings."""
FLAGGED_DEPRECATED = "Flagged deprecated in the catalogue, but still enabled."
"""What is said of a model of scope `flagged`, whoever judges."""


class AffectedModel(Frozen):
    """A model in trouble and the cause that decides, drawn from its signals."""

    signals: Signals
    cause: FailureGroup | None
    """The deciding kind's failures taken together; None in silence and for flagged models."""
    others: tuple[FailureGroup, ...] = ()
    """Further causes, shown but not decisive."""
    answered_as: ModelRef | None = None
    """Another spelling of it, under which its provider has answered since it fails."""

    @property
    def ref(self) -> ModelRef:
        return self.signals.ref

    def failing_hours(self, until: datetime) -> float:
        """Hours since the deciding cause's first failure, without its provider's maintenance, of whose time
        nobody knows anything; 0 while its latest run succeeded."""
        if self.cause is None or not self.signals.failing:
            return 0.0
        first, none, windows = self.cause.first, timedelta(), self.signals.maintenance
        unknown = (max(none, min(w.until, until) - max(w.since, first)) for w in windows)
        return max(none, until - first - sum(unknown, none)) / timedelta(hours=1)


class Situation(Frozen):
    """What a group of models has in common, and the models that have it now."""

    id: str
    """The fingerprint of provider, kind, pattern and scope; the same every day."""
    provider: str
    scope: Scope
    kind: Kind
    pattern: str
    affected: tuple[AffectedModel, ...]
    provider_enabled: int
    provider_flagged: int = 0  # of these: enabled, and not run

    @property
    def refs(self) -> tuple[ModelRef, ...]:
        return tuple(affected.ref for affected in self.affected)

    def only(self, refs: Collection[ModelRef]) -> Self:
        """The same of these models."""
        return self.model_copy(update={"affected": tuple(one for one in self.affected if one.ref in refs)})

    @property
    def failing_since(self) -> datetime | None:
        return min((c.cause.first for c in self.affected if c.cause), default=None)

    @property
    def last_success(self) -> datetime | None:
        return max((c.signals.last_success for c in self.affected if c.signals.last_success), default=None)

    @property
    def failures(self) -> int:
        return sum(c.cause.count for c in self.affected if c.cause)

    @property
    def evidence(self) -> Evidence:
        """How its kind is known, of the model where that is said most weakly."""
        return weakest(c.cause.evidence if c.cause else Evidence.NONE for c in self.affected)

    @property
    def sample(self) -> str:
        """The newest message, masked and cut."""
        causes = [c.cause for c in self.affected if c.cause]
        return max(causes, key=lambda cause: cause.last).sample if causes else ""


def fingerprint_of(provider: str, kind: Kind | None, pattern: str, scope: Scope) -> str:
    """Stable from day to day, whatever the members: 12 hexadecimal digits."""
    text = "\x1f".join((provider, kind or "", pattern, scope))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
