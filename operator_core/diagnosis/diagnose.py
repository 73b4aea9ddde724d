"""Facts → what is wrong: the providers' health first, then single models, folded into situations. Pure."""

from collections import Counter

from operator_core.diagnosis.outages import ProviderHealth, provider_health
from operator_core.diagnosis.situations import fold
from operator_core.diagnosis.triage import Triage, is_answering, triage
from operator_core.domain.base import Frozen
from operator_core.domain.runs import ProviderCount
from operator_core.domain.signals import Facts
from operator_core.domain.situations import Situation
from operator_core.options import AnalysisOptions


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
    situations, counts = fold(triaged, health, facts), _counts(facts, analysis)
    return Diagnosis(health=health, triage=triaged, situations=situations, providers=counts)


def _counts(facts: Facts, analysis: AnalysisOptions) -> tuple[ProviderCount, ...]:
    """For each provider how many of its enabled models answered in their latest run."""
    running = [signals for signals in facts.signals if signals.runs]
    up = (s.ref.provider for s in running if not s.failing and is_answering(s, facts.now, analysis))
    enabled, answering = Counter(s.ref.provider for s in running), Counter(up)
    return tuple(
        ProviderCount(provider=provider, enabled=enabled[provider], answering=answering[provider])
        for provider in sorted(enabled)
    )
