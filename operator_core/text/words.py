"""What the words and codes of a failure say: phrases.txt, codes.toml, and gone.toml's "gone". Pure.

`DECIDING` codes name one cause and are heard before the prose. `BROAD` ones only name a family of causes,
mostly the status in words, and count where the prose says nothing. In any spelling: `RATE_LIMITED`,
`rate-limited` and `RateLimitedException` are one code.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from operator_core.domain.kinds import Kind
from operator_core.text.tables import compiled, filled, read_table

GONE, PERHAPS, REFUSED, NOT_LET_IN = "gone", "perhaps gone", "refused to us", "not let in"

PATTERNS = compiled(read_table(__package__, "gone.toml"))
"""What is gone, and how it is said plainly."""
_PHRASES: list[tuple[str, Kind, re.Pattern[str]]] = []
"""With the name and kind of their rule, in the order of the rules: the first that fits decides."""
_BY_WORD: dict[str, list[int]] = defaultdict(list)
"""The numbers of the phrases by the words of which one must stand in the text."""


def _read_phrases() -> int:
    """The number of the first phrase that gives way to what is gone."""
    name, kind, gone_at, parts = "", Kind.UNKNOWN, 0, dict[str, str]()
    for line in files(__package__).joinpath("phrases.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            name, _, value = line[1:].partition("] ")
            kind, gone_at = Kind[value.upper()], len(_PHRASES) if name == GONE else gone_at
        elif line.startswith("<<"):
            part, _, parts[part.strip("<>")] = line.partition(" = ")
        elif not line.startswith("#"):
            words, _, phrase = line.partition(" ~ ")
            for word in words.split():
                _BY_WORD[word].append(len(_PHRASES))
            _PHRASES.append((name, kind, re.compile(rf"(?<!\w)(?:{filled(phrase, parts)})(?!\w)")))
    return gone_at


_GONE_AT = _read_phrases()
_WORD = re.compile(r"[a-z]+")


def plain(masked: str) -> str:
    """A masked text as the phrases expect it: identifiers as words, no hyphens, "not" written out."""
    text = masked.replace(" - ", ": ").replace("-", " ").replace("_", " ").replace("n't", " not")
    return text.replace("can not", "cannot").replace("ca not", "cannot")


@lru_cache(maxsize=8)  # a text, its first sentence, and both without the status
def by_words(text: str, status: int | None) -> tuple[Kind, str] | None:
    """The kind of a plain text and the first rule that fits; None where no words of it say anything."""
    near = sorted({n for word in _BY_WORD.keys() & set(_WORD.findall(text)) for n in _BY_WORD[word]})
    first = next((n for n in near if _PHRASES[n][2].search(text)), len(_PHRASES))
    if first >= _GONE_AT and (gone := _gone(text, status)):
        return Kind.HARD_MODEL, gone
    if first == len(_PHRASES):
        return None
    rule, kind, _ = _PHRASES[first]
    if rule == REFUSED and (in_trouble(status) or not PATTERNS["plainly refused"].fullmatch(_unhedged(text))):
        rule = NOT_LET_IN
    return kind, rule


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


@lru_cache(maxsize=8)
def _unhedged(text: str) -> str:
    return re.sub(" {2,}", " ", PATTERNS["hedge"].sub("", text))


def is_about_a_model(text: str) -> bool:
    """The statement begins with a model as its subject, and nothing qualifies it."""
    return bool(PATTERNS["subject"].match(text)) and not is_qualified(text)


def is_qualified(text: str) -> bool:
    """Something stands beside it that what is missing depends on: a place, a plan, a way of asking."""
    return bool(PATTERNS["qualified"].search(_unhedged(text)))


def squeezed(text: str) -> str:
    """In the one spelling under which the tables are read."""
    return text.replace("_", "").lower()


def _by_spelling(codes: Mapping[str, Kind]) -> Mapping[str, Kind]:
    """Under the last part of a dotted code; an exception also without that word, a code also with it.

    Not so of a gone model: clients raise their own exception of that name for any 404.
    """
    names = {squeezed(code.rsplit(".", 1)[-1]): kind for code, kind in codes.items()}
    return {
        spelling: kind
        for name, kind in names.items()
        for ending in ("", "exception", "error")
        for spelling in (name + ending, name.removesuffix("exception"))
        if kind != Kind.HARD_MODEL or not ending
    }


_TABLES = read_table(__package__, "codes.toml")
DECIDING, BROAD, OF_PROVIDER, BY_STATUS = (
    {code: Kind(kind) for code, kind in _TABLES[name].items()}
    for name in ("deciding", "broad", "of_provider", "status")
)
"""Of the kind `unknown`: the failure is about one generation, or the status alone doesn't tell."""
FOR_GOOD = frozenset({"modeldecommissioned"})
"""Of a gone model, also where the status says that the servers are in trouble."""
DECIDES, TELLS = _by_spelling(DECIDING), _by_spelling(BROAD)
KNOWN = DECIDES.keys() | TELLS.keys()
