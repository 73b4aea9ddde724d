"""Text from outside, made safe to show and fit to compare: secrets out, and what varies masked. Pure.

`redact` is for people, the log and the LLM: it keeps the words, and drops keys, addresses and control
characters.
`masked` is for comparing: two messages that differ only in ids, numbers or times become the same pattern.
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
_QUOTES = str.maketrans("‘’‚′ʼ´“”„«»", "'" * 6 + '"' * 5)
_SPACES = {**dict.fromkeys(map(ord, "\r\v\f\x85\u2028\u2029"), "\n"), ord("\t"): " "}
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_CUT_WORD, _CUT_START = re.compile(r"\S{1,400}\Z"), re.compile(r"\A\S{1,400}")
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that show nothing and yet count as letters or marks."""

_LINK = re.compile(
    r"""(?x) \b(?: (?P<url> (?:https?|wss?)://[^\s"'`<>)\]}]++ ) | (?P<arn> arn:aws[\w-]*+:[^\s"'`,]++ ) )"""
)
_DATED = (
    r"(?:[-@](?:20\d\d-?[01]\d-?[0-3]\d|[01]\d-20\d\d|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|2[3-9](?:0[1-9]|1[0-2]))(?![a-z0-9]|[-.](?!v\d)[a-z0-9]))"
)  # the checkpoint that an alias stands for: -2024-05-13, -20240513, -05-2024, -0513, -2405
_GOES_ON = re.compile(r"[-_.][a-z0-9]")  # another model's name may begin so: gpt-4o-mini, gpt-4.1
_IN_CONTEXT = re.compile(
    r"""(?x) \b (?=[a-z\d]) (?:
      (?=[a-z\d-]{1,63}+\.|projects/) (?: (?P<resource> (?<![\w.-])(?:[\w.-]{1,200}+/)?projects/[^\s"'`,;)]++)
        | (?P<url> (?<![@.<-]) (?:[a-z0-9-]{1,63}+\.){1,5} (?:com|ai|org|net|io|xyz|dev|app|cloud)\b
            (?![\w.-]*\w) (?:/[^\s"'`<>)\]}]*+)? ) )
    | (?:request|trace|correlation|session|ray)[ _-]?id\b["']?\s?[:=]\s?["']? (?P<id1> (?!<)[\w.:-]{3,}+ )
    | (?=[rcmt]) (?P<id2> (?<!-) (?:req|request|chatcmpl|msg|trace|call)_[a-f]{8,}+\b )  # no digit
    | id (?: :\  | = | \  ) (?P<id3> (?=[\w-]{0,80}\d) [\w-]++ )
    | (?=[mtwfsjaond\d]) (?P<time> (?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\ )?
          (?:\d\d?(?:st|nd|rd|th)?\ )? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)
          [a-z]{0,6}\.?(?:\ \d\d?(?:st|nd|rd|th)?)?,?\ \d{4}\b )
    | (?:account|organization|org|project|tenant|workspace|team)\s (?P<id4>
          [`'"][\w.-]{1,80}[`'"] | \#?(?=[\w.-]{0,80}\d)[\w.-]{1,80}\b
        | (?!is\b|has\b|does\b|of\b|was\b|owner\b|level\b)[\w.-]{2,80}(?=\s(?:is|has|on|by|does|was)\b) )
    | (?:models?|deployment|engine|endpoint\ for)
          (?: (?:\ ids?|\ name|_id|_name|\ group)?(?:\s*[:=]\s*|\s) | / )
          (?P<model1> [`'"](?!(?:none|null|undefined|nan)\b)[^`'"\s]{1,120}[`'"]
            | [`'"]? (?=[\w./:@-]{0,200}?(?:\d|[-/:@.]\w))
              (?!<|fine-|pre-|non-|end-) [a-z0-9~](?:[\w./:@-]{0,200}\w)? )
    | (?:reached|too\ large)\ for\ (?P<model2> o\d+\b )  # too short to be told by its look
    )"""
)
"""What varies and is told by the words before it. A group's name, its number aside, is shown instead."""
_UNIT = r"(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)"
_DIGIT = re.compile(r"\d")
_WITH_DIGITS = re.compile(rf"(?<!\S)\S*\d\S*(?: (?:{_UNIT}|am|pm|utc|gmt)(?![a-z0-9])){{0,2}}")
_BY_LOOK = re.compile(
    rf"""(?x)
    (?P<id1> \b[0-9a-f]{{8}}-(?:[0-9a-f]{{4}}-){{3}}[0-9a-f]{{12}}\b )
  | (?P<id2> (?<![\w-]) (?:req|request|org|organization|sess|session|call|chatcmpl|cmpl|msg|run|proj|acct
          |trace|resp|item|user|team)[_-](?=[\w-]{{0,80}}\d)[a-z0-9_-]++\b )
  | (?P<time> \b\d{{4}}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:z|[+-]\d\d:?\d\d)?)?\b
        | \b\d{{8}}t\d{{6}}z\b | \b\d\d?/\d\d?/\d{{4}}\b
        | (?<![\w:.])\d\d?:\d\d(?::\d\d)?(?:[.,]\d+)?(?![\w:])(?:\ ?(?:am|pm|utc|gmt)\b){{0,2}} )
  | (?P<region> \b(?:us|eu|ap|sa|ca|me|af|il|mx|asia|europe|northamerica|southamerica|australia|africa)-
        (?:gov-)?[a-z]{{4,12}}-?\d\b )
  | (?P<n1> (?<![\w:])(?:[0-9a-f]{{1,4}}:){{2,7}}:?(?:[0-9a-f]{{1,4}}:?){{1,6}}(?![\w:]) | \bipv[46]: )
  | (?P<model1> (?<=[`'"])(?=[\w./:@-]{{0,119}}?[a-z])(?=[\w./:@-]{{0,119}}?\d)(?=[\w.@]{{0,119}}?[-/:])
        [\w./:@-]{{4,120}}(?=[`'"]) )
  | (?P<id3> (?<![\w./-])(?:[a-z0-9_]{{1,40}}-){{1,6}}?(?=(?:[a-z]{{0,20}}\d){{3}})(?=\d{{0,20}}[a-z])
        [a-z0-9]{{8,20}}(?:-[a-z0-9]{{4,5}})?(?![\w-]) )  # pods, nodes: one part is a hash
  | (?P<n2> (?<![\w.])(?:\d+(?:\.\d+)?(?:h|m|s)\s?){{0,3}}\d{{1,9}}(?:\.\d+)?\ ?{_UNIT}(?![a-z0-9]) )
  | (?P<id4> \b(?:0x)?(?=[0-9a-f]{{0,64}}\d)(?=[0-9a-f]{{0,64}}[a-f])[0-9a-f]{{8,}}+\b | \b0x[0-9a-f]++\b )
  | (?P<model2> (?<![\w/.<-])(?!base64|utf-|sha-?\d|iso-|http/|v\d[\w.]{{0,8}}/|oauth|us-|eu-)
        (?=[\w./:@-]{{0,120}}?\d)(?=[a-z0-9_.]{{0,120}}[-/])[a-z][\w./:@-]{{2,120}}\w(?![\w>-]) )
  | (?P<id5> \b(?=[a-z0-9_]{{0,64}}\d)(?=[a-z0-9_]{{0,64}}[a-z])[a-z0-9_]{{20,}}+\b
        | \b(?=[a-z]{{0,64}}\d[a-z]{{0,64}}\d)(?=\d{{0,64}}[a-z])(?!\d++(?:k|b|gb|mb|kb|px|tokens)\b)
            [a-z0-9]{{6,}}+\b )
  | (?P<n3> (?<![a-z_])[\#~]?\d++(?:[.,]\d++)*+(?![a-z_]) )"""
)
"""What varies and is told by its look alone, in words with a digit."""
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
    return text if text.isascii() else unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def redact(text: str, limit: int = 300) -> str:
    """One line without keys, addresses, control or direction characters, of at most `limit` characters."""
    return shortened(without_secrets(" ".join(visible(text).split())), limit)


def shortened(clean: str, limit: int = 300) -> str:
    """One line of text without secrets, of at most `limit` characters; addresses go too."""
    clean = _EMAIL.sub("<e-mail>", clean) if "@" in clean else clean
    return clean if len(clean) <= limit else clean[: max(limit - 1, 0)].rstrip() + "…"[:limit]


def in_words(error: BaseException) -> str:
    """An exception fit to be shown: our own say what happened; of others also the type, and all redacted."""
    said = str(error) if isinstance(error, OperatorError) else f"{type(error).__name__}: {error}"
    return redact(said)


def masked(clean: str, model_id: str | None = None) -> str:
    """A text without secrets, with all masked that varies, fit to be read; masking again changes nothing."""
    text = shortened(" ".join(clean.split()), COMPARED).lower()
    text = text if text.isascii() else text.translate(_QUOTES)
    text = _LINK.sub(_named, text) if "://" in text or "arn:" in text else text
    return _settled(_own_id(model_id).sub("<model>", text) if model_id else text, COMPARED)


def pattern_of(masked: str) -> str:
    """A masked message, cut to a pattern's length."""
    return masked if len(masked) <= PATTERN_LIMIT else _settled(masked[:PATTERN_LIMIT], PATTERN_LIMIT)


def named_models(clean: str, model_id: str) -> frozenset[str]:
    """The names that stand after the word "model"; none where this model's own stands anywhere."""
    text = clean.lower().translate(_QUOTES)
    named = (m["model1"].strip("`'\"") for m in _IN_CONTEXT.finditer(text) if m["model1"] and m[0][0] == "m")
    whole = any(not _GOES_ON.match(text, mine.end()) for mine in _own_id(model_id).finditer(text))
    return frozenset() if whole else frozenset(filter(_DIGIT.search, named))


def _settled(text: str, limit: int) -> str:
    text = text.strip(" .,:;-…")  # at the edges they say nothing, and hide a host behind them
    for _ in range(PASSES):
        text = before = _IN_CONTEXT.sub(_named, text)  # uncovers nothing more for itself
        if _DIGIT.search(text):
            text = _WITH_DIGITS.sub(lambda word: _BY_LOOK.sub(_named, word.group()), text)
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
    if len("".join(words)) < 4:  # as `o1`: only where it stands alone
        return re.compile(rf"(?<![\w./-]){'[-_.]?'.join(words)}{_DATED}?(?![\w/-]|\.\d)")
    core = r"[-_./:@ p]?".join(words) + rf"(?:-v\d+)?{_DATED}?"
    return re.compile(
        rf"(?<![a-z0-9])(?:[a-z0-9_-]{{1,60}}+[/.]){{0,6}}{core}(?:-v\d+)?(?:[:@]\w{{1,40}}+){{0,3}}(?![a-z0-9])"
    )
