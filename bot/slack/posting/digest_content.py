"""What is stored → the page that a day's digest shows."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.schedule import upcoming
from bot.settings import Settings
from bot.slack.posting.cards import card_of
from bot.slack.posting.kept_messages import DiscoveryNews, LastDigest, discovery_news, last_digest
from bot.slack.views.content import Autopilot, Counted, DigestContent, Watched
from bot.slack.views.text import listed, outside
from operator_core.domain.decisions import Action, LlmUse
from operator_core.domain.holds import SOMEBODY_OUTSIDE, Hold, Origin
from operator_core.domain.journal import left_enabled
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import Proposal, ProposalAction, State
from operator_core.domain.runs import Run
from operator_core.domain.situations import Scope
from operator_core.store.records.recent_activity import changes_unattended
from operator_core.use_cases import UseCases
from operator_core.words import plural

DAY = timedelta(days=1)
DECIDED = frozenset({ProposalAction.DISABLE, ProposalAction.RENAME, ProposalAction.ENABLE})
STANDING = frozenset({State.PENDING, State.APPROVED, State.CONFLICTED, State.FAILED})


async def digest_content(
    use_cases: UseCases, settings: Settings, run: Run | None, unreadable: str = ""
) -> DigestContent:
    """The page of a digest, from a run and what is stored."""
    stores, now = use_cases.stores, use_cases.now()
    last = await last_digest(stores).get()
    since = last.at if last else now - DAY
    shown = last.shown or {} if last else {}
    standing = await stores.proposals.open()
    attend = [p for p in standing if p.action == ProposalAction.ATTEND]
    unchanged = [p for p in attend if shown.get(p.id) == p.revision]
    fresh = [p for p in attend if p not in unchanged and p.state == State.PENDING]
    decisions = [p for p in standing if p.action in DECIDED and p.state in STANDING]
    decisions.sort(key=lambda p: (p.id in shown, -len(p.members), p.created_at))
    holds = await stores.holds.active()
    asked = {p.id for p in decisions}  # also what is still under way
    alone = [p for p in await _done_alone(use_cases, since) if p.id not in asked]
    return DigestContent(
        at=now,
        now_answering=_counted(run, last),
        yesterday=_counted_then(last),
        runner_down_since=run.last_result if run is not None and run.runner_down else None,
        facts_unreadable=unreadable,
        changed_since=(*await _changed(use_cases, run, last, since), *_enabled_again(holds, since)),
        down=tuple([await card_of(stores, p) for p in _worst_first(fresh) if p.scope != Scope.PATTERN]),
        to_fix=tuple(p for p in _worst_first(fresh) if p.scope == Scope.PATTERN),
        down_known=tuple(_worst_first(unchanged)),
        decisions=tuple([await card_of(stores, p) for p in decisions]),
        new_decisions=sum(p.id not in shown for p in decisions),
        done=tuple([await card_of(stores, p) for p in alone]),
        new_models=next((p for p in standing if p.action == "add" and p.state == State.PENDING), None),
        discovery=(await discovery_news(stores).get() or DiscoveryNews()).lines,
        watching=_watching(run, (*standing, *alone)),
        cleared=await _cleared(use_cases, since),
        autopilot=await autopilot_now(use_cases),
        llm=run.llm if run is not None else LlmUse(model=settings.llm.model),
        next_digest=upcoming(now, settings.schedule.digest_at, settings.schedule.zone),
        degraded=(*await stores.left_alone(), *_degraded(run)),  # after all that was read
    )


async def autopilot_now(use_cases: UseCases) -> Autopilot:
    """What the bot may do by itself now, and what of it is used."""
    stores = use_cases.stores
    return Autopilot(
        mode=await use_cases.mode.in_force(),
        pause=await stores.pause.get(),
        changes_used=await changes_unattended(stores, await use_cases.mode.would_have_done()),
        changes_allowed=use_cases.resources.options.policy.max_changes_unattended,
        holds=len(await stores.holds.active()),
        shadowed=sum(len(p.shadowed) for p in await use_cases.waiting() if p.state == State.PENDING),
    )


def _counted(run: Run | None, last: LastDigest | None) -> Counted:
    if run is None:
        return _counted_then(last) or Counted(answering=0, enabled=0)
    return Counted(answering=run.answering, enabled=run.enabled)


def _counted_then(last: LastDigest | None) -> Counted | None:
    """What the last digest that could count did; None when there was none."""
    if last is None or last.answering is None or last.enabled is None:
        return None
    return Counted(answering=last.answering, enabled=last.enabled)


def _degraded(run: Run | None) -> tuple[str, ...]:
    if run is None:
        return ()
    notes = list(run.notes)
    if run.unreadable_rows:
        rows = plural(run.unreadable_rows, "row")
        others = len(run.unreadable) - 3
        rest = [f"and {plural(others, 'other reason')}"] if others > 0 else []
        notes.append(f"{rows} could not be read: {'; '.join([*run.unreadable[:3], *rest])}")
    if run.unlisted:
        names = ", ".join(str(ref) for ref in run.unlisted[:3])
        notes.append(f"{plural(len(run.unlisted), 'model')} with results but not in `models`: {names}")
    return tuple(notes)


async def _changed(
    use_cases: UseCases, run: Run | None, last: LastDigest | None, since: datetime
) -> tuple[str, ...]:
    then = _counted_then(last)
    if run is None or then is None or run.enabled == then.enabled:
        return ()
    change = run.enabled - then.enabled
    left = left_enabled(await use_cases.stores.journal.since(since))
    elsewhere = plural(abs(change + left.total()), "change")
    outside_us = f"; {elsewhere} came from outside this bot." if change + left.total() else ""
    said = f"Enabled {'fell' if change < 0 else 'rose'} by {abs(change)}"
    return (said + (outside_us or " through what was decided here."),)


def _enabled_again(holds: Sequence[Hold], since: datetime) -> tuple[str, ...]:
    """What people switched on again without the bot: their word holds."""
    theirs = [h for h in holds if h.origin == Origin.REENABLED and h.by == SOMEBODY_OUTSIDE and h.at >= since]
    if not theirs:
        return ()
    named = listed((f"{hold.model_id} on {hold.provider}" for hold in theirs), most=3)
    return (
        f"Enabled again outside this bot: {named}. I leave {'it' if len(theirs) == 1 else 'them'} alone now.",
    )


async def _done_alone(use_cases: UseCases, since: datetime) -> list[Proposal]:
    entries = [one for one in await use_cases.stores.journal.since(since) if one.automatic]
    ids = dict.fromkeys(entry.proposal_id for entry in entries if entry.undo_of is None and entry.done)
    return list(await use_cases.stores.proposals.readable(ids))


def _watching(run: Run | None, shown: Sequence[Proposal]) -> tuple[Watched, ...]:
    """Every model that doesn't answer and stands in none of the proposals shown, the most first."""
    if run is None or run.runner_down:
        return ()
    accounted = {member.ref for proposal in shown for member in proposal.members} | set(run.held)
    why = {ref: _what_ails(s.scope, s.kind) for s in run.situations for ref in s.models}
    without_results = {d.ref for d in run.decisions if d.situation is None and d.action == Action.MONITOR}
    away = {one.provider for one in run.maintenance}
    why |= {ref: "in maintenance" for ref in without_results if ref.provider in away}
    left = (why | dict.fromkeys(without_results - why.keys(), "without recent results")).items()
    groups = Counter((ref.provider, what) for ref, what in left if ref not in accounted)
    ordered = sorted(groups.items(), key=lambda group: (-group[1], group[0]))
    return tuple(
        Watched(what=f"{outside(provider, 60)} {what}", models=count) for (provider, what), count in ordered
    )


async def _cleared(use_cases: UseCases, since: datetime) -> tuple[str, ...]:
    recent = await use_cases.stores.proposals.recent(limit=200, since=since)
    return tuple(
        f"{outside(p.provider, 60)} {_what_ails(p.scope, p.kind)} ({len(p.members)})"
        for p in recent
        if p.state == State.CLEARED and p.scope is not None
    )


def _what_ails(scope: Scope | None, kind: Kind | None) -> str:
    return "silent" if scope == Scope.SILENCE else (kind or Kind.UNKNOWN).traits.words


def _worst_first(proposals: Sequence[Proposal]) -> list[Proposal]:
    rank = {Scope.PROVIDER: 0, Scope.SILENCE: 1, Scope.FLAGGED: 2, Scope.PATTERN: 2, None: 2}
    return sorted(proposals, key=lambda p: (rank[p.scope], -len(p.members), p.number))
