"""The catalogues' stand-in, asked over real HTTP, and what its documents say about the sandbox's platform."""

from datetime import UTC, datetime

import httpx
import pytest

from sandbox.catalogue import server as catalogue
from sandbox.catalogue.data import (
    leaving_by_catalogue,
    leaving_by_witness,
    litellm_answer,
    models_dev_answer,
    openrouter_answer,
)
from sandbox.catalogue.new_models import CONFIRMED, LEFT_OUT, NEW, UNCONFIRMED
from sandbox.catalogue.server import catalogue_server
from sandbox.platform.build import Row, build_platform

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DOCUMENT = {"data": [{"id": "openai/gpt-5"}]}


async def get(url: str, patience: float = 10) -> httpx.Response:
    async with httpx.AsyncClient(timeout=patience) as client:
        return await client.get(url)


async def test_each_source_has_its_document_under_its_own_url() -> None:
    async with catalogue_server(openrouter=DOCUMENT, models_dev={"a": 1}, litellm={"b": 2}) as server:
        assert (await get(server.url("openrouter"))).json() == DOCUMENT
        assert (await get(server.url("models_dev"))).json() == {"a": 1}
        assert (await get(server.url("litellm"))).json() == {"b": 2}
    assert server.requests == ["openrouter", "models_dev", "litellm"]


async def test_a_source_without_a_document_is_not_found() -> None:
    async with catalogue_server() as server:
        assert (await get(server.url("openrouter"))).status_code == 404


async def test_pages_come_in_their_order_and_the_last_one_stays() -> None:
    async with catalogue_server() as server:
        server.serve("openrouter", catalogue.failing(429, retry_after=1), catalogue.failing(500), DOCUMENT)
        responses = [await get(server.url("openrouter")) for _ in range(4)]
    assert [response.status_code for response in responses] == [429, 500, 200, 200]
    assert responses[0].headers["Retry-After"] == "1"


@pytest.mark.parametrize("page", [catalogue.cut(DOCUMENT), catalogue.malformed(), catalogue.empty()])
async def test_a_spoilt_body_comes_with_status_200_and_is_no_json(page: catalogue.Page) -> None:
    async with catalogue_server() as server:
        server.serve("openrouter", page)
        response = await get(server.url("openrouter"))
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting value|Unterminated|delimiter"):
        response.json()


async def test_a_connection_can_break_within_the_body() -> None:
    async with catalogue_server() as server:
        server.serve("models_dev", catalogue.broken({"many": list(range(50_000))}))
        with pytest.raises(httpx.RemoteProtocolError):
            await get(server.url("models_dev"))


async def test_a_slow_source_times_out() -> None:
    async with catalogue_server() as server:
        server.serve("litellm", catalogue.slow(60, catalogue.document({})))
        with pytest.raises(httpx.ReadTimeout):
            await get(server.url("litellm"), patience=0.2)


def test_the_catalogue_lists_what_the_platform_measures_and_some_thirty_new_models() -> None:
    platform = build_platform(NOW)
    listed = {entry["id"] for entry in openrouter_answer(platform)["data"]}
    stored = {document["openrouter_id"] for document in platform.catalog}
    new = {entry.slug for entry in NEW}
    assert len(new) == len(NEW) == 29
    assert listed == stored | new
    assert not stored & new


def test_entries_have_openrouters_shape() -> None:
    for entry in openrouter_answer(build_platform(NOW))["data"]:
        assert entry["created"] < NOW.timestamp()
        assert set(entry["pricing"]) == {"prompt", "completion"}
        assert float(entry["pricing"]["prompt"]) >= -1
        assert isinstance(entry["context_length"], int)
        assert "text" in entry["architecture"]["input_modalities"]


def test_witnesses_list_what_answers_and_not_what_is_gone() -> None:
    platform = build_platform(NOW)
    bedrock = models_dev_answer(platform)["amazon-bedrock"]["models"]
    groq = litellm_answer(platform)
    for truth in platform.truths:
        if truth.row in {Row.GONE, Row.ANSWERING, Row.GONE_LATELY} and truth.ref.provider == "bedrock":
            assert (truth.ref.model_id in bedrock) == (truth.row == Row.ANSWERING), truth
        if truth.row in {Row.GONE, Row.ANSWERING} and truth.ref.provider == "groq":
            assert (f"groq/{truth.ref.model_id}" in groq) == (truth.row == Row.ANSWERING), truth


def test_witnesses_list_the_renamed_models_successor() -> None:
    platform = build_platform(NOW)
    assert platform.successor is not None
    assert platform.successor.model_id in models_dev_answer(platform)["openai"]["models"]


def test_new_models_are_on_no_provider_of_the_platform_yet() -> None:
    measured = {(document["provider"], document["model_id"]) for document in build_platform(NOW).models}
    assert not measured & {place for new in NEW for place in new.served.items()}
    assert all(new.served for new in CONFIRMED)
    assert not any(new.served for new in UNCONFIRMED)
    assert {"image", "audio", "embeddings"} <= {kind for new in LEFT_OUT for kind in new.output}


def test_a_model_is_leaving_by_the_catalogue_and_another_by_a_witness() -> None:
    platform = build_platform(NOW)
    by_catalogue, by_witness = leaving_by_catalogue(platform), leaving_by_witness(platform)
    assert by_catalogue is not None
    assert by_witness is not None
    expiring = [e["id"] for e in openrouter_answer(platform)["data"] if e["expiration_date"]]
    dated = {key: e for key, e in litellm_answer(platform).items() if "deprecation_date" in e}
    assert expiring == [by_catalogue.family.slug]
    assert {key: e["deprecation_date"] for key, e in dated.items()} == {
        f"groq/{by_witness.model_id}": "2026-12-05"
    }
