"""One decision for each model: what triage settled, what is on hold, what policy made of verdicts. Pure."""

from collections.abc import Sequence

from operator_core.domain.decisions import Action, Decision, Verdict
from operator_core.domain.holds import Hold, hold_over
from operator_core.domain.situations import Situation


def held_back(
    situations: Sequence[Situation], free: Sequence[Situation], holds: Sequence[Hold]
) -> tuple[Decision, ...]:
    """The models in trouble that are on hold: watched, and neither judged nor asked about."""
    judged = {ref for situation in free for ref in situation.refs}
    return tuple(
        Decision.of(ref, _held_verdict(hold))
        for situation in situations
        for ref in situation.refs
        if ref not in judged and (hold := hold_over(ref, situation.kind, situation.id, holds))
    )


def of_every_model(
    triaged: Sequence[Decision], of_situations: Sequence[Decision], on_hold: Sequence[Decision]
) -> tuple[Decision, ...]:
    """One for each model of the catalogue, by name; what was judged or is on hold counts before triage."""
    by_ref = {decision.ref: decision for decision in (*triaged, *of_situations, *on_hold)}
    return tuple(by_ref[ref] for ref in sorted(by_ref))


def _held_verdict(hold: Hold) -> Verdict:
    reasoning = f"On hold by {hold.by}{': ' + hold.reason if hold.reason else ''}."
    return Verdict(action=Action.MONITOR, confidence=1.0, reasoning=reasoning, suggested_by="triage")
