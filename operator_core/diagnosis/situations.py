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
    outages = _outages(triage, health, enabled)
    struck = {ref for situation in outages for ref in situation.refs}
    alone = [affected for affected in triage.failing if affected.ref not in struck]
    situations = (
        *outages,
        *_grouped(triage.silent, Scope.SILENCE, enabled, SILENCE),
        *_grouped(alone, Scope.PATTERN, enabled),
        *_grouped(triage.flagged, Scope.FLAGGED, enabled, FLAGGED),
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
    """The same model with the outage as its cause, whatever its streak said before."""
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


def _grouped(
    models: Iterable[AffectedModel], scope: Scope, enabled: Counter[str], pattern: str = ""
) -> list[Situation]:
    """One for each provider, kind and pattern; `pattern`: what is wrong where no cause counts."""
    groups: dict[tuple[str, Kind, str], list[AffectedModel]] = defaultdict(list)
    for affected in models:
        cause = affected.cause if scope == Scope.PATTERN else None
        said = (cause.kind, cause.pattern) if cause else (Kind.UNKNOWN, pattern)
        groups[affected.ref.provider, *said].append(affected)
    return [
        Situation(
            id=fingerprint_of(provider, kind, shared, scope),
            provider=provider,
            scope=scope,
            kind=kind,
            pattern=shared,
            affected=tuple(members),
            provider_enabled=enabled[provider],
        )
        for (provider, kind, shared), members in groups.items()
    ]
