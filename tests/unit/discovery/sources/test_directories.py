"""Two witnesses' lists, as they really are: prefixes, regions, oddities."""

import json
from pathlib import Path

import pytest

from discovery.sources.directories import Directory, Source
from discovery.sources.litellm import LITELLM
from discovery.sources.models_dev import MODELS_DEV
from discovery.sources.witnesses import SOURCES
from operator_core.errors import FetchFailed

PROVIDERS = (
    "anthropic",
    "openai",
    "bedrock",
    "vertex",
    "together",
    "groq",
    "fireworks",
    "deepinfra",
    "cerebras",
)
CHAT = {"mode": "chat"}


def litellm(**entries: object) -> Directory:
    return LITELLM.read(entries, PROVIDERS)


def ids(directory: Directory) -> list[str]:
    return [str(listing.ref) for listing in directory.listings]


def test_models_devs_providers_get_our_names() -> None:
    model = {"name": "A", "modalities": {"output": ["text"]}}
    document = {
        "amazon-bedrock": {"models": {"amazon.nova-lite-v1:0": model}},
        "google-vertex": {"models": {"gemini-2.5-pro": model}},
        "google-vertex-anthropic": {"models": {"claude-opus-4@20250514": model}},
        "togetherai": {"models": {"zai-org/GLM-5": model}},
        "fireworks-ai": {"models": {"accounts/fireworks/models/glm-5": model}},
        "somebody-else": {"models": {"x": model}},
    }
    found = MODELS_DEV.read(document, PROVIDERS)
    assert ids(found) == [
        "bedrock/amazon.nova-lite-v1:0",
        "fireworks/accounts/fireworks/models/glm-5",
        "together/zai-org/GLM-5",
        "vertex/claude-opus-4@20250514",
        "vertex/gemini-2.5-pro",
    ]
    assert found.size == 6


def test_litellms_keys_become_the_providers_own_ids() -> None:
    found = litellm(
        **{
            "gpt-4o": {"litellm_provider": "openai", **CHAT},
            "groq/openai/gpt-oss-20b": {"litellm_provider": "groq", **CHAT},
            "together_ai/zai-org/GLM-5": {"litellm_provider": "together_ai", **CHAT},
            "vertex_ai/meta/llama-3.3-70b-instruct-maas": {
                "litellm_provider": "vertex_ai-llama_models",
                **CHAT,
            },
            "us.meta.llama3-3-70b-instruct-v1:0": {"litellm_provider": "bedrock_converse", **CHAT},
            "bedrock/us-gov-west-1/zai.glm-5": {"litellm_provider": "bedrock", **CHAT},
            "bedrock/eu-west-1/1-month-commitment/anthropic.claude-v2:1": {
                "litellm_provider": "bedrock",
                **CHAT,
            },
        }
    )
    assert ids(found) == [
        "bedrock/anthropic.claude-v2:1",
        "bedrock/us.meta.llama3-3-70b-instruct-v1:0",
        "bedrock/zai.glm-5",
        "groq/openai/gpt-oss-20b",
        "openai/gpt-4o",
        "together/zai-org/GLM-5",
        "vertex/meta/llama-3.3-70b-instruct-maas",
    ]


def test_what_names_no_model_is_left_out_and_what_can_not_be_read_is_counted() -> None:
    found = litellm(
        **{
            "sample_spec": {"litellm_provider": "one of many"},
            "together-ai-up-to-4b": {"litellm_provider": "together_ai", **CHAT},
            "ft:gpt-4o-2024-08-06": {"litellm_provider": "openai", **CHAT},
            "fireworks_ai/glm-5": {"litellm_provider": "fireworks_ai", **CHAT},
            "fireworks_ai/accounts/fireworks/routers/auto": {"litellm_provider": "fireworks_ai", **CHAT},
            "bedrock_mantle/openai.gpt-oss-20b": {"litellm_provider": "bedrock_mantle", **CHAT},
            "bedrock/claude_platform/claude-opus-5": {"litellm_provider": "bedrock", **CHAT},
            "broken": "not an object",
            "also broken": {"mode": "chat"},
        }
    )
    assert ids(found) == []
    assert found.unreadable == 2


def test_odd_values_of_an_entry_are_no_reason_to_lose_it() -> None:
    entry = {"litellm_provider": "openai", "mode": "chat", "name": 7, "deprecation_date": "soon"}
    (listing,) = litellm(**{"gpt-9": entry}).listings
    assert (listing.name, listing.deprecation_date) == ("", "")


def test_what_does_not_answer_in_text_is_marked() -> None:
    found = MODELS_DEV.read(
        {"openai": {"models": {"speaks": {"modalities": {"output": ["audio"]}}, "writes": {}}}},
        PROVIDERS,
    )
    assert {x.model_id: x.text_output for x in found.listings} == {"speaks": False, "writes": True}


@pytest.mark.parametrize("document", [[], {}, None, "text", 7])
@pytest.mark.parametrize("source", SOURCES)
def test_a_document_of_another_shape_is_refused(source: Source, document: object) -> None:
    with pytest.raises(FetchFailed, match="expected an object"):
        source.read(document, PROVIDERS)


def test_the_real_lists_are_read_whole(real_data: Path) -> None:
    models_dev = MODELS_DEV.read(
        json.loads((real_data / "models_dev_2026-03-01.json").read_text()), PROVIDERS
    )
    lite = LITELLM.read(json.loads((real_data / "litellm_models.json").read_text()), PROVIDERS)
    assert (models_dev.unreadable, lite.unreadable) == (0, 0)
    assert {x.provider for x in models_dev.listings} == {x.provider for x in lite.listings} == set(PROVIDERS)
    assert sum(bool(x.deprecation_date) for x in lite.listings) > 200


@pytest.mark.parametrize("odd", [["chat"], {"chat": True}, [], [["completion"]], 7, None, True])
@pytest.mark.parametrize(
    "field", ["mode", "litellm_provider", "supported_output_modalities", "deprecation_date", "status"]
)
def test_an_odd_value_in_one_entry_costs_the_others_nothing(field: str, odd: object) -> None:
    sound = {"litellm_provider": "openai", **CHAT}
    found = litellm(**{"gpt-4": {**sound, field: odd}, "gpt-4o": sound})
    assert "gpt-4o" in {one.model_id for one in found.listings if one.text_output}
