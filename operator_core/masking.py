"""Text from outside, made safe to show and fit to compare: secrets out, and what varies masked. Pure.

`redact` is for people, the log and the LLM: it keeps the words, and drops keys, addresses and control
characters.
`mask` is for comparing: two messages that differ only in ids, numbers or times become the same pattern.
"""

import re
import unicodedata
from functools import lru_cache

CONSIDERED = 20_000
"""Characters of a message that are looked at: the head and the tail of longer ones."""
PATTERN_LIMIT = 300

_KEYS = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    r"\b(?:sk|pk|rk|gsk|xai|pplx|csk|fw|nvapi|tgp_v1|hf|r8|or|key)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9*]{12,}",
    r"\bsk-[A-Za-z0-9_*-]{6,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",  # AWS
    r"\bAIza[A-Za-z0-9_-]{20,}",  # Google
    r"\bya29\.[A-Za-z0-9_-]{10,}",  # Google, short-lived
    r"\bgh[opsu]_[A-Za-z0-9]{20,}",  # GitHub
    r"\bxox[abeprs]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}",  # Slack
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",  # a signed token
    r"(?<=://)[^/\s:@]{1,100}:[^/\s@]{1,200}(?=@)",  # credentials in a URI
)
_KEY = re.compile("|".join(_KEYS), re.DOTALL)
_ASSIGNED = re.compile(
    r"""(?ix)
    ( \b (?:x-)? (?:api[_ -]?key | access[_ -]?key | secret(?:[_ -]?(?:access[_ -]?)?key)? | auth[_ -]?token
        | access[_ -]?token | refresh[_ -]?token | password | passwd | authorization)
      ["']? \s* (?: [:=] | \s(?:provided|is) \s*:? ) \s* (?:Bearer\s+|Basic\s+)? ["']? )
    ( (?! (?:invalid|missing|required|provided|null|none|true|false|not|expired|revoked|incorrect|wrong
          |your) \b)
      [^\s"',;}\])]{6,} )
    """
)
_BEARER = re.compile(r"(?i)\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{12,}")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_SPACES = re.compile(r"\s+")

_URL = re.compile(r"\b(?:https?|wss?)://[^\s\"'<>)\]}]+")
_UUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_ARN = re.compile(r"\barn:aws[\w-]*:[^\s\"'`,]+")
_RESOURCE = re.compile(r"(?://[\w.-]+/)?\bprojects/[^\s\"'`,;)]+")
_REQUEST = re.compile(
    r"\b(?:req|request|org|organization|sess|session|call|chatcmpl|cmpl|msg|run|proj|acct|trace|resp|item|user)"
    r"[_-](?=[\w-]*\d)[a-z0-9_-]+\b"
    r"|(?<=\bid: )[\w-]*\d[\w-]*|(?<=\bid )[\w-]*\d[\w-]*|(?<=\bid=)[\w-]*\d[\w-]*"
)
_ACCOUNT = re.compile(
    r"\b(account|organization|org|project|tenant|workspace)\s+[`'\"#]?(?!is\b|has\b|does\b|of\b)"
    r"([\w.-]+)[`'\"]?(?=\s+(?:is|has|on|by|does|was)\b)"
)
_DATE = re.compile(
    r"\b\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:z|[+-]\d\d:?\d\d)?)?\b"
    r"|\b\d\d?/\d\d?/\d{4}\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d\d?(?:st|nd|rd|th)?,? \d{4}\b"
    r"|\b\d\d?:\d\d(?::\d\d)?(?:\.\d+)?\b"
)
_HEX = re.compile(r"\b(?:0x)?(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b")
_OPAQUE = re.compile(
    r"\b(?=[a-z0-9_]*\d)(?=[a-z0-9_]*[a-z])[a-z0-9_]{20,}\b"
    r"|\b(?=(?:[a-z]*\d){2})(?=\d*[a-z])(?!\d+(?:h|ms|m|s|k|b|gb|mb|kb|px|tokens)\b)[a-z0-9]{6,}\b"
)
_DURATION = re.compile(r"\b\d+(?:\.\d+)?(?:h|ms|m|s)(?:\d+(?:\.\d+)?(?:ms|m|s))*\b")
_NUMBER = re.compile(r"(?<![a-z_])[#~]?\d+(?:[.,]\d+)*(?![a-z_])")
_NAMED_MODEL = re.compile(
    r"""(?x)
    \b (models?|deployment|engine|endpoint\ for)
    ((?:\ ids?|\ name|_id|_name|\ group)?(?:\s*[:=]\s*|\s+)[`'"]?|/)
    (?=[\w./:@-]*(?:\d|[-/:@.]\w)) (?!<) [a-z0-9~](?:[\w./:@-]*\w)?
    """
)
_QUOTED_MODEL = re.compile(r"""[`'"](?=[^`'"\s]*[a-z])(?=[^`'"\s]*\d)(?=[^`'"\s]*[-/:])[\w./:@-]{4,}[`'"]""")
_QUOTED_AFTER_MODEL = re.compile(r"""\b(model|deployment|engine)(\s+(?:id\s+)?)[`'"][^`'"\n]{1,120}[`'"]""")
_BARE_MODEL = re.compile(
    r"(?<![\w/.<-])(?=[\w./:@-]*[a-z])(?=[\w./:@-]*\d)(?=[a-z0-9_.]*[-/])[a-z][\w./:@-]{2,}\w(?![\w>])"
)
_MASKS = re.compile(r"<model>(?:[\s,]*<model>)+|<n>(?:[\s,]*<n>)+")


def considered(text: str) -> str:
    """The part of a message that is looked at, whatever its size."""
    if len(text) <= CONSIDERED:
        return text
    return f"{text[: CONSIDERED * 3 // 4]} … {text[-CONSIDERED // 4 :]}"


def key_like(text: str) -> bool:
    """Key-like text stands in it: somebody should rotate that key."""
    looked_at = considered(text)
    return any(
        "*" not in found.group() and "xxxx" not in found.group().lower() for found in _KEY.finditer(looked_at)
    )


@lru_cache(maxsize=20_000)
def redact(text: str, limit: int = 300) -> str:
    """One line without keys, addresses, control or direction characters, of at most `limit` characters."""
    clean = printable(considered(text))
    clean = _KEY.sub("<key>", clean)
    clean = _BEARER.sub(r"\1 <key>", clean)
    clean = _ASSIGNED.sub(r"\1<key>", clean)
    clean = _EMAIL.sub("<e-mail>", clean)
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def printable(text: str) -> str:
    """One line of text without control, format and direction characters."""
    kept = (" " if c in "\n\r\t\v\f\u2028\u2029" else c for c in unicodedata.normalize("NFC", text))
    visible = "".join(c for c in kept if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return _SPACES.sub(" ", visible).strip()


def mask(text: str, model_id: str | None = None) -> str:
    """The message with everything masked that varies; masking it again changes nothing."""
    masked = redact(text, CONSIDERED).lower().replace("’", "'")
    masked = _URL.sub("<url>", masked)
    masked = _ARN.sub("<arn>", masked)
    if model_id:
        masked = _own_id(model_id).sub("<model>", masked)
    masked = _RESOURCE.sub("<resource>", masked)
    for varying, word in (
        (_UUID, "<id>"),
        (_REQUEST, "<id>"),
        (_DATE, "<time>"),
    ):
        masked = varying.sub(word, masked)
    masked = _ACCOUNT.sub(r"\1 <id>", masked)
    masked = _QUOTED_AFTER_MODEL.sub(r"\1\2<model>", masked)
    masked = _NAMED_MODEL.sub(r"\1\2<model>", masked)
    masked = _QUOTED_MODEL.sub("<model>", masked)
    masked = re.sub(r"[`'\"]?<model>[`'\"]?", "<model>", masked)
    masked = _HEX.sub("<id>", masked)
    masked = _BARE_MODEL.sub("<model>", masked)
    masked = _OPAQUE.sub("<id>", masked)
    masked = _DURATION.sub("<n>", masked)
    masked = _NUMBER.sub("<n>", masked)
    masked = _MASKS.sub(lambda found: found.group().split(">")[0] + ">", masked)
    masked = _SPACES.sub(" ", masked).strip(" .,:;-'\"")
    return masked[:PATTERN_LIMIT].strip()


@lru_cache(maxsize=4_000)
def _own_id(model_id: str) -> re.Pattern[str]:
    """The model's id in any spelling: with provider prefixes, other separators, versions, `p` for a dot."""
    name = model_id.lower().rstrip("/").rsplit("/", 1)[-1].split("@")[0]
    name = re.sub(r"(?:-v\d+)?:\d+(?::\w+)?$", "", name)
    words = [re.escape(word) for word in re.split(r"[^a-z0-9]+", name) if word]
    if len("".join(words)) < 4:
        return re.compile(r"(?!)") if not words else re.compile(rf"(?<=[`'\"]){words[0]}(?=[`'\"])")
    core = r"[-_./:@ p]?".join(words)
    return re.compile(
        rf"[`'\"]?(?<![a-z0-9])(?:[a-z0-9_-]+[/.]){{0,6}}{core}(?:-v\d+)?(?:[:@]\w+)*(?![a-z0-9])[`'\"]?"
    )
