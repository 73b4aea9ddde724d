"""The two columns of the table of key formats: what is reported is masked too; what is no key is neither."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operator_core.text.secrets import PATTERNS, without_secrets

LETTERS = st.text(alphabet=string.ascii_letters + string.digits, min_size=36, max_size=60)
PREFIXES = (
    *("sk-", "sk-proj-", "sk-ant-api03-", "gsk_", "fw_", "hf_", "r8_", "xai-", "pplx-", "csk-", "nvapi-"),
    *("tgp_v1_", "glpat-", "ghp_", "github_pat_", "AIza", "ya29.", "xoxb-", "xapp-", "Bearer "),
    *("sk_live_", "ghs_", "xoxp-"),
)


@given(st.sampled_from(PREFIXES), LETTERS)
def test_a_whole_key_is_reported_and_masked(prefix: str, letters: str) -> None:
    assert PATTERNS["reported"].search(f"for {prefix}{letters} only")
    assert letters not in without_secrets(f"for {prefix}{letters}7 only")


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        r"line\n-----BEGIN PRIVATE KEY-----\nabc",
        "ABSK" + "QmVkcm9ja0FQSUtleS0x" * 5 + "==",
        "bedrock-api-key-" + "YmVkcm9jay5hbWF6b25hd3Mu" * 4,
        "dapi" + "0123456789abcdef" * 2,
        "sess-" + "Ab1" * 14,
        "vcp_" + "9Zy" * 18,
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
        "mongodb+srv://bench:secret@db.example/x",
    ],
)
def test_other_formats_are_reported_and_masked(text: str) -> None:
    assert PATTERNS["reported"].search(text)
    assert "<key>" in without_secrets(text)


NONE = (
    "Incorrect API key provided: sk-proj-****abcd",
    "api_key=x",
    "sk-short",
    "dapian",
    "sess-1a2b3c4d5e6f",
)


@pytest.mark.parametrize("text", NONE)
def test_what_is_starred_out_or_too_short_is_not_reported(text: str) -> None:
    assert not PATTERNS["reported"].search(text)
