"""Builders of evidence for the tests of the pure core."""

from datetime import UTC, datetime, timedelta

from operator_core.domain.base import ModelRef
from operator_core.domain.kinds import Evidence, Kind
from operator_core.domain.mode import Mode
from operator_core.domain.signals import Facts, FailureGroup, Signals
from operator_core.options import AnalysisOptions, PolicyOptions

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
ANALYSIS = AnalysisOptions(
    window_days=30,
    healthy_within_hours=24,
    provider_wide_share=0.9,
    flapping_share=0.5,
    silence_after_hours=26,
    remember_verdict_days=7,
)
POLICY = PolicyOptions(
    autopilot=Mode.ON,
    kinds=(Kind.HARD_MODEL, Kind.AUTH),
    min_confidence=0.95,
    min_failing_hours=48,
    min_failures=3,
    max_share_of_provider=0.2,
    max_changes_unattended=20,
    max_share_in_trouble=0.3,
)
PATTERNS = {Kind.HARD_MODEL: "the model <model> does not exist", Kind.TIMEOUT: "request timed out"}


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def ref(model_id: str, provider: str = "groq") -> ModelRef:
    return ModelRef(provider=provider, model_id=model_id)


def group(
    kind: Kind = Kind.HARD_MODEL,
    *,
    first: float = 96,
    last: float = 2,
    count: int = 20,
    pattern: str | None = None,
    successor: str | None = None,
    evidence: Evidence = Evidence.WORDS,
) -> FailureGroup:
    """Failures of one cause, from `first` to `last` hours ago."""
    text = pattern if pattern is not None else PATTERNS.get(kind, f"a {kind} failure")
    return FailureGroup(
        kind=kind,
        pattern=text,
        count=count,
        first=ago(first),
        last=ago(last),
        sample=text,
        successor=successor,
        evidence=evidence,
    )


def failing(
    model_id: str,
    *groups: FailureGroup,
    provider: str = "groq",
    success: float | None = 200,
    enabled: bool = True,
    deprecated: bool = False,
    every: float = 6,
) -> Signals:
    """A model whose latest run failed; `success` hours since it last answered."""
    streak = tuple(sorted(groups or (group(),), key=lambda g: -g.count))
    return Signals(
        ref=ref(model_id, provider),
        listed=True,
        enabled=enabled,
        deprecated=deprecated,
        last_success=None if success is None else ago(success),
        failing_since=min(g.first for g in streak),
        last_failure=max(g.last for g in streak),
        failures=sum(g.count for g in streak),
        streak=streak,
        usual_interval=timedelta(hours=every),
    )


def answering(model_id: str, *, provider: str = "groq", success: float = 3, enabled: bool = True) -> Signals:
    return Signals(
        ref=ref(model_id, provider),
        listed=True,
        enabled=enabled,
        last_success=ago(success),
        usual_interval=timedelta(hours=6),
        recent_successes=16,
    )


def facts(*signals: Signals, limited_to: tuple[str, ...] = ()) -> Facts:
    return Facts(now=NOW, signals=tuple(sorted(signals, key=lambda s: s.ref)), limited_to=limited_to)
