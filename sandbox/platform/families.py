"""Which models there are and how each provider spells them: real names, so that matching has real work.

A family is one model, whoever serves it; its slug is its id in the OpenRouter catalogue.
"""

import re
from collections.abc import Callable
from random import Random

from operator_core.domain.base import Frozen, ModelRef
from sandbox.platform.names import BEDROCK_OWN, CLAUDE, CLAUDE_ALIASES, GEMINI, MISTRAL, OPEN, OPENAI


class Family(Frozen):
    """One model as the world knows it."""

    slug: str
    """Its OpenRouter id."""
    name: str


class Offer(Frozen):
    """A family under a provider's own id."""

    family: Family
    provider: str
    model_id: str

    @property
    def ref(self) -> ModelRef:
        return ModelRef(provider=self.provider, model_id=self.model_id)


COUNTS: dict[str, tuple[int, int]] = {
    "anthropic": (28, 12),
    "openai": (66, 28),
    "bedrock": (62, 19),
    "vertex": (46, 18),
    "together": (88, 38),
    "groq": (48, 26),
    "fireworks": (56, 22),
    "deepinfra": (92, 41),
    "cerebras": (14, 7),
    "mistral": (23, 11),
}
"""How many models the platform lists of each provider, and how many of them its scheduler runs."""
PROVIDERS = tuple(COUNTS)

ORGS = {
    "deepseek-ai": "deepseek",
    "zai-org": "z-ai",
    "MiniMaxAI": "minimax",
    "Qwen": "qwen",
    "NousResearch": "nousresearch",
    "Gryphe": "gryphe",
    "Sao10K": "sao10k",
}
PUBLISHERS = {"meta-llama": "meta", "mistralai": "mistral", "deepseek-ai": "deepseek", "zai-org": "zai"}


def offers_of(provider: str, scale: int = 1) -> tuple[Offer, ...]:
    """What the platform lists of a provider, oldest first; the same at every seed.

    Above scale 1 each comes in so many tuned variants besides.
    """
    total, _ = COUNTS[provider]
    own = OWN_OFFERS.get(provider, list)()
    spell = SPELLINGS.get(provider)
    wanted = total - len(own)
    shown = sorted(Random(provider).sample(range(len(OPEN)), wanted)) if spell else []
    open_weights = [
        Offer(family=_open_family(OPEN[index]), provider=provider, model_id=spell(OPEN[index]))
        for index in shown
        if spell
    ]
    offers = [*own[:total], *open_weights]
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
    suffix = f"-ft{variant}"
    family = Family(slug=offer.family.slug + suffix, name=f"{offer.family.name} ft{variant}")
    return offer.model_copy(update={"family": family, "model_id": offer.model_id + suffix})


def _open_family(name: str) -> Family:
    org, model = name.split("/")
    return Family(slug=f"{ORGS.get(org, org)}/{model.lower()}", name=model.replace("-", " "))


def _claude(provider: str, version: str) -> Offer:
    name, _, date = version.rpartition("-") if re.search(r"-\d{8}$", version) else (version, "", "")
    model_id = {
        "anthropic": f"claude-{version}",
        "bedrock": f"anthropic.claude-{version}-v1:0",
        "vertex": f"claude-{name}@{date}" if date else f"claude-{name}",
    }[provider]
    spoken = re.sub(r"(\d)-(\d)", r"\1.\2", name)
    return Offer(
        family=Family(slug=f"anthropic/claude-{spoken}", name=f"Claude {title(spoken)}"),
        provider=provider,
        model_id=model_id,
    )


def _own(provider: str, org: str, model_id: str) -> Offer:
    spoken = re.sub(r"-v\d+(:\d+)?$", "", model_id.rpartition(".")[2] if provider == "bedrock" else model_id)
    return Offer(
        family=Family(slug=f"{org}/{spoken}", name=title(spoken)), provider=provider, model_id=model_id
    )


def _anthropic() -> list[Offer]:
    return [_claude("anthropic", version) for version in (*CLAUDE_ALIASES, *CLAUDE)]


def _bedrock() -> list[Offer]:
    own = [_own("bedrock", model_id.split(".")[0], model_id) for model_id in BEDROCK_OWN]
    return [*own, *(_claude("bedrock", version) for version in CLAUDE[3:])]


def _vertex() -> list[Offer]:
    gemini = [_own("vertex", "google", model_id) for model_id in GEMINI]
    return [*(_claude("vertex", version) for version in CLAUDE[3:]), *gemini]


def _openai() -> list[Offer]:
    return [_own("openai", "openai", model_id) for model_id in OPENAI]


def _mistral() -> list[Offer]:
    return [_own("mistral", "mistralai", model_id) for model_id in MISTRAL]


def _fireworks_id(name: str) -> str:
    spelled = name.split("/")[1].lower().replace(".", "p")
    return "accounts/fireworks/models/" + re.sub(r"^llama-(\d)", r"llama-v\1", spelled)


def _bedrock_id(name: str) -> str:
    org, model = name.split("/")
    spelled = re.sub(r"^llama-(\d)", r"llama\1", model.lower().replace(".", "-"))
    return f"{PUBLISHERS.get(org, org.lower())}.{spelled}-v1:0"


def _groq_id(name: str) -> str:
    org, model = name.split("/")
    bare = org in {"google", "mistralai", "deepseek-ai"} or model.startswith("Llama-3")
    return model.lower() if bare else f"{ORGS.get(org, org)}/{model.lower()}"


def _vertex_id(name: str) -> str:
    org, model = name.split("/")
    return f"{PUBLISHERS.get(org, org.lower())}/{model.lower()}-maas"


def _together_id(name: str) -> str:
    return f"{name}-Turbo" if name.startswith("meta-llama/Llama-3") else name


def _cerebras_id(name: str) -> str:
    return name.split("/")[1].lower().replace("-instruct", "")


OWN_OFFERS: dict[str, Callable[[], list[Offer]]] = {
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "vertex": _vertex,
    "openai": _openai,
    "mistral": _mistral,
}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "deepinfra": str,
    "together": _together_id,
    "fireworks": _fireworks_id,
    "groq": _groq_id,
    "cerebras": _cerebras_id,
    "vertex": _vertex_id,
    "bedrock": _bedrock_id,
}
