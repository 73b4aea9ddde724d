"""What the provider itself said, out of whatever wrapped it: its message, its codes, its status. Pure.

The same sentence arrives bare, as a JSON body, inside an exception's repr, inside another service's JSON, in
a log or on a page. Reading starts from the innermost message of the last cause, so one cause has one text;
codes are kept beside it. Every pattern is possessive or bounded: a text made to be slow costs no more than a
long one.
"""

import re
from typing import NamedTuple

from operator_core.text.masking import visible
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


_QUOTED = r"""(?P<quote>\\*+["'`])
    (?P<said>(?: (?! (?P=quote)(?:\s*(?:[,}\])]|$)|\n) ) (?:\\.|[^\\]) ){2,4000}+ )"""
_MESSAGE = re.compile(
    r"""(?sx) [Mm](?<!-.)(?i:essage|sg) \\*["']? \s*[:=]\s* (?i:b|optional\(|some\()?""" + _QUOTED
)
"""Before the other fields: beside it, `error` and `detail` often only name the status."""
_FIELD = re.compile(
    r"""(?isx) (?: ["'](?:detail|errors?|error_?description|reason|faultstring)\\*["']\s*: | \bdetails\s*= )
    \s*\[?\s*"""
    + _QUOTED
)
_RAW = re.compile(r"""(?isx) ["']raw\\*["']\s*:\s*""" + _QUOTED)
"""What the provider behind a gateway said."""
_PAGE = re.compile(r"(?is)<(title|h1|body|message|faultstring)\b[^>]{0,200}>(.{3,3000}?)(?:</\1|\Z)")
_TAGS = re.compile(r"(?s)<(script|style)\b.{0,4000}?</\1>|<[^<>]{1,300}>")
_CODE = re.compile(r"""["'](?:code|type|status)\\*["']\s*:\s*\\*["']([\w.-]{2,60})""")
_PLACE = re.compile(r"""["']loc\\*["']\s*:\s*[\[(]([^\])]{1,120})[\])]""")
_VAGUE = re.compile(
    r"(?i)\W*(?:an? )?(?:unknown |api |provider returned |validation |error from provider: )*"
    r"(?:error|bad request|invalid (?:request|input|value|type)|not found|fail(?:ed|ure)|field required"
    r"|\d{3})\W*"
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_MEANT = {"n": "\n", "r": "\n", "t": " "}
_TOKEN = re.compile(r"[a-z]\w{4,60}")
_NUMBERED = re.compile(r"""(?i)(?:code\\*["']?\s*[:=]\s*\\*["']?|\()(\d{4,6})\b""")

_FRAME = re.compile(
    r"""(?mx)^(?: [ \t]*at\ (?:async\ )?[^\n]{2,300}\)?$ | Traceback\ [^\n]* | [ \t]*\^+$ | [ \t]*raise\ \w+\(
      | [ \t]*File\ "[^\n]{1,300},\ line\ \d+[^\n]*(?:\n[ \t]+[^\n]*)*
      | The\ above\ exception[^\n]* | During\ handling[^\n]* )"""
)
"""A stack's lines: where it happened, not what."""
_CAUSE = re.compile(
    r"""(?ix)(?: \[?\bcause\]?:\s (?!undefined|null) | \bcaused\ by:?\s | --->\s | ,\ reason:\s
      | \blast\ (?:exception|error|status):\s
      | ^\W{0,3}\d{2,4}[-/:]\d\d[-/:]\d\d[^\n]{0,60}\b(?:error|fatal|critical)\b[\s:\]|-]+ (?=\S) )""",
    re.MULTILINE,
)
"""What introduces a cause further in, or a log's line of an error: the last one decides."""
_CAUSE_HINTS, _DATED = ("cause", "--->", "last e", "last s", ", reason"), re.compile(r"\d[-/:]\d\d[-/:]\d\d")
_LEAD_IN = re.compile(
    r"""(?isx) ^.{0,200}?
    (?: \ban\ error\ occurred\ \(\w{1,80}\)\ when\ calling\ the\ \w{1,80}\ operation
          (?:\ \([^)]{0,60}\))?:\s*(?=\S)
      | \bstatus\ code:\ \d{3}[:,]\ (?:message:\ )?(?=\S)
      | \berror\ code:\ \d{1,3},\ message:\ (?=\S)
      | \bas\ it\ raised\ [\w.]{1,80}:\s*(?=\S)
      | (?=HTTPS?ConnectionPool\() )
    """
)
_LEAD_IN_HINTS = ("an error occurred", "status code:", "error code:", "as it raised", "connectionpool(")
_WRAPPER = re.compile(
    r"""(?ix)^(?:
      \[(?:errno\ )?-?\d{1,5}(?:\ [a-z]+){0,4}\]\s*+
    | (?!-{5}BEGIN)[\s\-–>"'\[\]()|,;:.!]++
    | (?:[a-z_]\w*\.){0,6}(?:[a-z_]\w*(?:error|exception|exhausted|unavailable|timeout|errorfactory)
        |(?<=\.)timeout) \s?[:\-–=>]++\s*+
    | (?:api\ )?(?:fatal\ |last\ )?error(?:\ code|\ (?:invoking|processing|while)[\w\ ]{0,40})?
        (?:\s?[:(]?\s?\d{3}\)?)?\s?[:\-–]++\s*+
    | (?:api\ )?error\ (?:\(?\d{3}\)?|\([\w.:/@-]{3,80}\))[\s:.\-–]*+
    | (?:an\ error\ occurred\ while|there\ was\ an\ error)\ [\w\ ]{1,60}:\s++
    | (?:http|status(?:\ code)?)[\s:/]*+\d{3}(?:\ \(\w{1,30}:\ \w{1,40}\)(?:\\n)*+)?[\s:.\-–]*+
    | \d{3}\s++(?:(?-i:[A-Z]{2,20}(?:_[A-Z]{2,20}){0,3})\.\s)?(?=\D)
    | <class\ '[^']{1,80}'>[\s:=]++
    | (?!(?:connection|network|server|internal|auth\w*|timeout|ssl)\ )
        [\w\-]{1,30}(?:\ [\w\-]{1,30}){0,5}\ error:\s++
    )"""
)
_TAIL = re.compile(
    r"""(?isx)
      \s*+(?:received\ model\ group=|available\ model\ group|litellm\ retried
          |no\ fallback\ model|passed\ model=).*$
    | \s++at\ (?:async\ )?[\w.$<>]{2,80}\ \([^)]{1,200}:\d+.*$
    | \s++type:\ \w{2,60}\s++code:\ \w{2,60}\s*$
    """
)
_TAIL_HINTS = ("model group", "model=", "litellm retried", "type: ", " at ")
_STATUS = re.compile(
    r"(?i)(?:<title>[^<\d]{0,60}"
    r"|(?:error code|status(?:[ _]code)?|http(?:/\d(?:\.\d)?)?|error|code)['\"]?[ :=]{1,3}\(?)([45]\d\d)\b"
    r"|^\W{0,3}([45]\d\d)\b(?=\W)|\b([45]\d\d) ?(?=\{|\()"
)
_MAY_STATUS = re.compile(r"[45]\d\d")
_CUT_SHORT = re.compile(
    r"""(?ix) (?: (?:finish|stop|done)_?reason\\*["'`]?\s*[:=]+\s*\\*["'`]?(?:<?finishreason\.)?
        | \breason\\*["']\s*:\s*\\*["'](?=\w+\\*["']) )
    (?:length|max_?(?:output_|completion_)?tokens)\b"""
)
_VISIBLE = re.compile(r"""(?i)(?:text|content|response)\\*["'`]?\s*[:=]\s*\\*["'`](?!\\*["'`])""")


def hear(text: str, *, numbered: bool = False) -> Heard:
    """Takes a text apart: codes from everywhere, words from the innermost message of the last cause.

    `numbered`: its provider's codes may be numbers.
    """
    head = text[:LOOKED_AT]
    codes = filter(KNOWN.__contains__, _TOKEN.findall(squeezed(head)))
    return Heard(
        said=statement(text),
        codes=(*(_NUMBERED.findall(head) if numbered else ()), *codes),
        empty="eason" in head and _CUT_SHORT.search(head) is not None and not _VISIBLE.search(head),
    )


def status_of(text: str) -> int | None:
    """The HTTP status that a text names."""
    named = _STATUS.search(text, 0, STATUS_WITHIN) if _MAY_STATUS.search(text) else None
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
    said = _TAIL.sub("", said) if _hinted(said, _TAIL_HINTS) else said
    leads_in = _hinted(said, _LEAD_IN_HINTS)
    for _ in range(8):
        shorter = _WRAPPER.sub("", _LEAD_IN.sub("", said, count=1) if leads_in else said, count=1)
        if shorter == said or len(shorter) < 4:
            break
        said = shorter
    return said


def _last_cause(text: str) -> str:
    if "\n" in text:
        text = _FRAME.sub("", text).strip() or text
    hinted = len(text) < LOOKED_AT and (_hinted(text, _CAUSE_HINTS) or _DATED.search(text))
    causes = list(_CAUSE.finditer(text)) if hinted else []
    last = text[causes[-1].end() :] if causes else ""
    return last if sum(map(str.isalpha, last[:40])) >= 8 else text


def _inner(text: str) -> str | None:
    """The message within, with what the provider's code adds where the message alone says nothing."""
    quoted = _MESSAGE.search(text) or _FIELD.search(text)
    if quoted is None:
        pages = [" ".join(_TAGS.sub(" ", page.group(2)).split()) for page in _PAGE.finditer(text)]
        return next((page for page in pages if not _VAGUE.fullmatch(page)), None)
    message = _unescaped(quoted.group("said"))
    if not _VAGUE.fullmatch(message):
        return message
    if raw := _RAW.search(text):
        return _unescaped(raw.group("said"))
    more = _PLACE.search(text) or next((c for c in _CODE.finditer(text) if c.group(1) != "error"), None)
    return f"{message} ({more.group(1)})" if more else message


def _unescaped(text: str) -> str:
    def meant(it: re.Match[str]) -> str:
        return chr(int(it[1] or it[2], 16)) if it[1] or it[2] else _MEANT.get(it[3], it[3])

    return visible(_ESCAPE.sub(meant, text)) if "\\" in text else text


def _hinted(text: str, hints: tuple[str, ...]) -> bool:
    return any(map(text.lower().__contains__, hints))
