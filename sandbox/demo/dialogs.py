"""A dialog as people see it, in a terminal: its inputs here, all else as messages have it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from bot.terminal import as_rich

Json = Mapping[str, Any]


def dialog(blocks: Sequence[Json], names: Mapping[str, str]) -> RenderableType:
    return Group(*(part for block in blocks for part in _block(block, names)))


def _block(block: Json, names: Mapping[str, str]) -> Iterator[RenderableType]:
    if block["type"] != "input":
        yield as_rich([block], names)
        return
    optional = Text(" (optional)" if block.get("optional") else "", style="dim")
    yield Text(block["label"]["text"]) + optional
    element = block["element"]
    boxes = element["type"] in {"checkboxes", "radio_buttons"}
    yield Padding(_boxes(element) if boxes else Text("[ … ]"), (0, 0, 0, 2))


def _boxes(element: Json) -> Text:
    initial = element.get("initial_options", [element.get("initial_option")])
    chosen = [option["value"] for option in initial if option]
    signs = ("☐", "☑") if element["type"] == "checkboxes" else ("○", "●")
    lines = []
    for option in element["options"]:
        line = Text(f"{signs[option['value'] in chosen]} {option['text']['text']}")
        if option.get("description"):
            line += Text("\n    ") + Text(option["description"]["text"], style="dim")
        lines.append(line)
    return Text("\n").join(lines)
