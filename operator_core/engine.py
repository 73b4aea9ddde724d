"""One run: read → diagnose → judge → look up → decide.

It writes and executes nothing. What waits for MongoDB or the LLM stands between the stages, which are pure.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from operator_core.diagnosis.findings import findings
from operator_core.diagnosis.situations import Diagnosis, diagnose
from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Action, Decision, LlmUse, Route, Verdict, settled
from operator_core.domain.holds import without_held
from operator_core.domain.proposals import Proposal
from operator_core.domain.runs import Run, Sight, SituationRecord
from operator_core.domain.signals import Facts
from operator_core.domain.situations import FLAGGED_DEPRECATED, Scope, Situation
from operator_core.judgement.judge import Judgement, as_read, judge
from operator_core.judgement.llm import Advisor
from operator_core.options import CoreOptions
from operator_core.policy.drafts import Background, candidates, drafts, find, other_providers, within_bounds
from operator_core.policy.gates import decide, held_back, of_every_model
from operator_core.store.mongo import Database
from operator_core.store.platform.catalogue import listed_among, offered_among, providers_listed
from operator_core.store.platform.history import running
from operator_core.store.platform.reading import Use
from operator_core.store.platform.signals import Collected, collect
from operator_core.store.records.modes import Modes, read_recent_activity
from operator_core.store.stores import Stores


class SharedReading:
    """One at a time. Whoever asks while one is under way gets the next: it began after they asked."""

    def __init__(self) -> None:
        self._turn, self._begun, self._asking = asyncio.Lock(), 0, 0
        self._last: Collected | None = None

    async def read(self, reading: Callable[[], Awaitable[Collected]]) -> Collected:
        begun_before, self._asking = self._begun, self._asking + 1
        try:
            async with self._turn:
                if self._last is None or self._begun == begun_before:
                    self._begun, self._last = self._begun + 1, None
                    self._last = await reading()
                return self._last
        finally:
            self._asking -= 1
            if not self._asking:
                self._last = None


Tell = Callable[[str], None]
"""Told what a run is doing, a short phrase each."""
FLAGGED = settled(Action.DISABLE, FLAGGED_DEPRECATED)

WATCHED = Verdict(action=Action.MONITOR, confidence=1.0, reasoning="", suggested_by="another situation")


@dataclass(frozen=True)
class Resources:
    """What a run needs: the database, the options, and the advisor (None: the written rules judge)."""

    database: Database
    options: CoreOptions
    advisor: Advisor | None
    no_advisor: str = ""
    """Why there is none, fit for the digest."""

    @cached_property
    def _shared(self) -> defaultdict[str, SharedReading]:
        return defaultdict(SharedReading)

    async def shared_facts(self, clock: Callable[[], datetime], provider: str) -> Facts:
        """Of a provider, or of all where none is named, as the rows themselves say after this was asked."""
        providers = (provider,) if provider else ()
        return (await self._shared[provider].read(lambda: self.collected(clock(), providers, Use.NONE))).facts

    @cached_property
    def stores(self) -> Stores:
        return Stores(self.database, self.options.mongodb)

    def modes(self, now: datetime) -> Modes:
        return Modes(self.stores, self.options.policy.autopilot, lambda: now)

    async def collected(self, now: datetime, providers: Sequence[str] = (), use: Use = Use.READ) -> Collected:
        """All that was measured until then, of some providers or all; `use`: of what is kept of the rows.
        Raises FactsUnreadable."""
        read = await collect(self.database, self.options.mongodb, self.options.analysis, now, providers, use)
        await asyncio.to_thread(lambda: read.facts)  # seconds, of very many models or texts
        return read

    async def facts(self, now: datetime, providers: Sequence[str] = ()) -> Facts:
        """What the rows themselves say at that time: what acts on it relies on nothing that was kept. Raises
        FactsUnreadable."""
        return (await self.collected(now, providers, Use.NONE)).facts


def no_progress(phrase: str) -> None:
    """Default progress callback: does nothing."""


async def generate_decisions(
    resources: Resources,
    now: datetime,
    *,
    run_id: str,
    trigger: str,
    providers: Sequence[str] = (),
    tell: Tell = no_progress,
    use: Use = Use.READ,
) -> Run:
    """Everything that one run found, judged and would do, as one frozen result. Called by the use cases;
    `now` is UTC. Raises FactsUnreadable when MongoDB can't be read."""
    began = time.perf_counter()
    tell("reading the results")
    collected = await resources.collected(now, providers, use)
    facts = collected.facts
    diagnosis = await asyncio.to_thread(diagnose, facts, resources.options.analysis)
    if diagnosis.health.runner_down:
        decided = _nothing_judged(resources, facts, diagnosis)
    else:
        decided = await _judge_and_decide(resources, facts, diagnosis, tell)
    decided["notes"] = (*decided.get("notes", ()), *collected.notes)
    return Run(
        id=run_id,
        trigger=trigger,
        started_at=now,
        seconds=time.perf_counter() - began,
        models=sum(signals.listed for signals in facts.signals),
        enabled=sum(signals.enabled for signals in facts.signals),
        providers=diagnosis.providers,
        last_result=diagnosis.health.last_result,
        **facts.model_dump(include={"unreadable_rows", "unreadable", "limited_to"}),
        sight=Sight.of(facts, resources.options.analysis.window_days, decided.get("held", ())),
        maintenance=tuple(one for one in facts.maintenance if one.lasts(now)),
        **decided,
    )


async def _judge_and_decide(
    resources: Resources, facts: Facts, diagnosis: Diagnosis, tell: Tell
) -> dict[str, Any]:
    """Judge, look up, decide: the fields of a run that tell what it would do."""
    holds = await resources.stores.holds.active()
    free = [rest for situation in diagnosis.situations if (rest := without_held(situation, holds))]
    to_judge = [situation for situation in free if situation.scope != Scope.FLAGGED]
    tell(f"judging {len(to_judge)} situations")
    judgement = await _judge(resources, to_judge, facts.now)
    verdicts = {**judgement.verdicts, **{s.id: FLAGGED for s in free if s.scope == Scope.FLAGGED}}
    judged = [(as_read(situation, verdicts[situation.id]), verdicts[situation.id]) for situation in free]
    disabling = [ref for one, verdict in judged if verdict.action == Action.DISABLE for ref in one.refs]
    background = await _background(resources, diagnosis, facts, disabling, [one for one, _ in judged])
    modes, complete = resources.modes(facts.now), judgement.automatic
    activity = await read_recent_activity(modes, advice_complete=complete)
    of_situations = decide(judged, facts, activity, resources.options.policy, background)
    on_hold = held_back(diagnosis.situations, free, holds)
    decisions = of_every_model(diagnosis.triage.settled, of_situations, on_hold)
    asked = {ref for situation in to_judge for ref in situation.refs}
    offers = findings(facts, await providers_listed(resources.database))
    return {
        "settled": len(decisions) - len(asked),
        "judged": len(asked),
        "situations": tuple(SituationRecord.of(situation, verdict) for situation, verdict in judged),
        "decisions": decisions,
        "held": tuple(decision.ref for decision in on_hold),
        "idle": tuple(d.ref for d in diagnosis.triage.settled if d.action == Action.MONITOR),
        "answered": diagnosis.triage.answering,
        "unlisted": diagnosis.triage.unlisted,
        "drafts": (
            *drafts(judged, of_situations, background, facts.now, resources.options.policy.min_failing_hours),
            *map(within_bounds, offers),
        ),
        "llm": judgement.use,
        "notes": judgement.notes,
        "to_remember": judgement.to_remember,
    }


async def _judge(resources: Resources, situations: Sequence[Situation], now: datetime) -> Judgement:
    return await judge(
        situations,
        memory=await resources.stores.memory.recall(situation.id for situation in situations),
        advisor=resources.advisor,
        no_advisor=resources.no_advisor,
        options=resources.options,
        now=now,
    )


async def _background(
    resources: Resources,
    diagnosis: Diagnosis,
    facts: Facts,
    disabling: Collection[ModelRef],
    situations: Sequence[Situation] = (),
) -> Background:
    """What catalogues and lists know: the successors that situations name; of what might be disabled how many
    other providers answer with it, none of which may be disabled too, and whether its own lists it."""
    listed = await listed_among(resources.database, resources.options.mongodb, candidates(situations))
    others = [ref for ref in diagnosis.triage.answering if ref not in disabling]
    successors, renames = find(situations, facts, listed)
    return Background(
        successors=successors,
        renames=renames,
        elsewhere={} if facts.limited_to else other_providers(disabling, others),
        offered=await offered_among(resources.database, disabling, others, facts.now),
    )


async def closed_gates(
    resources: Resources, proposal: Proposal, now: datetime, facts: Facts | None
) -> dict[ModelRef, str]:
    """For each model that policy approved the gate that is closed now, in words; "" where none is.

    Called once a batch of policy's is opened, and before anybody goes on with one. The verdict stands as it
    was given; situations, gates and brakes are looked at again: from facts just read, or read now, and from
    the journal and `models` as they are. Raises FactsUnreadable.
    """
    facts = facts or await resources.facts(now)
    stores, policy, mine = resources.stores, resources.options.policy, proposal.journal_ids[-1]
    leaving = await stores.journal.about_to_leave(await stores.journal.before(mine))
    facts = facts.of_those(await running(stores.models) - leaving)
    diagnosis = await asyncio.to_thread(diagnose, facts, resources.options.analysis)
    activity = await read_recent_activity(resources.modes(now), advice_complete=True, mine=mine)
    background = await _background(resources, diagnosis, facts, proposal.approved)
    verdict = Verdict(
        action=Action.DISABLE, **proposal.model_dump(include={"confidence", "reasoning", "suggested_by"})
    )
    same = [s.only(proposal.approved) for s in diagnosis.situations if s.id == proposal.fingerprint]
    others = [(s, WATCHED) for s in diagnosis.situations if s.id != proposal.fingerprint]
    decisions = decide([*((s, verdict) for s in same), *others], facts, activity, policy, background)
    by_ref = {decision.ref: decision for decision in decisions}
    return {ref: _why_not(by_ref.get(ref)) for ref in proposal.approved}


def _why_not(decision: Decision | None) -> str:
    if decision is None or decision.suggested_by == WATCHED.suggested_by:
        return "the trouble that it was to be disabled for is not seen any more"
    shadow = "autopilot is in shadow by now" if decision.alone else ""
    return "" if decision.route == Route.AUTO else decision.gate or shadow or decision.reasoning


def _nothing_judged(resources: Resources, facts: Facts, diagnosis: Diagnosis) -> dict[str, Any]:
    """The runner is down: that is all there is to say. What is disabled stays ignored."""
    disabled = {signals.ref for signals in facts.signals if signals.listed and not signals.enabled}
    decisions = of_every_model([d for d in diagnosis.triage.settled if d.ref in disabled], (), ())
    return {
        "settled": len(decisions),
        "judged": 0,
        "situations": tuple(SituationRecord.of(situation, None) for situation in diagnosis.situations),
        "decisions": decisions,
        "runner_down": True,
        "llm": LlmUse(model=resources.options.llm.model),
    }
