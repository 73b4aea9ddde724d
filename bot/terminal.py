"""Our messages and modals as people see them, in a terminal: `digest` shows them, and the demo does."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

Json = Mapping[str, Any]
"""A block or a view, as Slack takes it."""
Names = Mapping[str, str]
"""Slack user id → what people call them."""

CONSTRUCT = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
MARKS = re.compile(
    r"```(.+?)```|`([^`\n]+)`|(?<!\w)\*([^*\n]+)\*(?!\w)|(?<!\w)_([^_\n]+)_(?!\w)|~([^~\n]+)~", re.DOTALL
)
STYLES = ("cyan", "cyan", "bold", "italic", "strike")


def as_rich(blocks: Sequence[Json], names: Names | None = None) -> RenderableType:
    return Group(*(part for block in blocks for part in _block(block, names or {})))


def mrkdwn(text: str, names: Names | None = None) -> Text:
    """Slack's markup as styled text, with names and times in their places."""
    lines = Text()
    for number, line in enumerate(text.split("\n")):
        if number:
            lines.append("\n")
        if quoted := re.match(r"(?:&gt;|>)\s?", line):
            lines.append("▏ ", style="dim")
            line = line[quoted.end() :]
        lines.append_text(_marked(line, names or {}))
    return lines


def _marked(line: str, names: Names) -> Text:
    shown = Text()
    at = 0
    for mark in MARKS.finditer(line):
        shown.append(_resolved(line[at : mark.start()], names))
        inside = next(index for index, group in enumerate(mark.groups()) if group is not None)
        shown.append(_resolved(mark.group(inside + 1), names), style=STYLES[inside])
        at = mark.end()
    shown.append(_resolved(line[at:], names))
    return shown


def _resolved(text: str, names: Names) -> str:
    """Mentions as names, times and links as their words, entities as their signs."""

    def words(construct: re.Match[str]) -> str:
        sign, target, label = construct.groups()
        if sign == "@":
            return f"@{names.get(target, label or target)}"
        if sign == "#":
            return f"#{label or names.get(target, target)}"
        return label or target

    said = CONSTRUCT.sub(words, text)
    return said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _words(text: object, names: Names) -> Text:
    """A text object, or nothing."""
    if not isinstance(text, dict):
        return Text()
    words = str(text.get("text", ""))
    return mrkdwn(words, names) if text.get("type") == "mrkdwn" else Text(words)


def _block(block: Json, names: Names) -> Iterator[RenderableType]:
    kind = block["type"]
    if kind == "header":
        yield Text(f"\n{block['text']['text']}", style="bold underline")
    elif kind == "divider":
        yield Rule(style="dim")
    elif kind == "section":
        yield _section(block, names)
    elif kind == "context":
        yield _dim([_words(element, names) for element in block["elements"]])
    elif kind == "actions":
        yield Text("  ").join([_element(element, names) for element in block["elements"]])
    elif kind == "input":
        yield from _input(block, names)
    else:
        yield Text(f"[{kind}]", style="dim")


def _section(block: Json, names: Names) -> RenderableType:
    body = _words(block["text"], names)
    accessory = block.get("accessory")
    if accessory is None:
        return body
    beside = _element(accessory, names)
    if "\n" in beside.plain:
        return Group(body, beside)
    grid = Table.grid(expand=True, padding=(0, 2))
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(body, beside)
    return grid


def _input(block: Json, names: Names) -> Iterator[RenderableType]:
    optional = Text(" (optional)" if block.get("optional") else "", style="dim")
    yield _words(block["label"], names) + optional
    yield Padding(_element(block["element"], names), (0, 0, 0, 2))
    if block.get("hint"):
        yield Text(block["hint"]["text"], style="dim")


def _element(element: Json, names: Names) -> Text:
    kind = element["type"]
    if kind == "button":
        style = {"primary": "bold green", "danger": "bold red"}.get(element.get("style", ""), "bold")
        return Text(f"[{element['text']['text']}]", style=style)
    if kind == "overflow":
        return Text("[⋯]", style="bold")
    if kind in ("checkboxes", "radio_buttons"):
        return _boxes(element, names)
    return Text(f"[ {element.get('initial_value') or '…'} ]")


def _boxes(element: Json, names: Names) -> Text:
    first = element.get("initial_option")
    chosen = [option["value"] for option in element.get("initial_options") or ([first] if first else [])]
    signs = ("☐", "☑") if element["type"] == "checkboxes" else ("○", "●")
    lines = []
    for option in element["options"]:
        line = Text(f"{signs[option['value'] in chosen]} ") + _words(option["text"], names)
        if option.get("description"):
            line += Text("\n    ") + Text(_words(option["description"], names).plain, style="dim")
        lines.append(line)
    return Text("\n").join(lines)


def _dim(parts: Sequence[Text]) -> Text:
    joined = Text("  ").join(parts)
    joined.stylize("dim")
    return joined
