"""The structure of a failure is heard before its prose: codes, statuses, finish reasons, the last cause."""

import json
import re
from importlib.resources import files

import pytest

from operator_core.domain.kinds import Evidence, Kind
from operator_core.text.failures import Reading, read_failure
from operator_core.text.words import BROAD, DECIDING


def read(message: str, status: int | None = None, provider: str = "acme") -> Reading:
    return read_failure(message, provider=provider, http_status=status)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (
            '{"error": {"status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota"}}',
            Kind.RATE_LIMIT,
        ),
        (
            '{"code": "Arrearage", "message": "Access denied, your account must be in good standing."}',
            Kind.BILLING,
        ),
        ('{"reason": "err.not_enough_balance", "message": "permission denied"}', Kind.BILLING),
        ("HTTP 403: InsufficientBalance", Kind.BILLING),
        ("com.acme.InsufficientQuotaException: refused", Kind.BILLING),
        (
            "{'error': {'type': 'overloaded_error', 'message': 'Not found any capacity'}}",
            Kind.TRANSIENT_PROVIDER,
        ),
        (
            'x-amzn-ErrorType: ThrottlingException:http://internal.example/\n\n{"message": null}',
            Kind.RATE_LIMIT,
        ),
        ('status = StatusCode.RESOURCE_EXHAUSTED\n\tdetails = "try less"', Kind.RATE_LIMIT),
        ('{"error": {"message": "Model Not Exist", "code": "invalid_request_error"}}', Kind.HARD_MODEL),
        ('{"message": "该模型不存在", "code": "model_not_found"}', Kind.HARD_MODEL),
        ('{"message": "Le solde est insuffisant", "code": "insufficient_balance"}', Kind.BILLING),
        ('{"message": "リクエストが多すぎます", "code": "rate_limit_exceeded"}', Kind.RATE_LIMIT),
    ],
)
def test_a_documented_code_decides_in_any_spelling_and_language(message: str, kind: Kind) -> None:
    assert read(message).kind == kind


def test_a_number_means_something_only_at_the_provider_that_documents_it() -> None:
    body = '{"error": {"code": "1113", "message": "..."}}'
    assert read(body, provider="zhipu").kind == Kind.BILLING
    assert read(body, provider="acme").kind == Kind.UNKNOWN


@pytest.mark.parametrize(
    ("text", "not_kind"),
    [
        ("The incident is investigated by our team", Kind.AUTH),
        ("ProfileNotFound: The config profile (x) could not be read", Kind.NETWORK),
        ("Delegated to the aggregated endpoint, mitigated now", Kind.AUTH),
        ("The hostname was renamed in dnsmasq", Kind.NETWORK),
        ("whistles and trumpets", Kind.NETWORK),
        ("The subtotal of the request is 12", Kind.RATE_LIMIT),
    ],
)
def test_a_word_inside_another_says_nothing(text: str, not_kind: Kind) -> None:
    assert read(text).kind != not_kind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (
            "TypeError: fetch failed\n    at node:internal/x:1:2 {\n"
            "  [cause]: HeadersTimeoutError: Headers Timeout Error\n"
            "    code: 'UND_ERR_HEADERS_TIMEOUT'\n}",
            Kind.TIMEOUT,
        ),
        (
            "Deadline of 60.0s exceeded while calling target function, last exception: 429 Too Many Requests",
            Kind.RATE_LIMIT,
        ),
        (
            "2031-01-01 10:00:00 ERROR Connection reset, retrying\n"
            "2031-01-01 10:00:09 ERROR giving up: Your credit balance is too low",
            Kind.BILLING,
        ),
        (
            "java.io.IOException: request failed\n\tat a.B.c(B.java:1)\n"
            "Caused by: javax.net.ssl.SSLException: handshake",
            Kind.NETWORK,
        ),
        (
            "System.Exception: call failed\n ---> System.Net.Http.HttpRequestException: Connection refused",
            Kind.NETWORK,
        ),
        (
            'Traceback (most recent call last):\n  File "a.py", line 1, in b\n    timeout=3)\n'
            "Err: Invalid API key",
            Kind.AUTH,
        ),
    ],
)
def test_the_innermost_and_last_cause_decides(message: str, kind: Kind) -> None:
    assert read(message).kind == kind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (
            '{"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}]}',
            Kind.BUDGET_EXHAUSTED,
        ),
        (
            "ChatCompletion(choices=[Choice(finish_reason='length', message=Message(content=''))])",
            Kind.BUDGET_EXHAUSTED,
        ),
        ('{"choices": [{"finish_reason": "length", "message": {"content": null}}]}', Kind.BUDGET_EXHAUSTED),
        (
            "empty response `text=''` and `finish_reason=<FinishReason.MAX_TOKENS: 'MAX_TOKENS'>`",
            Kind.BUDGET_EXHAUSTED,
        ),
        ('{"choices": [{"finish_reason": "length", "message": {"content": "a long answer"}}]}', Kind.UNKNOWN),
        ('{"choices": [{"finish_reason": "stop", "message": {"content": ""}}]}', Kind.UNKNOWN),
    ],
)
def test_cut_at_its_limit_with_nothing_visible_is_too_small_a_budget(message: str, kind: Kind) -> None:
    assert read(message).kind == kind


@pytest.mark.parametrize(
    "message",
    [
        "output_tokens 1729 not within 10% of requested 2000",
        "ttft_ms 12 is not within 5% of expected",
        "The api_key client option must be set either by passing api_key or by an environment variable",
    ],
)
def test_the_platforms_own_checks_are_named_so(message: str) -> None:
    reading = read(message)
    assert (reading.kind, reading.rule) == (Kind.HARD_CAPABILITY, "our own side")


@pytest.mark.parametrize("code", sorted({**DECIDING, **BROAD}))
def test_every_code_of_the_table_is_heard_in_a_body_and_as_an_exceptions_name(code: str) -> None:
    kind = {**DECIDING, **BROAD}[code]
    assert read(json.dumps({"error": {"code": code, "message": "…"}})).kind == kind
    assert read(f"acme.errors.{code}: …").kind == kind


def test_a_code_is_evidence_of_its_kind_and_of_a_refusal_none() -> None:
    assert read('{"code": "insufficient_quota"}').evidence == Evidence.CODE
    assert read('{"code": "model_decommissioned"}').evidence == Evidence.CODE
    assert read('{"code": "invalid_api_key"}').evidence == Evidence.NONE
    assert read("nope", 401).evidence == Evidence.STATUS


def test_every_code_stands_with_its_source() -> None:
    table = files("operator_core.text").joinpath("codes.toml").read_text("utf-8").splitlines()
    codes = [line for line in table if line.startswith('"')]
    assert len(codes) > 100
    assert [line for line in codes if not re.search(r'= "\w+" # \S', line)] == []
