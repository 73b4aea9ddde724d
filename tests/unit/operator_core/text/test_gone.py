"""Gone means gone: this model, in the provider's words or code, and nothing that qualifies it."""

import json
from pathlib import Path

import pytest

from operator_core.domain.kinds import Evidence, Kind
from operator_core.text.failures import Reading, read_failure
from support.texts.beside_the_point import BESIDE_A_CODE, IN_TROUBLE, MORE_BEHIND, REFUSED_OTHERWISE
from support.texts.gone_or_not import QUALIFIED, Wrapped, gone, only_look_gone


def read(text: Wrapped) -> Reading:
    return read_failure(text.message, provider="acme", model_id=text.name, http_status=text.status)


def says_gone(reading: Reading) -> bool:
    return reading.kind == Kind.HARD_MODEL and reading.evidence in {Evidence.WORDS, Evidence.CODE}


@pytest.mark.parametrize("qualifier", QUALIFIED)
def test_no_qualified_text_says_that_this_model_is_gone(qualifier: str) -> None:
    texts = [text for text in only_look_gone() if text.label.startswith(f"{qualifier},")]
    assert len(texts) >= 20
    assert [(text.label, text.message) for text in texts if says_gone(read(text))] == []


def test_a_text_that_says_it_plainly_is_heard_in_any_wrapper() -> None:
    texts = list(gone())
    missed = [(text.label, text.message) for text in texts if not says_gone(read(text))]
    assert len(texts) == 60
    assert len(missed) <= 3, missed


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
@pytest.mark.parametrize(
    ("message", "for_good"),
    [
        ("The model `acme-9` has been decommissioned.", True),
        ("Model acme-9 has reached its end of life", True),
        ("The model `acme-9` does not exist", False),
        ("model acme-9 not found", False),
        ('{"error": {"message": "No channel for model acme-9", "code": "model_not_found"}}', False),
    ],
)
def test_where_the_provider_is_in_trouble_only_the_unmistakable_counts(
    message: str, for_good: bool, status: int
) -> None:
    reading = read_failure(message, provider="acme", model_id="acme-9", http_status=status)
    assert says_gone(reading) == for_good


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(
    "message", ["", "Not Found", "nope", '{"detail": "Not Found"}', "<h1>Gone</h1>", "[]"]
)
def test_a_status_alone_is_no_evidence(message: str, status: int) -> None:
    reading = read_failure(message, provider="acme", http_status=status)
    assert (reading.kind, reading.evidence) == (Kind.UNKNOWN, Evidence.NONE)


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("404 page not found", 404),
        ("Invalid URL (POST /v1/chat/completion)", 404),
        ("No endpoints found matching your data policy (Paid model training)", 404),
        ("No endpoints found that support cache control", 404),
        ("The model acme-9 is not accessible via the /chat/completions endpoint", 404),
        ("Model acme-9 is not available in your country", 404),
        ("No instances available", 503),
        ("Cannot POST /v2/models/acme-9/chat", 404),
        ("The requested URL /openai/models/acme-9 was not found on this server.", 404),
        ("no Route matched with those values", 404),
        ('{"error":"path \'/api/models/acme-9\' not found"}', 404),
        ("The api-version 2031-01 does not exist", 404),
    ],
)
def test_a_route_a_policy_or_a_place_of_ours_that_is_not_found_is_no_gone_model(
    message: str, status: int
) -> None:
    for noted in (status, None):
        assert read_failure(message, provider="acme", http_status=noted).kind != Kind.HARD_MODEL


@pytest.mark.parametrize(
    "message",
    [
        '{"error": {"code": "model_not_found", "message": "Your team may not use acme-9 in this region"}}',
        '{"code": "model_not_found", "message": "The model is currently not available, try again later"}',
        '{"type": "invalid_model", "message": "acme-9 is not supported for embeddings"}',
    ],
)
def test_words_that_qualify_it_outweigh_a_code_that_says_gone(message: str) -> None:
    assert not says_gone(read_failure(message, provider="acme", model_id="acme-9", http_status=404))


@pytest.mark.parametrize(
    "message",
    [
        "Invalid model: 'not available in your country'",
        'Unsupported model: "requires a paid plan"',
        "Invalid model: 'Model X does not exist or you do not have access to it.'",
        "The model: 'X in eu-west-1' does not exist",
        'Unknown model "not in your allowlist"',
        "No such model 'pick one of the models that your plan has'",
        "The model `down for 3 hours` does not exist",
        'Model = "None" does not exist',
        "The model 'null' was not found",
    ],
)
def test_a_quoted_sentence_or_nothing_is_no_models_name(message: str) -> None:
    for status in (400, 404, None):
        assert not says_gone(read_failure(message, provider="acme", model_id="acme-9", http_status=status))


@pytest.mark.parametrize("name", ["acme-9", "Acme 9", "acme/acme-9:latest"])
def test_a_quoted_name_is_one(name: str) -> None:
    message = f"The model '{name}' does not exist"
    assert says_gone(read_failure(message, provider="acme", model_id="acme-9", http_status=404))


@pytest.mark.parametrize(
    ("message", "evidence"),
    [
        ("You don't have access to the model acme-9.", Evidence.WORDS),
        ("Project `p1` does not have access to model `acme-9`", Evidence.WORDS),
        ("You are not allowed to use model acme-9", Evidence.WORDS),
        ("Invalid API key", Evidence.NONE),
        ("This model is not available in your country.", Evidence.NONE),
        ("No endpoints found matching your data policy", Evidence.NONE),
        ('{"error": {"code": "invalid_api_key"}}', Evidence.NONE),
        ("This organization has been disabled.", Evidence.NONE),
    ],
)
def test_a_refusal_is_evidence_only_where_it_is_of_this_model(message: str, evidence: Evidence) -> None:
    reading = read_failure(message, provider="acme", model_id="acme-9", http_status=403)
    assert (reading.kind, reading.evidence) == (Kind.AUTH, evidence)


@pytest.mark.parametrize(("status", "message"), IN_TROUBLE + MORE_BEHIND)
def test_what_is_said_with_more_behind_it_or_in_trouble_is_no_evidence(
    status: int | None, message: str
) -> None:
    assert not says_gone(read_failure(message, provider="acme", model_id="acme-9", http_status=status))
    body = json.dumps({"error": {"message": message, "type": "api_error"}})
    assert not says_gone(read_failure(body, provider="acme", model_id="acme-9", http_status=status))


@pytest.mark.parametrize(("code", "message"), BESIDE_A_CODE)
def test_a_code_alone_is_no_evidence_against_its_own_sentence(code: str, message: str) -> None:
    body = json.dumps({"error": {"code": code, "message": message}})
    assert not says_gone(read_failure(body, provider="acme", model_id="acme-9", http_status=404))
    for name in ("", "acme-9", "The model `acme-9` has been retired."):
        body = json.dumps({"error": {"code": code, "message": name}})
        assert says_gone(read_failure(body, provider="acme", model_id="acme-9", http_status=404)), name


@pytest.mark.parametrize("message", REFUSED_OTHERWISE)
def test_a_refusal_that_goes_on_is_no_evidence(message: str) -> None:
    reading = read_failure(message, provider="acme", model_id="acme-9", http_status=403)
    assert (reading.kind, reading.evidence) == (Kind.AUTH, Evidence.NONE)


@pytest.mark.parametrize(
    "message",
    [
        "Model acme-9 has been retired on 2026-05-01.",
        "The model `acme-9` has been removed. Use `acme-10` instead.",
        "The model acme-9 was shut down, please switch to acme-11.",
        "404 Not Found: Model not found: acme-9",
        "model acme-9 was renamed to acme-10",
        "There is no model named 'acme-9'",
        "The requested model 'acme-9' could not be found (request id: req_123abc45)",
        "The model acme-9 does not exist or you do not have access to it.",
        "acme-9 is no longer available and cannot be called. See https://acme.test/models for details.",
    ],
)
def test_when_what_else_or_where_to_read_on_takes_nothing_from_it(message: str) -> None:
    assert says_gone(read_failure(message, provider="acme", model_id="acme-9", http_status=404))


@pytest.mark.parametrize("error_kind", ["hard_model", "auth", "HARD_MODEL "])
def test_what_the_platform_noted_is_a_hint(error_kind: str) -> None:
    reading = read_failure("it broke", provider="acme", http_status=404, error_kind=error_kind)
    assert reading.kind == error_kind.strip().lower()
    assert reading.evidence == Evidence.NONE


@pytest.mark.parametrize("name", ["provider_errors.jsonl", "provider_errors_2.jsonl"])
def test_kinds_of_real_messages_and_none_falsely_gone(real_data: Path, name: str) -> None:
    rows = [json.loads(line) for line in (real_data / name).read_text().splitlines()]
    readings = [
        (
            row["kind"],
            read_failure(row["message"], provider=row["provider"], http_status=row.get("http_status")),
        )
        for row in rows
    ]
    wrong = [(label, reading.kind, reading.pattern) for label, reading in readings if reading.kind != label]
    assert len(wrong) <= 0.03 * len(rows), wrong
    assert [reading for label, reading in readings if says_gone(reading) and label != Kind.HARD_MODEL] == []
