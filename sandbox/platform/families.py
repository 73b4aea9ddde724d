"""Which models there are and how each provider spells them: real names, so that matching has real work.

A family is one model, whoever serves it; its slug is its id in the OpenRouter catalogue.
"""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from operator_core.domain.base import ModelRef

_LISTED = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
OPEN, OPENAI, CLAUDE, CLAUDE_ALIASES, GEMINI, MISTRAL, BEDROCK_OWN = (
    tuple(_LISTED[maker].split())
    for maker in ("open", "openai", "claude", "claude_aliases", "gemini", "mistral", "bedrock_own")
)
"""The names of real models, as their makers spell them, oldest first; open weights as Hugging Face does."""


class Family(NamedTuple):
    """One model as the world knows it."""

    slug: str
    """Its OpenRouter id."""
    name: str


class Offer(NamedTuple):
    """A family under a provider's own id."""

    family: Family
    provider: str
    model_id: str

    @property
    def ref(self) -> ModelRef:
        return ModelRef(provider=self.provider, model_id=self.model_id)


COUNTS: dict[str, tuple[int, int]] = {name: (*counts,) for name, counts in _LISTED["counts"].items()}
"""How many models the platform lists of each provider, and how many of them its scheduler runs."""
PROVIDERS = tuple(COUNTS)
ORGS: dict[str, str] = _LISTED["orgs"]
PUBLISHERS: dict[str, str] = _LISTED["publishers"]
"""What the catalogue and what clouds call those whom Hugging Face calls otherwise."""
RENAMES: dict[str, list[tuple[str, str]]] = {
    name: [(old, new) for old, new in pairs] for name, pairs in _LISTED["renames"].items()
}
"""Old id and successor. OpenAI's successors are not in `models`, Mistral's are."""
TURBO = "meta-llama/Llama-3"


def offers_of(provider: str, scale: int = 1) -> tuple[Offer, ...]:
    """What the platform lists of a provider, oldest first; the same at every seed.

    Above scale 1 each comes in so many tuned variants besides.
    """
    total, _ = COUNTS[provider]
    offers = list(OWN_OFFERS.get(provider, ()))[:total]
    if spell := SPELLINGS.get(provider):
        shown = sorted(Random(provider).sample(range(len(OPEN)), total - len(offers)))
        offers += [Offer(_open_family(OPEN[at]), provider, spell(*OPEN[at].split("/"))) for at in shown]
    return tuple(_tuned(offer, variant) for variant in range(scale) for offer in offers)


def title(model_id: str) -> str:
    """A display name for an id: "claude-sonnet-4-5-20250929" → "Claude Sonnet 4 5 20250929"."""
    words = re.split(r"[-_\s]+", model_id.split("/")[-1])
    return " ".join(_spoken(word) for word in words)


def _spoken(word: str) -> str:
    if word in {"gpt", "glm"} or any(c.isupper() for c in word):
        return word.upper() if word.islower() else word
    return word.capitalize()


def _tuned(offer: Offer, variant: int) -> Offer:
    if variant == 0:
        return offer
    family = Family(f"{offer.family.slug}-ft{variant}", f"{offer.family.name} ft{variant}")
    return Offer(family, offer.provider, f"{offer.model_id}-ft{variant}")


def _open_family(name: str) -> Family:
    org, model = name.split("/")
    return Family(f"{ORGS.get(org, org)}/{model.lower()}", model.replace("-", " "))


def _claude(provider: str, version: str) -> Offer:
    name, _, date = version.rpartition("-") if re.search(r"-\d{8}$", version) else (version, "", "")
    model_id = {
        "anthropic": f"claude-{version}",
        "bedrock": f"anthropic.claude-{version}-v1:0",
        "vertex": f"claude-{name}@{date}" if date else f"claude-{name}",
    }[provider]
    spoken = re.sub(r"(\d)-(\d)", r"\1.\2", name)
    return Offer(Family(f"anthropic/claude-{spoken}", f"Claude {title(spoken)}"), provider, model_id)


def _own(provider: str, org: str, model_id: str) -> Offer:
    spoken = re.sub(r"-v\d+(:\d+)?$", "", model_id.rpartition(".")[2] if provider == "bedrock" else model_id)
    return Offer(Family(f"{org}/{spoken}", title(spoken)), provider, model_id)


OWN_OFFERS: dict[str, tuple[Offer, ...]] = {
    "anthropic": tuple(_claude("anthropic", version) for version in (*CLAUDE_ALIASES, *CLAUDE)),
    "bedrock": (
        *(_own("bedrock", model_id.split(".")[0], model_id) for model_id in BEDROCK_OWN),
        *(_claude("bedrock", version) for version in CLAUDE[3:]),
    ),
    "vertex": (
        *(_claude("vertex", version) for version in CLAUDE[3:]),
        *(_own("vertex", "google", model_id) for model_id in GEMINI),
    ),
    "openai": tuple(_own("openai", "openai", model_id) for model_id in OPENAI),
    "mistral": tuple(_own("mistral", "mistralai", model_id) for model_id in MISTRAL),
}


def _fireworks_id(org: str, model: str) -> str:
    spelled = model.lower().replace(".", "p")
    return "accounts/fireworks/models/" + re.sub(r"^llama-(\d)", r"llama-v\1", spelled)


def _bedrock_id(org: str, model: str) -> str:
    spelled = re.sub(r"^llama-(\d)", r"llama\1", model.lower().replace(".", "-"))
    return f"{PUBLISHERS.get(org, org.lower())}.{spelled}-v1:0"


def _groq_id(org: str, model: str) -> str:
    bare = org in {"google", "mistralai", "deepseek-ai"} or model.startswith("Llama-3")
    return model.lower() if bare else f"{ORGS.get(org, org)}/{model.lower()}"


SPELLINGS: dict[str, Callable[[str, str], str]] = {
    "deepinfra": lambda org, model: f"{org}/{model}",
    "together": lambda org, model: f"{org}/{model}{'-Turbo' * f'{org}/{model}'.startswith(TURBO)}",
    "fireworks": _fireworks_id,
    "groq": _groq_id,
    "cerebras": lambda org, model: model.lower().replace("-instruct", ""),
    "vertex": lambda org, model: f"{PUBLISHERS.get(org, org.lower())}/{model.lower()}-maas",
    "bedrock": _bedrock_id,
}
"""How a provider writes the id of open weights."""
