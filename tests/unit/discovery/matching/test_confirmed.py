"""Confirmed means that a witness lists exactly this model, whichever provider it is and however it spells."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from discovery.matching.match import match
from discovery.sources.catalogue import Entry
from discovery.sources.directories import Listing
from discovery.sources.litellm import LITELLM
from support.listings import TODAY, entry, ids, listed, matched, only

V31 = entry("deepseek/deepseek-chat-v3.1", "DeepSeek: DeepSeek V3.1", weights="deepseek-ai/DeepSeek-V3.1")
CHAT = entry(
    "deepseek/deepseek-chat",
    "DeepSeek: DeepSeek V3",
    weights="deepseek-ai/DeepSeek-V3",
    exact="deepseek/deepseek-chat-v3",
)
CODER = entry("qwen/qwen3-coder", weights="Qwen/Qwen3-Coder-480B-A35B-Instruct")
HYBRID = entry("qwen/qwen3-235b-a22b", weights="Qwen/Qwen3-235B-A22B")
SONNET = entry("anthropic/claude-3.5-sonnet", created=datetime(2024, 10, 22, tzinfo=UTC))


def litellm(*keys: str, provider: str) -> tuple[Listing, ...]:
    described = {key: {"litellm_provider": provider, "mode": "chat"} for key in keys}
    return LITELLM.read(described, [provider]).listings


@pytest.mark.parametrize(
    ("key", "theirs", "model_id"),
    [
        ("mistral/mistral-small-2503", "mistral", "mistral-small-2503"),
        ("nebius/deepseek-ai/DeepSeek-V3.1", "nebius", "deepseek-ai/DeepSeek-V3.1"),
        ("acme-ai/openai/gpt-oss-20b", "acme-ai", "openai/gpt-oss-20b"),
        ("openai/gpt-oss-20b", "acme", "openai/gpt-oss-20b"),
        ("mistralai/mistral-nemo", "mistral", "mistralai/mistral-nemo"),
        ("acme", "acme", "acme"),
    ],
)
def test_the_prefix_that_goes_is_the_lists_name_for_this_provider(
    key: str, theirs: str, model_id: str
) -> None:
    assert [one.model_id for one in litellm(key, provider=theirs)] == [model_id]


@pytest.mark.parametrize(
    ("model", "verbatim", "other"),
    [
        (V31, "deepseek-ai/DeepSeek-V3.1", "DeepSeek-V3-1"),
        (CODER, "Qwen/Qwen3-Coder-480B-A35B-Instruct", "qwen3-coder-480b"),
        (entry("z-ai/glm-4.6", weights="zai-org/GLM-4.6"), "zai-org/GLM-4.6", "glm-4-6"),
    ],
)
def test_the_catalogues_own_id_comes_before_other_spellings(model: Entry, verbatim: str, other: str) -> None:
    found = matched(model, listings=(listed(f"groq/{other}"), listed(f"groq/{verbatim}")))
    assert only(found).model_id == verbatim


KIMI = entry("moonshotai/kimi-k2-0905", weights="moonshotai/Kimi-K2-Instruct-0905")


@pytest.mark.parametrize(
    ("model", "theirs"),
    [
        (KIMI, "fireworks/accounts/acme-1/models/kimi-k2-instruct-0905"),
        (KIMI, "fireworks/accounts/acme/deployedModels/kimi-k2-instruct-0905"),
        (entry("openai/gpt-4o-mini"), "openai/ft:gpt-4o-mini"),
        (
            SONNET,
            "bedrock/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-5-sonnet",
        ),
        (entry("google/gemini-2.5-flash"), "vertex/projects/acme/locations/us/endpoints/gemini-2.5-flash"),
    ],
)
def test_somebodys_own_deployment_is_offered_to_nobody_else(model: Entry, theirs: str) -> None:
    found = matched(model, listings=(listed(theirs),))
    assert (found.matches, found.unresolved) == ((), ())


@pytest.mark.parametrize(
    ("model", "distilled"),
    [
        (entry("deepseek/deepseek-r1", weights="deepseek-ai/DeepSeek-R1"), "deepseek-r1:1.5b"),
        (entry("z-ai/glm-4.6", weights="zai-org/GLM-4.6"), "glm-4.6-9b"),
        (entry("minimax/minimax-m2", weights="MiniMaxAI/MiniMax-M2"), "minimax-m2-7b-instruct"),
    ],
)
def test_a_size_that_the_weights_own_name_lacks_confirms_nothing(model: Entry, distilled: str) -> None:
    assert matched(model, listings=(listed(f"groq/{distilled}"),)).matches == ()


@pytest.mark.parametrize(
    ("model", "sized"),
    [
        (CODER, "qwen3-coder-480b"),
        (entry("openai/gpt-oss", weights="openai/gpt-oss-120b"), "gpt-oss-120b"),
        (entry("mistralai/mistral-nemo"), "mistral-nemo-12b"),
    ],
)
def test_a_size_that_the_weights_name_or_nobody_names_is_theirs(model: Entry, sized: str) -> None:
    assert only(matched(model, listings=(listed(f"groq/{sized}"),))).confirmed


@pytest.mark.parametrize(
    ("model", "alias"),
    [
        (entry("openai/gpt-5-chat"), "openai/gpt-5-chat-latest"),
        (entry("mistralai/codestral", exact="mistralai/codestral-2508"), "vertex/codestral@latest"),
        (SONNET, "anthropic/claude-3-5-sonnet-latest"),
        (CHAT, "groq/deepseek-chat"),
    ],
)
def test_an_alias_that_moves_is_listed_and_confirms_nothing(model: Entry, alias: str) -> None:
    found = only(matched(model, listings=(listed(alias),)))
    assert (str(found.ref), found.confirmed) == (alias, False)
    assert "an alias that moves" in found.reasoning


def test_an_alias_is_confirmed_where_the_catalogue_means_the_alias_itself() -> None:
    assert only(matched("openai/chatgpt-4o-latest", listings=(listed("openai/chatgpt-4o-latest"),))).confirmed


def test_an_undated_name_beside_two_dated_ones_confirms_no_renamed_model() -> None:
    listings = tuple(listed(f"groq/acme-{name}") for name in ("small", "small-2402", "small-2503"))
    shown = entry("acme/petit", "Acme: Acme Small")
    assert not only(matched(shown, listings=listings)).confirmed


@pytest.mark.parametrize(
    ("model", "right"),
    [
        (SONNET, "claude-3-5-sonnet-20241022"),
        (entry("anthropic/claude-3.5-sonnet", exact="anthropic/claude-3-5-sonnet-20240620"), "20240620"),
        (entry("anthropic/claude-3.5-sonnet", created=datetime(2024, 7, 1, tzinfo=UTC)), "20240620"),
    ],
)
def test_the_catalogue_says_by_date_which_checkpoint_it_means(model: Entry, right: str) -> None:
    dated = tuple(listed(f"anthropic/claude-3-5-sonnet-{day}") for day in ("20240620", "20241022"))
    found = only(matched(model, listings=dated))
    assert found.confirmed
    assert found.model_id.endswith(right)


@pytest.mark.parametrize(
    "created", [None, datetime(2024, 3, 1, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)]
)
def test_a_checkpoint_of_another_time_is_not_the_catalogues(created: datetime | None) -> None:
    model = entry("anthropic/claude-3.5-sonnet", created=created)
    dated = tuple(listed(f"anthropic/claude-3-5-sonnet-{day}") for day in ("20240620", "20241022"))
    assert matched(model, listings=dated).matches == ()


@pytest.mark.parametrize(
    ("model", "doubtful", "sibling", "finer"),
    [
        (
            "meta-llama/llama-3-70b-instruct",
            "llama3-70b-instruct-maas",
            "llama3-405b-instruct-maas",
            "3.1-405b",
        ),
        ("meta-llama/llama-3-8b-instruct", "llama3-8b-instruct-maas", "llama3-90b-instruct-maas", "3.2-90b"),
        ("meta-llama/llama-3-70b-instruct", "llama-v3-70b-instruct", "llama-v3-1b-instruct", "3.2-1b"),
    ],
)
def test_a_provider_that_writes_3_for_a_later_3_confirms_no_3(
    model: str, doubtful: str, sibling: str, finer: str
) -> None:
    catalogue = (model, f"meta-llama/llama-{finer}-instruct")
    found = matched(
        *catalogue, listings=(listed(f"vertex/meta/{doubtful}"), listed(f"vertex/meta/{sibling}"))
    )
    assert not [one for one in found.matches if one.confirmed]
    alone = matched(*catalogue, listings=(listed(f"vertex/meta/{doubtful}"),))
    assert only(alone).confirmed


def test_what_only_the_lesser_list_has_says_so_and_ranks_last() -> None:
    lesser = (listed("groq/other-model-1"), listed("groq/qwen3-32b", source="LiteLLM"))
    found = only(matched("qwen/qwen3-32b", listings=lesser))
    assert found.reasoning == "in LiteLLM; not in models.dev's list of groq"
    both = matched("qwen/qwen3-32b", listings=(listed("groq/qwen/qwen3-32b"), *lesser))
    assert only(both).model_id == "qwen/qwen3-32b"
    assert only(both).alternatives == ("qwen3-32b",)
    assert only(both).confidence > found.confidence


SPELLED: dict[str, Callable[[str], str]] = {
    "amber": str,
    "brook": str.lower,
    "cedar": lambda name: name.rpartition("/")[2],
    "delta": lambda name: f"{name}-FP8",
    "ember": lambda name: f"accounts/ember/models/{name.rpartition('/')[2].lower()}",
    "fjord": lambda name: name.rpartition("/")[2].replace(".", "p").lower(),
    "grove": lambda name: name.rpartition("/")[2].replace(".", "-").lower(),
    "heath": lambda name: f"models/{name}",
    "inlet": lambda name: name.upper(),
    "jetty": lambda name: name.replace("/", "."),
}


@pytest.mark.parametrize("name", SPELLED)
def test_at_a_provider_nobody_knows_nothing_wrong_is_confirmed(name: str) -> None:
    catalogue = (
        V31,
        CHAT,
        CODER,
        HYBRID,
        SONNET,
        entry("qwen/qwen3-235b-a22b-2507", weights="Qwen/Qwen3-235B-A22B-Instruct-2507"),
        entry("meta-llama/llama-3.1-70b-instruct", weights="meta-llama/Meta-Llama-3.1-70B-Instruct"),
        entry(
            "mistralai/mistral-small-3.2-24b-instruct", exact="mistralai/mistral-small-3.2-24b-instruct-2506"
        ),
        entry("openai/gpt-oss-20b", weights="openai/gpt-oss-20b"),
        entry("z-ai/glm-4.6", weights="zai-org/GLM-4.6"),
    )
    others = (
        "deepseek-chat",
        "qwen3-coder-30b-a3b-instruct",
        "Meta-Llama-3.1-70B",
        "llama-3.1-70b",
        "mistral-small-latest",
        "mistral-small-3.2-24b-instruct-2503",
        "gpt-oss-20b-abliterated",
        "glm-4.6v",
        "DeepSeek-V3.1-Terminus",
        "claude-3-5-sonnet-20240620",
    )
    right = {
        "openai/gpt-oss-20b": "openai/gpt-oss-20b",
        "deepseek-ai/DeepSeek-V3.1": "deepseek/deepseek-chat-v3.1",
        "Qwen/Qwen3-235B-A22B-Instruct-2507": "qwen/qwen3-235b-a22b-2507",
    }
    spelled_there = SPELLED[name]
    keys = [f"{name}/{spelled_there(one)}" for one in (*others, *right)]
    found = match(catalogue, (), [name], litellm(*keys, provider=name), TODAY).matches
    confirmed = {one.model_id: one.openrouter_id for one in found if one.confirmed}
    assert confirmed == {spelled_there(one): model for one, model in right.items()}


@pytest.mark.parametrize(
    ("platform", "catalogue"),
    [
        ("Groq/openai/gpt-oss-120b", entry("openai/gpt-oss-120b")),
        ("groq/gpt-oss-120b", entry("openai/gpt-oss-120b")),
        ("GROQ/openai/gpt-oss-120b-latest", entry("openai/gpt-oss-120b")),
    ],
)
def test_measured_at_one_provider_a_model_is_new_at_the_others(platform: str, catalogue: Entry) -> None:
    listings = tuple(listed(f"{one}/openai/gpt-oss-120b") for one in ("groq", "together", "deepinfra"))
    found = matched(catalogue, listings=listings, platform=(platform,))
    assert ids(found) == ["deepinfra/openai/gpt-oss-120b", "together/openai/gpt-oss-120b"]
    assert tuple(found.running) == ("openai/gpt-oss-120b",)


OPUS = entry(
    "anthropic/claude-opus-4.5",
    exact="anthropic/claude-4.5-opus-20251124",
    created=datetime(2025, 11, 24, tzinfo=UTC),
)
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/"


@pytest.mark.parametrize(
    ("model", "has", "lists"),
    [
        (OPUS, "anthropic/claude-opus-4-5-20251101", "anthropic/claude-opus-4-5"),
        (entry("openai/gpt-5", exact="openai/gpt-5-2025-08-07"), "OpenAI/gpt-5-2025-08-07", "openai/gpt-5"),
        (
            OPUS,
            f"bedrock/{PROFILE}us.anthropic.claude-opus-4-5-20251101-v1:0",
            "bedrock/anthropic.claude-opus-4-5",
        ),
        (entry("amazon/nova-lite-v1"), "Bedrock/eu.amazon.nova-lite-v1:0", "bedrock/amazon.nova-lite-v1:0"),
    ],
)
def test_what_the_platform_has_in_another_spelling_is_not_proposed_again(
    model: Entry, has: str, lists: str
) -> None:
    found = matched(model, listings=(listed(lists),), platform=(has,))
    assert found.matches == ()
    assert [str(one) for refs in found.running.values() for one in refs] == [has]


def test_only_what_is_near_and_nobodys_yet_is_worth_a_question() -> None:
    listings = tuple(
        listed(f"vertex/{one}") for one in ("xai/grok-4.1-fast-reasoning", "xai/grok-4.3", "xai/grok-4-mini")
    )
    found = matched("x-ai/grok-4.1-fast", "x-ai/grok-3", "x-ai/grok-4-mini", listings=listings)
    asked = {one.entry.openrouter_id: [str(o.ref) for o in one.candidates] for one in found.unresolved}
    assert asked == {"x-ai/grok-4.1-fast": ["vertex/xai/grok-4.1-fast-reasoning"]}
