"""What the header of a digest counts, in words; redrawn whenever a decision is answered."""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import ButtonElement, HeaderBlock, SectionBlock

from bot.slack.views.actions import Target, Verb, action_id
from bot.slack.views.card import section
from bot.slack.views.content import Counters
from bot.slack.views.text import cut
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
    if count < 2:
        return section(text, "decisions")
    everything = ButtonElement(
        text="Approve all…", action_id=action_id(Verb.APPROVE_ALL, "digest"), value=str(Target(id="all"))
    )
    return section(text, "decisions", everything)


def waiting(count: int) -> str:
    return f"*Your decision* · {count} waiting" if count else "*Your decision* · all answered"


def title(counters: Counters) -> str:
    parts = [
        f"{plural(counters.down, 'provider is', 'providers are')} down" if counters.down else "",
        f"{plural(counters.decisions, 'decision')} for you" if counters.decisions else "",
        f"I switched off {plural(counters.switched_off, 'model')}" if counters.switched_off else "",
    ]
    fewer = plural(counters.fewer, "fewer model answers", "fewer models answer") if counters.fewer else ""
    words = " · ".join(part for part in parts if part) or fewer or "Nothing waits for you"
    return cut(words[:1].upper() + words[1:], 150)


def fallback(counters: Counters) -> str:
    parts = [
        f"{plural(counters.down, 'provider')} down" if counters.down else "",
        plural(counters.decisions, "decision waits", "decisions wait") if counters.decisions else "",
        f"{plural(counters.switched_off, 'model')} switched off" if counters.switched_off else "",
        f"{plural(counters.new_models, 'new model')}" if counters.new_models else "",
    ]
    first = ", ".join(part for part in parts if part)
    answer = f"{counters.models.answering} of {counters.models.enabled} models answer."
    return f"{first}. {answer}" if first else answer
