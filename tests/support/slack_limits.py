"""Slack's limits as checks, stricter than its own library: for whatever the views draw."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.slack.views.content import Message

TEXT_OF_A_MESSAGE = 10_000
VIEW_BYTES = 250_000
ALLOWED_TAG = re.compile(
    r"<(?:!date\^\d+\^[^<>|]+\|[^<>]*|@[UW]\w+|!subteam\^S\w+|https?://[^<>|\s]+\|[^<>]*)>"
)
ENTITY = re.compile(r"&(?:amp|lt|gt);")
LENGTHS = {
    "section": 3000,
    "header": 150,
    "context": 2000,
    "button": 75,
    "option": 75,
    "description": 75,
    "label": 2000,
}


def check_message(message: Message) -> None:
    """A message to a channel, or an answer to one person."""
    assert message.text.strip(), "a message without fallback text is silent in notifications"
    assert len(message.text) <= 3000
    _harmless(message.text)
    blocks = [dict(block) for block in message.blocks]
    assert 1 <= len(blocks) <= 50
    assert not [b for b in blocks if b["type"] in {"input", "alert"}]
    _blocks(blocks)
    assert sum(len(text["text"]) for text in _texts(blocks)) <= TEXT_OF_A_MESSAGE


def check_view(view: Mapping[str, Any]) -> None:
    """A modal or the home tab."""
    assert 1 <= len(view["blocks"]) <= 100
    assert len(json.dumps(view)) <= VIEW_BYTES
    assert len(view.get("private_metadata") or "") <= 3000
    for part in ("title", "submit", "close"):
        if part in view:
            assert 1 <= len(view[part]["text"]) <= 24, view[part]
    has_inputs = any(block["type"] == "input" for block in view["blocks"])
    assert not has_inputs or "submit" in view, "inputs without a submit button"
    assert not has_inputs or view["callback_id"]
    _blocks(view["blocks"])


def all_text(drawn: Message | Mapping[str, Any]) -> str:
    """Everything that can be read, for tests of words."""
    blocks = drawn.blocks if isinstance(drawn, Message) else drawn["blocks"]
    return "\n".join(text["text"] for text in _texts(list(blocks)))


def actions_of(drawn: Message | Mapping[str, Any]) -> list[str]:
    """The action ids, in order."""
    blocks = drawn.blocks if isinstance(drawn, Message) else drawn["blocks"]
    return [element["action_id"] for element in _elements(list(blocks)) if "action_id" in element]


def _blocks(blocks: list[dict[str, Any]]) -> None:
    block_ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(block_ids) == len(set(block_ids)), block_ids
    assert all(len(block_id) <= 255 for block_id in block_ids)
    action_ids = [element["action_id"] for element in _elements(blocks) if "action_id" in element]
    assert len(action_ids) == len(set(action_ids)), action_ids
    for block in blocks:
        _block(block)
    for text in _texts(blocks):
        _text(text)
    for element in _elements(blocks):
        _element(element)


def _block(block: dict[str, Any]) -> None:
    kind = block["type"]
    if kind in {"section", "header"}:
        assert 1 <= len(block["text"]["text"]) <= LENGTHS[kind]
    if kind == "context":
        assert 1 <= len(block["elements"]) <= 10
        assert all(len(element["text"]) <= LENGTHS[kind] for element in block["elements"])
    if kind == "actions":
        assert 1 <= len(block["elements"]) <= 25
    if kind == "input":
        assert 1 <= len(block["label"]["text"]) <= LENGTHS["label"]


def _element(element: dict[str, Any]) -> None:
    assert len(element.get("action_id", "")) <= 255
    if element["type"] == "button":
        assert 1 <= len(element["text"]["text"]) <= LENGTHS["button"]
        assert 1 <= len(element["value"]) <= 2000
    options = element.get("options", [])
    most = {"checkboxes": 10, "radio_buttons": 10, "overflow": 5}
    if element["type"] in most:
        assert 1 <= len(options) <= most[element["type"]]
    values = [option["value"] for option in options]
    assert len(values) == len(set(values))
    for option in options:
        assert 1 <= len(option["text"]["text"]) <= LENGTHS["option"]
        assert 1 <= len(option["value"]) <= 75
        assert len(option.get("description", {"text": ""})["text"]) <= LENGTHS["description"]
    assert all(option in options for option in element.get("initial_options", []))


def _text(text: dict[str, Any]) -> None:
    assert text["text"].strip(), "empty text"
    if text["type"] == "mrkdwn":
        _harmless(text["text"])
    else:
        assert "<!date" not in text["text"], "dates are drawn only in mrkdwn"


def _harmless(text: str) -> None:
    """No tag but ours, and none of them cut in two."""
    rest = ENTITY.sub("", ALLOWED_TAG.sub("", text))
    found = [
        line for line in rest.splitlines() for line in [line.removeprefix("> ")] if set(line) & set("<>&")
    ]
    assert not found, found


def _elements(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        if block["type"] == "actions":
            yield from block["elements"]
        for name in ("accessory", "element"):
            if name in block:
                yield block[name]


def _texts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("type") in {"mrkdwn", "plain_text"}:
            yield value
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
