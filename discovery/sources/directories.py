"""The ids that direct providers serve, as models.dev and LiteLLM list them: our witnesses. Pure.

Both lists are edited by many hands. An entry that names no model is left out; one that can't be read is
counted, too.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AliasChoices, AliasPath, Field

from discovery.sources.catalogue import Fetched
from operator_core.domain.base import Count, Day, Frozen, Line, ModelRef, mapping_in, otherwise
from operator_core.errors import FetchFailed

Source = Literal["models.dev", "LiteLLM"]
SOURCES: tuple[Source, ...] = ("models.dev", "LiteLLM")
"""The better kept first."""

OURS = {
    "amazon-bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "google-vertex": "vertex",
    "google-vertex-anthropic": "vertex",
    "vertex_ai": "vertex",
    "togetherai": "together",
    "together_ai": "together",
    "fireworks-ai": "fireworks",
    "fireworks_ai": "fireworks",
}
"""The lists' names for providers, where they aren't ours; `vertex_ai-llama_models` is vertex, too."""
ELSEWHERE = re.compile(r"^bedrock_mantle$|^bedrock/claude_platform/")
"""Other endpoints, with ids that Bedrock's own interface doesn't know."""
REGION_OR_COMMITMENT = re.compile(r"^(\*|[a-z]{2}(-gov)?-[a-z]+-\d|\d+-month-commitment)/")
"""LiteLLM prices a Bedrock model by region: `bedrock/us-east-1/zai.glm-5` is zai.glm-5."""
SIZE_CLASS = re.compile(r"^together-ai-")
"""Not a model: what Together charges for models of a size."""
SAID = ("name", "deprecation_date", "price", "context_length")
TEXT_MODES = frozenset({"chat", "completion", "responses"})


CONTEXTS = AliasChoices("context_length", AliasPath("limit", "context"), "max_input_tokens")


class Listing(Frozen):
    """A provider's model, as one witness lists it."""

    provider: str
    model_id: str
    """As the provider wants to be asked for it."""
    source: Source
    name: Line = ""
    text_output: bool = True
    deprecation_date: Day = ""
    """YYYY-MM-DD; empty where none is listed."""
    price: Annotated[tuple[float, float] | None, otherwise(None)] = None
    """US dollars for a million tokens: asked, answered."""
    context_length: Annotated[Count, Field(validation_alias=CONTEXTS)] = None
    deprecated: bool = False
    """The witness says that it is on its way out, or gone."""

    @property
    def ref(self) -> ModelRef:
        return ModelRef(provider=self.provider, model_id=self.model_id)


class Directory(Fetched):
    """What one witness lists for our providers; its size counts the others', too."""

    listings: tuple[Listing, ...]


def parse(source: Source, document: object, providers: Collection[str]) -> Directory:
    """Raises FetchFailed where the document isn't of the agreed shape at all."""
    if not isinstance(document, dict) or not document:
        raise FetchFailed(f"{source}: expected an object of entries")
    read = _models_dev if source == "models.dev" else _litellm
    entries, size = tuple(read(document, providers)), len(document)
    if source == "models.dev":
        size = sum(len(mapping_in(mapping_in(theirs).get("models"))) for theirs in document.values())
    listings: dict[ModelRef, Listing] = {}
    for one in filter(None, entries):
        first = listings.setdefault(one.ref, one)
        # Of two entries for one id, all that either says; the first where both do.
        said = {field: getattr(first, field) or getattr(one, field) for field in SAID}
        listings[one.ref] = first.model_copy(update=said)
    in_order = tuple(listings[ref] for ref in sorted(listings))
    return Directory(listings=in_order, size=size, unreadable=entries.count(None))


def _models_dev(document: Mapping[str, object], providers: Collection[str]) -> Iterator[Listing | None]:
    """None for what can't be read; so below."""
    for theirs, described in document.items():
        provider = OURS.get(theirs, theirs)
        models = mapping_in(mapping_in(described).get("models")) if provider in providers else {}
        for model_id, model in models.items():
            outputs = mapping_in(mapping_in(model).get("modalities")).get("output")
            readable = isinstance(model, dict) and model_id
            yield _listing("models.dev", provider, model_id, model, outputs) if readable else None


def _litellm(document: Mapping[str, object], providers: Collection[str]) -> Iterator[Listing | None]:
    for key, described in document.items():
        model = mapping_in(described)
        theirs = model.get("litellm_provider")
        if not isinstance(theirs, str):
            yield None
            continue
        model_id = _own_id(key, theirs)
        family = "vertex_ai" if theirs.startswith("vertex_ai") else theirs
        provider = OURS.get(family, family)
        elsewhere = ELSEWHERE.search(theirs) or ELSEWHERE.search(key)
        if provider in providers and not elsewhere and _names_a_model(provider, model_id):
            outputs = model.get("supported_output_modalities") if model.get("mode") in TEXT_MODES else []
            yield _listing("LiteLLM", provider, model_id, model, outputs)


def _listing(
    source: Source, provider: str, model_id: str, model: Mapping[str, object], outputs: object
) -> Listing:
    ours = {"source": source, "provider": provider, "model_id": model_id}
    cost, unit = mapping_in(model.get("cost")), 1 if source == "models.dev" else 1e6
    price = [cost.get(way, model.get(f"{way}_cost_per_token")) for way in ("input", "output")]
    said = {
        "price": [round(x * unit, 6) if type(x) in (int, float) and 0 <= x < 1e6 else None for x in price],
        "text_output": not isinstance(outputs, list) or "text" in outputs,
        "deprecated": model.get("status") == "deprecated",
    }
    return Listing.model_validate({**model, **ours, **said}, extra="ignore")


def _own_id(key: str, theirs: str) -> str:
    """The provider's own id, without LiteLLM's name for the provider and the region it is priced for."""
    prefix, slash, model_id = key.partition("/")
    if not slash or not re.match(rf"{re.escape(prefix)}([-_]|$)", theirs):
        return key  # `openai/gpt-oss-20b` at another provider: that maker is part of the id
    while prefix == "bedrock" and (region := REGION_OR_COMMITMENT.match(model_id)):
        model_id = model_id[region.end() :]
    return model_id


def _names_a_model(provider: str, model_id: str) -> bool:
    """The provider could be asked under this id: it is no class of sizes, somebody's fine-tuning, router or
    short form of LiteLLM's."""
    whole = {"fireworks": model_id.startswith("accounts/"), "bedrock": "." in model_id}.get(provider, True)
    no_model = SIZE_CLASS.match(model_id) or model_id.startswith("ft:") or "/routers/" in model_id
    return bool(model_id) and whole and not no_model
