"""At the click: what moved since people read the evidence. Pure.

A model that answered again, or that now fails for another reason, is left alone, and the card says so.
"""

from collections.abc import Mapping

from operator_core.facts import Facts, ModelRef, Scope, Signals
from operator_core.outages import latest_failure
from operator_core.proposals import Proposal, ProposalAction
from operator_core.triage import deciding_cause


def moved(proposal: Proposal, facts: Facts) -> Mapping[ModelRef, str]:
    """The members whose evidence no longer holds, each with what changed in words."""
    if proposal.action not in {ProposalAction.DISABLE, ProposalAction.RENAME}:
        return {}
    if proposal.scope != Scope.PATTERN:
        return {}
    now = {signals.ref: signals for signals in facts.signals}
    found = {ref: _moved(proposal, now.get(ref)) for ref in proposal.refs}
    return {ref: why for ref, why in found.items() if why}


def _moved(proposal: Proposal, signals: Signals | None) -> str:
    if signals is None or not signals.listed:
        return "it is no longer in the catalogue"
    if not signals.failing and signals.last_success is not None:
        return f"it answered at {signals.last_success:%H:%M} UTC on {signals.last_success:%d %b}"
    cause, _ = deciding_cause(signals.streak)
    if cause is not None and cause.kind != proposal.kind:
        latest = latest_failure(signals)
        return f"it now fails in another way: {latest.sample if latest else cause.kind}"[:200]
    return ""
