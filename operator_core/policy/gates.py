"""Verdict and signals → by itself, ask, or leave; each with its reason.

Gates look at what was measured. The LLM's confidence is one of them and opens none alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import floor

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import Action, Decision, Judged, Route, Verdict, settled
from operator_core.domain.holds import Hold, hold_over
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode, ShadowRecord, newest_of_each
from operator_core.domain.signals import Facts
from operator_core.domain.situations import WIDE, AffectedModel, Scope, Situation
from operator_core.options import PolicyOptions
from operator_core.policy.drafts import Background
from operator_core.words import below, duration, plural

FRESH_INTERVALS = 2
FRESH_AT_MOST = timedelta(hours=24)
WEEK = timedelta(days=7)
NOT_AN_LLM = frozenset({"rules", "triage"})


class RecentActivity(Frozen):
    """What automation did lately, from the journal, and whether it may go on."""

    paused: str = ""
    """That it is paused, and why, in words; empty while it runs."""
    advice_complete: bool = True
    """False when the LLM's answer was cut: nothing runs by itself in that run."""
    gone_this_week: Mapping[str, int] = {}
    """By provider: models that left the enabled ones through the journal within seven days, net."""
    by_policy_this_week: Mapping[str, int] = {}
    """By provider: of those, the ones that policy disabled by itself."""
    unattended: int = 0
    """Changes by policy since an approver last acted in Slack."""
    mode: Mode = Mode.ON
    why_off: str = ""
    """Whose word it is that policy does nothing; empty unless the mode is off."""
    shadow: tuple[ShadowRecord, ...] = ()
    """What policy would have done alone, and what counts therefore as if it had; it is in the two above."""


def decide(
    judged: Sequence[Judged],
    facts: Facts,
    activity: RecentActivity,
    policy: PolicyOptions,
    background: Background,
) -> tuple[Decision, ...]:
    """One decision for each model of the judged situations: by itself (auto), ask, or none.

    Brakes let through what fits, longest failing first, and last what leaves the site; the rest is asked with
    the brake as its reason.
    """
    renames, elsewhere = background.renames, background.elsewhere
    brakes = _Brakes(judged, facts, activity, policy)
    decisions: list[Decision] = []
    models = [(situation, verdict, model) for situation, verdict in judged for model in situation.affected]
    models.sort(key=lambda m: (not elsewhere.get(m[2].ref), -m[2].failing_hours(facts.now), m[2].ref))
    for situation, verdict, affected in models:
        lowered = _per_model(situation, verdict, affected, facts, policy)
        said: dict[str, object] = {"situation": None if situation.scope == Scope.FLAGGED else situation.id}
        if lowered.action == Action.DISABLE:
            gate = (
                activity.paused
                or ("this run looked at some providers only" if facts.limited_to else "")
                or _closed_by_verdict(situation, lowered, activity, policy)
                or _closed_by_evidence(situation, affected, facts, policy)
                or (f"it would add {renames[affected.ref]}" if affected.ref in renames else "")
                or _leaves_the_site(affected.ref, background)
                or brakes.refuse(affected.ref)
            )
            route = Route.ASK if gate or activity.mode != Mode.ON else Route.AUTO
            said |= {"route": route, "gate": activity.why_off or gate, "alone": not gate}
        decisions.append(Decision.of(affected.ref, lowered, **said))
    return tuple(decisions)


def _closed_by_verdict(
    situation: Situation, verdict: Verdict, activity: RecentActivity, policy: PolicyOptions
) -> str:
    if situation.scope != Scope.PATTERN:
        return "only what the provider's errors say is done without a person"
    if situation.kind not in policy.kinds:
        return f"{situation.kind} is not a kind I may act on alone"
    if verdict.suggested_by in NOT_AN_LLM:
        return "written rules judged, not an LLM"
    if not activity.advice_complete:
        return "the LLM's answer was cut"
    if verdict.confidence < policy.min_confidence:
        return "confidence {} is below {}".format(*below(verdict.confidence, policy.min_confidence, 2))
    return ""


def _closed_by_evidence(
    situation: Situation, affected: AffectedModel, facts: Facts, policy: PolicyOptions
) -> str:
    cause, last = affected.cause, affected.signals.last_failure
    if cause is None or last is None or not affected.signals.failing:
        return "no failures were measured"
    if undated := affected.signals.undated_successes:
        return f"it has {plural(undated, 'success', 'successes')} of no usable time: it may answer again"
    if affected.answered_as:
        return f'it has answered since, spelt "{affected.answered_as}"'
    if not cause.evidence.opens_gates:
        return cause.evidence.said
    if cause.count < policy.min_failures:
        return f"there were only {plural(cause.count, 'failure')} of the {policy.min_failures} it takes"
    span = affected.failing_hours(last)
    if span < policy.min_failing_hours:
        return "the failures span {} of the {} hours it takes".format(*below(span, policy.min_failing_hours))
    usual = affected.signals.usual_interval
    fresh = FRESH_AT_MOST if usual is None else min(FRESH_AT_MOST, FRESH_INTERVALS * usual)
    if facts.now - last > fresh:
        return f"the last failure is {duration(facts.now - last)} old"
    if situation.kind == Kind.AUTH and not _key_is_good(affected, facts):
        return "no other model of this provider succeeded since, so the key itself may be bad"
    return ""


def _key_is_good(affected: AffectedModel, facts: Facts) -> bool:
    last, ref = affected.signals.last_failure, affected.ref
    others = (s for s in facts.signals if s.runs and s.ref.provider == ref.provider and s.ref != ref)
    return last is not None and any(s.last_success and s.last_success > last for s in others)


def _leaves_the_site(ref: ModelRef, background: Background) -> str:
    """A sole provider's model goes without a person only where that provider's own list dropped it too."""
    offered = background.offered.get(ref)
    if background.elsewhere.get(ref) or offered is False:
        return ""
    listed = f", and {ref.provider}'s own list still names it" if offered else ""
    return f"no other provider that answers keeps it{listed}"


class _Brakes:
    """Counts what is let through, so that the next one is refused when the share is used up."""

    def __init__(
        self, judged: Sequence[Judged], facts: Facts, activity: RecentActivity, policy: PolicyOptions
    ) -> None:
        runs = {signals.ref: signals.last_success for signals in facts.signals if signals.runs}
        newest = newest_of_each(activity.shadow).items()
        done = [record for ref, record in newest if ref in runs and record.same_streak(runs[ref])]
        self._done = {record.member.ref for record in done}
        left = tuple(signals for signals in facts.signals if signals.ref not in self._done)
        facts = facts.model_copy(update={"signals": left})
        enabled = Counter(signals.ref.provider for signals in left if signals.runs)
        gone = Counter(activity.gone_this_week)
        gone.update(record.member.ref.provider for record in done if record.at >= facts.now - WEEK)
        self._left = dict(enabled)
        self._before = {p: n + gone[p] for p, n in enabled.items()}
        self._used = Counter(activity.by_policy_this_week)
        self._unattended = activity.unattended
        self._policy = policy
        self._trouble = share_in_trouble(judged, facts)

    def refuse(self, ref: ModelRef) -> str:
        """The brake that holds; "" lets the change through and counts it, unless it is counted already."""
        if ref in self._done:
            return ""
        share = self._policy.max_share_of_provider
        before = self._before.get(ref.provider, 0)
        allowed = max(1, floor(share * before + 1e-9))  # 0.29 * 100 is 28.999… in floating point
        if self._trouble >= self._policy.max_share_in_trouble:
            return f"{self._trouble:.0%} of all models stopped answering in the last 24 hours"
        if self._left.get(ref.provider, 0) <= 1:
            return f"it is the last enabled model of {ref.provider}"
        if self._used[ref.provider] >= allowed:
            used = f"this week's {'is' if allowed == 1 else 'are'} used"
            return f"alone I may switch off only {allowed} of {ref.provider}'s {before} models a week: {used}"
        if self._unattended >= self._policy.max_changes_unattended:
            return _spent(self._policy.max_changes_unattended)
        self._left[ref.provider] -= 1
        self._used[ref.provider] += 1
        self._unattended += 1
        return ""


def _spent(allowed: int) -> str:
    if allowed == 0:
        return "operator.toml lets me change nothing alone"
    which = "the one change" if allowed == 1 else f"all {allowed} changes"
    return f"{which} that I may make before a person acts {'is' if allowed == 1 else 'are'} used"


def share_in_trouble(judged: Sequence[Judged], facts: Facts) -> float:
    """Share of all enabled models that stopped answering within 24 hours. Members of provider and silence
    situations aside: those have their own remedy."""
    aside = {ref for one, _ in judged if one.scope in WIDE for ref in one.refs}
    running = [signals for signals in facts.signals if signals.runs]
    since = facts.now - timedelta(hours=24)
    failing = [s for s in running if s.failing_since and s.failing_since >= since]
    stopped = [s for s in failing if s.ref not in aside and s.last_success]
    return len(stopped) / len(running) if running else 0.0


def _per_model(
    situation: Situation, verdict: Verdict, affected: AffectedModel, facts: Facts, policy: PolicyOptions
) -> Verdict:
    """What a verdict on the situation means for one of its models."""
    if verdict.action != Action.DISABLE or situation.scope == Scope.FLAGGED:
        return verdict
    hours, least = affected.failing_hours(facts.now), policy.min_failing_hours
    if situation.scope in WIDE:
        why = "A provider's outage or silence disables nothing."
    elif hours < least:
        why = "It has failed for {} hours, less than {}.".format(*below(hours, least))
    else:
        return verdict
    reasoning = f"{verdict.reasoning} {why}".strip()
    return verdict.model_copy(update={"action": Action.MONITOR, "reasoning": reasoning})


def held_back(
    situations: Sequence[Situation], free: Sequence[Situation], holds: Sequence[Hold]
) -> tuple[Decision, ...]:
    """The models in trouble that are on hold: watched, and neither judged nor asked about."""
    judged = {ref for situation in free for ref in situation.refs}
    return tuple(
        Decision.of(
            ref, settled(Action.MONITOR, f"On hold by {hold.by}{': ' * bool(hold.reason)}{hold.reason}.")
        )
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
