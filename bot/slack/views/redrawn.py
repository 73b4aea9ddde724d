"""A digest's root after a click: what it counts is drawn again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block, HeaderBlock

from bot.slack.views import sections
from bot.slack.views.actions import Target
from bot.slack.views.content import Autopilot, Counters
from bot.slack.views.text import Names, outside
from operator_core.domain.base import Frozen, ModelRef

Blocks = Sequence[dict[str, Any]]


class Figures(Frozen):
    """What a digest's root counts, as it is now."""

    waiting: tuple[str, ...]
    """Ids of the decisions that wait."""
    covered: int
    switched_off: int
    on_again: tuple[ModelRef, ...] = ()
    """Of what was switched off alone."""
    leaks: tuple[str, ...]
    """Providers whose key may have leaked still."""
    autopilot: Autopilot


def redrawn(
    before: Counters, blocks: Blocks, asked: Sequence[str], now: Figures, names: Names, at: datetime
) -> tuple[Counters, str, list[dict[str, Any]]]:
    """A root message after something changed: counters, text and blocks. `asked`: what waited in it."""
    told = tuple(one for one in before.told_leaks if one in now.leaks)
    counters = before.model_copy(
        update={
            "decisions": len([one for one in asked if one in now.waiting]),
            "not_shown": tuple(one for one in before.not_shown if one in now.waiting),
            "on_hold": max(0, before.on_hold + now.covered - before.covered),
            "covered": now.covered,
            "switched_off": now.switched_off if before.alone else before.switched_off,
            "told_leaks": told,
            "known": tuple(
                p for p in before.known if not p.startswith(sections.LEAK) or _leaks_still(p, now.leaks)
            ),
        }
    )
    newer: dict[str, Sequence[Block]] = {
        **(
            {"done": sections.switched_off(now.switched_off, now.on_again, before.why)}
            if before.alone
            else {}
        ),
        "state": [sections.last_line(now.autopilot, counters, names)],
        "shadow": sections.shadow(now.autopilot, at),
        **{
            f"leak.{Target.about(one).id}": [
                sections.context(f"🔑 {outside(one, 60)}: the key is rotated.", "rotated")
            ]
            for one in before.told_leaks
            if one not in told
        },
    }
    return counters, *counted(counters, _replaced(blocks, newer))


def _leaks_still(phrase: str, leaks: Sequence[str]) -> bool:
    return any(phrase.startswith(f"{sections.LEAK} {outside(one, 60)}'s errors") for one in leaks)


def counted(counters: Counters, blocks: Blocks) -> tuple[str, list[dict[str, Any]]]:
    """A root message when what it counts has changed: its fallback text and its blocks."""
    newer: dict[str, list[Block]] = {
        "head": [HeaderBlock(text=sections.title(counters), block_id="head")],
        "more": sections.more(counters),
        "known": sections.known_line(counters),
    }
    known_before = any(block.get("block_id") == "known" for block in blocks)
    return sections.fallback(counters), _replaced(
        blocks, newer, {} if known_before else {"state": newer["known"]}
    )


def _replaced(
    blocks: Blocks, newer: Mapping[str, Sequence[Block]], before: Mapping[str, Sequence[Block]] = {}
) -> list[dict[str, Any]]:
    """The blocks with those of these ids drawn anew, and others drawn before them."""

    def parts() -> Iterator[dict[str, Any]]:
        for block in blocks:
            name = str(block.get("block_id"))
            yield from (drawn.to_dict() for drawn in (*before.get(name, ()), *newer.get(name, ())))
            if name not in newer:
                yield block

    return list(parts())
