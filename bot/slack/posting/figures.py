"""The newest digest after it was posted: what it counts is drawn again, and what it left out can be shown."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.slack.posting.cards import Cards, card_of
from bot.slack.posting.digest_content import autopilot_now, off_and_on_again
from bot.slack.posting.kept_messages import KeptMessage, kept_messages, last_digest
from bot.slack.posting.told import covered, leaks_told
from bot.slack.views.digest import decisions_beyond
from bot.slack.views.redrawn import Figures, counted, redrawn
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


async def redraw_figures(use_cases: UseCases, cards: Cards, channel: str) -> None:
    """What the newest digest counts follows what was decided, paused, released or chosen since."""
    stores = use_cases.stores
    last = await last_digest(stores).get()
    kept = await kept_messages(stores).get(f"{channel}:{last.ts}") if last else None
    if last is None or kept is None or kept.counters is None or not kept.counters.judge:
        return  # there is none, or it counts nothing, or an older version drew it
    standing = await stores.proposals.open()
    alone = [entry for id_ in kept.counters.alone if (entry := await stores.journal.find(id_))]
    off, on_again = await off_and_on_again(stores, alone)
    figures = Figures(
        waiting=tuple(p.id for p in standing if p.state in WAITING_STATES),
        covered=covered(await stores.holds.active(), standing),
        switched_off=len(off),
        on_again=on_again,
        autopilot=await autopilot_now(use_cases),
        leaks=tuple(leak.provider for leak in await leaks_told(use_cases, use_cases.now(), look=False)),
    )
    names, now = await stores.people.names(), use_cases.now()

    def change(root: KeptMessage) -> KeptMessage:
        if root.counters is None:
            return root
        counters, text, blocks = redrawn(root.counters, root.blocks, root.waiting, figures, names, now)
        waiting = tuple(one for one in root.waiting if one in figures.waiting)
        new = {"counters": counters, "text": text, "blocks": blocks, "waiting": waiting}
        return root.model_copy(update=new)

    await cards.amend(channel, last.ts, change)


async def show_more(use_cases: UseCases, cards: Cards, channel: str, ts: str) -> None:
    """Puts the decisions that this root had no room for into its thread, once, whoever asks."""
    stores, key = use_cases.stores, f"more:{channel}:{ts}"
    seconds = use_cases.leases.claim_seconds
    if await stores.claims.claim(key, use_cases.owner, use_cases.now(), seconds) is None:
        return
    root = await kept_messages(stores).get(f"{channel}:{ts}")
    hidden = root.counters.not_shown if root and root.counters else ()
    waiting = [
        p
        for p in await stores.proposals.readable(hidden)
        if p.state in WAITING_STATES and not any(drawn.ts > ts for drawn in p.drawn)
    ]
    shown = {p.id: p for p in waiting}
    drawn = [await card_of(stores, p) for p in waiting]
    for message, ids in decisions_beyond(drawn, await stores.people.names(), use_cases.now()):
        there = await cards.post(channel, message, [shown[one] for one in ids], thread_ts=ts)
        for one in ids:
            await cards.shrink_older(shown[one], channel, there)
    await cards.amend(channel, ts, _all_shown)
    await stores.claims.complete(key, use_cases.owner)


def _all_shown(root: KeptMessage) -> KeptMessage:
    if root.counters is None:
        return root
    counters = root.counters.model_copy(update={"not_shown": ()})
    text, blocks = counted(counters, root.blocks)
    return root.model_copy(update={"counters": counters, "text": text, "blocks": blocks})
