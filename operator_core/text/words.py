"""What the words of a failure say: phrases.txt, and gone.toml's "gone", said of this model. Pure."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from importlib.resources import files

from operator_core.domain.kinds import Kind

GONE, PERHAPS, REFUSED, NOT_LET_IN = "gone", "perhaps gone", "refused to us", "not let in"

BY_STATUS = {
    **dict.fromkeys(range(400, 500), Kind.HARD_CAPABILITY),
    **dict.fromkeys(range(500, 600), Kind.TRANSIENT_PROVIDER),
    **dict.fromkeys((401, 403), Kind.AUTH),
    402: Kind.BILLING,
    404: Kind.UNKNOWN,  # of a model, a route, a file: the status alone doesn't tell
    410: Kind.UNKNOWN,
    408: Kind.TIMEOUT,
    429: Kind.RATE_LIMIT,
}


def _patterns() -> Mapping[str, re.Pattern[str]]:
    """What is gone, each by its name, with those above it in the places of theirs."""
    read: dict[str, str] = tomllib.loads(files(__package__).joinpath("gone.toml").read_text("utf-8"))
    for name, pattern in read.items():
        read[name] = re.sub("<<([a-z ]+)>>", lambda named: f"(?:{read[named.group(1)]})", pattern)
    return {name: re.compile(pattern, re.VERBOSE) for name, pattern in read.items()}


PATTERNS = _patterns()
_PARTS = {
    "<output>": r"(?:response|content|output|completion|text|answer|message)",
    "<spent>": r"(?:budget|reasoning|thinking|thoughts|max (?:completion |output )?tokens|length"
    r"|(?:output|token) limit)",
}
KINDS: Mapping[str, Kind] = {str(kind): kind for kind in Kind}
RULES: list[tuple[str, Kind]] = []
"""In their order: the first that fits decides."""
_PHRASES: list[tuple[int, re.Pattern[str]]] = []
"""With the number of their rule, in the same order."""
_BY_WORD: dict[str, list[int]] = defaultdict(list)
"""The numbers of the phrases by the words of which one must stand in the text."""


def _read_table() -> None:
    for line in files(__package__).joinpath("phrases.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            name, _, kind = line[1:].partition("] ")
            RULES.append((name, KINDS[kind]))
        elif not line.startswith("#"):
            words, _, phrase = line.partition(" ~ ")
            for part, meaning in _PARTS.items():
                phrase = phrase.replace(part, meaning)
            for word in words.split():
                _BY_WORD[word].append(len(_PHRASES))
            _PHRASES.append((len(RULES) - 1, re.compile(rf"(?<!\w)(?:{phrase})(?!\w)")))


_read_table()
_GONE_AT = next(number for number, (name, _) in enumerate(RULES) if name == GONE)
_WORD = re.compile(r"[a-z]+")


def plain(masked: str) -> str:
    """A masked text as the phrases expect it: identifiers as words, no hyphens, "not" written out."""
    text = masked.replace(" - ", ": ").replace("-", " ").replace("_", " ").replace("n't", " not")
    return text.replace("can not", "cannot").replace("ca not", "cannot")


def by_words(text: str, status: int | None) -> tuple[Kind, str] | None:
    """The kind of a plain text and the first rule that fits; None where no words of it say anything."""
    near = sorted({n for word in _BY_WORD.keys() & set(_WORD.findall(text)) for n in _BY_WORD[word]})
    first = next((rule for rule, phrase in map(_PHRASES.__getitem__, near) if phrase.search(text)), None)
    if (first is None or first > _GONE_AT) and (gone := _gone(text, status)):
        return Kind.HARD_MODEL, gone
    if first is None:
        return None
    name, kind = RULES[first]
    plainly = name != REFUSED or PATTERNS["plainly refused"].fullmatch(_unhedged(text))
    return kind, NOT_LET_IN if not plainly or (name == REFUSED and in_trouble(status)) else name


def in_trouble(status: int | None) -> bool:
    """The status says that the provider limits us, or is in trouble itself: it tells more than most words."""
    return status is not None and (status in {402, 408, 429} or status >= 500)


def _gone(text: str, status: int | None) -> str | None:
    """That this model is gone: plainly, or perhaps, with more beside it; None where nothing says so."""
    if "model" not in text or status == 402:
        return None
    plainly = _unhedged(text)
    if in_trouble(status):
        return GONE if PATTERNS["plainly for good"].fullmatch(plainly) else None
    if PATTERNS["plainly gone"].fullmatch(plainly):
        return GONE
    return PERHAPS if PATTERNS["gone"].search(plainly) and not is_qualified(text) else None


def _unhedged(text: str) -> str:
    return re.sub(" {2,}", " ", PATTERNS["hedge"].sub("", text))


def is_about_a_model(text: str) -> bool:
    """The statement begins with a model as its subject, and nothing qualifies it."""
    return PATTERNS["subject"].match(text) is not None and not is_qualified(text)


def is_qualified(text: str) -> bool:
    """Something stands beside it that what is missing depends on: a place, a plan, a way of asking."""
    return PATTERNS["qualified"].search(PATTERNS["hedge"].sub("", text)) is not None
