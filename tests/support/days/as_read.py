"""Messages as people read them on a phone: plain lines of forty columns, buttons in brackets.

It knows Slack's blocks and nothing of the bot, so that what a test reads is what stands there.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.slack import Message

COLUMNS = 40
Block = Mapping[str, Any]
NAMES = {"U0ANA": "ana", "U0BEN": "ben", "U0CHI": "chi", "C0OPS": "llm-ops"}
TAG = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
BOLD = re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)")


def plain(text: str) -> str:
    """Slack's markup as it reads: names, times and the words of links in their places."""

    def words(tag: re.Match[str]) -> str:
        sign, target, label = tag.groups()
        if sign == "@" or target.startswith("subteam^"):
            return f"@{NAMES.get(target, label or target)}"
        return f"#{NAMES.get(target, label or target)}" if sign == "#" else label or target

    said = BOLD.sub(r"\1", TAG.sub(words, text)).replace("`", "")
    return said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def read(message: Message) -> str:
    """All of it, a paragraph for each block; of a message without blocks its text."""
    drawn = [text for block in message.blocks for text in paragraphs(block)]
    drawn += [f"[picture: {file['title']}]" for file in message.files]
    return "\n".join(drawn or [plain(message.text)])


def on_a_phone(text: str, columns: int = COLUMNS) -> list[str]:
    """The lines that this takes."""
    return [line for part in text.split("\n") for line in textwrap.wrap(part, columns) or [""]]


def paragraphs(block: Block) -> Iterator[str]:
    """What one block reads like."""
    match block["type"]:
        case "header":
            yield f"# {plain(block['text']['text'])}"
        case "divider":
            yield "─────"
        case "section":
            beside = buttons([block["accessory"]]) if block.get("accessory") else ""
            yield f"{plain(block['text']['text'])}{'   ' * bool(beside)}{beside}"
        case "context":
            yield "  ".join(plain(element["text"]) for element in block["elements"])
        case "actions":
            yield buttons(block["elements"])
        case other:
            raise AssertionError(f"nobody knows how a block {other} reads")


def buttons(elements: Sequence[Block]) -> str:
    return "  ".join(
        f"[{element['text']['text']}]" if element["type"] == "button" else "⋯" for element in elements
    )


def words(text: str) -> int:
    """What a person counts as words: a sign alone is none."""
    return sum(any(sign.isalnum() for sign in word) for word in text.split())


def mentions(message: Message) -> list[str]:
    """Whom it wakes."""
    everything = "\n".join([message.text, *(str(block) for block in message.blocks)])
    return sorted(set(re.findall(r"<(?:@|!subteam\^|!)(channel|here|everyone|[A-Z]\w+)", everything)))
