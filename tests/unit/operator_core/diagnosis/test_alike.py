"""Texts of one shape are one text: what varies between requests is alike, and what decides stays."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operator_core.diagnosis.alike import OWN, shape_of
from operator_core.text.failures import Reading, read_failure
from operator_core.text.masking import redact
from operator_core.text.words import DECIDES, OF_PROVIDER

OPENAI = "Error code: {status} - {{'error': {{'message': '{said}', 'type': '{kind}', 'code': {code}}}}}"
TEMPLATES = (
    "Error code: 404 - The model `{model}` does not exist ({id}).",
    "Rate limit reached for {model} in org_{id}: {n} of {m} tokens, try again in {n}.{m}s (429).",
    "HTTP 503: upstream {uuid} did not answer within {m} ms on {date} at {clock}",
    "{{'error': {{'message': 'Not found (request {uuid})', 'code': {status}, 'request_id': 'req_{id}'}}}}",
    "accounts/fireworks/models/{model} has been retired; use {other} instead. Trace {id}",
    "Incorrect API key provided: sk-proj-{id}{id}. ({status})",
    "Internal server error, incident #{n}, host 10.0.{m}.7:{n}: status {status}",
)
CODES = frozenset(" ".join((*DECIDES, *OF_PROVIDER)).split())
"""A number that is a provider's code stays."""
hexadecimal = st.text("0123456789abcdef", min_size=16, max_size=32).map(lambda text: f"3f{text}a1")
base62 = st.integers(0, 62**22).map(lambda n: f"01CSHoEe{n:022d}Kq")
varying = st.fixed_dictionaries(
    {
        "id": hexadecimal | base62,
        "uuid": st.uuids().map(str),
        "n": st.integers(1_000, 9_999).filter(lambda n: str(n) not in CODES),
        "m": st.integers(10, 99),
        "date": st.dates().map(str),
        "clock": st.times().map(lambda at: f"{at:%H:%M:%S}"),
    }
)
fixed = st.fixed_dictionaries(
    {
        "template": st.sampled_from(TEMPLATES),
        "model": st.sampled_from(["llama-3.1-70b", "o1", "gpt-4o-2024-08-06", "openai/gpt-oss-120b:free"]),
        "other": st.sampled_from(["llama-3.3-70b", "gpt-5.1", "claude-sonnet-4-20250514"]),
        "status": st.sampled_from([400, 401, 403, 404, 410, 429, 500, 503]),
    }
)


def read(text: str, model: str, *, shaped: bool = True) -> Reading:
    shape, _, _ = shape_of(text, model)
    whole = shape.replace(OWN, model) if shaped else text
    return read_failure(whole, provider="groq", model_id=model).model_copy(update={"sample": ""})


@given(fixed=fixed, one=varying, other=varying)
def test_what_differs_in_ids_amounts_and_times_has_one_shape_and_so_one_reading(
    fixed: dict[str, str], one: dict[str, str], other: dict[str, str]
) -> None:
    template, model = fixed["template"], fixed["model"]
    texts = [template.format(**fixed, **which) for which in (one, other)]
    alike = [(type(one["id"]), len(shape_of(which["id"], "")[0])) for which in (one, other)]

    if alike[0] == alike[1]:
        assert shape_of(texts[0], model)[0] == shape_of(texts[1], model)[0]
    for text in texts:
        assert read(text, model) == read(text, model, shaped=False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Error code: 401 - refused", "Error code: 404 - refused"),
        ("status 503", "status 429"),
        ("use gpt-4.1 instead", "use gpt-5.1 instead"),
        ("The model `llama-3.1-8b` is gone", "The model `llama-3.3-8b` is gone"),
        ("{'code': 1500, 'message': 'x'}", "{'code': 1300, 'message': 'x'}"),
        ("gpt-4o is gone", "gpt-4o-2024-08-06 is gone"),
        ("over 200k tokens", "over 128k tokens"),
    ],
)
def test_what_decides_keeps_shapes_apart(one: str, other: str) -> None:
    assert shape_of(one, "gpt-4o")[0] != shape_of(other, "gpt-4o")[0]


def test_a_model_of_its_own_name_shares_the_shape_of_the_others() -> None:
    said = "404: model accounts/fireworks/models/{} not found, see {}-instruct"
    shapes = {shape_of(said.format(name, name), name)[0] for name in ("llama-v3p1-8b", "qwen2.5-72b", "o3")}
    assert len(shapes) == 3, "what begins like its name may be another's"
    assert {shape.partition(" not")[0] for shape in shapes} == {f"404: model accounts/fireworks/models/{OWN}"}


@pytest.mark.parametrize(
    "key", ["sk-proj-" + "a1B2c3D4" * 5, "Bearer " + "q9" * 20, "mongodb://bench:hunter22@db.example/llm"]
)
def test_a_shape_and_the_text_beside_it_hold_no_key_but_know_of_it(key: str) -> None:
    shape, text, leaks = shape_of(f"refused {OWN}: {key} (401)", "m")
    assert leaks
    assert key not in shape
    assert key not in text
    assert redact(text) == redact(f"refused {OWN}: {key} (401)")
    assert shape_of("invalid bearer token", "m")[2] is False


def test_real_messages_read_the_same_by_their_shape(real_data: Path) -> None:
    unlike = []
    for file in ("provider_errors.jsonl", "provider_errors_2.jsonl"):
        for line in (real_data / file).read_text().splitlines():
            row = json.loads(line)
            text, model = row["message"][:2000], row.get("model_id") or "some-model-9"
            by_shape, whole = read(text, model), read(text, model, shaped=False)
            if by_shape.model_copy(update={"pattern": whole.pattern}) != whole:
                unlike.append(text)
    assert unlike == []
