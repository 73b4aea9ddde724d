"""The ids that direct providers serve, as models.dev and LiteLLM list them: our witnesses. Pure.

Both lists are edited by many hands. An entry that can't be read, or that names no model, is counted with its
reason and left out.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from operator_core.domain.base import Day, Frozen, Line, ModelRef, mapping_in

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


class Listing(Frozen):
    """A provider's model, as one witness lists it."""

    provider: str
    """Ours."""
    model_id: str
    """As the provider wants to be asked for it."""
    source: Source
    name: Line = ""
    text_output: bool = True
    deprecation_date: Day = ""
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
        else:
            listings[entry.ref] = _richer(listings.get(entry.ref, entry), entry)
    return Directory(
        source=source,
        listings=tuple(listings[ref] for ref in sorted(listings)),
        entries=len(document)
        if source == "LiteLLM"
        else sum(len(mapping_in(mapping_in(theirs).get("models"))) for theirs in document.values()),
        left_out=left_out,
    )


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
            if not isinstance(model, dict) or not model_id:
                yield "unreadable"
            else:
                outputs = mapping_in(model.get("modalities")).get("output")
                yield _listing("models.dev", provider, model_id, model, _has_text(outputs))


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
    in_text = model.get("mode") in TEXT_MODES and _has_text(model.get("supported_output_modalities"))
    return _listing("LiteLLM", provider, model_id, model, in_text)


def _listing(
    source: Source, provider: str, model_id: str, model: Mapping[str, object], text_output: bool
) -> Listing:
    ours = {"source": source, "provider": provider, "model_id": model_id, "text_output": text_output}
    deprecated = model.get("status") == "deprecated"
    return Listing.model_validate({**model, **ours, "deprecated": deprecated}, extra="ignore")


def _has_text(outputs: object) -> bool:
    return not isinstance(outputs, list) or "text" in outputs


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
    whole = {"fireworks": model_id.startswith("accounts/"), "bedrock": "." in model_id}.get(provider, True)
    return "" if whole else "LiteLLM's short form"


def _richer(one: Listing, other: Listing) -> Listing:
    """Of two entries for one id, all that either knows; the first where both do."""
    name, ends = one.name or other.name, one.deprecation_date or other.deprecation_date
    return one.model_copy(update={"name": name, "deprecation_date": ends})
