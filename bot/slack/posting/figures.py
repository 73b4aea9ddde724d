"""The newest digest after it was posted: what it counts is drawn again, and what it left out can be shown."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.slack.posting.cards import Cards, card_of
from bot.slack.posting.digest_content import autopilot_now, off_and_on_again
from bot.slack.posting.kept_messages import KeptMessage, kept_messages
from bot.slack.posting.told import covered, leaks_told
from bot.slack.views.digest import decisions_beyond, redrawn
from operator_core.domain.proposals import WAITING_STATES
from operator_core.use_cases import UseCases


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


async def redraw_counted(use_cases: UseCases, cards: Cards, channel: str, ts: str, **changed: object) -> None:
    """What this digest counts follows what was decided, paused, released or chosen since. `changed`: counters
    that follow nothing else."""
    stores, now = use_cases.stores, use_cases.now()
    root = await kept_messages(stores).get(f"{channel}:{ts}")
    if root is None or root.counters is None or root.counters.asked is None:
        return  # it counts nothing, or an older version drew it
    standing = await stores.proposals.open()
    waiting = [p.id for p in standing if p.state in WAITING_STATES]
    held = covered(await stores.holds.active(), standing)
    alone = [entry for id_ in root.counters.alone if (entry := await stores.journal.find(id_))]
    off, on_again = await off_and_on_again(stores, alone)
    leaks = tuple(leak.provider for leak in await leaks_told(use_cases, now, look=False))
    autopilot, names = await autopilot_now(use_cases), await stores.people.names()

    def change(kept: KeptMessage) -> KeptMessage:
        if kept.counters is None:
            return kept
        counters = kept.counters.model_copy(update=changed).following(
            waiting, held, switched_off=len(off), on_again=on_again, leaks=leaks
        )
        after = redrawn(kept.blocks, counters, autopilot, names, now)
        return kept.model_copy(update={"counters": counters, **after.sent})

    await cards.edits.edit(channel, ts, change)


async def show_more(use_cases: UseCases, cards: Cards, channel: str, ts: str) -> None:
    """Puts the decisions that this root had no room for into its thread, once, whoever asks."""
    stores, key = use_cases.stores, f"more:{channel}:{ts}"
    seconds = use_cases.leases.claim_seconds
    if await stores.claims.claim(key, use_cases.owner, use_cases.now(), seconds) is None:
        return
    root = await kept_messages(stores).get(f"{channel}:{ts}")
    hidden = await stores.proposals.readable(root.counters.not_shown if root and root.counters else ())
    shown = {
        p.id: p for p in hidden if p.state in WAITING_STATES and not any(drawn.ts > ts for drawn in p.drawn)
    }
    drawn = [await card_of(stores, p) for p in shown.values()]
    for message, ids in decisions_beyond(drawn, await stores.people.names(), use_cases.now()):
        there = await cards.post(channel, message, [shown[one] for one in ids], thread_ts=ts)
        for one in ids:
            await cards.shrink_older(shown[one], channel, there)
    await redraw_counted(use_cases, cards, channel, ts, not_shown=())
    await stores.claims.complete(key, use_cases.owner)
