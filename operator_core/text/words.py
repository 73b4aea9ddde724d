"""What the words of a failure say: the table of phrases, and when "gone" means this model. Pure."""

import re
from collections import defaultdict

from operator_core.domain.kinds import Kind
from operator_core.text.phrases import PATTERNS, TABLE

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


_PARTS = {
    "<output>": r"(?:response|content|output|completion|text|answer|message)",
    "<spent>": r"(?:budget|reasoning|thinking|thoughts|max (?:completion |output )?tokens|length"
    r"|(?:output|token) limit)",
}
KINDS = {str(kind): kind for kind in Kind}
RULES: list[tuple[str, Kind]] = []
"""In their order: the first that fits decides."""
_PHRASES: dict[str, list[tuple[int, re.Pattern[str]]]] = defaultdict(list)
"""By the words of which one must stand in the text: the number of the rule, and the phrase."""


def _read_table() -> None:
    for line in TABLE.strip().splitlines():
        if line.startswith("["):
            name, _, kind = line[1:].partition("] ")
            RULES.append((name, KINDS[kind]))
        elif not line.startswith("#"):
            words, _, phrase = line.partition(" ~ ")
            for part, meaning in _PARTS.items():
                phrase = phrase.replace(part, meaning)
            for word in words.split():
                _PHRASES[word].append((len(RULES) - 1, re.compile(rf"(?<!\w)(?:{phrase})(?!\w)")))


_read_table()
_WORD = re.compile(r"[a-z]+")


def plain(masked: str) -> str:
    """A masked text as the phrases expect it: identifiers as words, no hyphens, "not" written out."""
    text = masked.replace(" - ", ": ").replace("-", " ").replace("_", " ").replace("n't", " not")
    return text.replace("can not", "cannot").replace("ca not", "cannot")


def by_words(text: str, status: int | None) -> tuple[Kind, str] | None:
    """The kind of a plain text and the first rule that fits; None where no words of it say anything."""
    first = len(RULES)
    for word in _PHRASES.keys() & set(_WORD.findall(text)):
        for number, phrase in _PHRASES[word]:
            if number < first and phrase.search(text):
                first = number
    kind, rule = RULES[first][::-1] if first < len(RULES) else (None, None)
    plainly = re.sub(" {2,}", " ", PATTERNS["hedge"].sub("", text))
    if first > GONE_AT and (gone := _gone(plainly, status)):
        return Kind.HARD_MODEL, gone
    if rule == REFUSED and (in_trouble(status) or not PATTERNS["plainly refused"].fullmatch(plainly)):
        rule = NOT_LET_IN
    return (kind, rule) if kind and rule else None


GONE_AT = next(number for number, (name, _) in enumerate(RULES) if name == GONE)


def in_trouble(status: int | None) -> bool:
    """The status says that the provider limits us, or is in trouble itself: it tells more than most words."""
    return status is not None and (status in {402, 408, 429} or status >= 500)


def _gone(text: str, status: int | None) -> str | None:
    """That this model is gone: plainly, or perhaps, with more beside it; None where nothing says so."""
    if "model" not in text or status == 402:
        return None
    if in_trouble(status):
        return GONE if PATTERNS["plainly for good"].fullmatch(text) else None
    if PATTERNS["plainly gone"].fullmatch(text):
        return GONE
    return PERHAPS if PATTERNS["gone"].search(text) and not is_qualified(text) else None


def is_about_a_model(text: str) -> bool:
    """The statement begins with a model as its subject, and nothing qualifies it."""
    return PATTERNS["subject"].match(text) is not None and not is_qualified(text)


def is_qualified(text: str) -> bool:
    """Something stands beside it that what is missing depends on: a place, a plan, a way of asking."""
    return PATTERNS["qualified"].search(PATTERNS["hedge"].sub("", text)) is not None
