"""One model, many spellings; and spellings that look alike and are not one model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operator_core.text.model_ids import dates_agree, identify, same_maker, same_model

LLAMA = (
    "meta-llama/llama-3.3-70b-instruct",
    "us.meta.llama3-3-70b-instruct-v1:0",
    "meta.llama3-3-70b-instruct-v1:0",
    "accounts/fireworks/models/llama-v3p3-70b-instruct",
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "meta/llama-3.3-70b-instruct-maas",
    "Meta-Llama-3.3-70B-Instruct-fp8",
    "publishers/meta/models/llama-3.3-70b-instruct-maas",
)


@pytest.mark.parametrize("spelling", LLAMA)
def test_one_model_is_recognised_in_every_spelling(spelling: str) -> None:
    found = identify(spelling)
    assert (found.name, found.sizes, found.tuning) == (
        ("llama", "3.3"),
        frozenset({"70b"}),
        "instruct",
    )
    assert same_model(spelling, LLAMA[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("claude-opus-4-0", "anthropic/claude-opus-4"),
        ("anthropic.claude-opus-4-6-v1", "claude-opus-4-6@default"),
        ("eu.anthropic.claude-opus-4-6-v1", "global.anthropic.claude-opus-4-6-v1"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet@20241022"),
        ("mistral.mistral-7b-instruct-v0:2", "accounts/fireworks/models/mistral-7b-instruct-v0p2"),
        ("deepseek.r1-v1:0", "deepseek-ai/DeepSeek-R1"),
        ("deepseek-ai/DeepSeek-V3-1", "accounts/fireworks/models/deepseek-v3p1"),
        ("openai.gpt-oss-20b-1:0", "openai/gpt-oss-20b"),
        ("z-ai/glm-4.5v", "accounts/fireworks/models/glm-4p5v"),
        ("zai-glm-4.7", "zai-org/GLM-4.7"),
        ("gpt-5-chat", "gpt-5-chat-latest"),
        ("mixtral-8x7b-32768", "mixtral-8x7b"),
        ("GPT_4.1", "gpt-4.1"),
        ("claude-4-opus", "claude-opus-4"),
        ("google/gemini-2.0-flash-001", "gemini-2.0-flash"),
        ("amazon/nova-lite-v1", "us.amazon.nova-lite-v1:0"),
        ("xiaomi/mimo-v2.5", "XiaomiMiMo/MiMo-V2.5"),
    ],
)
def test_two_spellings_are_the_same_model(one: str, other: str) -> None:
    assert same_model(one, other)
    assert same_model(other, one)


ARN = "arn:aws:bedrock:{}:{}:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("accounts/fireworks/models/star-7b", "accounts/acme/models/star-7b", False),
        ("accounts/acme/models/star-7b", "accounts/acme-labs/models/star-7b", False),
        ("accounts/acme/models/star-7b", "accounts/acme/models/star-7B", True),
        ("accounts/fireworks/models/star-7b", "star-7b", True),
        ("publishers/acme/models/star-7b", "publishers/zeta/models/star-7b", False),
        ("projects/one/publishers/acme/models/star-7b", "projects/two/publishers/acme/models/star-7b", False),
        ("projects/one/publishers/acme/models/star-7b", "publishers/acme/models/star-7b", True),
        ("publishers/anthropic/models/claude-3-haiku@20240307", "claude-3-haiku-20240307", True),
        (ARN.format("us-east-1", 111122223333), ARN.format("us-east-1", 444455556666), False),
        (ARN.format("us-east-1", 111122223333), ARN.format("eu-west-1", 444455556666), False),
        (ARN.format("us-east-1", 111122223333), ARN.format("us-west-2", 111122223333), True),
        (ARN.format("us-east-1", ""), "anthropic.claude-3-haiku-20240307-v1:0", True),
    ],
)
def test_what_two_accounts_projects_or_publishers_call_alike_is_not_one_model(
    one: str, other: str, same: bool
) -> None:
    assert same_model(one, other) == same_model(other, one) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gpt-4", "gpt-4o"),
        ("gpt-4", "gpt-4-turbo"),
        ("gpt-4", "gpt-4.1"),
        ("gpt-4.1", "gpt-41"),
        ("gpt-4o", "gpt-4o-mini"),
        ("gpt-3.5-turbo", "gpt-3.5-turbo-16k"),
        ("claude-3-5-haiku", "claude-3-5-sonnet"),
        ("claude-3-5-haiku", "claude-3-haiku"),
        ("llama-3.1-405b", "llama-3.1-405b-instruct"),
        ("llama-3.1-70b-base", "llama-3.1-70b-instruct"),
        ("llama-3.1-8b-instruct", "llama-3.1-70b-instruct"),
        ("gpt-4o", "gpt-4o-2024-08-06"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-08-06"),
        ("deepseek-r1", "deepseek-r1-0528"),
        ("kimi-k2", "kimi-k2-thinking"),
        ("kimi-k2", "kimi-k2.5"),
        ("glm-4.5", "glm-4.5v"),
        ("glm-4.5", "glm-4.5-air"),
        ("qwen3-coder-480b-a35b", "qwen3-coder-30b-a3b"),
        ("mistral-7b-instruct-v0.2", "mistral-7b-instruct-v0.3"),
        ("anthropic.claude-v2", "anthropic.claude-v2:1"),
        ("claude-instant-v1", "claude-v1"),
        ("nova-lite-v1", "nova-2-lite-v1"),
        ("deepseek/deepseek-r1", "nvidia/deepseek-r1"),
        ("gemini-2.5-flash-preview-05-20", "gemini-2.5-flash-preview-09-2025"),
    ],
)
def test_look_alikes_are_not_the_same_model(one: str, other: str) -> None:
    assert not same_model(one, other)
    assert not same_model(other, one)


@pytest.mark.parametrize(
    ("model_id", "date"),
    [
        ("gpt-4o-2024-05-13", "20240513"),
        ("claude-opus-4-20250514", "20250514"),
        ("claude-3-5-haiku@20241022", "20241022"),
        ("gemini-2.5-flash-preview-09-2025", "202509"),
        ("gemini-2.5-pro-preview-05-06", "0506"),
        ("kimi-k2-0905", "0905"),
        ("mistral-nemo@2407", "2407"),
        ("gpt-4-1106-preview", "1106"),
        ("llama3-70b-8192", ""),
        ("claude-opus-4-5", ""),
    ],
)
def test_a_checkpoints_date_is_told_from_versions_and_contexts(model_id: str, date: str) -> None:
    assert identify(model_id).date == date


def test_a_word_of_serving_is_one_only_for_weights() -> None:
    assert "turbo" in identify("gpt-4-turbo", "openai").name
    assert "turbo" not in identify("deepseek-ai/DeepSeek-R1-Turbo", "deepinfra").name
    assert identify("llama-3.1-8b-instant", "groq").serving == {"instant"}
    assert "instant" in identify("anthropic.claude-instant-v1", "bedrock").name


def test_dates_agree_in_any_length() -> None:
    assert dates_agree("20250728", "0728")
    assert dates_agree("2507", "20250728")
    assert dates_agree("", "")
    assert not dates_agree("", "0728")
    assert not dates_agree("0728", "0528")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("deepseek", "deepseek-ai"),
        ("meta", "meta-llama"),
        ("mistral", "mistralai"),
        ("x-ai", "xAI"),
        ("z-ai", "zai-org"),
        ("ai21", "ai21-labs"),
        ("minimax", "MiniMaxAI"),
        ("cohere", "CohereForAI"),
        ("", "meta-llama"),
    ],
)
def test_a_maker_is_known_by_any_of_its_names(one: str, other: str) -> None:
    assert same_maker(one, other)
    assert same_maker(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("meta", "mistral"),
        ("meta", "metaphor"),
        ("ai", "ai21"),
        ("x", "x-ai"),
        ("x", "xai"),
        ("open", "openai"),
        ("ai", "ai-forever"),
        ("通义", "文心"),
        ("фу", "acme"),
    ],
)
def test_makers_that_only_begin_alike_are_two(one: str, other: str) -> None:
    assert not same_maker(one, other)
    assert not same_model(f"{one}/star-7b", f"{other}/star-7b")
    assert not same_model(f"{other}/star-7b", f"{one}/star-7b")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("acme/通义-v2", "acme/文心-v2"),
        ("acme/通义", "acme/文心"),
        ("acme/фу-5", "acme/5"),
        ("acme/की-5", "acme/का-5"),
        ("acme/c#-7b", "acme/c-7b"),
        ("acme/r*-7b", "acme/r-7b"),
        ("acme/🔥-5", "acme/5"),
        ("nvidia", "google"),
        ("acme/instruct", "acme/it"),
        ("acme/größe-5", "acme/gr-e-5"),
    ],
)
def test_no_letter_of_a_name_is_left_out(one: str, other: str) -> None:
    assert not same_model(one, other)
    assert not same_model(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("acme/通义3-5", "acme/通义-3.5"), ("acme/Größe-5", "acme/GRÖSSE_5"), ("acme/通义_v2", "通义-v2")],
)
def test_separators_and_case_make_no_other_name_in_any_script(one: str, other: str) -> None:
    assert same_model(one, other)


@given(st.text(max_size=60))
def test_any_text_has_an_identity_and_is_the_same_model_as_itself(text: str) -> None:
    identify(text)
    assert same_model(text, text)
    assert same_model(text, text.upper()) or text.upper().casefold() != text.casefold()
