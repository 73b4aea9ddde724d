"""Text from outside, made safe to show and fit to compare: secrets out, and what varies masked. Pure.

`redact` is for people, the log and the LLM: it keeps the words, and drops keys, addresses, accounts and
control characters.
`masked` is for comparing: two messages that differ only in ids, numbers or times become the same pattern.
"""

import re
import unicodedata
from functools import lru_cache

from operator_core.errors import OperatorError
from operator_core.text.secrets import without_secrets
from operator_core.text.tables import compiled, read_table

CONSIDERED = 20_000
"""Characters of a message that are looked at: the head and the tail of longer ones."""
COMPARED = 3_000
"""Characters that a pattern is made from: more than it keeps, because masks are short."""
PATTERN_LIMIT = 300
PASSES = 4
"""Masking one thing may uncover another; nearly all texts are done after the first."""

PATTERNS = compiled(read_table(__package__, "varying.toml"))
_QUOTES = str.maketrans("‘’‚′ʼ´“”„«»", "'" * 6 + '"' * 5)
_SPACES = {**dict.fromkeys(map(ord, "\r\v\f\x85\u2028\u2029"), "\n"), ord("\t"): " "}
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_CUT_WORD, _CUT_START = re.compile(r"\S{1,400}\Z"), re.compile(r"\A\S{1,400}")
_DIGIT = re.compile(r"\d")
_QUOTED_MASK = re.compile(r"[`'\"]+(?://)?(<\w+>)[`'\"]+|[`'\"](<(?:model|url)>)|(<(?:model|url)>)[`'\"]")
_REPEATED = re.compile(r"(<model>|<n>|<time>)(?:[\s,]*\1)+")
_EDGES = " .,:;-'\"…"


def visible(text: str) -> str:
    """The part that is looked at, whatever its size, without what doesn't show; an end of line stays one."""
    if len(text) > CONSIDERED:
        head, tail = text[: CONSIDERED * 3 // 4], text[-CONSIDERED // 4 :]
        # A key cut in two would no longer look like one: nothing of a cut word is kept.
        text = f"{_CUT_WORD.sub('', head)} … {_CUT_START.sub('', tail)}"
    if not text.isprintable():
        text = text.translate(_SPACES)
        if not text.replace("\n", "").isprintable():
            text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _UNSHOWN)
    return text if text.isascii() else unicodedata.normalize("NFC", PATTERNS["invisible"].sub("", text))


def redact(text: str, limit: int = 300) -> str:
    """One line without keys, addresses, control or direction characters, of at most `limit` characters."""
    return shortened(without_secrets(" ".join(visible(text).split())), limit)


def shortened(clean: str, limit: int = 300) -> str:
    """One line of text without secrets, of at most `limit` characters; addresses and accounts go too."""
    clean = PATTERNS["address"].sub("<e-mail>", clean) if "@" in clean else clean
    if any(map(clean.__contains__, ("org", "proj", "acct", "user-", "arn:"))):
        clean = PATTERNS["account"].sub("<id>", clean)
    return clean if len(clean) <= limit else clean[: max(limit - 1, 0)].rstrip() + "…"[:limit]


def in_words(error: BaseException) -> str:
    """An exception fit to be shown: our own say what happened; of others also the type, and all redacted."""
    said = str(error) if isinstance(error, OperatorError) else f"{type(error).__name__}: {error}"
    return redact(said)


def masked(clean: str, model_id: str | None = None) -> str:
    """A text without secrets, with all masked that varies, fit to be read; masking again changes nothing."""
    text = shortened(" ".join(clean.split()), COMPARED).lower()
    text = text if text.isascii() else text.translate(_QUOTES)
    text = PATTERNS["link"].sub(_named, text) if "://" in text or "arn:" in text else text
    return _settled(_own_id(model_id).sub("<model>", text) if model_id else text, COMPARED)


def pattern_of(masked: str) -> str:
    """A masked message, cut to a pattern's length."""
    return masked if len(masked) <= PATTERN_LIMIT else _settled(masked[:PATTERN_LIMIT], PATTERN_LIMIT)


def named_models(clean: str, model_id: str) -> frozenset[str]:
    """The names that stand after the word "model"; none where this model's own stands anywhere."""
    text = clean.lower().translate(_QUOTES)
    told = (one for one in PATTERNS["context"].finditer(text) if one["model1"] and one[0][0] == "m")
    named = (one["model1"].strip("`'\"") for one in told)
    whole = any(not PATTERNS["goes on"].match(text, mine.end()) for mine in _own_id(model_id).finditer(text))
    return frozenset() if whole else frozenset(filter(_DIGIT.search, named))


def _settled(text: str, limit: int) -> str:
    text = text.strip(" .,:;-…")  # at the edges they say nothing, and hide a host behind them
    for _ in range(PASSES):
        text = before = PATTERNS["context"].sub(_named, text)  # uncovers nothing more for itself
        if _DIGIT.search(text):
            text = PATTERNS["digits"].sub(lambda word: PATTERNS["look"].sub(_named, word.group()), text)
        if "<" in text:
            text = _REPEATED.sub(r"\1", _QUOTED_MASK.sub(r"\1\2\3", text))
        text = " ".join(text.split())[:limit].strip(_EDGES)
        if text == before:
            break
    return text


def _named(varying: re.Match[str]) -> str:
    """What stands before the group that matched, and its name."""
    name = varying.lastgroup or ""
    return f"{varying.string[varying.start() : varying.start(name)]}<{name.rstrip('12345')}>"


@lru_cache(maxsize=2_000)
def _own_id(model_id: str) -> re.Pattern[str]:
    """The model's id in any spelling: with provider prefixes, other separators, versions, `p` for a dot."""
    name = model_id.lower().rstrip("/").rsplit("/", 1)[-1].split("@")[0]
    words = re.findall("[a-z0-9]+", re.sub(r"(?:-v\d+)?:\d+(?::\w+)?$", "", name))
    if not words:
        return re.compile(r"(?!)")
    dated = PATTERNS["dated"].pattern
    if len("".join(words)) < 4:  # as `o1`: only where it stands alone
        return re.compile(rf"(?x)(?<![\w./-]){'[-_.]?'.join(words)}(?:{dated})?(?![\w/-]|\.\d)")
    core = r"[-_./:@ p]?".join(words) + rf"(?:-v\d+)?(?:{dated})?"
    return re.compile(
        rf"(?x)(?<![a-z0-9])(?:[a-z0-9_-]{{1,60}}+[/.]){{0,6}}{core}(?:-v\d+)?(?:[:@]\w{{1,40}}+){{0,3}}(?![a-z0-9])"
    )
