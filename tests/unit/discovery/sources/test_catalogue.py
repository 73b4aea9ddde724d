"""What is read of a catalogue: a bad entry costs itself, a bad document is no catalogue at all."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from discovery.sources.catalogue import CataloguePage, Entry, entry_of, read_page
from operator_core.errors import FetchFailed

WHOLE = {
    "id": "acme/rocket-7b",
    "name": " Acme: Rocket 7B ",
    "hugging_face_id": "Acme/Rocket-7B-Instruct",
    "created": 1_769_000_000,
    "context_length": 131072,
    "pricing": {"prompt": "0.0000002", "completion": "0.0000008"},
    "architecture": {"output_modalities": ["text"]},
    "expiration_date": "2026-12-31",
    "a_field_of_tomorrow": {"kept": True},
}


def entries_in(page: CataloguePage) -> tuple[Entry, ...]:
    return tuple(map(entry_of, page.raw.values()))


def test_an_entry_is_read_with_all_that_it_says() -> None:
    assert entry_of(WHOLE) == Entry(
        openrouter_id="acme/rocket-7b",
        name="Acme: Rocket 7B",
        hugging_face_id="Acme/Rocket-7B-Instruct",
        created=datetime.fromtimestamp(1_769_000_000, UTC),
        context_length=131072,
        price_in=0.0000002,
        price_out=0.0000008,
        outputs=("text",),
        expiration_date="2026-12-31",
    )


def test_a_field_that_we_do_not_know_is_kept() -> None:
    assert read_page({"data": [WHOLE]}).raw["acme/rocket-7b"] == WHOLE


@pytest.mark.parametrize(
    "odd",
    [
        {"name": 7, "hugging_face_id": None, "expiration_date": 20261231},
        {"created": "yesterday"},
        {"created": True},
        {"created": -1},
        {"created": 1e300},
        {"created": float("nan")},
        {"context_length": "many"},
        {"context_length": 0},
        {"context_length": True},
        {"pricing": "free"},
        {"pricing": {"prompt": "half a cent"}},
        {"pricing": {"prompt": "nan", "completion": [1]}},
        {"architecture": []},
        {"architecture": {"output_modalities": "text"}},
        {"architecture": {"output_modalities": [None, 7]}},
    ],
)
def test_an_odd_field_is_empty_and_the_entry_stays(odd: dict[str, object]) -> None:
    page = read_page({"data": [{"id": "acme/rocket-7b", **odd}]})
    assert entries_in(page) == (Entry(openrouter_id="acme/rocket-7b"),)
    assert page.unreadable == 0


@pytest.mark.parametrize("bad", [None, 1, "acme/x", [], {}, {"id": 7}, {"id": "x"}, {"id": "a/" + "b" * 200}])
def test_an_entry_that_names_no_model_is_counted_and_the_others_are_read(bad: object) -> None:
    page = read_page({"data": [bad, WHOLE]})
    assert [entry.openrouter_id for entry in entries_in(page)] == ["acme/rocket-7b"]
    assert page.unreadable == 1


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (None, "no list of models"),
        ([], "no list of models"),
        ("data", "no list of models"),
        ({}, "no list of models"),
        ({"error": {"code": 502}}, "no list of models"),
        ({"data": {"acme/rocket-7b": WHOLE}}, "no list of models"),
        ({"data": []}, "lists no models"),
        ({"data": [None, {"id": 7}]}, "lists no models"),
    ],
)
def test_an_empty_or_malformed_catalogue_is_evidence_of_nothing(document: object, why: str) -> None:
    with pytest.raises(FetchFailed, match=why):
        read_page(document)


@pytest.mark.parametrize(
    ("file", "models"), [("openrouter_2025-12-02.json", 335), ("openrouter_2026-01-29.json", 347)]
)
def test_the_real_catalogues_are_read_whole(real_data: Path, file: str, models: int) -> None:
    page = read_page(json.loads((real_data / file).read_text()))
    assert (len(entries_in(page)), page.unreadable) == (models, 0)
    assert all(entry.created and entry.context_length and entry.outputs for entry in entries_in(page))
