"""Before a change that people approved: which evidence changed since they read it. Pure.

A model that answered again, or that now fails for another reason, is left alone, and the card says so.
"""

from collections.abc import Mapping
from datetime import datetime

from operator_core.diagnosis.outages import latest_failure
from operator_core.diagnosis.spellings import no_longer_twice
from operator_core.diagnosis.triage import deciding_cause
from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import DISABLING, FINDING, Proposal
from operator_core.domain.signals import Facts, Signals
from operator_core.domain.situations import Scope
from operator_core.words import duration


def evidence_changed(proposal: Proposal, facts: Facts) -> Mapping[ModelRef, str]:
    """The members whose evidence no longer holds, each with what changed in words."""
    if proposal.fingerprint.startswith(FINDING):
        return no_longer_twice(proposal, facts)
    if proposal.action not in DISABLING or proposal.scope != Scope.PATTERN:
        return {}
    by_ref = {signals.ref: signals for signals in facts.signals}
    reasons = {ref: _moved(proposal, by_ref.get(ref), facts.now) for ref in proposal.refs}
    return {ref: why for ref, why in reasons.items() if why}


def _moved(proposal: Proposal, signals: Signals | None, now: datetime) -> str:
    if signals is None or not signals.listed:
        return "it is no longer in the catalogue"
    if not signals.failing and signals.last_success is not None:
        return f"it answered {duration(now - signals.last_success)} earlier"
    cause, _ = deciding_cause(signals.streak)
    if cause is not None and cause.kind != proposal.kind:
        latest = latest_failure(signals)
        return f"it now fails in another way: {latest.sample if latest else cause.kind}"[:200]
    return ""
