"""Settles by rule the models that need no judgement, and sorts the others by their trouble.

Settled here is only what needs no judgement: disabled, flagged, answering, never ran. (A model that results
name but `models` doesn't is reported, and never decided about.) All others become part of a situation.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from operator_core.diagnosis.findings import answered_as
from operator_core.diagnosis.outages import ProviderHealth, is_silent
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import Action, Decision, Verdict, settled
from operator_core.domain.kinds import Kind
from operator_core.domain.signals import Facts, FailureGroup, Signals, joined
from operator_core.domain.situations import FLAGGED_DEPRECATED, AffectedModel
from operator_core.options import AnalysisOptions
from operator_core.words import ago

FEWEST_TO_FLAP = 3


class Triage(Frozen):
    """Every model once: settled, flagged, silent, failing, or unlisted."""

    settled: tuple[Decision, ...] = ()
    flagged: tuple[AffectedModel, ...] = ()
    """Settled too (disable): also put to people, as a situation."""
    silent: tuple[AffectedModel, ...] = ()
    failing: tuple[AffectedModel, ...] = ()
    """Members of an outage among them; a situation each or together."""
    unlisted: tuple[ModelRef, ...] = ()
    answering: tuple[ModelRef, ...] = ()
    """Settled too (ignore), enabled and well: the one count of these that every page shows."""


def triage(facts: Facts, health: ProviderHealth, analysis: AnalysisOptions) -> Triage:
    """Sorts the models; the first row of docs/decisions.md's table that fits decides."""
    struck = frozenset(ref for outage in health.outages for ref in outage.members)
    sorted_out, spelt = defaultdict[str, list[object]](list), answered_as(facts)
    for signals in facts.signals:
        if not signals.listed:
            sorted_out["unlisted"].append(signals.ref)
            continue
        away = signals.ref.provider in facts.away
        if signals.enabled and signals.deprecated and not away:
            sorted_out["flagged"].append(AffectedModel(signals=signals, cause=None))
        verdict = _by_status(signals, away=away) or (
            None if signals.ref in struck else _by_results(signals, facts, analysis)
        )
        if verdict is not None:
            sorted_out["settled"].append(Decision.of(signals.ref, verdict))
            if verdict.action == Action.IGNORE and signals.runs:
                sorted_out["answering"].append(signals.ref)
            continue
        cause, others = deciding_cause(signals.streak if signals.failing else signals.recent)
        other = spelt.get(signals.ref)
        affected = AffectedModel(signals=signals, cause=cause, others=others, answered_as=other)
        sorted_out["silent" if _fell_silent(affected, facts, analysis) else "failing"].append(affected)
    return Triage.model_validate(sorted_out)


def deciding_cause(streak: tuple[FailureGroup, ...]) -> tuple[FailureGroup | None, tuple[FailureGroup, ...]]:
    """The cause that decides a streak, and the others.

    A provider that says what is wrong (gone, not allowed, …) decides when that is half of the failures or
    more, or the only voice since it first spoke; otherwise the most frequent cause does. The deciding kind's
    groups are taken together: first, last and count of them all, under their most frequent pattern.
    """
    if not streak:
        return None, ()
    kinds = {group.kind: [one for one in streak if one.kind == group.kind] for group in streak}
    together, total = list(map(joined, kinds.values())), joined(streak).count
    definite = [one for one in together if one.kind.traits.definite and _decides(one, streak, total)]
    newest = max(definite or together, key=lambda one: (one.count, one.last, one.kind))
    main = max(kinds[newest.kind], key=lambda group: (group.count, group.last, group.pattern))
    successor = newest.successor or main.successor
    cause = newest.model_copy(update={"pattern": main.pattern, "successor": successor})
    return cause, tuple(group for group in streak if group.kind != cause.kind)


def _decides(mine: FailureGroup, streak: tuple[FailureGroup, ...], total: int) -> bool:
    alone_since = all(group.last < mine.first for group in streak if group.kind != mine.kind)
    return alone_since or 2 * mine.count >= total


def is_flapping(signals: Signals, analysis: AnalysisOptions) -> bool:
    """Three soft failures or more are half or more of its recent runs, successes the rest."""
    failures, successes = signals.recent_failures, signals.recent_successes
    enough = failures >= max(FEWEST_TO_FLAP, analysis.flapping_share * (failures + successes))
    soft = bool(signals.recent) and all(group.kind.traits.soft for group in signals.recent)
    return successes > 0 and enough and soft


def is_answering(signals: Signals, now: datetime, analysis: AnalysisOptions) -> bool:
    """A success lately, and not flapping."""
    success = signals.last_success
    lately = timedelta(hours=analysis.healthy_within_hours)
    return success is not None and now - success <= lately and not is_flapping(signals, analysis)


def _by_status(signals: Signals, *, away: bool) -> Verdict | None:
    if not signals.enabled:
        return settled(Action.IGNORE, "Disabled already.")
    if away:
        return settled(Action.MONITOR, "Its provider is in maintenance: nothing is decided before that ends.")
    return settled(Action.DISABLE, FLAGGED_DEPRECATED) if signals.deprecated else None


def _by_results(signals: Signals, facts: Facts, analysis: AnalysisOptions) -> Verdict | None:
    if signals.last_run is None:
        return settled(Action.MONITOR, f"Never ran in the last {analysis.window_days} days.")
    cause, _ = deciding_cause(signals.streak)
    if signals.failing and cause is not None and cause.kind == Kind.HARD_MODEL:
        return None  # a provider that says "gone" outweighs a success of this morning
    if is_answering(signals, facts.now, analysis):
        return settled(Action.IGNORE, "Answering.")
    if signals.failing or is_flapping(signals, analysis) or is_silent(signals, facts, analysis):
        return None
    since = ago(facts.now - signals.last_run)
    return settled(Action.MONITOR, f"Last answered {since}; not long enough to call it silent.")


def _fell_silent(affected: AffectedModel, facts: Facts, analysis: AnalysisOptions) -> bool:
    gave_results = affected.signals.last_success is not None
    still_holds = affected.cause is not None and affected.cause.kind.traits.outlasts_silence
    return gave_results and not still_holds and is_silent(affected.signals, facts, analysis)
