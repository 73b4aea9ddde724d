"""What is stored → the page that a day's digest shows."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from bot.schedule import upcoming
from bot.settings import Settings
from bot.slack.posting.cards import card_of
from bot.slack.posting.kept_messages import DiscoveryNews, LastDigest, discovery_news, last_digest
from bot.slack.posting.told import (
    DigestMemory,
    EnabledThen,
    covered,
    digest_memory,
    enabled_then,
    leaks_told,
    overdue,
    score_of,
)
from bot.slack.views.actions import OBVIOUS, members_meant
from bot.slack.views.card import Card
from bot.slack.views.content import Autopilot, Counted, DigestContent, Introduction, Watched
from bot.slack.views.digest import changed_words
from bot.slack.views.evidence import ails
from bot.slack.views.text import outside
from operator_core.diagnosis.partition import WIDE, Partition, Place, differences, partition
from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import LlmUse
from operator_core.domain.holds import SOMEBODY_OUTSIDE, Origin
from operator_core.domain.journal import JournalEntry
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import Proposal, ProposalAction, State
from operator_core.domain.runs import Run
from operator_core.domain.situations import Scope
from operator_core.store.platform.coverage import running
from operator_core.store.records.recent_activity import changes_unattended
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases

DAY = timedelta(days=1)
UNDER_WAY = timedelta(hours=1)
"""An entry may have been begun before a digest counted, and have landed after it."""
STANDING = frozenset({State.PENDING, State.APPROVED, State.CONFLICTED, State.FAILED})
NO_DECISION = frozenset({ProposalAction.ADD, ProposalAction.ATTEND})


async def digest_content(
    use_cases: UseCases, settings: Settings, run: Run | None, unreadable: str = ""
) -> DigestContent:
    """The page of a digest, from a run and what is stored, at this moment. It writes nothing."""
    stores, now = use_cases.stores, use_cases.now()
    last = await last_digest(stores).get()
    standing = _told(await stores.proposals.open(), run)
    since_then = await _since_then(use_cases, run, last, standing)
    asked = await _asked(use_cases, last, standing, since_then["stands"])
    memory, autopilot = await digest_memory(stores).get() or DigestMemory(), await autopilot_now(use_cases)
    waiting = [c.proposal for c in asked["decisions"] if c.proposal.state == State.PENDING]
    late = overdue(waiting, memory, now, settings.schedule.zone)
    degraded = (*_degraded(run), *await stores.left_alone())  # after all that was read
    good = run is not None and not degraded and autopilot.mode.mode == Mode.SHADOW
    begins = run is not None and last is None and autopilot.mode.mode != Mode.ON
    return DigestContent(
        at=now,
        yesterday=_counted_then(last, now, settings.schedule.zone),
        away=_away(run, since_then["stands"]) if run else 0,
        runner_down_since=run.last_result if run is not None and run.runner_down else None,
        facts_unreadable=unreadable,
        **since_then,
        **asked,
        leaks=await leaks_told(use_cases, now) if run else (),
        overdue=late,
        mention=settings.slack.approvers if late else (),
        discovery=(await discovery_news(stores).get() or DiscoveryNews()).lines,
        watching=_watching(run, since_then["stands"]) if run else (),
        covered=covered(await stores.holds.active(), standing),
        unreadable_rows=run.unreadable_rows if run else 0,
        unlisted=run.unlisted if run else (),
        introduction=_introduction(settings, since_then["stands"], waiting, now) if begins else None,
        ask_to_turn_on=good and settings.policy.autopilot == Mode.ON and memory.asks(now),
        autopilot=autopilot,
        kinds=settings.policy.kinds,
        failing_for=timedelta(hours=settings.policy.min_failing_hours),
        llm=run.llm if run is not None else LlmUse(model=settings.llm.model),
        next_digest=upcoming(now, settings.schedule.digest_at, settings.schedule.zone),
        degraded=degraded,
    )


def _told(standing: Sequence[Proposal], run: Run | None) -> list[Proposal]:
    """All but what is asked of providers in maintenance, and their outages."""
    away = {one.provider for one in run.maintenance} if run else set()
    return [
        one
        for one in standing
        if one.provider not in away or one.scope is None or one.state == State.REJECTED
    ]


async def _since_then(
    use_cases: UseCases, run: Run | None, last: LastDigest | None, standing: Sequence[Proposal]
) -> dict[str, Any]:
    """Where each model stands, and what became of them since a digest counted last."""
    stores = use_cases.stores
    then = await enabled_then(stores).get()
    since = then.at if then else last.at if last else use_cases.now() - DAY
    entries = [e for e in await stores.journal.since(since - UNDER_WAY) if not e.mode]
    told = then.entries if then else tuple(e.id for e in entries if e.started_at < since)
    alone = [e for e in entries if e.automatic and e.undo_of is None and e.done and e.id not in told]
    off, on_again = await off_and_on_again(stores, alone)
    stands = await _stands(use_cases, run, standing, off)
    theirs = {p.id: p for p in await stores.proposals.readable(dict.fromkeys(e.proposal_id for e in entries))}
    under_way = {p.id for p in standing if p.state in STANDING}
    done = [theirs[id_] for id_ in dict.fromkeys(e.proposal_id for e in alone) if id_ in theirs]
    return {
        "stands": stands,
        "entries": tuple(e.id for e in entries if e.closed),
        "changed": await _changed(use_cases, then, stands, entries, theirs) if then and stands.where else "",
        "alone": tuple(e.id for e in alone),
        "on_again": on_again,
        "done": tuple([await card_of(stores, p) for p in done if p.id not in under_way]),
        "cleared": await _cleared(use_cases, since),
    }


async def _asked(
    use_cases: UseCases, last: LastDigest | None, standing: Sequence[Proposal], stands: Partition
) -> dict[str, Any]:
    """What stands: what is new or changed since the last digest apart from what was shown in it."""
    shown, stores = (last.shown or {} if last else {}), use_cases.stores
    decisions = [p for p in standing if p.action not in NO_DECISION and p.state in STANDING]
    decisions.sort(key=lambda p: (p.id in shown, -len(p.members), p.created_at))
    attend = [p for p in _worst_first(standing) if p.action == ProposalAction.ATTEND]
    attend = [p for p in attend if not stands.where or any(ref in stands.where for ref in p.refs)]
    fresh = [p for p in attend if shown.get(p.id) != p.revision]
    new = next((p for p in standing if p.action == "add" and p.state == State.PENDING), None)
    return {
        "decisions": tuple([await card_of(stores, p) for p in decisions]),
        "down": tuple([await _down_card(use_cases, p, stands) for p in fresh if p.scope in WIDE]),
        "to_fix": tuple(p for p in fresh if p.scope not in WIDE),
        "down_known": tuple(p for p in attend if p not in fresh),
        "new_models": new,
        "new_models_known": new is not None and shown.get(new.id) == new.revision,
    }


async def autopilot_now(use_cases: UseCases) -> Autopilot:
    """What the bot may do by itself now, what of it is used, and how people answer it in shadow."""
    stores = use_cases.stores
    records = await use_cases.mode.would_have_done()
    asked = await stores.proposals.readable(dict.fromkeys(one.proposal_id for one in records))
    return Autopilot(
        mode=await use_cases.mode.in_force(),
        pause=await stores.pause.get(),
        changes_used=await changes_unattended(stores, records),
        changes_allowed=use_cases.resources.options.policy.max_changes_unattended,
        holds=len(await stores.holds.active()),
        shadowed=sum(len(p.shadowed) for p in await use_cases.waiting() if p.state == State.PENDING),
        score=score_of(records, asked),
    )


async def _stands(
    use_cases: UseCases, run: Run | None, standing: Sequence[Proposal], off: Collection[ModelRef]
) -> Partition:
    if run is None or run.runner_down:
        return Partition()
    now = await running(use_cases.stores.models)
    return partition(run, now, standing, off, await _held_since(use_cases, run))


async def _held_since(use_cases: UseCases, run: Run) -> list[ModelRef]:
    """On hold by a word that this look didn't know yet: what was unticked, taken back or rejected."""
    return [
        hold.ref for hold in await use_cases.stores.holds.active() if hold.ref and hold.at >= run.started_at
    ]


async def off_and_on_again(
    stores: Stores, alone: Sequence[JournalEntry]
) -> tuple[frozenset[ModelRef], tuple[ModelRef, ...]]:
    """Of what these switched off: what is off by it still, and what somebody switched on since."""
    made = frozenset(c.ref for entry in alone for c in entry.counted() if c.enables < 0)
    standing = {c.ref for entry in alone for c in entry.standing} if made else set[ModelRef]()
    off = made & standing - await running(stores.models) if made else made
    return off, tuple(sorted(made - off))


async def _down_card(use_cases: UseCases, proposal: Proposal, stands: Partition) -> Card:
    drawn = await card_of(use_cases.stores, proposal)
    return drawn.model_copy(update={"models": stands.count(Place.DOWN, proposal.id) or None})


def _introduction(
    settings: Settings, stands: Partition, waiting: Sequence[Proposal], now: datetime
) -> Introduction:
    mongo = settings.mongodb
    return Introduction(
        reads=(mongo.errors, mongo.successes, mongo.models),
        writes=(mongo.models, mongo.model_status),
        since=now - timedelta(days=settings.analysis.window_days),
        providers=len({ref.provider for ref in stands.where}),
        obvious=sum(len(members_meant(p, OBVIOUS)) for p in waiting),
    )


def _away(run: Run, stands: Partition) -> int:
    providers = {one.provider for one in run.maintenance}
    return sum(ref.provider in providers for ref in stands.at(Place.WATCHED))


def _counted_then(last: LastDigest | None, now: datetime, zone: tzinfo) -> Counted | None:
    """What the last digest that could count did; None when there was none."""
    if last is None or last.answering is None or last.enabled is None:
        return None
    days = (now.astimezone(zone).date() - last.at.astimezone(zone).date()).days
    when = "yesterday" if days == 1 else "last time"
    return Counted(answering=last.answering, enabled=last.enabled, when=when)


def _degraded(run: Run | None) -> tuple[str, ...]:
    """What kept this run from judging as it should; that written rules judged is said here, once."""
    if run is None:
        return ()
    why = run.llm.fallback
    rules = (f"{why}; written rules judged, so I switched nothing off",) if why else ()
    return (*rules, *(note for note in run.notes if note != why))


async def _changed(
    use_cases: UseCases,
    then: EnabledThen,
    stands: Partition,
    entries: Sequence[JournalEntry],
    proposals: Mapping[str, Proposal],
) -> str:
    """Who switched what on and off since the last digest that counted."""
    commands = {id_ for id_, proposal in proposals.items() if proposal.scope is None}
    held = {
        hold.ref
        for hold in await use_cases.stores.holds.active()
        if hold.ref and hold.origin == Origin.REENABLED and hold.by == SOMEBODY_OUTSIDE
    }
    return changed_words(differences(then.models, stands.run_now, entries, commands), held)


def _watching(run: Run, stands: Partition) -> tuple[Watched, ...]:
    """Every model that doesn't answer and stands nowhere else, the most first."""
    why = {ref: ails(s.scope, s.kind) for s in run.situations for ref in s.models}
    away = dict.fromkeys((one.provider for one in run.maintenance), "in maintenance")
    groups = Counter(
        (ref.provider, why.get(ref) or away.get(ref.provider, "without recent results"))
        for ref in stands.at(Place.WATCHED)
    )
    ordered = sorted(groups.items(), key=lambda group: (-group[1], group[0]))
    return tuple(
        Watched(what=f"{outside(provider, 60)} {what}", models=count) for (provider, what), count in ordered
    )


async def _cleared(use_cases: UseCases, since: datetime) -> tuple[str, ...]:
    recent = await use_cases.stores.proposals.recent(limit=200, since=since)
    return tuple(
        f"{outside(p.provider, 60)} {ails(p.scope, p.kind)} ({len(p.members)})"
        for p in recent
        if p.state == State.CLEARED and p.scope is not None
    )


def _worst_first(proposals: Sequence[Proposal]) -> list[Proposal]:
    rank = {Scope.PROVIDER: 0, Scope.SILENCE: 1}
    return sorted(
        proposals, key=lambda p: (rank.get(p.scope, 2) if p.scope else 2, -len(p.members), p.number)
    )
