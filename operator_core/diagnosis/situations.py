"""Folds hundreds of models in trouble into a few situations: same provider, kind, pattern and scope."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from operator_core.diagnosis.outages import ProviderHealth, family
from operator_core.diagnosis.triage import Triage
from operator_core.domain.kinds import Kind
from operator_core.domain.signals import Facts
from operator_core.domain.situations import AffectedModel, Scope, Situation, fingerprint_of

SILENCE = "gives neither results nor failures"
EVERYBODY = "all providers"
FLAGGED = "flagged deprecated in the catalogue, but enabled"


def fold(triage: Triage, health: ProviderHealth, facts: Facts) -> tuple[Situation, ...]:
    """All situations, those with the most models first. A stopped runner is one situation of silence."""
    enabled = Counter(signals.ref.provider for signals in facts.signals if signals.runs)
    if health.runner_down:
        return (_everything(facts, enabled),)
    groups = _outages(triage, health, enabled)
    struck = {ref for situation in groups for ref in situation.refs}
    alone = [affected for affected in triage.failing if affected.ref not in struck]
    situations = (
        *groups,
        *_silence(triage.silent, enabled),
        *_patterns(alone, enabled),
        *_by_provider(triage.flagged, Scope.FLAGGED, FLAGGED, enabled),
    )
    return tuple(sorted(situations, key=lambda situation: (-len(situation.affected), situation.id)))


def _everything(facts: Facts, enabled: Counter[str]) -> Situation:
    return Situation(
        id=fingerprint_of(EVERYBODY, Kind.UNKNOWN, SILENCE, Scope.SILENCE),
        provider=EVERYBODY,
        scope=Scope.SILENCE,
        kind=Kind.UNKNOWN,
        pattern=SILENCE,
        affected=tuple(AffectedModel(signals=s, cause=None) for s in facts.signals if s.runs and s.last_run),
        provider_enabled=enabled.total(),
    )


def _outages(triage: Triage, health: ProviderHealth, enabled: Counter[str]) -> list[Situation]:
    affected = {affected.ref: affected for affected in triage.failing}
    return [
        Situation(
            # An outage's texts vary from hour to hour: its provider and family name it.
            id=fingerprint_of(outage.provider, family(outage.kind), "", Scope.PROVIDER),
            provider=outage.provider,
            scope=Scope.PROVIDER,
            kind=outage.kind,
            pattern=outage.pattern,
            affected=tuple(_struck(affected[ref], outage.kind) for ref in outage.members),
            provider_enabled=enabled[outage.provider],
        )
        for outage in health.outages
    ]


def _struck(affected: AffectedModel, kind: Kind) -> AffectedModel:
    """The same case with the outage as its cause, whatever its streak said before."""
    alike = [group for group in affected.signals.streak if family(group.kind) == family(kind)]
    cause = max(alike, key=lambda group: group.last)
    others = tuple(group for group in affected.signals.streak if group not in alike)
    return AffectedModel(
        signals=affected.signals,
        cause=cause.model_copy(
            update={"first": min(g.first for g in alike), "count": sum(g.count for g in alike)}
        ),
        others=others,
    )


def _patterns(models: Iterable[AffectedModel], enabled: Counter[str]) -> list[Situation]:
    groups: dict[tuple[str, Kind, str], list[AffectedModel]] = defaultdict(list)
    for affected in models:
        kind, pattern = (
            (affected.cause.kind, affected.cause.pattern) if affected.cause else (Kind.UNKNOWN, "")
        )
        groups[affected.ref.provider, kind, pattern].append(affected)
    return [
        Situation(
            id=fingerprint_of(provider, kind, pattern, Scope.PATTERN),
            provider=provider,
            scope=Scope.PATTERN,
            kind=kind,
            pattern=pattern,
            affected=tuple(members),
            provider_enabled=enabled[provider],
        )
        for (provider, kind, pattern), members in groups.items()
    ]


def _silence(models: Iterable[AffectedModel], enabled: Counter[str]) -> tuple[Situation, ...]:
    return _by_provider(models, Scope.SILENCE, SILENCE, enabled)


def _by_provider(
    models: Iterable[AffectedModel], scope: Scope, pattern: str, enabled: Counter[str]
) -> tuple[Situation, ...]:
    groups: dict[str, list[AffectedModel]] = defaultdict(list)
    for affected in models:
        groups[affected.ref.provider].append(affected)
    return tuple(
        Situation(
            id=fingerprint_of(provider, Kind.UNKNOWN, pattern, scope),
            provider=provider,
            scope=scope,
            kind=Kind.UNKNOWN,
            pattern=pattern,
            affected=tuple(members),
            provider_enabled=enabled[provider],
        )
        for provider, members in groups.items()
    )
