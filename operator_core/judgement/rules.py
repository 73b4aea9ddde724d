"""The written rules that stand in for the LLM. Pure.

Their confidence stays below what policy demands, so nothing runs by itself on them.
"""

from datetime import datetime, timedelta

from operator_core.domain.decisions import Action, Verdict
from operator_core.domain.kinds import Kind
from operator_core.domain.situations import FLAGGED_DEPRECATED, Scope, Situation
from operator_core.words import duration

CAP = 0.9


def rule_verdict(situation: Situation, now: datetime, min_failing_hours: float) -> Verdict:
    """The table's answer for a situation; `min_failing_hours` as in operator.toml."""
    if situation.scope == Scope.FLAGGED:
        return _verdict(Action.DISABLE, FLAGGED_DEPRECATED)
    if situation.scope == Scope.SILENCE:
        return _verdict(Action.MONITOR, "Used to give results; now neither results nor failures come.")
    if situation.scope == Scope.PROVIDER:
        return _verdict(Action.MONITOR, "All of the provider's models fail alike, so it is not the models.")
    hours = max((affected.failing_hours(now) for affected in situation.affected), default=0.0)
    if hours >= min_failing_hours and (reasoning := _gone_for_us(situation, now, hours)):
        return _verdict(Action.DISABLE, reasoning)
    since = None if situation.kind == Kind.HARD_MODEL else situation.last_success
    if situation.kind == Kind.HARD_MODEL and not situation.evidence.opens_gates:
        return _verdict(Action.MONITOR, f"It may be gone, but {situation.evidence.said}.")
    suffix = "" if since is None else f" Last success {duration(now - since)} ago."
    return _verdict(Action.MONITOR, situation.kind.traits.reasoning + suffix)


def _gone_for_us(situation: Situation, now: datetime, hours: float) -> str:
    """Why it should go after so many hours; "" where that is not what its kind says."""
    upto = "up to " * (min(one.failing_hours(now) for one in situation.affected) < hours - 24)
    since = upto + duration(timedelta(hours=hours))
    if situation.kind == Kind.HARD_MODEL and situation.evidence.opens_gates:
        return f"For {since} the provider has said that it is gone."
    refused, run = len(situation.affected), situation.provider_enabled - situation.provider_flagged
    if situation.kind == Kind.AUTH and refused < run:  # all of them refused: then it is the key
        return f"Access refused for {since}, but only to {refused} of the provider's {run} models."
    return ""


def _verdict(action: Action, reasoning: str) -> Verdict:
    return Verdict(action=action, confidence=CAP, reasoning=reasoning, suggested_by="rules")
