"""The two columns of the table of key formats: what is reported is masked too; what is no key is neither."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operator_core.text.secrets import REPORTED, without_secrets

LETTERS = st.text(alphabet=string.ascii_letters + string.digits, min_size=36, max_size=60)
PREFIXES = (
    *("sk-", "sk-proj-", "sk-ant-api03-", "gsk_", "fw_", "hf_", "r8_", "xai-", "pplx-", "csk-", "nvapi-"),
    *("tgp_v1_", "glpat-", "ghp_", "github_pat_", "AIza", "ya29.", "xoxb-", "xapp-", "Bearer "),
)


@given(st.sampled_from(PREFIXES), LETTERS)
def test_a_whole_key_is_reported_and_masked(prefix: str, letters: str) -> None:
    assert re.search(REPORTED, f"for {prefix}{letters} only")
    assert letters not in without_secrets(f"for {prefix}{letters}7 only")


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
        "mongodb+srv://bench:secret@db.example/x",
    ],
)
def test_other_formats_are_reported_and_masked(text: str) -> None:
    assert re.search(REPORTED, text)
    assert "<key>" in without_secrets(text)


@pytest.mark.parametrize("text", ["Incorrect API key provided: sk-proj-****abcd", "api_key=x", "sk-short"])
def test_what_is_starred_out_or_too_short_is_not_reported(text: str) -> None:
    assert not re.search(REPORTED, text)
