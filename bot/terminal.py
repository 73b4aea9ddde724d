"""Our messages as people see them, in a terminal: `digest` shows them, and the demo does."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.slack.views.who_and_when import Names

Json = Mapping[str, Any]
"""A block, as Slack takes it."""

CONSTRUCT = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
MARKS = re.compile(
    r"```(.+?)```|`([^`\n]+)`|(?<!\w)\*([^*\n]+)\*(?!\w)|(?<!\w)_([^_\n]+)_(?!\w)|~([^~\n]+)~", re.DOTALL
)
STYLES = ("cyan", "cyan", "bold", "italic", "strike")
LEAST_COLUMNS = 30
"""For words that have a button beside them."""


def as_rich(blocks: Sequence[Json], names: Names) -> RenderableType:
    return Group(*(part for block in blocks for part in _block(block, names)))


def mrkdwn(text: str, names: Names) -> Text:
    """Slack's markup as styled text, with names and times in their places."""
    lines: list[Text] = []
    for line in text.split("\n"):
        quoted = re.match(r"(?:&gt;|>)\s?", line)
        shown, at = (Text.assemble(("▏ ", "dim")), quoted.end()) if quoted else (Text(), 0)
        for mark in MARKS.finditer(line, at):
            kind = mark.lastindex or 0  # the one of the groups that matched
            shown.append(_resolved(line[at : mark.start()], names))
            shown.append(_resolved(mark.group(kind).replace("`", ""), names), style=STYLES[kind - 1])
            at = mark.end()
        lines.append(shown.append(_resolved(line[at:], names)))
    return Text("\n").join(lines)


def _resolved(text: str, names: Names) -> str:
    """Mentions as names, times and links as their words, entities as their signs."""

    def words(construct: re.Match[str]) -> str:
        sign, target, label = construct.groups()
        named = names.get(target, label or target)
        return {"@": f"@{named}", "#": f"#{label or named}"}.get(sign, label or target)

    said = CONSTRUCT.sub(words, text)
    return said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _words(text: Json, names: Names) -> Text:
    """A text object; Slack's SDK leaves empty words out."""
    words = text.get("text", "")
    return mrkdwn(words, names) if text["type"] == "mrkdwn" else Text(words)


def _block(block: Json, names: Names) -> Iterator[RenderableType]:
    """Of the kinds that views draw; another is only named."""
    match block["type"]:
        case "header":
            yield Text(f"\n{block['text']['text']}", style="bold underline")
        case "divider":
            yield Rule(style="dim")
        case "section":
            yield _section(block, names)
        case "context":
            yield Text("  ", style="dim").join(_words(element, names) for element in block["elements"])
        case "actions":
            yield Text("  ").join(_element(element) for element in block["elements"])
        case kind:
            yield Text(f"[{kind}]", style="dim")


def _section(block: Json, names: Names) -> RenderableType:
    body = _words(block["text"], names)
    return _Beside(body, _element(block["accessory"])) if "accessory" in block else body


@dataclass(frozen=True)
class _Beside:
    """Words and their button: beside them, or below where too little room would be left to read them."""

    body: Text
    button: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        if options.max_width - self.button.cell_len < LEAST_COLUMNS:
            yield from (self.body, self.button)
            return
        grid = Table.grid(expand=True, padding=(0, 2))
        grid.add_column(ratio=1)
        grid.add_column(justify="right", no_wrap=True)
        grid.add_row(self.body, self.button)
        yield grid


def _element(element: Json) -> Text:
    """A button, or the sign of the menu."""
    if element["type"] == "overflow":
        return Text("[⋯]", style="bold")
    style = "bold green" if element.get("style") == "primary" else "bold"
    return Text(f"[{element['text']['text']}]", style=style)
