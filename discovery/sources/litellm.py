"""LiteLLM's list: by its own key, which says the provider in many ways. Pure."""

import re
from collections.abc import Collection, Iterator

from discovery.sources.directories import OURS, Document, Listing, Source, listing_of
from operator_core.domain.base import ModelRef, mapping_in

ELSEWHERE = re.compile(r"^bedrock_mantle$|^bedrock/claude_platform/")
"""Other endpoints, with ids that Bedrock's own interface doesn't know."""
REGION_OR_COMMITMENT = re.compile(r"^(\*|[a-z]{2}(-gov)?-[a-z]+-\d|\d+-month-commitment)/")
"""LiteLLM prices a Bedrock model by region: `bedrock/us-east-1/zai.glm-5` is zai.glm-5."""
SIZE_CLASS = re.compile(r"^together-ai-")
"""Not a model: what Together charges for models of a size."""
TEXT_MODES = ("chat", "completion", "responses")
"""A tuple: what others wrote under `mode` may be a list or an object, which no set can be asked for."""


def _entries(document: Document, providers: Collection[str]) -> Iterator[Listing | None]:
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
            price = (model.get("input_cost_per_token"), model.get("output_cost_per_token"))
            ref = ModelRef(provider=provider, model_id=model_id)
            yield listing_of(LITELLM, ref, model, outputs, price, 1e6)


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


LITELLM = Source("LiteLLM", "litellm_url", _entries)
