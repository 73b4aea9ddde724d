"""Blocks of every kind that the bot uses, and how the page draws them by themselves."""

from typing import Any

from sandbox.page.screen import FOLDER, TEMPLATES

Json = dict[str, Any]
DRAW = '{% import "blocks.html" as blocks with context %}{{ blocks.draw(given, me, values, errors) }}'
NAMES = {"U0ANA": "Ana Ruiz", "C0OPS": "llm-ops", "S0ONCALL": "bench-oncall"}


def html(*given: Json, values: Json | None = None, errors: Json | None = None) -> str:
    """A page with these blocks alone, as Ana sees them."""
    body = TEMPLATES.from_string(DRAW).render(
        given=given, me="U0ANA", values=values or {}, errors=errors or {}, names=NAMES, link=str
    )
    css = (FOLDER / "static/page.css").read_text(encoding="utf-8")
    return f'<!doctype html><style>{css}</style><body style="display: block"><main class="said">{body}</main>'


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(text: str, **more: object) -> Json:
    return {"type": "button", "action_id": f"press.{text}", "text": plain(text), **more}


def option(text: str, value: str, description: str = "") -> Json:
    described = {"description": plain(description)} if description else {}
    return {"text": plain(text), "value": value, **described}


def question(label: str, element: Json, **more: object) -> Json:
    return {"type": "input", "block_id": "asked", "label": plain(label), "element": element, **more}


MENU = {
    "type": "overflow",
    "action_id": "more.P-412",
    "options": [option("Later: tomorrow's digest", "tomorrow"), option("Details", "details")],
}
BOXES = {
    "type": "checkboxes",
    "action_id": "tick.0",
    "options": [
        option("anthropic.claude-v2", "0", "3 other providers keep it"),
        option("meta.llama2-70b-chat-v1", "1", "last provider: leaves the site"),
    ],
}
RADIOS = {
    "type": "radio_buttons",
    "action_id": "choice",
    "options": [option("Wrong", "wrong"), option("Right, but keep it", "keep")],
}
LINE: Json = {"type": "plain_text_input", "action_id": "note", "max_length": 500}
WORDS = (
    "*Disable 6 bedrock models?*  P-412\nSince Thursday each run of `claude-v2` said _end of life_ ~maybe~.\n"
    "> reached its end of life\n<@U0ANA>, see <https://example.com/deprecations|the list> :eyes:"
)
SAMPLES: dict[str, Json] = {
    "header": {"type": "header", "text": plain("3 decisions for you · I switched off 5 models")},
    "section": {"type": "section", "text": mrkdwn(WORDS)},
    "section and button": {
        "type": "section",
        "text": mrkdwn("*deepinfra* is out of credit · 41 of 41 · 9 hours"),
        "accessory": button("I'm on it"),
    },
    "section and menu": {"type": "section", "text": mrkdwn("*Known* · 19"), "accessory": MENU},
    "context": {
        "type": "context",
        "elements": [mrkdwn("Autopilot on, 5 of 20 · *gpt-5.2*, $0.004"), plain("next look 14:00")],
    },
    "divider": {"type": "divider"},
    "actions": {
        "type": "actions",
        "elements": [
            button("Approve: disable 6…", style="primary"),
            button("Reject: keep 6"),
            button("Turn off", style="danger"),
            MENU,
        ],
    },
    "checkboxes": question("Untick what should stay", BOXES, optional=True),
    "radio buttons": question("Why?", RADIOS),
    "text": question("Note for the record", LINE, optional=True),
}
"""One of each."""
