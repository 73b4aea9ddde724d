"""Text from outside, made safe to show and fit to compare: secrets out, and what varies masked. Pure.

`redact` is for people, the log and the LLM: it keeps the words, and drops keys, addresses and control
characters.
`mask` is for comparing: two messages that differ only in ids, numbers or times become the same pattern.
"""

import re
import unicodedata
from functools import lru_cache

from operator_core.errors import OperatorError
from operator_core.text.secrets import without_secrets

CONSIDERED = 20_000
"""Characters of a message that are looked at: the head and the tail of longer ones."""
COMPARED = 3_000
"""Characters that a pattern is made from: more than it keeps, because masks are short."""
PATTERN_LIMIT = 300
PASSES = 4
"""Masking one thing may uncover another; nearly all texts are done after the first."""

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,63}+(?:\.[\w-]{1,63}+){1,5}")
_SPACES = re.compile(r"\s+")
_QUOTES = str.maketrans("‘’‚′ʼ´“”„«»", "'" * 6 + '"' * 5)
_LINE_ENDS = dict.fromkeys(map(ord, "\n\r\t\v\f\x85\u2028\u2029"), " ")
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_CUT_WORD, _CUT_START = re.compile(r"\S{1,400}\Z"), re.compile(r"\A\S{1,400}")
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that show nothing and yet count as letters or marks."""

_URL = re.compile(r"[`'\"]?\b(?:https?|wss?)://[^\s\"'`<>)\]}]++[`'\"]?")
_HOST = re.compile(
    r"(?<![\w@.<-])(?:[a-z0-9-]{1,63}+\.){1,5}(?:com|ai|org|net|io|xyz|dev|app|cloud)\b(?![\w.-]*\w)(?:/[^\s\"'`<>)\]}]*+)?"
)
_UUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_ARN = re.compile(r"\barn:aws[\w-]*+:[^\s\"'`,]++")
_RESOURCE = re.compile(r"(?://[\w.-]++/)?\bprojects/[^\s\"'`,;)]++")
_REQUEST = re.compile(
    r"(?<![\w-])(?:req|request|org|organization|sess|session|call|chatcmpl|cmpl|msg|run|proj|acct|trace|resp|item"
    r"|user|team)"
    r"[_-](?=[\w-]{0,80}\d)[a-z0-9_-]++\b"
    r"|(?:(?<=\bid: )|(?<=\bid )|(?<=\bid=))(?=[\w-]{0,80}\d)[\w-]++"
)
_REQUEST_ID = re.compile(
    r"\b((?:request|trace|correlation|session|ray)[ _-]?id\b[\"']?\s?[:=]\s?[\"']?)(?!<)[\w.:-]{3,}+"
)
_ACCOUNT = re.compile(
    r"\b(account|organization|org|project|tenant|workspace|team)\s"
    r"(?:[`'\"][\w.-]{1,80}[`'\"]|#?(?=[\w.-]{0,80}\d)[\w.-]{1,80}\b"
    r"|(?!is\b|has\b|does\b|of\b|was\b|owner\b|level\b)[\w.-]{2,80}(?=\s(?:is|has|on|by|does|was)\b))"
)
_DATE = re.compile(
    r"\b\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:z|[+-]\d\d:?\d\d)?)?\b"
    r"|\b\d{8}t\d{6}z\b|\b\d\d?/\d\d?/\d{4}\b"
    r"|\b(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? )?(?:\d\d?(?:st|nd|rd|th)? )?"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?(?: \d\d?(?:st|nd|rd|th)?)?,? \d{4}\b"
    r"|(?<![\w:.])\d\d?:\d\d(?::\d\d)?(?:\.\d+)?(?![\w:])(?: ?(?:am|pm|utc|gmt)\b){0,2}"
)
_REGION = re.compile(
    r"\b(?:us|eu|ap|sa|ca|me|af|il|mx|asia|europe|northamerica|southamerica|australia|africa)-(?:gov-)?[a-z]{4,12}-?\d\b"
)
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}:?(?:[0-9a-f]{1,4}:?){1,6}(?![\w:])|\bipv[46]:")
_HEX = re.compile(r"\b(?:0x)?(?=[0-9a-f]{0,64}\d)(?=[0-9a-f]{0,64}[a-f])[0-9a-f]{8,}+\b|\b0x[0-9a-f]++\b")
_HASHED = re.compile(
    r"(?<![\w./-])(?:[a-z0-9_]{1,40}-){1,6}?(?=(?:[a-z]{0,20}\d){3})(?=\d{0,20}[a-z])[a-z0-9]{8,20}"
    r"(?:-[a-z0-9]{4,5})?(?![\w-])"
)
"""Names made by machines: pods, nodes, requests; one of their parts is a hash."""
_OPAQUE = re.compile(
    r"\b(?=[a-z0-9_]{0,64}\d)(?=[a-z0-9_]{0,64}[a-z])[a-z0-9_]{20,}+\b"
    r"|\b(?=[a-z]{0,64}\d[a-z]{0,64}\d)(?=\d{0,64}[a-z])(?!\d++(?:k|b|gb|mb|kb|px|tokens)\b)[a-z0-9]{6,}+\b"
)
_UNIT = r"(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)"
_DURATION = re.compile(
    rf"(?<![\w.])(?:\d+(?:\.\d+)?(?:h|m|s)\s?){{0,3}}\d{{1,9}}(?:\.\d+)? ?{_UNIT}(?![a-z0-9])"
)
_NUMBER = re.compile(r"(?<![a-z_])[#~]?\d++(?:[.,]\d++)*+(?![a-z_])")
_NAMED_MODEL = re.compile(
    r"""(?x)
    \b (models?|deployment|engine|endpoint\ for)
    ((?:\ ids?|\ name|_id|_name|\ group)?(?:\s*[:=]\s*|\s)[`'"]?|/)
    (?=[\w./:@-]{0,200}?(?:\d|[-/:@.]\w)) (?!<|fine-|pre-|non-|end-) [a-z0-9~](?:[\w./:@-]{0,200}\w)?
    """
)
_QUOTED_MODEL = re.compile(
    r"""[`'"](?=[^`'"\s]{0,120}?[a-z])(?=[^`'"\s]{0,120}?\d)(?=[^`'"\s]{0,120}?[-/:])[\w./:@-]{4,120}[`'"]"""
)
_QUOTED_AFTER_MODEL = re.compile(r"""\b(model|deployment|engine)(\s(?:id\s)?)[`'"][^`'"\n]{1,120}[`'"]""")
_BARE_MODEL = re.compile(
    r"(?<![\w/.<-])(?!base64|utf-|sha-?\d|iso-|http/|v\d[\w.]{0,8}/|oauth|us-|eu-)"
    r"(?=[\w./:@-]{0,120}?\d)(?=[a-z0-9_.]{0,120}[-/])[a-z][\w./:@-]{2,120}\w(?![\w>-])"
)
_MODEL_IN_PLACE = re.compile(r"(?<=\breached for )o\d+\b|(?<=\btoo large for )o\d+\b")
"""Ids too short to be told by their look."""
_DIGIT = re.compile(r"\d")
_MASKED: tuple[tuple[re.Pattern[str], str, str | None], ...] = (
    (_RESOURCE, "<resource>", "projects/"),
    (_HOST, "<url>", "."),
    (_UUID, "<id>", None),
    (_REQUEST, "<id>", None),
    (re.compile(r"(?<![\w-])(?:req|request|chatcmpl|msg|trace|call)_[a-f]{8,}+\b"), "<id>", "_"),  # no digit
    (_REQUEST_ID, r"\1<id>", "id"),
    (_DATE, "<time>", None),
    (_REGION, "<region>", None),
    (_IPV6, "<n>", ":"),
    (_ACCOUNT, r"\1 <id>", " "),
    (_QUOTED_AFTER_MODEL, r"\1\2<model>", "l"),
    (_NAMED_MODEL, r"\1\2<model>", "l"),
    (_QUOTED_MODEL, "<model>", None),
    (_MODEL_IN_PLACE, "<model>", " for o"),
    (re.compile(r"[`'\"]<model>[`'\"]?|<model>[`'\"]"), "<model>", "<model>"),
    (_HASHED, "<id>", None),
    (_DURATION, "<n>", None),
    (_HEX, "<id>", None),
    (_BARE_MODEL, "<model>", None),
    (_OPAQUE, "<id>", None),
    (_NUMBER, "<n>", None),
    (re.compile(r"[`'\"]+(<\w+>)[`'\"]+"), r"\1", ">"),
)
"""In this order: what is told by the words around it before what is told by its look alone. The third is
what must stand there to be worth a search; None: a digit."""
_EDGES = " .,:;-'\"…"
_MASKS = re.compile(r"<model>(?:[\s,]*<model>)+|<n>(?:[\s,]*<n>)+")


def considered(text: str) -> str:
    """The part of a message that is looked at, whatever its size."""
    if len(text) <= CONSIDERED:
        return text
    head, tail = text[: CONSIDERED * 3 // 4], text[-CONSIDERED // 4 :]
    # A key cut in two would no longer look like one: nothing of a cut word is kept.
    return f"{_CUT_WORD.sub('', head)} … {_CUT_START.sub('', tail)}"


def redact(text: str, limit: int = 300) -> str:
    """One line without keys, addresses, control or direction characters, of at most `limit` characters."""
    clean = _redacted(text)
    return clean if len(clean) <= limit else clean[: max(limit - 1, 0)].rstrip() + "…"[:limit]


def in_words(error: BaseException) -> str:
    """An exception fit to be shown: our own say what happened; of others also the type, and all redacted."""
    said = str(error) if isinstance(error, OperatorError) else f"{type(error).__name__}: {error}"
    return redact(said)


@lru_cache(maxsize=2_000)
def _redacted(text: str) -> str:
    return _EMAIL.sub("<e-mail>", without_secrets(printable(considered(text))))


def printable(text: str) -> str:
    """One line of text without control, format and direction characters."""
    text = text.translate(_LINE_ENDS)
    if not text.isprintable():
        text = "".join(c for c in text if unicodedata.category(c) not in _UNSHOWN)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return " ".join(text.split())


def mask(text: str, model_id: str | None = None) -> str:
    """The message with everything masked that varies; masking it again changes nothing."""
    return pattern_of(masked(text, model_id))


def masked(text: str, model_id: str | None = None) -> str:
    """The same before it is cut to a pattern's length: fit to be read."""
    text = redact(text, COMPARED).lower()
    text = text if text.isascii() else text.translate(_QUOTES)
    if "/" in text or ":" in text:
        text = _ARN.sub("<arn>", _URL.sub("<url>", text))
    if model_id:
        text = _own_id(model_id).sub("<model>", text)
    return _masked(text)


def pattern_of(masked: str) -> str:
    for _ in range(PASSES):
        before, masked = masked, _masked(masked[:PATTERN_LIMIT])[:PATTERN_LIMIT].strip(_EDGES)
        if masked == before:
            break
    return masked


def _masked(text: str) -> str:
    digits = _DIGIT.search(text) is not None
    for varying, word, hint in _MASKED:
        if digits if hint is None else hint in text:
            text = varying.sub(word, text)
    text = _MASKS.sub(lambda masks: masks.group().split(">")[0] + ">", text)
    return _SPACES.sub(" ", text).strip(_EDGES)


@lru_cache(maxsize=2_000)
def _own_id(model_id: str) -> re.Pattern[str]:
    """The model's id in any spelling: with provider prefixes, other separators, versions, `p` for a dot."""
    name = model_id.lower().rstrip("/").rsplit("/", 1)[-1].split("@")[0]
    name = re.sub(r"(?:-v\d+)?:\d+(?::\w+)?$", "", name)
    words = [re.escape(word) for word in re.split(r"[^a-z0-9]+", name) if word]
    if not words:
        return re.compile(r"(?!)")
    if len("".join(words)) < 4:  # as `o1`: only where it stands alone
        return re.compile(rf"[`'\"]?(?<![\w./-]){'[-_.]?'.join(words)}(?![\w/-]|\.\d)[`'\"]?")
    core = r"[-_./:@ p]?".join(words)
    return re.compile(
        rf"[`'\"]?(?<![a-z0-9])(?:[a-z0-9_-]{{1,60}}+[/.]){{0,6}}{core}(?:-v\d+)?(?:[:@]\w{{1,40}}+){{0,3}}(?![a-z0-9])[`'\"]?"
    )
