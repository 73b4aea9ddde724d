"""What the provider itself said, out of whatever wrapped it: SDK reprs, JSON, Python dicts, HTML. Pure.

The same sentence arrives bare, as a JSON body, inside an exception's repr, inside another service's JSON.
Reading starts from the innermost message, so that one cause has one text. Every pattern is possessive or
bounded: a text made to be slow costs no more than a long one.
"""

import re

from operator_core.text.masking import printable

_QUOTED = r"""(?P<quote>\\*+["'])
    (?P<said>(?: (?! (?P=quote)\s*(?:[,}\])]|$) ) (?:\\.|[^\\]) ){2,4000}+ )"""
_FIELDS = (
    # `message` before the rest: beside it, `error` and `detail` often only name the status.
    re.compile(r"""(?isx) (?<![\w-]) (?:error_?)?(?:message|msg) \\*["']? \s*[:=]\s* b?""" + _QUOTED),
    re.compile(
        r"""(?isx) (?: ["'](?:detail|error|error_description)\\*["']\s*: | \bdetails\s*= ) \s*""" + _QUOTED
    ),
)
_RAW = re.compile(r"""(?isx) ["']raw\\*["']\s*:\s*""" + _QUOTED)
"""What the provider behind a gateway said."""
_TITLE = re.compile(r"(?is)<title>([^<]{3,200})</title>")
_CODE = re.compile(r"""["'](?:code|type|status)\\*["']\s*:\s*\\*["']([\w.-]{2,60})""")
_PLACE = re.compile(r"""["']loc\\*["']\s*:\s*[\[(]([^\])]{1,120})[\])]""")
_VAGUE = re.compile(
    r"(?i)\W*(?:an? )?(?:unknown |api |provider returned |validation )?"
    r"(?:error|bad request|invalid (?:request|input|value|type)|not found|failed|failure|field required)\W*"
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)

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
_WRAPPER = re.compile(
    r"""(?ix)^(?:
      \[(?:errno\ )?-?\d{1,5}\]\s++
    | (?!-{5}BEGIN)[\s\-–>"'\[\]()|,;:.!]++
    | (?:[a-z_]\w*\.){0,6}[a-z_]\w*(?:error|exception|exhausted|unavailable|timeout|errorfactory)
        \s?[:\-–=>]++\s*+
    | (?:[a-z_]\w*\.){1,6}timeout:\s++
    | (?:api\ )?(?:fatal\ |last\ )?error(?:\ code|\ (?:invoking|processing|while)[\w\ ]{0,40})?
        (?:\s?[:(]?\s?\d{3}\)?)?\s?[:\-–]++\s*+
    | (?:api\ )?error\ \(?\d{3}\)?[\s:.\-–]*+
    | (?:api\ )?error\ \([\w.:/@-]{3,80}\)[\s:.\-–]*+
    | an\ error\ occurred\ while\ [\w\ ]{1,60}:\s++
    | (?:http|status(?:\ code)?)[\s:/]*+\d{3}(?:\ \(\w{1,30}:\ \w{1,40}\)(?:\\n)*+)?[\s:.\-–]*+
    | \d{3}\s++(?:(?-i:[A-Z]{2,20}(?:_[A-Z]{2,20}){0,3})\.\s)?(?=\D)
    | <class\ '[^']{1,80}'>[\s:=]++
    | (?!(?:connection|network|server|internal|auth\w*|timeout|ssl)\ )
        [\w\-]{1,30}(?:\ [\w\-]{1,30}){0,5}\ error:\s++
    | there\ was\ an\ error\ [\w\ ]{1,40}:\s++
    | bedrock\ (?:service|request\ failed)[:=\s]++
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
_STATUS = re.compile(
    r"(?i)(?:error code|status(?:[ _]code)?|http(?:/\d(?:\.\d)?)?|error|code)['\"]?[ :=]{1,3}\(?(\d{3})\b"
    r"|^\W{0,3}(\d{3})\b(?=\W)|\b(\d{3}) ?(?=\{|\()"
)


def statement(text: str) -> str:
    """The provider's own words, still on their lines. Falls back to the text where nothing wraps it."""
    said = text
    for _ in range(4):
        inner = _inner(said)
        if inner is None:
            break
        said = inner
    lines = "\n".join(filter(None, map(printable, said.splitlines())))
    return _without_prefixes(_TAIL.sub("", lines))


def status_in(text: str) -> int | None:
    """The HTTP status that the text names, if it names one."""
    for match in _STATUS.finditer(text[:2_000]):
        status = int(next(group for group in match.groups() if group))
        if 400 <= status < 600:
            return status
    return None


def _without_prefixes(text: str) -> str:
    for _ in range(8):
        shorter = _WRAPPER.sub("", _LEAD_IN.sub("", text, count=1), count=1)
        if shorter == text or len(shorter) < 4:
            break
        text = shorter
    return text


def _inner(text: str) -> str | None:
    """The message within, with what the provider's code adds where the message alone says nothing."""
    quoted = next((match for field in _FIELDS if (match := field.search(text))), None)
    if quoted is None:
        title = _TITLE.search(text)
        return title.group(1) if title else None
    message = _unescaped(quoted.group("said"))
    if not _VAGUE.fullmatch(message):
        return message
    if raw := _RAW.search(text):
        return _unescaped(raw.group("said"))
    more = _PLACE.search(text) or next((c for c in _CODE.finditer(text) if c.group(1) != "error"), None)
    return f"{message} ({more.group(1)})" if more else message


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    code = escape.group(1)
    if code[0] in "ux" and len(code) > 1:
        return chr(int(code[1:], 16))
    return {"n": "\n", "r": "\n", "t": " "}.get(code, code)
