"""What the provider itself said, out of whatever wrapped it: its message, its codes, its status. Pure.

The same sentence arrives bare, as a JSON body, inside an exception's repr, inside another service's JSON, in
a log or on a page. Reading starts from the innermost message of the last cause, so one cause has one text;
codes are kept beside it. Every pattern is possessive or bounded: a text made to be slow costs no more than a
long one.
"""

import re
from typing import NamedTuple

from operator_core.text.masking import visible
from operator_core.text.tables import compiled, read_table
from operator_core.text.words import KNOWN, squeezed

LOOKED_AT = 6_000
"""Characters in which codes and causes are looked for."""
STATUS_WITHIN = 2_000


class Heard(NamedTuple):
    """One failure's text, taken apart."""

    said: str
    """The provider's own words, in one line; the text where nothing wraps it."""
    codes: tuple[str, ...]
    """Documented codes, squeezed to one spelling, and numbers that may be one; the innermost last."""
    empty: bool
    """It answered, but with nothing visible, because its output was cut at its limit."""


_TABLE = read_table(__package__, "wrapping.toml")
PATTERNS = compiled(_TABLE)
_MEANT = {"n": "\n", "r": "\n", "t": " "}
"""What an escape stands for."""
_TOKEN, _NO_CODE = re.compile(r"[a-z]\w{4,60}"), re.compile(r"https?://[^\s\"'<>]++|lcerrorcode\W{1,9}\w++")
"""What may be a code, and what is none: a page's address, and what a client made of the status alone."""


def hear(text: str, *, numbered: bool = False) -> Heard:
    """Takes a text apart: codes from everywhere, words from the innermost message of the last cause.

    `numbered`: its provider's codes may be numbers.
    """
    head = text[:LOOKED_AT]
    codes = filter(KNOWN.__contains__, _TOKEN.findall(_NO_CODE.sub("", squeezed(head))))
    cut_short = "eason" in head and PATTERNS["cut short"].search(head)
    return Heard(
        said=statement(text),
        codes=(*(PATTERNS["numbered"].findall(head) if numbered else ()), *codes),
        empty=bool(cut_short) and not PATTERNS["visible"].search(head),
    )


def status_of(text: str) -> int | None:
    """The HTTP status that a text names."""
    may = PATTERNS["may be status"].search(text)
    named = PATTERNS["status"].search(text, 0, STATUS_WITHIN) if may else None
    return int(named[named.lastindex or 0]) if named else None


def statement(text: str) -> str:
    """The provider's own words in one line. Falls back to the text where nothing wraps it."""
    said = _last_cause(text)
    for _ in range(4):
        inner = _inner(said)
        if inner is None:
            break
        said = inner
    said = " ".join(said.split())
    said = PATTERNS["tail"].sub("", said) if _hinted(said, "tail") else said
    leads_in = _hinted(said, "lead in")
    for _ in range(8):
        shorter = PATTERNS["lead in"].sub("", said, count=1) if leads_in else said
        shorter = PATTERNS["wrapper"].sub("", shorter, count=1)
        if shorter == said or len(shorter) < 4:
            break
        said = shorter
    return said


def _last_cause(text: str) -> str:
    if "\n" in text:
        text = PATTERNS["stack"].sub("", text).strip() or text
    hinted = len(text) < LOOKED_AT and (_hinted(text, "cause") or PATTERNS["dated"].search(text))
    causes = list(PATTERNS["cause"].finditer(text)) if hinted else []
    last = text[causes[-1].end() :] if causes else ""
    return last if sum(map(str.isalpha, last[:40])) >= 8 else text


def _inner(text: str) -> str | None:
    """The message within, with what the provider's code adds where the message alone says nothing."""
    quoted = PATTERNS["message"].search(text) or PATTERNS["field"].search(text)
    if quoted is None:
        bodies = (PATTERNS["tags"].sub(" ", page.group(2)) for page in PATTERNS["page"].finditer(text))
        pages = (" ".join(body.split()) for body in bodies)
        return next((page for page in pages if not PATTERNS["vague"].fullmatch(page)), None)
    message = _unescaped(quoted.group("said"))
    if not PATTERNS["vague"].fullmatch(message):
        return message
    if raw := PATTERNS["raw"].search(text):
        return _unescaped(raw.group("said"))
    codes = (code for code in PATTERNS["code"].finditer(text) if code.group(1) != "error")
    more = PATTERNS["place"].search(text) or next(codes, None)
    return f"{message} ({more.group(1)})" if more else message


def _unescaped(text: str) -> str:
    def meant(it: re.Match[str]) -> str:
        return chr(int(it[1] or it[2], 16)) if it[1] or it[2] else _MEANT.get(it[3], it[3])

    return visible(PATTERNS["escape"].sub(meant, text)) if "\\" in text else text


def _hinted(text: str, name: str) -> bool:
    """The pattern of this name may find something there."""
    return any(map(text.lower().__contains__, _TABLE["hints"][name]))
