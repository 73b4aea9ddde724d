"""App Home: what waits, what needs somebody, what is on hold, and what was done last."""

from collections.abc import Sequence
from datetime import datetime

from bot.slack.views.blocks import DIVIDER, Block, section, small
from bot.slack.views.card import Card, card
from bot.slack.views.content import KeyLeakTold
from bot.slack.views.forms import ViewDict
from bot.slack.views.replies import Status, entry_rows, hold_rows, status_words
from bot.slack.views.sections import leak_row, switches
from bot.slack.views.text import joined
from bot.slack.views.who_and_when import Names
from operator_core.domain.holds import Hold
from operator_core.domain.journal import JournalEntry
from operator_core.domain.situations import WIDE
from operator_core.words import plural

MAX_ROWS = 8


def home(
    status: Status,
    waiting: Sequence[Card],
    down: Sequence[Card],
    holds: Sequence[Hold],
    entries: Sequence[JournalEntry],
    names: Names,
    now: datetime,
    leaks: Sequence[KeyLeakTold] = (),
) -> ViewDict:
    """The home tab, for `views.publish`. `entries`: the newest first."""
    done = entry_rows(entries[:MAX_ROWS], names, now)
    held = hold_rows(holds[:MAX_ROWS], names, now)
    blocks = [
        section(_summary(waiting, down), "summary"),
        *(leak_row(leak, now) for leak in leaks[:MAX_ROWS]),
        *_cards("*Your decision*", waiting, 10, "`/operator pending` lists them", names, now),
        *_cards("*Needs somebody*", down, MAX_ROWS, "the digest lists them", names, now),
        *([DIVIDER, section("*Done last*", "entries"), *done] if done else []),
        *([DIVIDER, section(f"*On hold* · {len(holds):,}", "holds"), *held] if held else []),
        DIVIDER,
        small(status_words(status, names, now), "status"),
        switches(status.autopilot, "home"),
    ]
    return {"type": "home", "blocks": blocks}


def _summary(waiting: Sequence[Card], down: Sequence[Card]) -> str:
    if not waiting and not down:
        return "✅ Nothing waits for you."
    wide = sum(card.proposal.scope in WIDE for card in down)
    needing = plural(wide, "thing is down and needs", "things are down and need")
    decisions = plural(len(waiting), "decision waits", "decisions wait") if waiting else ""
    ours = f"{len(down) - wide:,} ours to fix" if len(down) > wide else ""
    return joined(decisions, f"{needing} somebody" if wide else "", ours, by=" · ")


def _cards(title: str, cards: Sequence[Card], most: int, at: str, names: Names, now: datetime) -> list[Block]:
    if not cards:
        return []
    block_id = title.strip("*").lower()
    drawn = [block for shown in cards[:most] for block in card(shown, names, now)]
    rest = small(f"And {len(cards) - most:,} more: {at}.", f"{block_id}.rest")
    return [DIVIDER, section(f"{title} · {len(cards):,}", block_id), *drawn, *[rest] * (len(cards) > most)]
