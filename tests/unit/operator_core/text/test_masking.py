"""What is shown carries no secret and no trick; what differs only in ids and numbers compares equal."""

import json
import string
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from operator_core.text.failures import read_failure
from operator_core.text.masking import CONSIDERED, masked, pattern_of, redact

LETTERS = string.ascii_letters + string.digits
SECRET = st.text(alphabet=LETTERS, min_size=24, max_size=48)
MADE_UP = (
    "sk-{}",
    "sk-proj-{}",
    "sk-ant-api03-{}",
    "sk-or-v1-{}",
    "gsk_{}",
    "fw_{}",
    "hf_{}",
    "r8_{}",
    "xai-{}",
    "pplx-{}",
    "csk-{}",
    "nvapi-{}",
    "tgp_v1_{}",
    "AIza{}",
    "ya29.{}",
    "xoxb-{}",
    "xapp-1-{}",
    "ghp_{}",
    "github_pat_{}",
    "Bearer {}",
    "Authorization: Bearer {}",
    "Authorization: Basic {}",
    "Authorization: Token {}",
    "api_key={}",
    "api-key: {}",
    "'api_key': '{}'",
    '"apiKey":"{}"',
    '{{\\"api_key\\": \\"{}\\"}}',
    "x-api-key: {}",
    "AWS_SECRET_ACCESS_KEY={}",
    "aws_session_token={}",
    "password={}",
    "client_secret={}",
    "access_token={}",
    "https://a.example/v1?key={}&alt=json",
    "mongodb+srv://bench:{}@db.example/x",
    "API key provided: {}.",
    "api_key      =        {}",
    "Error: api_key:\n\n\n\n   {} is wrong",
    "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
)
AROUND = st.text(alphabet=string.ascii_lowercase + " .,:\n", max_size=60)
ALTERED = ("\u200b", "\x00", "\u202e", "\u2060", "\ufe0f")


@given(st.sampled_from(MADE_UP), SECRET, AROUND, AROUND, st.integers(1, 400))
def test_a_made_up_key_is_never_shown(make: str, secret: str, before: str, after: str, limit: int) -> None:
    assume(secret[-12:] not in before + after)  # what stands there anyway was never hidden
    message = f"{before} {make.format(secret)} {after}"
    shown = redact(message, limit)
    read = read_failure(message, provider="openai")
    for text in (shown, read.sample, read.pattern):
        assert secret not in text
        assert secret[-12:] not in text
    assert len(shown) <= limit


@given(SECRET)
def test_a_key_that_only_shows_when_its_wrapper_is_off_is_not_shown(secret: str) -> None:
    for message in (
        f'{{"message": "Incorrect key: \\u0073k-{secret}"}}',
        f"Error code: 401 - {{'error': {{'message': 'Bad\\u0020api_key\\u003d {secret} here'}}}}",
        f"<h1>Wrong api_key:<br><code>{secret}</code></h1>",
        f"<title><b>access_token</b> = <i>{secret}</i> is wrong</title>",
    ):
        read = read_failure(message, provider="acme")
        assert secret not in read.sample + read.pattern


@given(st.text(alphabet=string.ascii_uppercase + string.digits, min_size=16, max_size=16), AROUND)
def test_an_aws_key_id_is_never_shown(secret: str, before: str) -> None:
    assert secret not in redact(f"{before} AKIA{secret} {before}")


@pytest.mark.parametrize("hidden", ALTERED)
@given(SECRET)
def test_invisible_characters_within_a_key_hide_nothing(hidden: str, secret: str) -> None:
    message = f"key s{hidden}k-{secret[:9]}{hidden}{secret[9:]}"
    assert secret[:9] not in redact(message)


@pytest.mark.parametrize(
    "text",
    [
        "Invalid API key provided",
        "api_key client option must be set",
        "Your API key is blocked",
        "max_tokens=512 is too large",
        "hf_transfer is missing",
        "Unexpected token: is",
        "bearer authentication required",
        "pplx-70b-online",
    ],
)
def test_words_about_keys_are_no_keys(text: str) -> None:
    assert redact(text) == text


def test_a_key_cut_in_two_by_the_size_of_the_text_is_not_shown_in_part() -> None:
    secret = "sk-" + "Ab1" * 60
    for at in range(CONSIDERED * 3 // 4 - len(secret), CONSIDERED * 3 // 4, 7):
        long = "a" * 30 + " " + "b " * ((at - 31) // 2) + secret + " c" * CONSIDERED
        assert "Ab1Ab1" not in redact(long, CONSIDERED * 2)


@given(st.text(max_size=400), st.integers(0, 320))
def test_redacted_text_is_one_printable_line_within_its_limit(text: str, limit: int) -> None:
    shown = redact(text, limit)
    assert len(shown) <= limit
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert "  " not in shown


def test_e_mail_addresses_go() -> None:
    assert redact("ask ops.team+x@bench.example.com now") == "ask <e-mail> now"


SAME = {
    "backticked model": (
        "The model `gpt-4` does not exist",
        "The model `llama-3.3-70b-versatile` does not exist",
    ),
    "model with publisher": (
        "Model Qwen/Qwen3-VL-8B is not available",
        "Model MiniMaxAI/MiniMax-M2.5 is not available",
    ),
    "request id": (
        "failed (request_id=req_011CdSH1V)",
        "failed (request_id=930587f4-631c-4afc-81dd-840def9cc233)",
    ),
    "hex without a digit": ("does not exist (req_dfbaaafa)", "does not exist (req_2265b1f5)"),
    "wordy request id": ("x. Request ID: abcdefgh", "x. Request ID: zyxwvuts"),
    "duration": ("try again in 7m12.5s", "try again in 20ms"),
    "worded duration": ("timed out after 30 seconds", "timed out after 2 minutes"),
    "date": ("retired on 2026-11-01T10:00:00Z", "retired on November 5, 2026"),
    "day first": ("retired on 1 November 2026", "retired on Sun, 01 Nov 2026"),
    "address": ("connect to 10.0.0.1:443 failed", "connect to 104.18.6.192:8443 failed"),
    "newer address": ("connect ('2606:4700::6812:6c0', 443)", "connect ('2001:db8::1:2', 443)"),
    "arn": ("on arn:aws:bedrock:us-east-1::foundation-model/a", "on arn:aws:iam::123456789012:user/b"),
    "project": (
        "of projects/123/locations/us-east5/models/a",
        "of projects/acme-7/locations/global/models/b",
    ),
    "project number": ("billing on project #8123", "billing on project 99"),
    "region": ("not offered in us-east-1", "not offered in eu-west-3"),
    "url": ("see https://a.example/x?y=1 now", "see http://b.example now"),
    "curly quotes": ("The model “acme-9” is not served", "The model 'acme-8' is not served"),
    "angular quotes": ("The model «acme-9» is not served", "The model `acme-8` is not served"),
    "pod": ("pod llm-worker-7d9f8b6c5d-x2x4q broke", "pod llm-worker-5c6b7d8f9a-kq9zz broke"),
    "node": ("on node pool-1-3f2a9c1b-xk2p", "on node pool-2-9b8c7d6e-qq1z"),
    "id in parts": ("request okkMWqL-2kFHot-a023f60e9b77ff7e", "request oyGk652-2kFHot-a333e6076c7fc6ca"),
    "base64": ("trace dGhpcyBpcyBhIHRlc3QgdGV4dA== ended", "trace YW5vdGhlciBvbmUgb2YgdGhlbQ== ended"),
    "hexadecimal": ("object at 0x7f12ab", "object at 0x0000025291E9F950"),
    "key": (
        "Incorrect API key provided: invalid-key. Go",
        "Incorrect API key provided: sk-proj-****abcd. Go",
    ),
    "counts": ("Limit 30000, Used 2, Requested 9", "Limit 6,000, Used 12.5, Requested 1"),
}
DIFFERENT = (
    "Unsupported parameter: 'max_tokens' is not supported with this model",
    "Unsupported parameter: 'temperature' is not supported with this model",
    "Unsupported parameter: 'top_p' is not supported with this model",
    "Rate limit reached for gpt-4 on tokens per minute",
    "Rate limit reached for gpt-4 on requests per minute",
    "Rate limit reached for gpt-4 on tokens per day",
    "messages.2.content: field required",
    "messages.2.role: field required",
    "only supported in v1/responses",
    "only supported in v1/completions",
    '{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]}',
    '{"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required"}]}',
    "got unsupported MIME type 'audio/mpeg'",
    "got unsupported MIME type 'text/plain'",
    "the model `gpt-4` has been deprecated",
    "the model `gpt-4` does not exist",
)


def mask(text: str, model_id: str | None = None) -> str:
    return pattern_of(masked(redact(text, CONSIDERED), model_id))


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_what_varies_is_masked(one: str, other: str) -> None:
    assert mask(one) == mask(other)


HEXADECIMAL = st.text("0123456789abcdef", min_size=12, max_size=32).filter(
    lambda text: not text.isdigit() and not text.isalpha()
)


@given(HEXADECIMAL, HEXADECIMAL)
def test_hexadecimal_ids_are_masked_whole(one: str, other: str) -> None:
    assert mask(f"failed, trace {one}") == mask(f"failed, trace {other}") == "failed, trace <id>"


def test_different_causes_keep_different_patterns() -> None:
    patterns = {read_failure(text, provider="openai", http_status=400).pattern for text in DIFFERENT}
    assert len(patterns) == len(DIFFERENT)


@pytest.mark.parametrize(
    ("model_id", "spelling"),
    [
        (
            "accounts/fireworks/models/llama-v3p1-8b-instruct",
            "accounts/fireworks/models/llama-v3p1-8b-instruct",
        ),
        ("accounts/fireworks/models/llama-v3p1-8b-instruct", "llama-v3.1-8b-instruct"),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "us.anthropic.claude-3-5-sonnet-20240620-v1:0"),
        ("us.anthropic.claude-3-5-sonnet-20240620-v1:0", "claude-3.5-sonnet-20240620"),
        ("gemini-2.0-flash", "models/gemini-2.0-flash"),
        ("claude-sonnet-4@20250514", "CLAUDE-SONNET-4"),
        ("Qwen/Qwen3-32B", "`qwen3-32b`"),
        ("codestral", "codestral"),
        ("o1", "'o1'"),
    ],
)
def test_a_models_own_id_is_masked_in_any_spelling(model_id: str, spelling: str) -> None:
    assert mask(f"sorry, {spelling} was withdrawn", model_id) == "sorry, <model> was withdrawn"


@given(st.text(alphabet=string.ascii_letters + string.digits + " .:-_/'`\"<>@#()[]{}", max_size=350))
def test_masking_again_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_masking_a_real_pattern_again_changes_nothing(real_data: Path) -> None:
    for line in (real_data / "provider_errors.jsonl").read_text().splitlines():
        row = json.loads(line)
        pattern = read_failure(row["message"], provider=row["provider"]).pattern
        assert mask(pattern) == pattern


@pytest.mark.parametrize(
    ("said", "whose"),
    [
        ("Rate limit reached in organization `{}` on tokens per day", "org_01hs26sgxde6dva0eke39336sv"),
        ("Organization '{}' is over its limit.", "org_0f22208bd3f1d5f08d70007ccc"),
        ("Limit reached for gpt-5 in organization {} on requests", "org-uVqpjtJiKqvVJMVfvpaounIh"),
        ("Project `{}` does not have access to model `gpt-5`", "proj_JMo3Q9spNIEWhSxusokLegJY"),
        ("Your account {} was closed", "acct_1AbCdEfGh2IjKlMn"),
        ("asked by {}, who may not", "user-AbCdEfGhIjKl0123"),
        ("User: arn:aws:iam::{}:user/bench is not authorized", "123456789012"),
    ],
)
def test_whose_account_it_was_is_shown_to_nobody(said: str, whose: str) -> None:
    assert redact(said.format(whose)) == said.format("<id>")
    reading = read_failure(said.format(whose), provider="groq", model_id="gpt-5")
    for shown in (reading.sample, reading.pattern):
        assert whose.lower() not in shown.lower()
        assert "<id>" in shown or "<arn>" in shown


@pytest.mark.parametrize(
    "said",
    [
        "org-level policy of a user-specified model",
        "meta-org/llama-3-70b-instruct and org/llama3-70b2024",
        "proj_config is missing, acct-type too",
        "user-supplied-2024 and teams-org-12345678",
        "project-gemini2024 at 12:30:45, 123456789012 tokens",
    ],
)
def test_words_that_begin_alike_stay(said: str) -> None:
    assert redact(said) == said
