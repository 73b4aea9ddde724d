"""One canonical identity for a model's many spellings.

`meta-llama/llama-3.3-70b-instruct`, `us.meta.llama3-3-70b-instruct-v1:0`, `llama-3.3-70b-versatile` and
`accounts/fireworks/models/llama-v3p3-70b-instruct` are one model. An id is taken apart by general rules:
routes and regions go, then each token is a date, a size, a tuning, a way of serving, a version or a word.
"""

import re
from typing import Literal

from operator_core.domain.base import Frozen, ModelRef

Tuning = Literal["", "instruct", "base"]

ROUTES = re.compile(
    r"^(accounts/[^/]+/(models|routers)|(projects/[^/]+/)?(publishers/[^/]+/)?models|arn:aws[^/]*|@[ch]f)/"
)
"""Where a provider keeps its models: Fireworks, Gemini, Vertex, Bedrock, Cloudflare."""
OWNERS = re.compile(r"(?:^\s*|/)(accounts|projects|publishers)/([^/]+)(?=/)|^\s*(arn):(?:[^:]*:){3}([^:]+):")
PRIVATE = re.compile(
    r"(?i)\b(ft:|arn:|((tuned|deployed)model|deployment|endpoint)s/|accounts/(?!fireworks/))"
)
"""One's own fine-tunes and deployments: no public list names them."""
REGIONS = re.compile(r"^(us|us-gov|eu|apac|ap|jp|au|ca|in|sa|me|af|global)\.(?=[a-z])")
"""Bedrock's inference profiles: the same model, called through some region."""
VENDOR = re.compile(r"^([a-z][a-z0-9-]*)\.(?=[a-z])")
"""Bedrock writes `vendor.model`; the dot of a version is followed by a digit."""
REVISIONS = re.compile(r"-(v\d+|\d+):0(:\d+k)?$")
"""Bedrock's own revision of a listing: `-v1:0`, `-1:0`, `-v1:0:8k`. `claude-v2:1` and `v0:2` are versions."""
ALIASES = re.compile(r"[@-](default|latest|001)$|@latest$")
"""What stands for the model itself: its default, latest or first revision."""
SEPARATORS = re.compile(r"[\s_/:@()\[\],;|'\"\u2010-\u2015-]+")
"""Whatever else an id holds, in whatever script, belongs to its words: `c#`, `r*`, `通义`."""
ORGANISATIONS = frozenset({"ai", "org", "lab", "labs", "inc", "hq", "research", "forai"})
BORROWS = re.compile(r"^[rv]\d")
"""`deepseek.r1`: a name that begins with its version borrows its maker's."""

DATES = (
    re.compile(r"(?<!\d)(20\d\d)-([01]\d)-([0-3]\d)(?!\d)"),
    re.compile(r"(?<!\d)(20\d\d)([01]\d)([0-3]\d)(?!\d)"),
    re.compile(r"(?<![\d.])()([01]\d)-(20\d\d)(?!\d)"),
    re.compile(r"(?<=-)()([01]\d)-([0-3]\d)(?=-|$)"),
    re.compile(r"(?<=[-v@ (])()([0-2]\d)([0-3]\d)(?=[-@ )]|$)"),
)
"""2024-05-13 · 20240513 · 09-2025 · 05-06 · 2507, 0528, 1106."""
SIZE = re.compile(r"^(a|e)?\d+([.p]\d+)?b$|^\d+x\d+b$|^\d+e$|^\d+m$")
"""70b · a3b (active) · e4b (effective) · 8x7b · 128e (experts)."""
CONTEXT = frozenset({"4096", "8192", "16384", "32768", "65536", "131072"})
"""Groq once wrote the context into its ids."""
TUNINGS: dict[str, Tuning] = {"instruct": "instruct", "it": "instruct", "base": "base"}
SERVING = frozenset(
    ["fp4", "fp8", "bf16", "nvfp4", "awq", "int4", "hf", "maas", "tput", "versatile", "basic"]
)
"""How a provider runs the weights. None of them makes another model."""
SERVING_OF_WEIGHTS = frozenset({"turbo", "instant", "lite"})
"""The same, but only for weights: `gpt-4-turbo`, `claude-instant` and `nova-lite` are models of their own."""
RENAMES_WEIGHTS = frozenset({"together", "deepinfra"})
"""Providers that serve other makers' weights, and add such a word even to ids without a size."""
MAKERS = frozenset({"meta", "nvidia", "zai", "ai21", "c4ai", "amazon", "google"})
"""Makers that put their name before the model's (`Meta-Llama-3.1-8B`), or don't."""
NUMBERED = re.compile(r"^([^\W\d_]*)(\d+(?:[.p]\d+)*)([^\W\d_]*)$")


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
    text = REGIONS.sub("", ROUTES.sub("", model_id.strip().casefold()))
    maker, text = _maker(text)
    text = ALIASES.sub("", REVISIONS.sub("", text))
    text, date = _date(re.sub(r"(?<=v\d):(?=\d)", ".", text))  # v0:2 and v2:1 are versions
    tokens = [token for token in SEPARATORS.split(text) if token and token not in CONTEXT]
    sizes = frozenset(token.replace("p", ".") for token in tokens if SIZE.match(token))
    tuning = next((TUNINGS[token] for token in reversed(tokens) if token in TUNINGS), "")
    of_weights = SERVING_OF_WEIGHTS if sizes or provider in RENAMES_WEIGHTS else frozenset[str]()
    serving = frozenset(tokens) & (SERVING | of_weights)
    beside = serving | MAKERS | TUNINGS.keys()
    words = [token for token in tokens if token not in beside and not SIZE.match(token)] or tokens
    words = words[:-1] if words[1:] and words[-1] == "v1" else words  # the first revision, said or not
    return Identity(maker=maker, name=_name(words), sizes=sizes, tuning=tuning, date=date, serving=serving)


def same_model(one: str, other: str) -> bool:
    """Two ids of one provider name the same model, in whatever spelling, region or order of words.

    A dated checkpoint is not its alias, nor instruct base, nor another account's: a witness may say that.
    """
    a, b = identify(one), identify(other)
    said, meant = [(sorted(x.name), x.sizes, x.tuning, x.date) for x in (a, b)]
    mine, its = ({x or z: y or w for x, y, z, w in OWNERS.findall(i.casefold())} for i in (one, other))
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
    return SEPARATORS.sub("", name.casefold().replace(".", ""))


def same_maker(one: str, other: str) -> bool:
    """`deepseek` and `deepseek-ai`, `mistral` and `mistralai`; whoever isn't named may be the same."""
    short, long = sorted((one, other), key=lambda name: len(letters_of(name)))
    letters, whole = letters_of(short), letters_of(long)
    begins = any(letters == letters_of(long[: end.start()]) for end in SEPARATORS.finditer(long))
    ends = len(letters) > len("open") and whole.removeprefix(letters) in ORGANISATIONS
    telling = len(letters) > 1 and letters not in ORGANISATIONS
    return letters in ("", whole) or (telling and (begins or ends))


def dates_agree(one: str, other: str) -> bool:
    """20250728 and 0728 and 2507 are one date; an absent date agrees with nothing but itself."""
    short, long = sorted((one, other), key=len)
    return short == long or (bool(short) and (long.endswith(short) or long.startswith(f"20{short}")))


def _maker(text: str) -> tuple[str, str]:
    maker, _, name = text.rpartition("/")
    if not maker and (vendor := VENDOR.match(text)):
        maker, name = vendor[1], text[vendor.end() :]
    maker = maker.removesuffix(SEPARATORS.split(name)[0]) or maker  # XiaomiMiMo/MiMo-V2.5
    name = f"{letters_of(maker)}-{name}" if maker and BORROWS.match(name) else name
    return SEPARATORS.sub("-", maker), name


def _date(text: str) -> tuple[str, str]:
    for form in DATES:
        match = form.search(text)
        if match and match[0] not in CONTEXT:
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
        numbered = NUMBERED.match(word)
        before, number, after = numbered.groups() if numbered else (word, "", "")
        before = "" if numbered and before == "v" else before.replace("+", "plus").strip(".")
        parts += filter(None, (before, number.replace("p", ".").removesuffix(".0"), after))
        whole = number.isdigit() and len(number) == 1 and not after
    return tuple(parts)
