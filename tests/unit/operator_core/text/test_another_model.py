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
