"""A text that says of another model that it is gone proves nothing of the one whose request failed."""

import pytest

from operator_core.domain.kinds import Evidence, Kind
from operator_core.text.failures import Reading, read_failure

GONE = (
    "The model `{}` does not exist or you do not have access to it.",
    "Model {} has been decommissioned and is no longer supported.",
    "model: {} not found",
    "The model '{}' has been deprecated, and no longer exists.",
    '{{"error": {{"code": "model_not_found", "message": "The requested model \'{}\' does not exist."}}}}',
)


def read(said: str, model_id: str) -> Reading:
    return read_failure(said, provider="groq", model_id=model_id)


@pytest.mark.parametrize("text", GONE)
@pytest.mark.parametrize(
    ("mine", "named"),
    [
        ("vendor/m-7b", "zeta-9b"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-haiku-20241022"),
        ("gpt-4o", "text-embedding-3-small"),
        ("meta-llama/llama-3.3-70b-instruct", "llama-3.1-8b-instant"),
        ("gpt-4-turbo", "gpt-4-32k"),
        ("qwen/qwen3-32b", "qwen3-235b-a22b"),
        ("o1", "o1-mini-2024-09-12"),
        ("claude-3-opus", "claude-3-5-sonnet-20240620"),
        ("claude-3-opus", "claude-3-5-opus@20240620"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-05-13"),
    ],
)
def test_what_is_said_of_another_model_alone_is_no_evidence(text: str, mine: str, named: str) -> None:
    assert read(text.format(mine), mine).evidence != Evidence.NONE
    reading = read(text.format(named), mine)
    assert (reading.kind, reading.evidence) == (Kind.HARD_MODEL, Evidence.NONE)


@pytest.mark.parametrize("text", GONE)
@pytest.mark.parametrize(
    ("mine", "named"),
    [
        ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022"),
        ("llama-3.3-70b-versatile", "meta-llama/Llama-3.3-70B-Instruct"),
        ("meta.llama3-3-70b-instruct-v1:0", "us.meta.llama3-3-70b-instruct-v1:0"),
        ("llama-v3p1-8b-instruct", "accounts/fireworks/models/llama-v3p1-8b-instruct"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral-7b-instruct-v0.3"),
    ],
)
def test_this_model_in_another_spelling_counts(text: str, mine: str, named: str) -> None:
    assert read(text.format(named), mine).evidence == read(text.format(mine), mine).evidence != Evidence.NONE


DATED = (*GONE, "{} has been deprecated.", "`{}` is not found.", "404 NOT_FOUND: {} is no longer available")


@pytest.mark.parametrize("text", DATED)
@pytest.mark.parametrize(
    ("mine", "named"),
    [
        ("gpt-4o", "gpt-4o-2024-05-13"),
        ("openai/gpt-4o", "gpt-4o-2024-05-13"),
        ("gpt-4o", "gpt-4o-20240513"),
        ("o1", "o1-2024-12-17"),
        ("gpt-4", "gpt-4-0613"),
        ("claude-3-opus", "claude-3-opus-20240229"),
        ("claude-3-opus", "claude-3-opus@20240229"),
        ("claude-3-haiku", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("gemini-1.5-pro", "models/gemini-1.5-pro-0514"),
        ("command-r-plus", "command-r-plus-08-2024"),
        ("mistral-large", "mistral-large-2411"),
        ("grok-2-vision", "grok-2-vision-1212"),
    ],
)
def test_the_dated_checkpoint_that_an_alias_stands_for_is_read_as_the_alias(
    text: str, mine: str, named: str
) -> None:
    said, dated = read(text.format(mine), mine), read(text.format(named), mine)
    assert said.kind == Kind.HARD_MODEL
    assert (dated.kind, dated.evidence) == (said.kind, said.evidence)


@pytest.mark.parametrize("text", DATED)
@pytest.mark.parametrize(
    ("mine", "named"),
    [
        ("gpt-4o", "gpt-4o-mini"),
        ("gpt-4o", "gpt-4o-mini-2024-07-18"),
        ("gpt-4o", "gpt-4o-audio-preview-2024-10-01"),
        ("gpt-4", "gpt-4.1-2025-04-14"),
        ("command-r", "command-r-plus-08-2024"),
        ("grok-2", "grok-2-vision-1212"),
        ("gpt-4", "gpt-4-32k-0613"),
        ("deepseek-r1", "deepseek-r1-distill-qwen-32b"),
    ],
)
def test_what_begins_with_the_name_and_is_no_checkpoint_of_it_is_not_read_so(
    text: str, mine: str, named: str
) -> None:
    assert not read(text.format(named), mine).evidence.opens_gates


@pytest.mark.parametrize(
    "said",
    [
        "This model has been deprecated. Use model `zeta-9b` instead.",
        "The model has reached its end-of-life; please migrate to model zeta-9b.",
        "Model not found, inaccessible, and/or not deployed",
        "This model is no longer available. See https://docs.example.com/models/list-2",
        "The requested model vendor/m-7b does not exist. Request id: 123e4567.",
    ],
)
def test_who_names_only_a_successor_or_nobody_means_this_one(said: str) -> None:
    assert read(said, "vendor/m-7b").evidence == read(said, "").evidence != Evidence.NONE
