"""A Slack message as people see it, in the terminal: `digest` shows it, and so does the demo."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.text import Text

Block = Mapping[str, Any]

_DATE = re.compile(r"<!date\^(\d+)\^[^|>]*\|([^>]*)>")
_LINK = re.compile(r"<(https?://[^|>]+)\|([^>]*)>")
_PERSON = re.compile(r"<(@|!subteam\^)([A-Z0-9]+)>")
_BOLD = re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)")
_CODE = re.compile(r"`([^`\n]+)`")


def message(blocks: Sequence[Block], names: Mapping[str, str] | None = None) -> RenderableType:
    """The blocks of a message or a modal, one below the other."""
    return Group(*(_block(block, names or {}) for block in blocks))


def mrkdwn(text: str, names: Mapping[str, str]) -> Text:
    """Slack's mrkdwn, with dates, links and people as their readers see them."""
    plain = _DATE.sub(r"\2", text)
    plain = _LINK.sub(r"\2", plain)
    plain = _PERSON.sub(lambda found: f"@{names.get(found.group(2), found.group(2))}", plain)
    lines = Text()
    for number, line in enumerate(plain.split("\n")):
        quoted = line.startswith(("&gt; ", "> "))
        content = re.sub(r"^(&gt;|>) ", "│ ", line) if quoted else line
        lines.append("\n" if number else "")
        lines.append_text(_styled(content, "italic dim" if quoted else ""))
    return lines


def _styled(line: str, style: str) -> Text:
    styled = Text(style=style)
    at = 0
    for found in sorted((*_BOLD.finditer(line), *_CODE.finditer(line)), key=lambda f: f.start()):
        if found.start() < at:
            continue
        styled.append(_unescaped(line[at : found.start()]))
        styled.append(_unescaped(found.group(1)), style="bold" if found.group().startswith("*") else "cyan")
        at = found.end()
    styled.append(_unescaped(line[at:]))
    return styled


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _block(block: Block, names: Mapping[str, str]) -> RenderableType:
    kind = block["type"]
    if kind == "header":
        return Text(block["text"]["text"], style="bold underline")
    if kind == "divider":
        return Rule(style="dim")
    if kind == "context":
        parts = [_element(element, names) for element in block["elements"]]
        return Text("  ").join(parts)
    if kind == "actions":
        return Text(" ").join(_element(element, names) for element in block["elements"])
    if kind == "input":
        label = Text(block["label"]["text"], style="bold")
        return Group(label, _element(block["element"], names))
    if kind == "section":
        text = mrkdwn(block["text"]["text"], names) if "text" in block else Text()
        if "accessory" in block:
            text = Text.assemble(text, "  ", _element(block["accessory"], names))
        return text
    return Text(f"({kind})", style="dim")


def _element(element: Block, names: Mapping[str, str]) -> Text:
    kind = element["type"]
    if kind in {"mrkdwn", "plain_text"}:
        return Text.assemble(mrkdwn(element["text"], names), style="dim")
    if kind == "button":
        return Text(f"[{element['text']['text']}]", style="green" if element.get("style") else "blue")
    if kind == "overflow":
        return Text("⋯", style="blue")
    if kind in {"checkboxes", "radio_buttons"}:
        return Text("\n").join(_option(option, element) for option in element["options"])
    return Text(f"({kind.replace('_', ' ')})", style="dim")


def _option(option: Block, element: Block) -> Text:
    initial = [*element.get("initial_options", ()), element.get("initial_option")]
    chosen = option["value"] in {known["value"] for known in initial if known}
    beside = option.get("description", {}).get("text", "")
    return Text(f"{'☑' if chosen else '☐'} {option['text']['text']}" + (f"   {beside}" if beside else ""))
