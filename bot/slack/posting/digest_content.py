"""What is stored → the page that a day's digest shows."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from bot.schedule import upcoming
from bot.settings import Settings
from bot.slack.posting import records as kept
from bot.slack.posting.cards import card_of
from bot.slack.posting.records import DigestMemory, DiscoveryNews, LastDigest
from bot.slack.views.content import Autopilot, Counted, DigestContent, Introduction, Score
from bot.slack.views.digest import changed_words
from bot.slack.views.evidence import ails
from bot.slack.views.text import outside
from operator_core.diagnosis.partition import ASKED, Partition, Place, differences, partition
from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import LlmUse
from operator_core.domain.holds import SOMEBODY_OUTSIDE, Hold, Origin
from operator_core.domain.journal import JournalEntry
from operator_core.domain.mode import Mode, ShadowRecord
from operator_core.domain.proposals import OPEN_STATES, POLICY, Proposal, ProposalAction, State
from operator_core.domain.runs import Run
from operator_core.domain.situations import WIDE, Scope
from operator_core.store.platform.history import enabled
from operator_core.store.records.modes import changes_unattended
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases

Proposals = Sequence[Proposal]
Open = Proposals | None
"""The open proposals, where they were read; None: as they are stored."""


async def digest_content(
    use_cases: UseCases, settings: Settings, run: Run | None, unreadable: str = "", foreseen: Open = None
) -> DigestContent:
    """The page of a digest, from a run and what is stored, or `foreseen`. It writes nothing."""
    stores, now, schedule = use_cases.stores, use_cases.now(), settings.schedule
    last, holds = await kept.last_digest(stores).get(), await stores.holds.active()
    away = {one.provider for one in run.maintenance} if run else set()
    opened = await stores.proposals.open() if foreseen is None else foreseen
    # Of providers in maintenance nothing is asked, and no outage told.
    standing = [p for p in opened if p.provider not in away or p.scope is None or p.state == State.REJECTED]
    since_then = await _since_then(use_cases, run, last, standing, holds)
    stands = since_then["stands"]
    asked = await _asked(stores, last, standing, stands)
    memory = await kept.digest_memory(stores).get() or DigestMemory()
    autopilot = await autopilot_now(use_cases, standing if run else None)
    late = overdue([c.proposal for c in asked["decisions"]], memory, now, schedule.zone)
    degraded = (*_degraded(run), *await stores.left_alone())  # after all that was read
    good = run is not None and not degraded and autopilot.mode.mode == Mode.SHADOW
    begins = run is not None and last is None and autopilot.mode.mode != Mode.ON
    read_since = now - timedelta(days=settings.analysis.window_days)
    return DigestContent(
        at=now,
        yesterday=_counted_then(last, now, schedule.zone),
        facts_unreadable=unreadable,
        **since_then,
        **asked,
        **(_found(run, stands) if run else {"llm": LlmUse(model=settings.llm.model)}),
        leaks=await kept.leaks_told(use_cases, now) if run else (),
        overdue=late,
        mention=settings.slack.approvers if late else (),
        discovery=(await kept.discovery_news(stores).get() or DiscoveryNews()).lines,
        covered=covered(holds, standing),
        introduction=Introduction(of=settings.mongodb, since=read_since) if begins else None,
        ask_to_turn_on=good and settings.policy.autopilot == Mode.ON and memory.asks(now),
        autopilot=autopilot,
        kinds=settings.policy.kinds,
        failing_for=timedelta(hours=settings.policy.min_failing_hours),
        next_digest=upcoming(now, schedule.digest_at, schedule.zone),
        degraded=degraded,
    )


async def _since_then(
    use_cases: UseCases, run: Run | None, last: LastDigest | None, standing: Proposals, holds: Sequence[Hold]
) -> dict[str, Any]:
    """Where each model stands, and what became of them since a digest counted last."""
    stores, stands = use_cases.stores, Partition()
    since = last.counted_at or last.at if last else use_cases.now() - timedelta(days=1)
    late = [e for e in await stores.journal.worked_on_since(since) if e.started_at < since]
    entries = [e for e in (*late, *await stores.journal.since(since)) if not e.mode]
    told = last.entries if last and last.counted_at else [e.id for e in entries if e.started_at < since]
    alone = [e for e in entries if e.automatic and e.undo_of is None and e.done and e.id not in told]
    off, on_again = await off_and_on_again(stores, alone)
    if run and not run.runner_down:
        # what was unticked, taken back or rejected is on hold by a word that this look didn't know yet
        held = [hold.ref for hold in holds if hold.ref and hold.at >= run.started_at]
        stands = partition(run, await enabled(stores.models), standing, off, held)
    theirs = {p.id: p for p in await stores.proposals.readable(dict.fromkeys(e.proposal_id for e in entries))}
    changed = ""
    if last and stands.where:
        ours = [c for e in entries if e.id not in told for c in e.counted()]
        off_by_us, on_by_us = ({c.ref for c in ours if c.enables == way} for way in (-1, 1))
        before = last.models or {*stands.run_now, *off_by_us} - on_by_us  # an older version didn't say
        commands = {p.id for p in theirs.values() if not p.scope and not p.finding}
        back_on = {h.ref for h in holds if h.origin == Origin.REENABLED and h.by == SOMEBODY_OUTSIDE}
        changed = changed_words(differences(before, stands.run_now, entries, commands), back_on)
    under_way = {p.id for p in standing if p.state in ASKED}
    done = [theirs[id_] for id_ in dict.fromkeys(e.proposal_id for e in alone) if id_ in theirs]
    cleared = [p for p in await stores.proposals.recent(limit=200, since=since) if p.state == State.CLEARED]
    return {
        "stands": stands,
        "entries": tuple(e.id for e in entries if e.closed),
        "changed": changed,
        "alone": tuple(e.id for e in alone),
        "on_again": on_again,
        "done": tuple([await card_of(stores, p) for p in done if p.id not in under_way]),
        "cleared": tuple(
            f"{outside(p.provider, 60)} {ails(p.scope, p.kind)} ({len(p.members)})"
            for p in cleared
            if p.scope
        ),
    }


async def _asked(
    stores: Stores, last: LastDigest | None, standing: Sequence[Proposal], stands: Partition
) -> dict[str, Any]:
    """What stands: what is new or changed since the last digest apart from what was shown in it."""
    shown = last.shown or {} if last else {}
    decisions = [p for p in standing if not p.review and p.action != "attend" and p.state in ASKED]
    decisions.sort(key=lambda p: (p.id in shown, -len(p.members), p.created_at))
    attend = [p for p in standing if p.action == ProposalAction.ATTEND]
    counted = {of for place, of in stands.where.values() if place in {Place.DOWN, Place.OURS}}
    attend = [p for p in attend if not stands.where or p.id in counted]
    rank = {Scope.PROVIDER: 0, Scope.SILENCE: 1}
    attend.sort(key=lambda p: (rank.get(p.scope, 2) if p.scope else 2, -len(p.members), p.number))
    fresh = [p for p in attend if shown.get(p.id) != p.revision]
    wide = [(await card_of(stores, p), stands.count(Place.DOWN, p.id)) for p in fresh if p.scope in WIDE]
    new = next((p for p in standing if p.review and p.state == State.PENDING), None)
    return {
        "decisions": tuple([await card_of(stores, p) for p in decisions]),
        "down": tuple(card.model_copy(update={"models": count or None}) for card, count in wide),
        "to_fix": tuple(p for p in fresh if p.scope not in WIDE),
        "down_known": tuple(p for p in attend if p not in fresh),
        "new_models": new,
        "new_models_known": new is not None and shown.get(new.id) == new.revision,
    }


def _found(run: Run, stands: Partition) -> dict[str, Any]:
    """What this look found, and every model that doesn't answer and stands nowhere else, the most first."""
    away = dict.fromkeys((one.provider for one in run.maintenance), "in maintenance")
    why = {ref: ails(s.scope, s.kind) for s in run.situations for ref in s.models}
    watched = stands.at(Place.WATCHED)
    groups = Counter(
        (ref.provider, why.get(ref) or away.get(ref.provider, "without recent results")) for ref in watched
    )
    ordered = sorted(groups.items(), key=lambda group: (-group[1], group[0]))
    return {
        "watching": {f"{outside(provider, 60)} {what}": count for (provider, what), count in ordered},
        "away": sum(ref.provider in away for ref in watched),
        "runner_down_since": run.last_result if run.runner_down else None,
        "unreadable_rows": run.unreadable_rows,
        "unlisted": run.unlisted,
        "llm": run.llm,
    }


async def autopilot_now(use_cases: UseCases, standing: Open = None) -> Autopilot:
    """What the bot may do by itself now, what of it is used, and how people answer it in shadow."""
    waiting = await use_cases.waiting() if standing is None else standing
    stores = use_cases.stores
    records = await use_cases.mode.would_have_done()
    asked = await stores.proposals.readable(dict.fromkeys(one.proposal_id for one in records))
    return Autopilot(
        mode=await use_cases.mode.in_force(),
        pause=await stores.pause.get(),
        changes_used=await changes_unattended(stores, records),
        changes_allowed=use_cases.resources.options.policy.max_changes_unattended,
        holds=len(await stores.holds.active()),
        shadowed=sum(len(p.shadowed) for p in waiting if p.state == State.PENDING),
        score=score_of(records, asked),
    )


async def off_and_on_again(
    stores: Stores, alone: Sequence[JournalEntry]
) -> tuple[frozenset[ModelRef], tuple[ModelRef, ...]]:
    """Of what these switched off: what is off by it still, and what somebody switched on since."""
    made = frozenset(c.ref for entry in alone for c in entry.counted() if c.enables < 0)
    standing = {c.ref for entry in alone for c in entry.standing} if made else set[ModelRef]()
    off = made & standing - (await enabled(stores.models)).keys() if made else made
    return off, tuple(sorted(made - off))


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
    rules = (f"{why.rstrip('.')}; written rules judged, so I switched nothing off",) if why else ()
    return (*rules, *(note for note in run.notes if not (why and note.startswith(why))))


def overdue(asked: Sequence[Proposal], memory: DigestMemory, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Decisions that wait for three working days and were not mentioned, the oldest first."""
    waiting = (p for p in asked if p.state == State.PENDING)
    late = [p for p in waiting if working_days(p.created_at, now, zone) >= 3]
    new = (p for p in late if p.id not in memory.reminded)
    return tuple(p.id for p in sorted(new, key=lambda p: p.created_at))


def working_days(since: datetime, now: datetime, zone: tzinfo) -> int:
    """Mondays to Fridays that began since then."""
    first, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(day.weekday() < 5 for day in days)


def covered(holds: Sequence[Hold], standing: Sequence[Proposal]) -> int:
    """How many models somebody's word keeps automation away from."""
    named = {hold.ref for hold in holds if hold.ref}
    rejected = {ref for p in standing if p.state == State.REJECTED for ref in p.refs}
    return len(named | rejected)


def score_of(records: Sequence[ShadowRecord], proposals: Sequence[Proposal]) -> Score:
    """How people answered what would have been done alone: each proposal's last answer counts once."""
    approved, right, kept = 0, 0, list[str]()
    for proposal in proposals:
        answers = [t for t in proposal.moves if t.target in {State.APPROVED, State.REJECTED, State.UNDONE}]
        if not answers or answers[-1].by == POLICY or proposal.state in OPEN_STATES - {State.REJECTED}:
            continue  # nobody answered, or it is open again
        said, alone = answers[-1], {one.member.ref for one in records if one.proposal_id == proposal.id}
        if said.target == State.APPROVED and alone <= set(proposal.approved or proposal.refs):
            approved += 1
        elif said.right:
            right += 1
        else:
            kept.append(f"{proposal.id}, “{outside(said.reason, 60)}”" if said.reason else proposal.id)
    return Score(approved=approved, right=right, kept=tuple(kept))
