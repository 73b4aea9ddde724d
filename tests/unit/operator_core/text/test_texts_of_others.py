"""Makers, gateways and clients for whom no rule was written: what they say is read as its answer says."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from operator_core.domain.kinds import Kind
from operator_core.text.failures import Reading, read_failure
from support.texts.gone_or_not import WRAPPERS

TEXTS = tomllib.loads((Path(__file__).parents[3] / "support/texts/texts_of_others.toml").read_text("utf-8"))
SAID = [
    {"provider": "acme", "message": message, "answer": answer}
    for answer, messages in TEXTS["said"].items()
    for message in messages
]
GONE = (
    "Model opal-9 was sunset on 2030-11-01.",
    "This model has reached end of life; please migrate to opal-10.",
    "Unknown model: opal-9",
    "The requested model opal-9 has been discontinued, use opal-10 instead.",
)


def acts(reading: Reading) -> bool:
    return reading.kind == Kind.HARD_MODEL and reading.evidence.opens_gates


@pytest.mark.parametrize(
    "text", [*TEXTS["text"], *SAID], ids=lambda text: f"{text['provider']}, {text['answer']}"
)
def test_a_text_of_others_has_its_answer(text: dict[str, Any]) -> None:
    reading = read_failure(text["message"], provider=text["provider"], http_status=text.get("status"))
    answers = {
        "gone": acts(reading),
        "perhaps gone": reading.kind == Kind.HARD_MODEL,
        "not gone": not acts(reading),
    }
    right = answers.get(text["answer"], reading.kind in text["answer"].split())
    assert right, (reading.kind, reading.evidence, reading.rule, reading.pattern)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_what_only_looks_gone_never_acts_in_any_wrapper(wrapper: str) -> None:
    false = [
        sentence
        for sentence in TEXTS["only_look_gone"]["sentences"]
        for status in (400, 404, 410)
        for noted in (status, None)
        if acts(read_failure(WRAPPERS[wrapper](sentence, status), provider="acme", http_status=noted))
    ]
    assert false == []


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("sentence", GONE)
def test_what_is_gone_is_heard_in_any_wrapper(wrapper: str, sentence: str) -> None:
    assert acts(read_failure(WRAPPERS[wrapper](sentence, 404), provider="acme", http_status=404))
