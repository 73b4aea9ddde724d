"""One canonical identity for a model's many spellings.

`meta-llama/llama-3.3-70b-instruct`, `us.meta.llama3-3-70b-instruct-v1:0`, `llama-3.3-70b-versatile` and
`accounts/fireworks/models/llama-v3p3-70b-instruct` are one model. An id is taken apart by general rules:
routes and regions go, then each token is a date, a size, a tuning, a way of serving, a version or a word.
"""

import re
from typing import Literal

from operator_core.domain.base import Frozen, ModelRef
from operator_core.text.tables import compiled, read_table

Tuning = Literal["", "instruct", "base"]

_TABLE = read_table(__package__, "model_ids.toml")
PATTERNS = compiled(_TABLE)
DATES = tuple(compiled({"patterns": _TABLE["dates"]}).values())
WORDS = {name: frozenset[str](words) for name, words in _TABLE["words"].items()}
TUNINGS: dict[str, Tuning] = _TABLE["tunings"]


class Identity(Frozen):
    """What a model is, whoever serves it."""

    maker: str
    """The organisation's name in words; empty where the id doesn't tell."""
    name: tuple[str, ...]
    """Family, versions and variant in their order: ("claude", "opus", "4.5")."""
    sizes: frozenset[str] = frozenset()
    tuning: Tuning = ""
    date: str = ""
    """Digits as far as they are given: 20240513, 202509, 2507, 0528."""
    serving: frozenset[str] = frozenset()

    @property
    def versions(self) -> frozenset[str]:
        return frozenset(part for part in self.name if part[0].isdigit())


def identify(model_id: str, provider: str | None = None) -> Identity:
    """Takes any spelling apart. `provider` (ours) settles what a serving word means there."""
    text = PATTERNS["region"].sub("", PATTERNS["route"].sub("", model_id.strip().casefold()))
    maker, text = _maker(text)
    text = PATTERNS["alias"].sub("", PATTERNS["revision"].sub("", text))
    text, date = _date(PATTERNS["version"].sub(".", text))  # v0:2 and v2:1 are versions
    tokens = [token for token in PATTERNS["separator"].split(text) if token and token not in WORDS["context"]]
    sizes = frozenset(token.replace("p", ".") for token in tokens if PATTERNS["size"].match(token))
    tuning = next((TUNINGS[token] for token in reversed(tokens) if token in TUNINGS), "")
    ways = WORDS["serving"]
    if sizes or provider in WORDS["renames weights"]:
        ways |= WORDS["serving of weights"]
    serving = ways & frozenset(tokens)
    beside = serving | WORDS["makers"] | TUNINGS.keys()
    words = [token for token in tokens if token not in beside and not PATTERNS["size"].match(token)] or tokens
    words = words[:-1] if words[1:] and words[-1] == "v1" else words  # the first revision, said or not
    return Identity(maker=maker, name=_name(words), sizes=sizes, tuning=tuning, date=date, serving=serving)


def same_model(one: str, other: str) -> bool:
    """Two ids of one provider name the same model, in whatever spelling, region or order of words.

    A dated checkpoint is not its alias, nor instruct base, nor another account's: a witness may say that.
    """
    a, b = identify(one), identify(other)
    said, meant = [(sorted(x.name), x.sizes, x.tuning, x.date) for x in (a, b)]
    owners = [PATTERNS["owner"].findall(model_id.casefold()) for model_id in (one, other)]
    mine, its = ({x or z: y or w for x, y, z, w in parts} for parts in owners)
    apart = any(owner != its.get(what, owner) for what, owner in mine.items())
    return same_maker(a.maker, b.maker) and said == meant and not apart


def what_it_is(ref: ModelRef) -> tuple[tuple[str, ...], frozenset[str], Tuning, str]:
    """Equal for the same model at two providers, but for its maker, which not every spelling tells; its date
    comes last. What an alias stands for changes, so it is none of its checkpoints."""
    identity = identify(ref.model_id, ref.plain_provider)
    return tuple(sorted(identity.name)), identity.sizes, identity.tuning, identity.date


def bare_names(ref: ModelRef) -> frozenset[tuple[str, ...]]:
    """Its name as it is; without a revision; and without what stands before it or after a colon."""
    ids = [ref.model_id, ref.model_id.rpartition("/")[2].partition(":")[0]]
    ids += [re.sub(r"(?i)-(00\d|v?0\.\d)$", "", one) for one in ids]
    return frozenset(tuple(sorted(identify(one, ref.plain_provider).name)) for one in ids)


def names_it(one: ModelRef, ref: ModelRef) -> bool | None:
    """Of two with a bare name in common: None where one leaves unsaid what the other says."""
    (name, sizes, tuning, date), (its, others, tuned, other) = what_it_is(ref), what_it_is(one)
    if (name, sizes, tuning) == (its, others, tuned) and dates_agree(date, other):
        return same_maker(identify(ref.model_id).maker, identify(one.model_id).maker) or None
    alike = (sizes <= others or others <= sizes) and ("" in (tuning, tuned) or tuning == tuned)
    return None if alike and ("" in (date, other) or dates_agree(date, other)) else False


def letters_of(name: str) -> str:
    """`x-ai` and `xAI` are one maker."""
    return PATTERNS["separator"].sub("", name.casefold().replace(".", ""))


def same_maker(one: str, other: str) -> bool:
    """`deepseek` and `deepseek-ai`, `mistral` and `mistralai`; whoever isn't named may be the same."""
    short, long = sorted((one, other), key=lambda name: len(letters_of(name)))
    letters, whole = letters_of(short), letters_of(long)
    begins = any(letters == letters_of(long[: end.start()]) for end in PATTERNS["separator"].finditer(long))
    ends = len(letters) > len("open") and whole.removeprefix(letters) in WORDS["organisations"]
    telling = len(letters) > 1 and letters not in WORDS["organisations"]
    return letters in ("", whole) or (telling and (begins or ends))


def dates_agree(one: str, other: str) -> bool:
    """20250728 and 0728 and 2507 are one date; an absent date agrees with nothing but itself."""
    short, long = sorted((one, other), key=len)
    return short == long or (bool(short) and (long.endswith(short) or long.startswith(f"20{short}")))


def _maker(text: str) -> tuple[str, str]:
    maker, _, name = text.rpartition("/")
    if not maker and (vendor := PATTERNS["vendor"].match(text)):
        maker, name = vendor[1], text[vendor.end() :]
    maker = maker.removesuffix(PATTERNS["separator"].split(name)[0]) or maker  # XiaomiMiMo/MiMo-V2.5
    name = f"{letters_of(maker)}-{name}" if maker and PATTERNS["borrows"].match(name) else name
    return PATTERNS["separator"].sub("-", maker), name


def _date(text: str) -> tuple[str, str]:
    for form in DATES:
        match = form.search(text)
        if match and match[0] not in WORDS["context"]:
            year, middle, end = match.groups()
            digits = end + middle if len(end) == 4 else year + middle + end
            return f"{text[: match.start()]}-{text[match.end() :]}", digits
    return text, ""


def _name(words: list[str]) -> tuple[str, ...]:
    parts: list[str] = []
    whole = False
    """The last part is a whole number that a following digit would make a decimal: 3-5 is 3.5."""
    for word in words:
        if whole and word.isdigit() and len(word) == 1:
            parts[-1] = f"{parts[-1]}.{word}".removesuffix(".0")
            whole = False
            continue
        numbered = PATTERNS["numbered"].match(word)
        before, number, after = numbered.groups() if numbered else (word, "", "")
        before = "" if numbered and before == "v" else before.replace("+", "plus").strip(".")
        parts += filter(None, (before, number.replace("p", ".").removesuffix(".0"), after))
        whole = number.isdigit() and len(number) == 1 and not after
    return tuple(parts)
