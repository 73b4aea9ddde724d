"""The daily digest: what is stored → a page → messages, posted once a day however many replicas run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.board import Board
from bot.logs import logger
from bot.metrics import Metrics
from bot.schedule import due, upcoming
from bot.settings import Settings
from bot.views.digest import Counted, Digest, NewModels, Page, digest
from bot.views.text import KIND_WORDS, escape, plural
from operator_core.errors import FactsUnreadable
from operator_core.facts import LlmUse, Scope
from operator_core.operations import Operations
from operator_core.proposals import Proposal, ProposalAction, State
from operator_core.runs import Run, SituationRecord
from operator_core.store.state import Claim
from operator_core.store.track import EVER

LAST = "digest:last"
EVENT = "ai_operator_digest"
LEASE_SECONDS = 600.0
DAY = timedelta(days=1)
log = logger(__name__)

DECIDED = frozenset({ProposalAction.DISABLE, ProposalAction.RENAME, ProposalAction.ENABLE})
STANDING = frozenset({State.PENDING, State.APPROVED, State.CONFLICTED, State.FAILED})


@dataclass(frozen=True)
class Digests:
    """Assembles and posts digests."""

    operations: Operations
    settings: Settings
    board: Board
    metrics: Metrics

    async def page(self, run: Run | None, unreadable: str = "") -> Page:
        """What today's digest shows, from what is stored. `run` is None when the facts could not be read."""
        return await page_for(self.operations, self.settings, run, unreadable)

    async def post_due(self, now: datetime) -> str | None:
        """Posts today's digest if it is time and nobody did; its `ts`."""
        schedule = self.settings.schedule
        today = due(now, schedule.digest_at, schedule.zone)
        return None if today is None else await self.post_for(today)

    async def post_for(self, day: date, *, skip_run: bool = False) -> str | None:
        """Runs, acts, and posts the digest of that local date, once; its `ts`, None when it was posted."""
        state, channel = self.operations.stores.state, self.settings.slack.channel
        key = f"digest:{channel}:{day.isoformat()}"
        claim = await state.claim(key, self.operations.owner, self.operations.now(), LEASE_SECONDS)
        if claim is None:
            return None
        try:
            ts = await self._posted_already(claim) if claim.taken_over else None
            if ts is None:
                ts = await self._run_and_post(claim, skip_run=skip_run)
        except BaseException:
            await state.give_up(key, self.operations.owner, self.operations.now())
            raise
        await state.complete(key, self.operations.owner, ts)
        return ts

    async def _run_and_post(self, claim: Claim, *, skip_run: bool) -> str:
        run: Run | None = None
        unreadable = ""
        if skip_run:
            latest = await self.operations.stores.runs.last_good()
            return await self.post(await self.page(latest.run if latest else None), claim)
        try:
            run, _ = await self.operations.run("schedule")
            self.metrics.note(run)
            await self.operations.act_alone(run)
        except FactsUnreadable as error:
            unreadable = str(error)
            log.error("the facts could not be read", cause=unreadable)
        page = await self.page(run, unreadable)
        return await self.post(page, claim)

    async def post(self, page: Page, claim: Claim | None) -> str:
        """Posts the page, its thread, and moves the live cards there. Raises SlackApiError."""
        channel = self.settings.slack.channel
        names = await self.operations.stores.state.names()
        drawn = digest(page, names)
        metadata = {"event_type": EVENT, "event_payload": {"claim": claim.key}} if claim else None
        ts = await self.board.post(channel, drawn.root, drawn.in_root, metadata=metadata)
        for message, shown in zip(drawn.thread, drawn.in_thread, strict=True):
            await self.board.post(channel, message, shown, thread_ts=ts)
        await self._move_cards(drawn, channel, ts)
        await self._remember(page, ts)
        return ts

    async def _move_cards(self, drawn: Digest, channel: str, ts: str) -> None:
        proposals = self.operations.stores.proposals
        for proposal_id in drawn.in_root:
            await self.board.move(await proposals.get(proposal_id), channel, ts)
        for shown in drawn.in_thread:
            for proposal_id in shown:
                proposal = await proposals.get(proposal_id)
                newest = max(proposal.drawn, key=lambda d: float(d.ts)) if proposal.drawn else None
                if newest is not None:
                    await self.board.move(proposal, channel, newest.ts)

    async def _posted_already(self, claim: Claim) -> str | None:
        """Whoever takes over an expired claim first looks whether the digest stands in the channel."""
        answer = await self.board.client.conversations_history(
            channel=self.settings.slack.channel, include_all_metadata=True, limit=100
        )
        for message in answer["messages"]:
            payload = message.get("metadata", {}).get("event_payload", {})
            if payload.get("claim") == claim.key:
                return str(message["ts"])
        return None

    async def _remember(self, page: Page, ts: str) -> None:
        """What this digest showed, so that the next one can tell new from known."""
        proposals = await self.operations.stores.proposals.open()
        await self.operations.stores.state.keep(
            LAST,
            {
                "at": page.at,
                "ts": ts,
                "answering": page.now_answering.answering,
                "enabled": page.now_answering.enabled,
                "shown": {proposal.id: proposal.revision for proposal in proposals},
            },
        )


async def page_for(operations: Operations, settings: Settings, run: Run | None, unreadable: str = "") -> Page:
    """The page of a digest, from a run and what is stored."""
    stores, now = operations.stores, operations.now()
    last = await stores.state.kept(LAST) or {}
    since = last.get("at", now - DAY)
    shown: dict[str, int] = last.get("shown", {})
    standing = await stores.proposals.open()
    board = Board(AsyncWebClient(), stores, operations.clock)
    attend = [p for p in standing if p.action == ProposalAction.ATTEND]
    known = [p for p in attend if shown.get(p.id) == p.revision]
    fresh = [p for p in attend if p not in known and p.state == State.PENDING]
    decisions = [p for p in standing if p.action in DECIDED and p.state in STANDING]
    decisions.sort(key=lambda p: (p.id in shown, -len(p.members), p.created_at))
    pause = await stores.state.pause()
    acted = await stores.state.last_approver_action()
    used = await stores.journal.changes_by_policy_since(acted.at if acted else EVER)
    return Page(
        at=now,
        now_answering=_counted(run, last),
        yesterday=Counted(answering=last["answering"], enabled=last["enabled"]) if last else None,
        runner_down_since=run.last_result if run is not None and run.runner_down else None,
        facts_unreadable=unreadable,
        degraded=_degraded(run),
        changed_since=await _changed(operations, run, last, since),
        down=tuple([await board.card_of(p) for p in _worst_first(fresh) if p.scope != Scope.PATTERN]),
        to_fix=tuple(p for p in _worst_first(fresh) if p.scope == Scope.PATTERN),
        down_known=tuple(_worst_first(known)),
        decisions=tuple([await board.card_of(p) for p in decisions]),
        new_decisions=sum(p.id not in shown for p in decisions),
        done=tuple([await board.card_of(p) for p in await _done_alone(operations, since)]),
        new_models=_new_models(standing),
        watching=_watching(run, standing),
        cleared=await _cleared(operations, since),
        autopilot=_autopilot(settings, pause is not None),
        paused=pause is not None,
        changes_used=used,
        changes_allowed=settings.policy.max_changes_unattended,
        llm=run.llm if run is not None else LlmUse(model=settings.llm.model),
        holds=len(await stores.holds.active()),
        next_check=upcoming(now, settings.schedule.digest_at, settings.schedule.zone),
    )


def _counted(run: Run | None, last: dict[str, Any]) -> Counted:
    if run is None:
        return Counted(answering=last.get("answering", 0), enabled=last.get("enabled", 0))
    return Counted(answering=run.answering, enabled=run.enabled)


def _degraded(run: Run | None) -> tuple[str, ...]:
    if run is None:
        return ()
    notes = list(run.notes)
    if run.unreadable_rows:
        rows = plural(run.unreadable_rows, "row")
        notes.append(f"{rows} could not be read: {'; '.join(run.unreadable[:3])}")
    if run.unlisted:
        names = ", ".join(str(ref) for ref in run.unlisted[:3])
        notes.append(f"{plural(len(run.unlisted), 'model')} with results but not in `models`: {names}")
    return tuple(notes)


async def _changed(
    operations: Operations, run: Run | None, last: dict[str, Any], since: datetime
) -> tuple[str, ...]:
    if run is None or not last or run.enabled == last["enabled"]:
        return ()
    moved = run.enabled - last["enabled"]
    left = await operations.stores.journal.left_since(since)
    ours = -left.total()
    way = "fell" if moved < 0 else "rose"
    elsewhere = moved - ours
    said = f"Enabled {way} by {abs(moved)}"
    if not elsewhere:
        return (f"{said} through what was decided here.",)
    return (f"{said}; {plural(abs(elsewhere), 'change')} came from outside this bot.",)


async def _done_alone(operations: Operations, since: datetime) -> list[Proposal]:
    entries = await operations.stores.journal.automatic_since(since)
    ids = dict.fromkeys(entry.proposal_id for entry in entries if entry.undo_of is None)
    return [await operations.stores.proposals.get(proposal_id) for proposal_id in ids]


def _new_models(standing: Sequence[Proposal]) -> NewModels | None:
    review = next((p for p in standing if p.action == ProposalAction.ADD and p.state == State.PENDING), None)
    if review is None:
        return None
    confirmed = sum(member.still_offered is True for member in review.members)
    return NewModels(
        count=len(review.members), confirmed=confirmed, proposal_id=review.id, revision=review.revision
    )


def _watching(run: Run | None, standing: Sequence[Proposal]) -> tuple[str, ...]:
    if run is None:
        return ()
    asked = {proposal.fingerprint.removesuffix("-rename") for proposal in standing}
    return tuple(_watched(situation) for situation in run.situations if situation.id not in asked)


def _watched(situation: SituationRecord) -> str:
    what = "silent" if situation.scope == Scope.SILENCE else KIND_WORDS[situation.kind]
    return f"{escape(situation.provider)} {what} ({len(situation.models)})"


async def _cleared(operations: Operations, since: datetime) -> tuple[str, ...]:
    recent = await operations.stores.proposals.recent(limit=200, since=since)
    return tuple(p.id for p in recent if p.state == State.CLEARED)


def _worst_first(proposals: Sequence[Proposal]) -> list[Proposal]:
    order = {Scope.PROVIDER: 0, Scope.SILENCE: 1}
    return sorted(proposals, key=lambda p: (order.get(p.scope or Scope.PATTERN, 2), -len(p.members), p.id))


def _autopilot(settings: Settings, paused: bool) -> str:
    if not settings.policy.auto_execute:
        return "Autopilot off in operator.toml"
    return "Autopilot paused" if paused else "Autopilot on"
