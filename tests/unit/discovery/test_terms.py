"""What an offer costs and how much it reads: that provider's own, by the lists, before OpenRouter's."""

from datetime import date

import pytest

from discovery.drafts import review
from discovery.matching.match import match
from discovery.sources.catalogue import entry_of
from discovery.sources.directories import Listing
from discovery.sources.litellm import LITELLM
from discovery.sources.models_dev import MODELS_DEV

PROVIDERS = ("openai", "groq", "bedrock", "together")
ENTRY = entry_of(
    {
        "id": "openai/gpt-oss-120b",
        "name": "OpenAI: gpt-oss-120b",
        "context_length": 131_072,
        "pricing": {"prompt": "0.00000004", "completion": "0.0000002"},
    }
)


def models_dev(provider: str, model_id: str, **fields: object) -> tuple[Listing, ...]:
    return MODELS_DEV.read({provider: {"models": {model_id: fields}}}, PROVIDERS).listings


def litellm(provider: str, key: str, **fields: object) -> tuple[Listing, ...]:
    return LITELLM.read({key: {"litellm_provider": provider, "mode": "chat", **fields}}, PROVIDERS).listings


def shown(*listings: Listing) -> dict[str, str]:
    """By provider what stands beside the offer, without who lists it."""
    in_order = sorted(listings, key=lambda one: one.source == "LiteLLM")  # as snapshots are read
    found = match([ENTRY], (), PROVIDERS, listings, date(2026, 11, 28))
    draft = review(found.matches, {ENTRY.openrouter_id: ENTRY}, {}, in_order)
    members = draft.members if draft else ()
    return {
        one.ref.provider: one.origin.removeprefix("unconfirmed · ").partition(" · in ")[0] for one in members
    }


GROQ = models_dev(
    "groq", "openai/gpt-oss-120b", cost={"input": 0.15, "output": 0.75}, limit={"context": 64_000}
)
BEDROCK = litellm(
    "bedrock_converse",
    "openai.gpt-oss-120b-1:0",
    input_cost_per_token=1.5e-07,
    output_cost_per_token=6e-07,
    max_input_tokens=128_000,
)
TOGETHER = litellm("together_ai", "together_ai/openai/gpt-oss-120b", max_input_tokens=2_000_000)


def test_each_provider_has_its_own_price_and_context() -> None:
    assert shown(*GROQ, *BEDROCK, *TOGETHER) == {
        "groq": "64k context · $0.15/$0.75 per M",
        "bedrock": "128k context · $0.15/$0.6 per M",
        "together": "2M context · $0.04/$0.2 per M at OpenRouter",
    }


@pytest.mark.parametrize(
    ("cost", "price"),
    [
        ({"input": 3, "output": 15}, "$3/$15 per M"),
        ({"input": 0, "output": 0}, "free"),
        ({"input": 0, "output": 0.5}, "$0/$0.5 per M"),
        ({"input": 3}, "$0.04/$0.2 per M at OpenRouter"),
        ({"input": "3", "output": "15"}, "$0.04/$0.2 per M at OpenRouter"),
        ({"input": -1, "output": -1}, "$0.04/$0.2 per M at OpenRouter"),
        ({"input": True, "output": True}, "$0.04/$0.2 per M at OpenRouter"),
        ({"input": float("nan"), "output": 1}, "$0.04/$0.2 per M at OpenRouter"),
        (7, "$0.04/$0.2 per M at OpenRouter"),
        (None, "$0.04/$0.2 per M at OpenRouter"),
    ],
)
def test_a_price_that_is_none_is_openrouters_and_says_so(cost: object, price: str) -> None:
    listed = models_dev("groq", "openai/gpt-oss-120b", cost=cost)
    assert shown(*listed) == {"groq": f"131k context at OpenRouter · {price}"}


@pytest.mark.parametrize("first", ["models.dev", "LiteLLM"])
def test_of_two_lists_the_better_kept_says_the_price_and_the_other_what_it_lacks(first: str) -> None:
    better = models_dev("groq", "openai/gpt-oss-120b", cost={"input": 0.15, "output": 0.75})
    other = litellm(
        "groq",
        "groq/openai/gpt-oss-120b",
        input_cost_per_token=9e-06,
        output_cost_per_token=9e-06,
        max_input_tokens=32_000,
    )
    listings = (*better, *other) if first == "models.dev" else (*other, *better)
    assert shown(*listings) == {"groq": "32k context · $0.15/$0.75 per M"}


def test_a_region_that_says_no_price_leaves_it_to_the_next() -> None:
    priced = {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
    document = {
        "bedrock/us-east-1/1-month-commitment/openai.gpt-oss-120b-1:0": {"input_cost_per_second": 0.01},
        "openai.gpt-oss-120b-1:0": priced,
    }
    whole = {key: {"litellm_provider": "bedrock", "mode": "chat", **said} for key, said in document.items()}
    listings = LITELLM.read(whole, PROVIDERS).listings
    assert shown(*listings) == {"bedrock": "131k context at OpenRouter · $1/$2 per M"}
