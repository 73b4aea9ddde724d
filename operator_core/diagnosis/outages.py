"""What is wrong with a whole provider, or with us: looked at before any single model is.

A lapsed bill, a revoked key or an outage fails every model of a provider at once, and a stopped runner fails
nothing at all. Neither says anything about a model, so both come before the verdicts on models.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.kinds import Kind
from operator_core.domain.signals import Facts, FailureGroup, Signals
from operator_core.options import AnalysisOptions

Value = TypeVar("Value")

MIN_MODELS = 3
"""Fewer models that fail alike are no evidence against a provider."""
INTERVALS_MISSED = 1.5
"""So many usual intervals without any result are silence."""


class Outage(Frozen):
    """A provider whose models fail alike in their latest run."""

    provider: str
    kind: Kind
    pattern: str
    """The most frequent one: the models of an outage may fail in several ways."""
    members: tuple[ModelRef, ...]


class ProviderHealth(Frozen):
    """What is wrong beyond single models."""

    runner_down: bool
    """Nobody gives results any more: nothing else can be judged."""
    last_result: datetime | None
    """The latest result of any model, whichever kind."""
    outages: tuple[Outage, ...] = ()


def provider_health(facts: Facts, analysis: AnalysisOptions) -> ProviderHealth:
    """Outages and silence, from the models that the scheduler runs."""
    ran = [one for one in facts.signals if one.runs and one.last_run and one.ref.provider not in facts.away]
    last_result = max((s.last_run for s in ran if s.last_run), default=None)
    # A run limited to some providers can't tell a stopped runner from a silent provider.
    if ran and not facts.limited_to and all(is_silent(s, facts, analysis) for s in ran):
        return ProviderHealth(runner_down=True, last_result=last_result)
    by_provider = groupby(ran, key=lambda signals: signals.ref.provider)
    outages = (_outage(provider, list(group), facts, analysis) for provider, group in by_provider)
    return ProviderHealth(runner_down=False, last_result=last_result, outages=tuple(filter(None, outages)))


def is_silent(signals: Signals, facts: Facts, analysis: AnalysisOptions) -> bool:
    """It ran within the window, and has given neither a result nor a failure for too long.

    Too long is `silence_after_hours`, and longer where its runs, or the platform's, are further apart. While
    its provider was in maintenance nothing was to be expected.
    """
    last, now = signals.last_run, facts.now
    away = (min(one.until, now) for one in signals.maintenance if one.since <= now)
    usual = max(filter(None, (signals.usual_interval, facts.usual_interval)), default=timedelta(0))
    patience = max(timedelta(hours=analysis.silence_after_hours), INTERVALS_MISSED * usual)
    return last is not None and now - max((last, *away)) > patience


def latest_failure(signals: Signals) -> FailureGroup | None:
    """The cause of the latest run's failure; None when the latest run succeeded."""
    streak = signals.streak if signals.failing else ()
    return max(streak, key=lambda group: group.last, default=None)


def family(kind: Kind) -> Kind:
    """An outage shows itself as 5xx, network errors or time-outs: one family, under one name."""
    return Kind.TRANSIENT_PROVIDER if kind.traits.outage else kind


def _outage(provider: str, ran: list[Signals], facts: Facts, analysis: AnalysisOptions) -> Outage | None:
    lately = [signals for signals in ran if not is_silent(signals, facts, analysis)]
    failing = [(signals.ref, cause) for signals in lately if (cause := latest_failure(signals))]
    if not failing:
        return None
    commonest, count = _commonest(family(cause.kind) for _, cause in failing)
    if count < MIN_MODELS or count < analysis.provider_wide_share * len(lately):
        return None
    members = [(ref, cause) for ref, cause in failing if family(cause.kind) == commonest]
    kind, votes = _commonest(cause.kind for _, cause in members)
    alike = votes >= analysis.provider_wide_share * len(members)
    return Outage(
        provider=provider,
        kind=kind if alike else commonest,
        pattern=_commonest(cause.pattern for _, cause in members)[0],
        members=tuple(ref for ref, _ in members),
    )


def _commonest(values: Iterable[Value]) -> tuple[Value, int]:
    """The most frequent value and its count; of equals the smallest by text, so that it is stable."""
    counts = Counter(values)
    return min(counts.items(), key=lambda item: (-item[1], str(item[0])))
