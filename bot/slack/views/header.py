"""What the header of a digest counts, in words; redrawn whenever a decision is answered."""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import HeaderBlock, SectionBlock

from bot.slack.views.actions import Target, Verb
from bot.slack.views.card import button, section
from bot.slack.views.content import Counters
from bot.slack.views.text import cut, joined
from operator_core.words import plural


def counted(counters: Counters, blocks: Sequence[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """A root message with newer counters: its fallback text and its blocks."""
    newer = {
        "head": HeaderBlock(text=title(counters), block_id="head"),
        "decisions": heading(waiting(counters.decisions), counters.decisions),
    }
    drawn = {block_id: block.to_dict() for block_id, block in newer.items()}
    return fallback(counters), [drawn.get(str(block.get("block_id")), block) for block in blocks]


def heading(text: str, count: int) -> SectionBlock:
    """Above the decisions; where there are several, all can be approved from here."""
    everything = button("Approve all…", Verb.APPROVE_ALL, Target(id="all"), at="digest")
    return section(text, "decisions", everything if count > 1 else None)


def waiting(count: int) -> str:
    return f"*Your decision* · {count} waiting" if count else "*Your decision* · all answered"


def title(counters: Counters) -> str:
    words = joined(
        f"{plural(counters.down, 'provider is', 'providers are')} down" if counters.down else "",
        f"{plural(counters.decisions, 'decision')} for you" if counters.decisions else "",
        f"I switched off {plural(counters.switched_off, 'model')}" if counters.switched_off else "",
        by=" · ",
    )
    fewer = plural(counters.fewer, "fewer model answers", "fewer models answer") if counters.fewer else ""
    words = words or fewer or "Nothing waits for you"
    return cut(words[:1].upper() + words[1:], 150)


def fallback(counters: Counters) -> str:
    first = joined(
        f"{plural(counters.down, 'provider')} down" if counters.down else "",
        plural(counters.decisions, "decision waits", "decisions wait") if counters.decisions else "",
        f"{plural(counters.switched_off, 'model')} switched off" if counters.switched_off else "",
        plural(counters.new_models, "new model") if counters.new_models else "",
        by=", ",
    )
    answer = f"{counters.models.answering} of {counters.models.enabled} models answer."
    return f"{first}. {answer}" if first else answer
