"""The daily digest, posted once a day however many replicas run, and finished by another if one dies."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from bot.logs import logger
from bot.monitoring.metrics import Metrics
from bot.schedule import due
from bot.settings import Settings
from bot.slack.errors import SlackRefused, slack_errors_explained, slack_errors_logged
from bot.slack.people import Approvers
from bot.slack.posting import records as kept
from bot.slack.posting.cards import Cards, card_of, under_claim
from bot.slack.posting.digest_content import autopilot_now, covered, digest_content, off_and_on_again
from bot.slack.posting.edits import Edited
from bot.slack.posting.neighbours import look_around, neighbours
from bot.slack.views.blocks import section
from bot.slack.views.content import Autopilot, Counters, DigestContent, Message
from bot.slack.views.digest import decisions_beyond, digest, redrawn
from bot.slack.views.picture import picture
from bot.slack.views.text import cut, escape, outside
from bot.slack.views.who_and_when import Names
from bot.ticker import Turn, in_turn
from operator_core.domain.proposals import WAITING_STATES
from operator_core.domain.runs import Run
from operator_core.errors import FactsUnreadable, LeaseLost, OperatorError, StoreUnavailable
from operator_core.text.masking import in_words
from operator_core.use_cases import UseCases

EVENT = "ai_operator_digest"
COUNTED_AGAIN = 10
REFUSED = (
    "⚠ I can't post to <#{channel}>: {why}. Until a message goes through I do nothing by myself. "
    "/operator digest shows today's page, /operator status how I am."
)
Counted = tuple[dict[str, Any], Autopilot, Names]
"""Figures, what it may do by itself, and the names to say it with."""
log = logger(__name__)


class Together:
    """Of many who want the same done at once, one does it for all who wait."""

    def __init__(self) -> None:
        self._turn, self._asked, self._done = asyncio.Lock(), 0, 0

    async def do(self, work: Callable[[], Awaitable[None]]) -> None:
        self._asked += 1
        mine = self._asked
        async with self._turn:
            if self._done < mine:
                everybody = self._asked
                await work()
                self._done = everybody


@dataclass(frozen=True)
class Digests:
    """Assembles and posts digests; what they count is drawn again, and what they left out can be shown."""

    use_cases: UseCases
    settings: Settings
    cards: Cards
    metrics: Metrics
    approvers: Approvers
    together: Together = field(default_factory=Together)

    async def content(self, run: Run | None, unreadable: str = "") -> DigestContent:
        """What today's digest shows, from what is stored. `run` is None when the facts could not be read."""
        content = await digest_content(self.use_cases, self.settings, run, unreadable)
        await look_around(self.cards, self.settings.slack.channel)
        trouble = (*await self.approvers.trouble(), *await neighbours(self.cards))
        return content.model_copy(update={"degraded": (*content.degraded, *trouble)})

    async def post_due(self, now: datetime) -> str | None:
        """Posts today's digest if it is time and nobody did; its `ts`."""
        today = due(now, self.settings.schedule.digest_at, self.settings.schedule.zone)
        return await self.post_for(today) if today else None

    async def post_for(self, day: date, *, skip_run: bool = False) -> str | None:
        """Runs, acts, and posts the digest of that local date, once; its `ts`, None when it was posted.

        Raises SlackRefused: then the claim is kept until its lease ends, so that what Slack refuses is not
        tried again each minute, each time with a run of its own.
        """
        stores, channel = self.use_cases.stores, self.settings.slack.channel
        key = f"digest:{channel}:{day.isoformat()}"

        async def make(ours: Turn) -> str:
            try:
                posted = await self.cards.posted_already(channel, key) if ours.claim.taken_over else ""
                return await self._run_and_post(ours, posted, skip_run=skip_run or bool(posted))
            except SlackRefused:
                with suppress(OperatorError):  # the schedule tries that again by itself
                    await self.tell_of_refusal()
                raise
            except LeaseLost:
                raise
            except BaseException:
                await stores.claims.give_up(key, self.use_cases.owner, self.use_cases.now())
                raise

        return await in_turn(self.use_cases, key, make)

    async def tell_of_refusal(self) -> None:
        """Writes to approvers, once, that the channel is closed. Raises SlackRefused if none was told."""
        refusal = await self.use_cases.stores.channel_refusal.get()
        began = refusal and (refusal.since or refusal.at)
        if not refusal or not began:
            return
        if refusal.passing and self.use_cases.now() - began < timedelta(hours=1):
            return  # it may be over soon
        why, channel = escape(refusal.why or refusal.words), self.settings.slack.channel
        message = Message(text=REFUSED.format(channel=channel, why=why))

        async def write(_: Turn) -> str:
            people = await self.approvers.people()
            written = [person for person in people if await self.cards.write_to(person, message)]
            if not written:
                trouble = "no approver could be told directly that the channel refuses"
                raise SlackRefused(f"{trouble}: {refusal.code}")
            return " ".join(written)

        await in_turn(self.use_cases, f"refusal-told:{began.isoformat()}", write)

    async def _run_and_post(self, ours: Turn, posted: str, *, skip_run: bool) -> str:
        """Whatever goes wrong is said in the digest's place; only Slack and MongoDB are tried again."""
        try:
            latest = await self.use_cases.last_good_run() if skip_run else None
            run, why = (latest, "") if skip_run else await self._look(ours)
            return await self.post(await self.content(run, why), ours, posted)
        except (SlackRefused, StoreUnavailable, LeaseLost):
            raise
        except Exception as error:
            log.exception("the digest could not be made")
            return await self._post_failure(ours, in_words(error), posted)

    async def _look(self, ours: Turn) -> tuple[Run | None, str]:
        """A run, and what it may do by itself; or why there is none."""
        try:
            run, _ = await self.use_cases.run("schedule")
            self.metrics.note(run)
            await ours.still_ours()
            await self.use_cases.act_alone(run)
        except LeaseLost:
            raise
        except Exception as error:
            foreseen = isinstance(error, OperatorError)
            log.error("could not look", cause=in_words(error), exc_info=None if foreseen else error)
            return None, f"Could not look: {in_words(error)}"
        return run, ""

    async def _post_failure(self, ours: Turn, why: str, posted: str) -> str:
        """In the digest's place, or below what of it was posted; its `ts`."""
        channel = self.settings.slack.channel
        ts = posted or await self.cards.posted_already(channel, ours.claim.key)
        await ours.still_ours()
        if ts:
            await self._say_what_is_missing(f"the digest is not whole: {why}", ts)
            return ts
        text, metadata = f"⚠ Could not look: {why}", under_claim(EVENT, ours.claim.key)
        shown = Message.of(text, [section(outside(text, 2500), "failed")])
        with slack_errors_explained("the digest could not be posted"):
            return await self.cards.post(channel, shown, metadata=metadata)

    async def post(self, content: DigestContent, ours: Turn, posted: str = "") -> str:
        """Posts the page, and moves the live cards there; the root's `ts`.

        `posted`: the root that a process left behind which died before it was done; it is finished. Only a
        root that could not be posted raises SlackRefused: whatever follows it is logged and shown. Raises
        LeaseLost where another replica finishes it.
        """
        channel = self.settings.slack.channel
        drawn = digest(content, await self.use_cases.stores.people.names())
        await ours.still_ours()
        with slack_errors_explained("the digest could not be posted"):
            ts = await self.cards.post(
                channel,
                drawn.root,
                [one for one in content.shown.values() if one.id in drawn.in_root],
                ts=posted,
                metadata=under_claim(EVENT, ours.claim.key),
                counters=drawn.counters,
            )
        for proposal in await self.use_cases.stores.proposals.readable(drawn.in_root):
            await self.cards.shrink_older(proposal, channel, ts)
        await ours.still_ours()
        await kept.remember(self.use_cases.stores, content, ts, counts=drawn.counters is not None)
        monday = content.at.astimezone(self.settings.schedule.zone).weekday() == 0
        if monday and not (content.facts_unreadable or content.runner_down_since):
            await self._picture(content, ts)
        return ts

    async def _picture(self, content: DigestContent, ts: str) -> None:
        """Shows the last two weeks in the thread, or says there what went wrong."""
        try:
            drawn = picture(await self.use_cases.provider_days(), content.at.date())
            if drawn is None:
                return
            png, alt_text = drawn
            with slack_errors_explained("the picture of the last 14 days could not be uploaded"):
                await self.cards.client.files_upload_v2(
                    content=png,
                    filename="providers.png",
                    title="The last 14 days",
                    alt_txt=alt_text,
                    channel=self.settings.slack.channel,
                    thread_ts=ts,
                    request_file_info=False,
                )
        except (FactsUnreadable, SlackRefused) as error:
            log.warning("no picture", cause=str(error))
            await self._say_what_is_missing(str(error), ts)

    async def _say_what_is_missing(self, what: str, ts: str) -> None:
        text = f"⚠ {what[:1].upper()}{what[1:]}"
        shown = Message.of(text, [section(escape(cut(text, 2500)), "missing")])
        with slack_errors_logged(log.error, "the digest is not whole", missing=what):
            await self.cards.post(self.settings.slack.channel, shown, thread_ts=ts)

    async def show_switch(self) -> None:
        """What the newest digest that counts says follows a click, a pause or a mode given elsewhere."""

        async def redraw() -> None:
            if last := await kept.last_digest(self.use_cases.stores).get():
                await self._redraw(self.settings.slack.channel, last.counting or last.ts)

        try:
            await self.together.do(redraw)
        except OperatorError as error:  # what was asked for is done, and whoever asked is to hear that
            log.warning("what the digest counts was not redrawn", cause=str(error))

    async def _redraw(self, channel: str, ts: str, **changed: object) -> None:
        """What a root counts follows what happened since. `changed`: counters that follow nothing else.

        Of several who count at once none draws over what was counted later: who was overtaken counts anew.
        """
        for _ in range(COUNTED_AGAIN):
            root = await kept.kept_messages(self.use_cases.stores).get(f"{channel}:{ts}")
            if root is None or root.counters is None or not root.counters.judge:
                return  # it counts nothing, or a very old version drew it
            version, counted = root.version, await self._counted(root.counters)
            follow = partial(_followed, counted=counted, changed=changed, now=self.use_cases.now())
            if await self.cards.edits.edit(channel, ts, follow, only=version) != Edited.OVERTAKEN:
                return

    async def _counted(self, counters: Counters) -> Counted:
        """As it is now, of what these count."""
        core, stores = self.use_cases, self.use_cases.stores
        standing = await stores.proposals.open()
        alone = [entry for id_ in counters.alone if (entry := await stores.journal.find(id_))]
        off, on_again = await off_and_on_again(stores, alone)
        leaks = await kept.leaks_told(core, core.now(), look=False)
        marked = (await kept.leak_records(stores).all()).items()
        down = {counters.outages[p.id] for p in standing if p.id in counters.outages}
        figures = {
            "waiting": [p.id for p in standing if p.state in WAITING_STATES],
            "covered": covered(await stores.holds.active(), standing),
            "switched_off": len(off),
            "on_again": on_again,
            "leaks": tuple(leak.provider for leak in leaks),
            "rotated": {provider: leak.rotated_by for provider, leak in marked if leak.rotated_by},
            "down": len(down) if counters.outages else counters.down,
        }
        return figures, await autopilot_now(core), await stores.people.names()

    async def show_more(self, channel: str, ts: str) -> None:
        """Puts the decisions that this root had no room for into its thread, once, whoever asks."""
        core, stores, key = self.use_cases, self.use_cases.stores, f"more:{channel}:{ts}"
        if await stores.claims.claim(key, core.owner, core.now(), core.leases.claim_seconds) is None:
            return
        root = await kept.kept_messages(stores).get(f"{channel}:{ts}")
        hidden = root.counters.not_shown if root and root.counters else ()
        waiting = [p for p in await stores.proposals.readable(hidden) if p.state in WAITING_STATES]
        shown = {p.id: p for p in waiting if not any(drawn.ts > ts for drawn in p.drawn)}
        rest = [await card_of(stores, p) for p in shown.values()]
        for message, ids in decisions_beyond(rest, await stores.people.names(), core.now()):
            there = await self.cards.post(channel, message, [shown[one] for one in ids], thread_ts=ts)
            for one in ids:
                await self.cards.shrink_older(shown[one], channel, there)
        await self._redraw(channel, ts, not_shown=())
        await stores.claims.complete(key, core.owner)

    async def redraw_stale(self) -> int:
        """Redraws the cards of what changed elsewhere, and what the digest counts of it."""
        if stale := await self.cards.redraw_stale():
            await self.show_switch()
        return stale


def _followed(
    root: kept.KeptMessage, counted: Counted, changed: dict[str, object], now: datetime
) -> kept.KeptMessage:
    if root.counters is None:
        return root
    (figures, autopilot, names), asked = counted, root.counters.asked or root.waiting
    counters = root.counters.model_copy(update={"asked": asked, **changed}).following(**figures)
    drawn = redrawn(root.blocks, counters, autopilot, names, now)
    return root.model_copy(update={"counters": counters, **drawn.sent})
