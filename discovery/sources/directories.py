"""The ids that direct providers serve, as models.dev and LiteLLM list them: our witnesses. Pure.

Both lists are edited by many hands. An entry that can't be read, or that names no model, is counted with its
reason and left out.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from discovery.sources.json_values import count_in, mapping_in, text_in
from operator_core.domain.base import Frozen, ModelRef

Source = Literal["models.dev", "LiteLLM"]

MODELS_DEV = {
    "amazon-bedrock": "bedrock",
    "google-vertex": "vertex",
    "google-vertex-anthropic": "vertex",
    "togetherai": "together",
    "fireworks-ai": "fireworks",
}
"""models.dev's names for providers, where they aren't ours."""
LITELLM = {
    "bedrock_converse": "bedrock",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "vertex_ai": "vertex",
}
"""LiteLLM's; `vertex_ai-llama_models` and its like are vertex too."""
ELSEWHERE = re.compile(r"^bedrock_mantle$|^bedrock/claude_platform/")
"""Other endpoints, with ids that Bedrock's own interface doesn't know."""
PREFIX = re.compile(r"^(bedrock|vertex_ai|together_ai|fireworks_ai|groq|deepinfra|cerebras)/")
REGION_OR_COMMITMENT = re.compile(r"^(\*|[a-z]{2}(-gov)?-[a-z]+-\d|\d+-month-commitment)/")
"""LiteLLM prices a Bedrock model by region: `bedrock/us-east-1/zai.glm-5` is zai.glm-5."""
SIZE_CLASS = re.compile(r"^together-ai-")
"""Not a model: what Together charges for models of a size."""
TEXT_MODES = frozenset({"chat", "completion", "responses"})
DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


class Listing(Frozen):
    """A provider's model, as one witness lists it."""

    provider: str
    """Ours."""
    model_id: str
    """As the provider wants to be asked for it."""
    source: Source
    name: str = ""
    text_output: bool = True
    context: int | None = None
    price_in: float | None = None
    """US dollars for a million tokens."""
    price_out: float | None = None
    release_date: str = ""
    deprecation_date: str = ""
    """YYYY-MM-DD; empty where none is listed."""
    deprecated: bool = False
    """The witness says that it is on its way out, or gone."""

    @property
    def ref(self) -> ModelRef:
        return ModelRef(provider=self.provider, model_id=self.model_id)


class Directory(Frozen):
    """What one witness lists for our providers."""

    source: Source
    listings: tuple[Listing, ...] = ()
    entries: int = 0
    """How many the whole list has, other providers' included: by that a part is told from the whole."""
    left_out: Mapping[str, int] = {}
    """Entries that were not used, by reason."""


def parse(source: Source, document: object, providers: Collection[str]) -> Directory:
    """Raises ValueError where the document isn't of the agreed shape at all."""
    if not isinstance(document, dict) or not document:
        raise ValueError(f"{source}: expected an object of entries")
    read = _models_dev if source == "models.dev" else _litellm
    left_out: Counter[str] = Counter()
    listings: dict[ModelRef, Listing] = {}
    for entry in read(document, providers):
        if isinstance(entry, str):
            left_out[entry] += 1
        elif entry.ref in listings:
            listings[entry.ref] = _richer(listings[entry.ref], entry)
        else:
            listings[entry.ref] = entry
    return Directory(
        source=source,
        listings=tuple(listings[ref] for ref in sorted(listings)),
        entries=_entries(source, document),
        left_out=left_out,
    )


def _entries(source: Source, document: Mapping[str, object]) -> int:
    if source == "LiteLLM":
        return len(document)
    return sum(len(mapping_in(mapping_in(described).get("models"))) for described in document.values())


def _models_dev(document: Mapping[str, object], providers: Collection[str]) -> Iterator[Listing | str]:
    for their_name, described in document.items():
        provider = MODELS_DEV.get(their_name, their_name)
        if provider not in providers:
            continue
        models = mapping_in(described).get("models")
        if not isinstance(models, dict):
            yield "a provider without models"
            continue
        for model_id, model in models.items():
            yield _from_models_dev(provider, model_id, model)


def _from_models_dev(provider: str, model_id: str, model: object) -> Listing | str:
    if not isinstance(model, dict) or not model_id:
        return "unreadable"
    cost, limit = mapping_in(model.get("cost")), mapping_in(model.get("limit"))
    outputs = mapping_in(model.get("modalities")).get("output")
    return Listing(
        provider=provider,
        model_id=model_id,
        source="models.dev",
        name=text_in(model.get("name"), 200),
        text_output=not isinstance(outputs, list) or "text" in outputs,
        context=count_in(limit.get("context")),
        price_in=_price(cost.get("input")),
        price_out=_price(cost.get("output")),
        release_date=_day(model.get("release_date")),
        deprecation_date=_day(model.get("deprecation_date")),
        deprecated=model.get("status") == "deprecated",
    )


def _litellm(document: Mapping[str, object], providers: Collection[str]) -> Iterator[Listing | str]:
    for key, model in document.items():
        if key == "sample_spec":
            continue
        if not isinstance(model, dict) or not isinstance(model.get("litellm_provider"), str):
            yield "unreadable"
            continue
        theirs = model["litellm_provider"]
        family = "vertex_ai" if theirs.startswith("vertex_ai") else theirs
        provider = LITELLM.get(family, family)
        if provider in providers or ELSEWHERE.search(theirs):
            yield _from_litellm(provider, theirs, key, model)


def _from_litellm(provider: str, theirs: str, key: str, model: Mapping[str, object]) -> Listing | str:
    if ELSEWHERE.search(theirs) or ELSEWHERE.search(key):
        return "served by another endpoint"
    model_id = _own_id(key)
    if why := _no_model(provider, model_id):
        return why
    outputs = model.get("supported_output_modalities")
    return Listing(
        provider=provider,
        model_id=model_id,
        source="LiteLLM",
        text_output=model.get("mode") in TEXT_MODES and (not isinstance(outputs, list) or "text" in outputs),
        context=count_in(model.get("max_input_tokens")),
        price_in=_per_million(model.get("input_cost_per_token")),
        price_out=_per_million(model.get("output_cost_per_token")),
        deprecation_date=_day(model.get("deprecation_date")),
    )


def _own_id(key: str) -> str:
    """The provider's own id, without LiteLLM's prefix and the region it is priced for."""
    prefix = PREFIX.match(key)
    model_id = key[prefix.end() :] if prefix else key
    while prefix and prefix[1] == "bedrock" and (region := REGION_OR_COMMITMENT.match(model_id)):
        model_id = model_id[region.end() :]
    return model_id


def _no_model(provider: str, model_id: str) -> str:
    """Why this is no id under which the provider could be asked; empty where it is one."""
    if not model_id or SIZE_CLASS.match(model_id):
        return "no model"
    if model_id.startswith("ft:"):
        return "somebody's fine-tuning"
    if "/routers/" in model_id:
        return "a router"
    if provider == "fireworks" and not model_id.startswith("accounts/"):
        return "LiteLLM's short form"
    if provider == "bedrock" and "." not in model_id:
        return "LiteLLM's short form"
    return ""


def _richer(one: Listing, other: Listing) -> Listing:
    """Of two entries for one id, all that either knows; the first where both do."""
    stated = {name: value for name, value in one.model_dump().items() if value not in (None, "")}
    return other.model_copy(update=stated)


def _day(value: object) -> str:
    return value if isinstance(value, str) and DATE.match(value) else ""


def _price(value: object) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and value >= 0 else None  # type: ignore[operator, arg-type]


def _per_million(value: object) -> float | None:
    price = _price(value)
    return None if price is None else round(price * 1_000_000, 6)
