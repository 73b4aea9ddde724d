"""What messages and dialogs are made of, as Slack takes it and within its limits."""

from typing import Any

from bot.slack.views.actions import Target, Verb, action_id
from bot.slack.views.text import cut, cut_drawn
from operator_core.domain.proposals import Proposal

Block = dict[str, Any]
"""A block, or a part of one."""
TEXT_LIMIT = 2900
"""Slack allows 3,000 characters in a section."""
DIVIDER: Block = {"type": "divider"}


def section(text: str, block_id: str, accessory: Block | None = None) -> Block:
    """`text` is mrkdwn."""
    return {
        "type": "section",
        "text": _mrkdwn(text, TEXT_LIMIT),
        "block_id": block_id,
        **({"accessory": accessory} if accessory else {}),
    }


def small(text: str, block_id: str) -> Block:
    """`text` is mrkdwn."""
    return {"type": "context", "elements": [_mrkdwn(text, 2000)], "block_id": block_id}


def header(text: str) -> Block:
    """The head of a message."""
    return {"type": "header", "text": plain(text), "block_id": "head"}


def actions(block_id: str, *elements: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements), "block_id": block_id}


def with_buttons(text: str, block_id: str, *buttons: Block) -> list[Block]:
    """A section with its button beside it, or with several below it."""
    if len(buttons) < 2:
        return [section(text, block_id, *buttons)]
    return [section(text, block_id), actions(f"{block_id}.actions", *buttons)]


def button(text: str, verb: Verb, about: Proposal | Target, *, at: str = "", **style: str) -> Block:
    """`about`: what the click is about. `at`: what makes the button unique in its message, if not that."""
    target = Target.on(about) if isinstance(about, Proposal) else about
    unique = {"action_id": action_id(verb, at or target.id), "value": str(target)}
    return {"type": "button", "text": plain(cut(text, 75)), **unique, **style}


def plain(text: str) -> Block:
    """Nothing of it is markup."""
    return {"type": "plain_text", "text": text, "emoji": True}


def _mrkdwn(text: str, limit: int) -> Block:
    return {"type": "mrkdwn", "text": cut_drawn(text, limit)}
