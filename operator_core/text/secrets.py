"""Keys (keys.toml says how they look), tokens and passwords in text from outside, and how they go. Pure."""

import re
import tomllib
from importlib.resources import files

PRIVATE_KEY = re.compile(
    r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)"
)
"""To the end of the block or, where that was cut off, of the text."""
_TABLE = files(__package__).joinpath("keys.toml").read_text("utf-8")
KEY_FORMATS: list[list[str]] = tomllib.loads(_TABLE)["formats"]
"""Of each: its beginnings, and what follows where it is masked, and where a whole one is reported."""


def _any_of(begins: str) -> str:
    return f"(?:{'|'.join(map(re.escape, begins.split()))})"


REPORTED = "|".join(
    (
        *(rf"\b{_any_of(begins)}{whole}" for begins, _, whole in KEY_FORMATS),
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
        r"\bBearer\s+[A-Za-z0-9._~+/-]{20}",
        r"://[^/\s:@]{0,100}:(?![*x•.]+@)[^/\s@]{1,200}@",  # a password in a URI, with or without a user
    )
)
"""Whole keys, as one pattern."""

_MASKED = "|".join(_any_of(begins) + loose for begins, loose, _ in KEY_FORMATS)
_KEY = re.compile(f"(?<![A-Za-z0-9])(?:{_MASKED})")
_IN_URI = re.compile(r"(?<=://)[^/\s:@]{0,100}:[^/\s@]{1,200}(?=@)")
_WORDS_NOT_VALUES = (
    r"(?! (?:invalid|missing|required|provided|null|none|true|false|not|expired|revoked|incorrect|wrong"
    r"|your|must|is|was|and|or|the|has|cannot|blocked|disabled|empty|undefined) (?:[\s\"',;:.!?)}\]]|$) )"
)
_ASSIGNED = re.compile(
    rf"""(?ix)
    ( (?: (?:api|access|private|secret|subscription|account)[_ -]?key(?:[_ -]?id)? | apikey
        | secret(?:[_-]\w{{1,30}})? | passw(?:or)?d | pwd | authorization
        | (?:auth|access|refresh|session|id|bearer|security)[_ -]?token )
      \\*["']? (?: \s+provided )? \s{{0,3}} [:=]\s{{0,3}} \\*["']? (?:(?:Bearer|Basic|Token)\s+)? )
    {_WORDS_NOT_VALUES} ( <key> | [^\s"',;}}\])<\\]{{3,}}+ (?<![.:]) | [^\s"',;}}\])<\\]{{3,}} (?=[.:]) )
    """
)
_TOKEN = re.compile(
    r"(?i)(\b[\w-]{0,40}token[\"']?\s?[:=]\s?[\"']?)(?=[\w.-]{0,60}\d)(?!\d+\b)[\w.~+/=-]{8,}+"
)
_IN_QUERY = re.compile(r"(?i)([?&](?:\w{0,20}key|sig|signature|token|code|x-amz-[\w-]{1,40})=)[^\s&\"'<>]+")
_BEARER = re.compile(r"(?i)\b(Bearer|Basic)\s+(?=[\w.~+/=-]{20}|[\w.~+/=-]{0,20}\d)[\w.~+/=-]{8,}+")
_SECRETS = (
    (PRIVATE_KEY, "<key>", ("-----begin",)),
    (_KEY, "<key>", tuple(" ".join(begins for begins, _, _ in KEY_FORMATS).casefold().split())),
    (_IN_URI, "<key>", ("://",)),
    (_BEARER, r"\1 <key>", ("bearer", "basic")),
    (_ASSIGNED, r"\1<key>", ("key", "secret", "passw", "pwd", "authorization", "token")),
    (_TOKEN, r"\1<key>", ("token",)),
    (_IN_QUERY, r"\1<key>", ("?", "&")),
)
"""What to look for, what to show instead, and parts of which one must stand there to be worth a search."""


def without_secrets(text: str) -> str:
    """Keys, tokens and passwords out; nothing else changes."""
    folded = text.casefold()
    for secret, shown, hints in _SECRETS:
        if any(map(folded.__contains__, hints)):
            text = secret.sub(shown, text)
    return text
