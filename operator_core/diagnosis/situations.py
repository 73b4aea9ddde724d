"""Folds hundreds of models in trouble into a few situations: same provider, kind, pattern and scope."""

from collections import Counter
from collections.abc import Iterable, Mapping

from operator_core.diagnosis.outages import Outage, ProviderHealth, family, provider_health
from operator_core.diagnosis.triage import Triage, triage
from operator_core.domain.base import Frozen, ModelRef, grouped
from operator_core.domain.kinds import Kind
from operator_core.domain.runs import ProviderCount
from operator_core.domain.signals import Facts, Signals, joined
from operator_core.domain.situations import AffectedModel, Scope, Situation, fingerprint_of
from operator_core.options import AnalysisOptions

SILENCE = "gives neither results nor failures"
EVERYBODY = "all providers"
FLAGGED = "flagged deprecated in the catalogue, but enabled"


def fold(triage: Triage, health: ProviderHealth, facts: Facts) -> tuple[Situation, ...]:
    """All situations, those with the most models first. A stopped runner is one situation of silence."""
    enabled = Counter(signals.ref.provider for signals in facts.signals if signals.enabled)
    if health.runner_down:
        silent = [AffectedModel(signals=s, cause=None) for s in facts.signals if s.runs and s.last_run]
        return (_situation(EVERYBODY, Scope.SILENCE, Kind.UNKNOWN, SILENCE, silent, enabled.total()),)
    affected = {affected.ref: affected for affected in triage.failing}
    outages = [_of_outage(outage, affected, enabled[outage.provider]) for outage in health.outages]
    struck = {ref for situation in outages for ref in situation.refs}
    alone = [affected for affected in triage.failing if affected.ref not in struck]
    flagged = Counter(one.ref.provider for one in triage.flagged)
    situations = (
        *outages,
        *_grouped(triage.silent, Scope.SILENCE, enabled, SILENCE),
        *_grouped(alone, Scope.PATTERN, enabled),
        *_grouped(triage.flagged, Scope.FLAGGED, enabled, FLAGGED),
    )
    counted = (s.model_copy(update={"provider_flagged": flagged[s.provider]}) for s in situations)
    return tuple(sorted(counted, key=lambda situation: (-len(situation.affected), situation.id)))


def _situation(
    provider: str, scope: Scope, kind: Kind, pattern: str, affected: Iterable[AffectedModel], enabled: int
) -> Situation:
    outage = scope == Scope.PROVIDER  # its texts vary from hour to hour: its provider and family name it
    return Situation(
        id=fingerprint_of(provider, family(kind) if outage else kind, "" if outage else pattern, scope),
        provider=provider,
        scope=scope,
        kind=kind,
        pattern=pattern,
        affected=tuple(affected),
        provider_enabled=enabled,
    )


def _of_outage(outage: Outage, failing: Mapping[ModelRef, AffectedModel], enabled: int) -> Situation:
    members = [_struck(failing[ref].signals, outage.kind) for ref in outage.members]
    return _situation(outage.provider, Scope.PROVIDER, outage.kind, outage.pattern, members, enabled)


def _struck(signals: Signals, kind: Kind) -> AffectedModel:
    """A model with the outage as its cause, whatever its streak said before."""
    alike = [group for group in signals.streak if family(group.kind) == family(kind)]
    others = tuple(group for group in signals.streak if group not in alike)
    return AffectedModel(signals=signals, cause=joined(alike), others=others)


def _grouped(
    models: Iterable[AffectedModel], scope: Scope, enabled: Counter[str], pattern: str = ""
) -> list[Situation]:
    """One for each provider, kind and pattern; `pattern`: what is wrong where no cause counts."""

    def shared(affected: AffectedModel) -> tuple[str, Kind, str]:
        cause = affected.cause if scope == Scope.PATTERN else None
        return affected.ref.provider, *((cause.kind, cause.pattern) if cause else (Kind.UNKNOWN, pattern))

    return [
        _situation(provider, scope, kind, said, members, enabled[provider])
        for (provider, kind, said), members in grouped(models, shared).items()
    ]


class Diagnosis(Frozen):
    """What is wrong at one moment, before anybody judges what to do about it."""

    health: ProviderHealth
    triage: Triage
    situations: tuple[Situation, ...]
    providers: tuple[ProviderCount, ...]


def diagnose(facts: Facts, analysis: AnalysisOptions) -> Diagnosis:
    """Outages → triage → situations: what is wrong with a provider is no model's own trouble."""
    health = provider_health(facts, analysis)
    triaged = triage(facts, health, analysis)
    situations, counts = fold(triaged, health, facts), _counts(facts, triaged)
    return Diagnosis(health=health, triage=triaged, situations=situations, providers=counts)


def _counts(facts: Facts, triaged: Triage) -> tuple[ProviderCount, ...]:
    """For each provider how many of its enabled models answer."""
    enabled = Counter(signals.ref.provider for signals in facts.signals if signals.enabled)
    answering = Counter(ref.provider for ref in triaged.answering)
    return tuple(
        ProviderCount(provider=provider, enabled=enabled[provider], answering=answering[provider])
        for provider in sorted(enabled)
    )
