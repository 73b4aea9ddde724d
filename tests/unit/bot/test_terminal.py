"""Blocks as people see them, in a terminal: messages by the bot, dialogs by the demo."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from rich.console import Console

from sandbox.demo.dialogs import dialog


def as_text(
    blocks: Sequence[Mapping[str, Any]], names: Mapping[str, str] | None = None, width: int = 100
) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False)
    console.print(dialog(blocks, names or {}))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def test_a_message_is_drawn_as_people_see_it() -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": plain("2 decisions for you")},
        {
            "type": "section",
            "text": mrkdwn("*Disable `this`* `gpt-4` &amp; co.\n> model &lt;gone&gt;"),
            "accessory": {"type": "button", "action_id": "a", "text": plain("Approve")},
        },
        {"type": "divider"},
        {
            "type": "context",
            "elements": [mrkdwn("<@U0ANA> at <!date^1731916800^{time}|08:00 UTC>, <https://x.y|the log>")],
        },
        {
            "type": "actions",
            "elements": [
                {"type": "button", "action_id": "b", "text": plain("Details")},
                {"type": "overflow", "action_id": "c", "options": []},
            ],
        },
    ]
    lines = as_text(blocks, {"U0ANA": "Ana"}, width=50).splitlines()
    assert lines == [
        "",
        "2 decisions for you",
        "Disable this gpt-4 & co.                 [Approve]",
        "▏ model <gone>",
        "─" * 50,
        "@Ana at 08:00 UTC, the log",
        "[Details]  [⋯]",
    ]


@pytest.mark.parametrize("width", [32, 40, 50, 60, 80])
@pytest.mark.parametrize("label", ["[Undo…]", "[I'm on it]", "[Approve all 120 like these…]"])
def test_words_beside_a_button_have_room_at_any_width(width: int, label: str) -> None:
    text = "Autopilot in shadow, 5 of 20 · gpt-5.2, 1 call, $0.004 · next look tomorrow at 08:00 UTC"
    button = {"type": "button", "action_id": "a", "text": plain(label[1:-1])}
    block = {"type": "section", "text": mrkdwn(text), "accessory": button}
    lines = as_text([block], width=width).splitlines()
    words = [line.replace(label, "").strip() for line in lines]
    assert " ".join(filter(None, words)) == text
    assert sum(label in line for line in lines) == 1
    assert max(map(len, words)) > 25


def test_checkboxes_show_what_is_ticked() -> None:
    options = [{"text": plain(name), "value": name} for name in ("gpt", "llama")]
    block = {
        "type": "input",
        "label": plain("Models"),
        "element": {
            "type": "checkboxes",
            "action_id": "t",
            "options": options,
            "initial_options": options[:1],
        },
    }
    assert as_text([block]).splitlines() == ["Models", "  ☑ gpt", "  ☐ llama"]
