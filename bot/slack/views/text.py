"""Words as people read them: escaped, cut, listed and counted."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from operator_core.domain.decisions import LlmUse
from operator_core.words import duration, plural

APOSTROPHE = "'"
"""Where a text has a grave accent, which would begin code."""
_LOOK_ALIKE = str.maketrans({"*": "\u2217", "~": "\u223c", "`": APOSTROPHE})
_EDGE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""Where an underscore begins or ends slanted text; within a word it is an underscore."""
_REQUEST_ID = re.compile(
    r"\b(?:req|request|chatcmpl|cmpl|msg|trace|call|resp)[_-](?=[\w-]*\d)[\w-]{4,}"
    r"|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"
    r"|((?:(?:request|trace|correlation|operation)[ _-]?id|\bcf-ray)[\"']?(?:\s*[:=]\s*|\s+)[\"']?)"
    r"(?=[\w.:-]*\d)[\w.:-]{5,}\w"
    r"|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{16,}\b",
    re.IGNORECASE,
)


def escape(text: str) -> str:
    """Text from outside, made harmless in mrkdwn: no mention, no link, no formatting of ours is undone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was left out."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def cut_middle(text: str, limit: int) -> str:
    """At most `limit` characters, where beginnings and ends tell ids apart: the middle goes."""
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[limit // 2 + 1 - limit :]}"


def cut_drawn(text: str, limit: int) -> str:
    """At most `limit` characters of finished mrkdwn: never half an escape, never half a date or link."""
    if len(text) <= limit:
        return text
    return re.sub(r"(?:&[a-z]*|<[^>]*)$", "", text[: limit - 1]).rstrip() + "…"


def outside(text: str, limit: int) -> str:
    """Somebody else's words, cut and made harmless: on one line, no mark of theirs is formatting."""
    return escape(cut(_EDGE.sub("\u02cd", " ".join(text.split()).translate(_LOOK_ALIKE)), limit))


def code(text: str, limit: int = 100) -> str:
    """An id or a name as inline code."""
    return f"`{escape(cut_middle(' '.join(text.split()).replace('`', APOSTROPHE), limit))}`"


def quote(text: str, limit: int = 200) -> str:
    """One line of somebody else's words, as a block quote; nothing where there are none."""
    return f"> {provider_words(text, limit)}" if text else ""


def provider_words(text: str, limit: int, most: int = 1000) -> str:
    """Somebody else's words on one line, as they stand but for what names one request; `most`: of them."""
    said = _REQUEST_ID.sub(r"\1…", text).replace("`", APOSTROPHE).split()
    ends = "" if len(said) <= most else "…"
    return outside(" ".join(said[:most]).rstrip(".,:; " if ends else " ") + ends, limit)


def span(shortest: timedelta, longest: timedelta) -> str:
    """ "3–6 days", or one duration where both read the same."""
    low, high = duration(shortest), duration(longest)
    if low == high:
        return high
    if low.split()[-1].rstrip("s") == high.split()[-1].rstrip("s"):
        return f"{low.split()[0]}–{high}"
    return f"{low} to {high}"


def joined(*parts: str, by: str = "\n") -> str:
    """Those that say something, each on a line of its own."""
    return by.join(part for part in parts if part)


def bulleted(items: Sequence[str], most: int) -> list[str]:
    """A line each; beyond `most` the rest is counted."""
    rest = [f"and {len(items) - most:,} more"] if len(items) > most else []
    return [f"• {item}" for item in (*items[:most], *rest)]


def warned(sentences: Sequence[str], most: int = 6) -> list[str]:
    """What did not work as it should, a line each, the first ones."""
    return [f"⚠ {outside(sentence, 200)}" for sentence in sentences[:most]]


def listed(words: Iterable[str], *, last: str = "and", most: int = 5) -> str:
    """ "a, b and c"; beyond `most` the rest is counted."""
    items = list(words)
    if len(items) > most:
        items = [*items[: most - 1], f"{len(items) - most + 1} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def asked(llm: LlmUse) -> str:
    """ "gpt-5.2, 1 call, $0.004"."""
    return f"{escape(llm.model)}, {plural(llm.calls, 'call')}, {money(llm.cost_usd)}"


def money(usd: float | None) -> str:
    if usd is None:
        return "cost unknown"
    return f"${usd:.3f}" if usd < 1 else f"${usd:.2f}"


def words(blocks: Iterable[Mapping[str, Any]]) -> int:
    """Of what is read without a tap: what a menu holds doesn't count, a date counts as two."""
    texts = " ".join(text for name, text in _strings(list(blocks), {"options"}) if name == "text")
    said = re.sub(r"<!date[^>]*>", "a b", texts)
    return sum(any(c.isalnum() for c in word) for word in said.split())


def characters(blocks: Iterable[Mapping[str, Any]]) -> int:
    """All text of the blocks, as Slack seems to count it: every string value."""
    return sum(len(text) for _, text in _strings(list(blocks), {"type", "block_id"}))


def _strings(value: object, but: Container[str], name: str = "") -> Iterator[tuple[str, str]]:
    """All strings, each with the name that it stands under; `but`: names whose values are passed over."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key in (key for key in value if key not in but):
            yield from _strings(value[key], but, key)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item, but, name)
