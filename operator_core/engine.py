"""One run: the stages in their order. It reads, judges and drafts; it writes and executes nothing."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.diagnosis.outages import ProviderHealth, provider_health
from operator_core.diagnosis.situations import fold
from operator_core.diagnosis.triage import Triage, is_answering, triage
from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Action, Decision, LlmUse, Route, Verdict
from operator_core.domain.holds import Hold, hold_on, without_held
from operator_core.domain.runs import ProviderCount, Run, SituationRecord
from operator_core.domain.signals import Facts
from operator_core.domain.situations import FLAGGED_DEPRECATED, Scope, Situation
from operator_core.errors import NotFound
from operator_core.judgement.judge import Judgement, judge
from operator_core.judgement.llm import Advisor
from operator_core.options import AnalysisOptions, LlmOptions, MongoOptions, PolicyOptions
from operator_core.policy.drafts import Background, drafts, elsewhere
from operator_core.policy.gates import decide
from operator_core.policy.successors import candidates, find
from operator_core.store.mongo import Document
from operator_core.store.platform.catalogue import listed_among, offered_among
from operator_core.store.platform.signals import read_facts
from operator_core.store.records.memory import recall
from operator_core.store.records.recent_activity import read_recent_activity
from operator_core.store.stores import Stores

Tell = Callable[[str], None]
"""Told what a run is doing, a short phrase each."""

FLAGGED = Verdict(
    action=Action.DISABLE,
    confidence=1.0,
    reasoning=FLAGGED_DEPRECATED,
    suggested_by="triage",
)


@dataclass(frozen=True)
class Resources:
    """What a run needs: the database, the options, and the advisor (None: the written rules judge)."""

    database: AsyncDatabase[Document]
    mongo: MongoOptions
    analysis: AnalysisOptions
    policy: PolicyOptions
    llm: LlmOptions
    advisor: Advisor | None
    no_advisor: str = ""
    """Why there is none, fit for the digest."""


def _quiet(phrase: str) -> None:
    """Nobody listens."""


async def generate_decisions(
    resources: Resources,
    now: datetime,
    *,
    run_id: str,
    trigger: str,
    providers: Sequence[str] = (),
    tell: Tell = _quiet,
) -> Run:
    """Signals → outages → triage → situations → verdicts → policy → drafts, as one frozen result.

    `now` is the time that all ages are counted to (UTC). Raises FactsUnreadable when MongoDB can't be read,
    and NotFound for a provider that neither `models` nor the results name.
    """
    began = time.perf_counter()
    tell("reading the results")
    facts = await read_facts(resources.database, resources.mongo, resources.analysis, now, providers)
    _require_known(facts, providers)
    found = provider_health(facts, resources.analysis)
    sorted_ = triage(facts, found, resources.analysis)
    situations = fold(sorted_, found, facts)
    if found.runner_down:
        seconds = time.perf_counter() - began
        return _nothing_judged(resources, facts, found, sorted_, situations, run_id, trigger, seconds)
    stores = Stores.of(resources.database, resources.mongo)
    holds = await stores.holds.active()
    free = [rest for s in situations if (rest := without_held(s, holds)) is not None]
    unsettled = [s for s in free if s.scope != Scope.FLAGGED]
    tell(f"judging {len(unsettled)} situations")
    judgement = await _judged(resources, unsettled, now)
    verdicts = dict(judgement.verdicts) | {s.id: FLAGGED for s in free if s.scope == Scope.FLAGGED}
    judged = [(situation, verdicts[situation.id]) for situation in free]
    background = await _background(resources, judged, facts)
    activity = await read_recent_activity(stores, now, advice_complete=judgement.automatic)
    of_situations = decide(judged, facts, activity, resources.policy, background.successors.renames)
    of_held = _held(situations, free, holds)
    decisions = _all(sorted_, of_situations, of_held)
    in_situations = {ref for situation in unsettled for ref in situation.refs}
    return Run(
        id=run_id,
        trigger=trigger,
        started_at=now,
        seconds=time.perf_counter() - began,
        models=sum(signals.listed for signals in facts.signals),
        enabled=sum(signals.runs for signals in facts.signals),
        settled=len(decisions) - len(in_situations),
        judged=len(in_situations),
        situations=tuple(SituationRecord.of(s, verdicts[s.id]) for s in free),
        decisions=decisions,
        held=tuple(decision.ref for decision in of_held),
        unlisted=sorted_.unlisted,
        drafts=drafts(judged, of_situations, background, now, resources.policy.min_failing_hours),
        providers=_counts(resources, facts),
        last_result=found.last_result,
        llm=judgement.use,
        notes=judgement.notes,
        unreadable_rows=facts.unreadable_rows,
        unreadable=facts.unreadable,
        limited_to=facts.limited_to,
        to_remember=judgement.to_remember,
    )


async def _judged(resources: Resources, situations: Sequence[Situation], now: datetime) -> Judgement:
    memory = await recall(resources.database, [situation.id for situation in situations])
    return await judge(
        situations,
        memory=memory,
        advisor=resources.advisor,
        no_advisor=resources.no_advisor,
        llm=resources.llm,
        policy=resources.policy,
        remember_days=resources.analysis.remember_verdict_days,
        now=now,
    )


async def _background(
    resources: Resources, judged: Sequence[tuple[Situation, Verdict]], facts: Facts
) -> Background:
    """What catalogues and providers' lists know about the models that might be disabled."""
    situations = [situation for situation, _ in judged]
    refs = [
        ref for situation, verdict in judged if verdict.action == Action.DISABLE for ref in situation.refs
    ]
    listed = await listed_among(resources.database, resources.mongo, candidates(situations))
    offered = await offered_among(resources.database, refs)
    return Background(
        successors=find(situations, facts, listed), elsewhere=elsewhere(refs, facts), offered=offered
    )


def _require_known(facts: Facts, providers: Sequence[str]) -> None:
    known = {signals.ref.provider for signals in facts.signals}
    unknown = [provider for provider in providers if provider not in known]
    if unknown:
        raise NotFound(
            f"no models or results of {', '.join(unknown)}: the platform has {', '.join(sorted(known))}"
        )


def _held(
    situations: Sequence[Situation], free: Sequence[Situation], holds: Sequence[Hold]
) -> tuple[Decision, ...]:
    judged = {ref for situation in free for ref in situation.refs}
    return tuple(
        Decision(
            ref=ref,
            action=Action.MONITOR,
            confidence=1.0,
            reasoning=_word(ref, situation, holds),
            suggested_by="triage",
            situation=None,
            route=Route.NONE,
        )
        for situation in situations
        for ref in situation.refs
        if ref not in judged
    )


def _word(ref: ModelRef, situation: Situation, holds: Sequence[Hold]) -> str:
    of_situation = next((h for h in holds if h.model_id is None and h.fingerprint == situation.id), None)
    hold = of_situation or hold_on(ref, situation.kind, holds)
    if hold is None:
        return "On hold."
    return f"On hold by {hold.by}{': ' + hold.reason if hold.reason else ''}."


def _all(
    sorted_: Triage, of_situations: Sequence[Decision], of_held: Sequence[Decision]
) -> tuple[Decision, ...]:
    """One decision for each model of the catalogue."""
    decided = {decision.ref: decision for decision in (*of_situations, *of_held)}
    settled = (
        Decision(
            ref=model.ref,
            action=model.verdict.action,
            confidence=model.verdict.confidence,
            reasoning=model.verdict.reasoning,
            suggested_by=model.verdict.suggested_by,
            situation=None,
            route=Route.NONE,
        )
        for model in sorted_.settled
        if model.ref not in decided
    )
    return tuple(sorted((*settled, *decided.values()), key=lambda decision: decision.ref))


def _counts(resources: Resources, facts: Facts) -> tuple[ProviderCount, ...]:
    running = [signals for signals in facts.signals if signals.runs]
    answering = {s.ref for s in running if not s.failing and is_answering(s, facts.now, resources.analysis)}
    return tuple(
        ProviderCount(
            provider=provider,
            enabled=sum(s.ref.provider == provider for s in running),
            answering=sum(ref.provider == provider for ref in answering),
        )
        for provider in sorted({s.ref.provider for s in running})
    )


def _nothing_judged(
    resources: Resources,
    facts: Facts,
    found: ProviderHealth,
    sorted_: Triage,
    situations: Sequence[Situation],
    run_id: str,
    trigger: str,
    seconds: float,
) -> Run:
    """The runner is down: that is all there is to say. What is disabled stays ignored."""
    disabled = {signals.ref for signals in facts.signals if signals.listed and not signals.enabled}
    decisions = tuple(d for d in _all(sorted_, (), ()) if d.ref in disabled)
    return Run(
        id=run_id,
        trigger=trigger,
        started_at=facts.now,
        seconds=seconds,
        models=sum(signals.listed for signals in facts.signals),
        enabled=sum(signals.runs for signals in facts.signals),
        settled=len(decisions),
        judged=0,
        situations=tuple(SituationRecord.of(situation, None) for situation in situations),
        decisions=decisions,
        providers=_counts(resources, facts),
        runner_down=True,
        last_result=found.last_result,
        llm=LlmUse(model=resources.llm.model),
        unreadable_rows=facts.unreadable_rows,
        unreadable=facts.unreadable,
        limited_to=facts.limited_to,
    )
