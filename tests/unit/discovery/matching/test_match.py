"""What a witness confirms, what stays unresolved, and what is no model of its own."""

import csv
import json
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from discovery.matching.match import match
from discovery.sources.catalogue import Entry, entry_of, left_out, read_page
from discovery.sources.litellm import LITELLM
from discovery.sources.models_dev import MODELS_DEV
from operator_core.domain.base import ModelRef
from support.listings import PROVIDERS, TODAY, entry, ids, listed, matched, only


def test_gpt_4o_is_new_though_the_platform_has_gpt_4() -> None:
    found = matched(
        "openai/gpt-4",
        "openai/gpt-4o",
        listings=(listed("openai/gpt-4"), listed("openai/gpt-4o")),
        platform=("openai/gpt-4",),
    )
    assert tuple(found.running) == ("openai/gpt-4",)
    assert ids(found) == ["openai/gpt-4o"]


def test_one_model_is_found_at_every_provider_under_its_id_there() -> None:
    found = matched(
        "meta-llama/llama-3.3-70b-instruct",
        listings=(
            listed("bedrock/us.meta.llama3-3-70b-instruct-v1:0"),
            listed("groq/llama-3.3-70b-versatile"),
            listed("fireworks/accounts/fireworks/models/llama-v3p3-70b-instruct"),
            listed("together/meta-llama/Llama-3.3-70B-Instruct-Turbo"),
            listed("vertex/meta/llama-3.3-70b-instruct-maas"),
            listed("deepinfra/meta-llama/Llama-3.1-70B-Instruct"),
        ),
    )
    assert [one.provider for one in found.matches] == ["bedrock", "fireworks", "groq", "together", "vertex"]
    assert all(one.confirmed for one in found.matches)


def test_a_model_measured_under_another_spelling_is_not_new() -> None:
    found = matched(
        entry("anthropic/claude-opus-4.1", exact="anthropic/claude-4.1-opus-20250805"),
        listings=(listed("bedrock/anthropic.claude-opus-4-1-20250805-v1:0", "Claude Opus 4.1"),),
        platform=("bedrock/anthropic.claude-opus-4-1-20250805-v1:0",),
    )
    assert tuple(found.running) == ("anthropic/claude-opus-4.1",)
    assert found.matches == ()


def test_the_reasoning_names_its_witnesses() -> None:
    both = (listed("groq/qwen/qwen3-32b"), listed("groq/qwen/qwen3-32b", source="LiteLLM"))
    one, two = matched("qwen/qwen3-32b", listings=both[1:]), matched("qwen/qwen3-32b", listings=both)
    assert only(one).reasoning == "in LiteLLM"
    assert only(two).reasoning == "in models.dev, LiteLLM"
    assert only(two).confidence > only(one).confidence


def test_a_dated_checkpoint_is_its_alias_where_a_witness_calls_it_by_the_plain_name() -> None:
    plain = listed("anthropic/claude-opus-4-20250514", "Claude Opus 4")
    assert only(matched("anthropic/claude-opus-4", listings=(plain,))).model_id == "claude-opus-4-20250514"


@pytest.mark.parametrize("name", ["", "Claude Opus 4 (2025-05-14)"])
def test_without_a_witness_a_dated_checkpoint_is_not_its_alias(name: str) -> None:
    found = matched("anthropic/claude-opus-4", listings=(listed("anthropic/claude-opus-4-20250514", name),))
    assert found.matches == ()
    assert [str(o.ref) for o in found.unresolved[0].candidates] == ["anthropic/claude-opus-4-20250514"]


def test_of_two_checkpoints_with_the_plain_name_neither_is_confirmed() -> None:
    found = matched(
        "anthropic/claude-3.5-sonnet",
        listings=(
            listed("anthropic/claude-3-5-sonnet-20240620", "Claude Sonnet 3.5"),
            listed("anthropic/claude-3-5-sonnet-20241022", "Claude Sonnet 3.5 v2"),
        ),
    )
    assert found.matches == ()
    assert len(found.unresolved) == 1


def test_a_dated_model_of_open_weights_is_another_model() -> None:
    listings = (listed("deepinfra/deepseek-ai/DeepSeek-R1-0528"), listed("together/deepseek-ai/DeepSeek-R1"))
    found = matched("deepseek/deepseek-r1", "deepseek/deepseek-r1-0528", listings=listings)
    assert [(m.openrouter_id, m.provider) for m in found.matches] == [
        ("deepseek/deepseek-r1", "together"),
        ("deepseek/deepseek-r1-0528", "deepinfra"),
    ]


def test_an_omitted_size_is_filled_only_where_there_is_one() -> None:
    small, large = listed("bedrock/qwen.qwen3-coder-30b-a3b-v1:0"), listed("groq/qwen/qwen3-coder-480b-a35b")
    assert only(matched("qwen/qwen3-coder", listings=(large,))).provider == "groq"
    assert matched("qwen/qwen3-coder", listings=(small, large)).matches == ()


def test_the_weights_name_says_what_the_catalogues_id_leaves_out() -> None:
    coder = entry("qwen/qwen3-coder", weights="Qwen/Qwen3-Coder-480B-A35B-Instruct")
    listings = (
        listed("bedrock/qwen.qwen3-coder-30b-a3b-v1:0"),
        listed("together/Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8"),
    )
    assert ids(matched(coder, listings=listings)) == ["together/Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8"]


def test_instruct_is_not_base() -> None:
    weights = listed("fireworks/accounts/fireworks/models/llama-v3p1-70b")
    assert matched("meta-llama/llama-3.1-70b-instruct", listings=(weights,)).matches == ()
    base = entry("meta-llama/llama-3.1-405b", name="Meta: Llama 3.1 405B (base)")
    tuned = listed("together/meta-llama/Llama-3.1-405B-Instruct")
    assert matched(base, listings=(tuned,)).matches == ()


def test_an_id_whose_witness_names_another_version_confirms_nothing() -> None:
    chat = entry("deepseek/deepseek-chat", name="DeepSeek: DeepSeek V3")
    found = matched(chat, listings=(listed("bedrock/deepseek.v3-v1:0", "DeepSeek-V3.1"),))
    assert found.matches == ()


def test_a_serving_word_belongs_to_the_name_where_the_catalogue_has_such_a_model() -> None:
    turbo = listed("deepinfra/zai-org/GLM-5-Turbo")
    found = matched("z-ai/glm-5", "z-ai/glm-5-turbo", listings=(turbo,))
    assert [m.openrouter_id for m in found.matches] == ["z-ai/glm-5-turbo"]


def test_an_expired_id_is_confirmed_only_in_the_exact_spelling() -> None:
    ended = listed("cerebras/llama-3.1-70b", ends="2025-01-17")
    assert not only(matched("meta-llama/llama-3.1-70b-instruct", listings=(ended,))).confirmed
    exact = listed("cerebras/llama-3.1-70b-instruct", ends="2025-01-17")
    assert only(matched("meta-llama/llama-3.1-70b-instruct", listings=(exact,))).confirmed


def test_bedrock_is_asked_through_the_region_that_the_platform_uses() -> None:
    listings = tuple(
        listed(f"bedrock/{region}anthropic.claude-opus-4-6-v1") for region in ("", "us.", "eu.", "us-gov.")
    )
    here = ("bedrock/eu.anthropic.claude-opus-4-1-20250805-v1:0",)
    european = only(matched("anthropic/claude-opus-4.6", listings=listings, platform=here))
    assert european.model_id == "eu.anthropic.claude-opus-4-6-v1"
    assert european.alternatives[-1] == "us-gov.anthropic.claude-opus-4-6-v1"
    assert only(matched("anthropic/claude-opus-4.6", listings=listings)).model_id.startswith("us.")


def test_providers_that_are_not_configured_are_not_matched() -> None:
    found = match([entry("openai/gpt-5")], [], ["groq"], [listed("openai/gpt-5")], TODAY)
    assert found.matches == ()
    assert found.unmatched == ("openai/gpt-5",)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (entry("~anthropic/claude-sonnet-latest"), "moving alias"),
        (entry("x-ai/grok-4:free"), "variant :free"),
        (entry("anthropic/claude-3.7-sonnet:thinking"), "variant :thinking"),
        (entry("openai/gpt-4o:extended"), "variant :extended"),
        (entry("openrouter/auto"), "router"),
        (entry("switchpoint/router"), "router"),
        (entry("meta-llama/llama-guard-4-12b"), "guard"),
        (entry("openai/gpt-oss-safeguard-20b"), "guard"),
        (entry("openai/text-embedding-3-small"), "embedding"),
        (entry("google/gemini-2.5-flash-image", outputs=("image", "text")), "image output"),
        (entry("openai/gpt-audio", outputs=("text", "audio")), "audio output"),
        (entry("some/video", outputs=("video",)), "no text output"),
        (entry("mistralai/voxtral-small-24b-2507"), ""),
        (entry("openai/gpt-4o"), ""),
    ],
)
def test_what_is_no_model_of_its_own_is_left_out_with_a_reason(one: Entry, reason: str) -> None:
    assert left_out(one) == reason


def test_every_entry_is_counted_exactly_once() -> None:
    found = matched(
        "openai/gpt-4o:free",
        "openrouter/auto",
        "openai/gpt-4o",
        "openai/gpt-4",
        "x-ai/grok-4",
        "nobody/knows-it",
        listings=(listed("openai/gpt-4o"), listed("vertex/xai/grok-4-reasoning")),
        platform=("openai/gpt-4",),
    )
    assert found.left_out == {"variant :free": 1, "router": 1}
    assert tuple(found.running) == ("openai/gpt-4",)
    assert [m.openrouter_id for m in found.matches] == ["openai/gpt-4o"]
    assert [u.entry.openrouter_id for u in found.unresolved] == ["x-ai/grok-4"]
    assert found.unmatched == ("x-ai/grok-4", "nobody/knows-it")


# ---- the targets, on the real catalogue

Truth = dict[str, dict[str, set[str]]]


def truth_in(folder: Path) -> Truth:
    truth: Truth = defaultdict(lambda: defaultdict(set))
    with (folder / "match_truth.csv").open() as file:
        for row in csv.DictReader(file):
            served = truth[row["openrouter_id"]]
            if row["provider"]:
                served[row["provider"]].add(row["model_id"])
    return truth


@pytest.mark.parametrize("models_dev", ["models_dev_2025-12-03.json", "models_dev_2026-03-01.json"])
def test_matching_meets_its_targets_on_the_real_catalogue(real_data: Path, models_dev: str) -> None:
    truth = truth_in(real_data)
    listings = [
        *MODELS_DEV.read(json.loads((real_data / models_dev).read_text()), PROVIDERS).listings,
        *LITELLM.read(json.loads((real_data / "litellm_models.json").read_text()), PROVIDERS).listings,
    ]
    page = read_page(json.loads((real_data / "openrouter_2026-01-29.json").read_text()))
    entries = list(map(entry_of, page.raw.values()))
    known = {one.openrouter_id for one in entries}
    others = [Entry(openrouter_id=name) for name in truth if name not in known]
    found = match([*entries, *others], (), PROVIDERS, listings, date(2026, 11, 18)).matches
    witnessed = {listing.ref for listing in listings}
    assert not [str(one.ref) for one in found if one.confirmed and one.ref not in witnessed]

    judged = [one for one in found if one.confirmed and one.openrouter_id in truth]
    right = [one for one in judged if one.model_id in truth[one.openrouter_id][one.provider]]
    wrong = [f"{one.openrouter_id} is not {one.ref}" for one in judged if one not in right]
    assert len(right) / len(judged) >= 0.99, wrong
    assert not [one for one in judged if not any(truth[one.openrouter_id].values())]

    pairs = {
        (name, provider)
        for name, served in truth.items()
        for provider, model_ids in served.items()
        if any(ModelRef(provider=provider, model_id=model_id) in witnessed for model_id in model_ids)
    }
    met = {
        (one.openrouter_id, one.provider)
        for one in found
        if one.openrouter_id in truth and one.model_id in truth[one.openrouter_id][one.provider]
    }
    assert len(pairs & met) / len(pairs) >= 0.95, sorted(pairs - met)
