"""The catalogue and its witnesses, fetched over real HTTP into a real database."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from discovery.sources.fetching import fetch_json, http_client
from operator_core.domain.runs import RunOutcome
from operator_core.errors import FetchFailed
from sandbox.catalogue.server import Page, broken, cut, empty, failing, malformed
from support.small_catalogue import MONGO
from support.small_market import LITELLM, MODELS, MODELS_DEV, World, json_of, listing, one, world

Document = dict[str, Any]


@pytest.fixture
async def here(database: AsyncDatabase[Document]) -> AsyncIterator[World]:
    async with world(database) as made:
        yield made


async def test_a_sync_keeps_every_model_with_when_it_was_seen_and_what_we_do_not_know(here: World) -> None:
    sync = await here.discoverer.catalogue.sync(here.now)
    assert (sync.outcome, sync.entries, sync.new) == (RunOutcome.GOOD, len(MODELS), len(MODELS))
    kept = (await here.catalogue())["openai/gpt-4o"]
    assert kept["first_seen_at"] == kept["last_seen_at"] == here.now
    assert (kept["org"], kept["context_length"]) == ("openai", 128_000)
    assert kept["pricing"] == {"prompt": "0.000001", "completion": "0.000002"}
    assert kept["raw"]["something_new"] == {"kept": True}


async def test_a_second_sync_updates_what_is_there_and_counts_what_is_new_and_missing(here: World) -> None:
    first = here.now
    await here.discoverer.catalogue.sync(first)
    here.lists.serve("openrouter", listing(*MODELS[1:], "openai/gpt-6", expiration_date="2026-12-01"))
    sync = await here.discoverer.catalogue.sync(here.next_day())
    assert (sync.new, sync.missing) == (1, 1)
    kept = await here.catalogue()
    assert kept["openai/gpt-4"]["last_seen_at"] == first
    assert kept["openai/gpt-4o"]["first_seen_at"] == first
    assert kept["openai/gpt-4o"]["last_seen_at"] == here.now
    assert kept["openai/gpt-4o"]["expiration_date"] == "2026-12-01"
    assert len(kept) == len(MODELS) + 1


@pytest.mark.parametrize(
    ("change", "written"),
    [
        ({}, set()),
        ({"something_new": {"kept": False}}, {MODELS[0]}),
        ({"canonical_slug": "openai/gpt-4-0613"}, {MODELS[0]}),
        ({"pricing": {"prompt": "0"}}, {MODELS[0]}),
    ],
)
async def test_a_sync_writes_what_changed_and_sees_all(
    here: World, change: Document, written: set[str]
) -> None:
    await here.discoverer.catalogue.sync(here.now)
    # The same number in another type: it stands until the entry is written anew.
    await here.database[MONGO.openrouter_catalog].update_many({}, {"$set": {"context_length": 128_000.0}})
    entries = [one(name) for name in MODELS]
    here.lists.serve("openrouter", {"data": [{**entries[0], **change}, *entries[1:]]})
    await here.discoverer.catalogue.sync(here.next_day())
    after = await here.catalogue()
    assert {name for name, kept in after.items() if isinstance(kept["context_length"], int)} == written
    assert {kept["last_seen_at"] for kept in after.values()} == {here.now}


@pytest.mark.parametrize(
    "odd", [None, 7, ["no/model"], ["no/model", "openai/gpt-4o"], ["openai/gpt-4o"], {"a": 1}, "no/model"]
)
async def test_what_the_list_does_not_name_is_not_seen(here: World, odd: object) -> None:
    catalogue = here.database[MONGO.openrouter_catalog]
    await catalogue.insert_many([{"_id": 1, "openrouter_id": odd}, {"_id": 2, "theirs": True}])
    for new in (len(MODELS), 0):
        sync = await here.discoverer.catalogue.sync(here.next_day())
        assert (sync.outcome, sync.new, sync.missing) == (RunOutcome.GOOD, new, 0)
    assert await catalogue.find_one({"_id": 1}) == {"_id": 1, "openrouter_id": odd}
    assert await catalogue.find_one({"_id": 2}) == {"_id": 2, "theirs": True}
    seen = {"last_seen_at": here.now, "openrouter_id": {"$in": [*MODELS]}}
    assert await catalogue.count_documents(seen) == len(MODELS)


async def test_a_document_that_another_program_wrote_is_updated_and_keeps_its_id(here: World) -> None:
    catalogue = here.database[MONGO.openrouter_catalog]
    await catalogue.insert_one({"_id": "theirs", "openrouter_id": "openai/gpt-5", "their_field": 1})
    await here.discoverer.catalogue.sync(here.now)
    kept = (await here.catalogue())["openai/gpt-5"]
    assert (kept["_id"], kept["their_field"], kept["name"]) == ("theirs", 1, "Maker: gpt-5")


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (empty(), "an empty answer"),
        (cut(listing()), "not JSON"),
        (malformed(), "not JSON"),
        (broken(listing()), "the connection failed"),
        (failing(500), "status 500"),
        (failing(403), "status 403"),
        (failing(429, retry_after=3600), "status 429"),
        (Page(body='{"data": []}'), "lists no models"),
        (Page(body='{"models": 7}'), "no list of models"),
        (Page(body="[" * 100_000), "not JSON"),
        (Page(body='{"data": [1, {"id": 7}]}'), "lists no models"),
    ],
)
async def test_an_answer_that_is_no_catalogue_is_a_failed_sync(here: World, page: Page, reason: str) -> None:
    await here.discoverer.catalogue.sync(here.now)
    before = await here.catalogue()
    here.lists.serve("openrouter", page)
    sync = await here.discoverer.catalogue.sync(here.next_day())
    assert sync.outcome == RunOutcome.FAILED
    assert reason in sync.reason
    assert await here.catalogue() == before
    recorded = await here.database["operator_catalog_syncs"].find_one({"_id": sync.id})
    assert recorded is not None
    assert recorded["outcome"] == "failed"


async def test_a_partial_catalogue_is_a_failed_sync_and_retires_nothing(here: World) -> None:
    await here.discoverer.catalogue.sync(here.now)
    before = await here.catalogue()
    for size in (6, 6, 3, 5, 6):
        here.lists.serve("openrouter", listing(*MODELS[:size]))
        sync = await here.discoverer.catalogue.sync(here.next_day())
        assert sync.outcome == RunOutcome.FAILED
        assert f"only {size} entries, where the last good sync had 10" in sync.reason
    assert await here.catalogue() == before
    assert await here.discoverer.catalogue.vanished_before() is None


@pytest.mark.parametrize(("hours", "believed"), [(0, False), (1, False), (12, True), (24, True)])
async def test_the_third_smaller_catalogue_alike_is_believed_where_they_span_a_day(
    here: World, hours: int, believed: bool
) -> None:
    await here.discoverer.catalogue.sync(here.now)
    here.lists.serve("openrouter", listing(*MODELS[:6]))
    outcomes = []
    for n in range(3):
        sync = await here.discoverer.catalogue.sync(here.now + timedelta(days=1, hours=n * hours, minutes=n))
        outcomes.append(sync.outcome)
    assert outcomes == ["failed", "failed", "good" if believed else "failed"]


def pages(*further: Page, total: object = None) -> list[Page | Document]:
    """An answer in two pages and more, as `links.next` names them."""
    halves = [listing(*MODELS[:5]), listing(*MODELS[5:])]
    first = {**halves[0], "links": {"next": "?page=2"}, "total_count": total}
    return [first, *further] if further else [first, halves[1]]


async def test_further_pages_are_followed(here: World) -> None:
    here.lists.serve("openrouter", *pages(total=10))
    sync = await here.discoverer.catalogue.sync(here.now)
    assert (sync.outcome, sync.entries) == (RunOutcome.GOOD, 10)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (pages(total=700), "only 10 of 700 models"),
        (pages(failing(403)), "status 403"),
        (pages(malformed()), "not JSON"),
        (pages()[:1] * 25, "more than 20 pages"),
        ([{**listing(), "links": {"next": "https://elsewhere.example/2"}}], "on another server"),
    ],
)
async def test_a_list_whose_pages_do_not_add_up_is_a_failed_sync(
    here: World, answers: list[Any], reason: str
) -> None:
    here.lists.serve("openrouter", *answers)
    sync = await here.discoverer.catalogue.sync(here.now)
    assert (sync.outcome, reason in sync.reason) == (RunOutcome.FAILED, True), sync.reason
    assert await here.catalogue() == {}


async def test_an_answer_of_seventy_percent_is_believed(here: World) -> None:
    await here.discoverer.catalogue.sync(here.now)
    here.lists.serve("openrouter", listing(*MODELS[:7]))
    assert (await here.discoverer.catalogue.sync(here.next_day())).outcome == RunOutcome.GOOD


async def test_a_failure_that_may_pass_is_asked_again_with_growing_patience(here: World) -> None:
    here.lists.serve("openrouter", failing(503), broken(listing()), listing())
    sync = await here.discoverer.catalogue.sync(here.now)
    assert sync.outcome == RunOutcome.GOOD
    assert here.waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("patience", "waits"),
    [("²", [1.0]), ("٣", [1.0]), ("1e3", [1.0]), ("-1", [1.0]), ("2", [2.0]), ("9" * 400, [])],
)
async def test_a_wait_that_is_no_number_is_ours_to_choose(
    here: World, patience: str, waits: list[float]
) -> None:
    busy = Page(status=429, headers=(("Retry-After", patience),))
    here.lists.serve("openrouter", busy, listing())
    sync = await here.discoverer.catalogue.sync(here.now)
    assert (sync.outcome == RunOutcome.GOOD, here.waits) == (bool(waits), waits)


async def test_an_endless_answer_is_given_up(here: World) -> None:
    here.lists.serve("openrouter", Page(body="x" * 50_000))
    async with http_client() as client:
        with pytest.raises(FetchFailed, match="more than"):
            await fetch_json(client, here.lists.url("openrouter"), max_bytes=10_000)


async def test_fields_that_mongodb_would_refuse_are_kept_under_other_names(here: World) -> None:
    odd = {**one("openai/gpt-4o"), "$set": {"a.b": 2**80, "": None}}
    here.lists.serve("openrouter", {"data": [odd]})
    assert (await here.discoverer.catalogue.sync(here.now)).outcome == RunOutcome.GOOD
    assert (await here.catalogue())["openai/gpt-4o"]["raw"]["_set"] == {"a_b": float(2**80), "_": None}


async def test_an_entry_that_is_no_model_is_counted_and_the_rest_kept(here: World) -> None:
    here.lists.serve("openrouter", {"data": [one("openai/gpt-4o"), {"id": None}, "x", {"name": "no id"}]})
    sync = await here.discoverer.catalogue.sync(here.now)
    assert (sync.outcome, sync.entries, sync.unreadable) == (RunOutcome.GOOD, 1, 3)


async def test_witnesses_are_kept_with_their_age(here: World) -> None:
    syncs = await here.discoverer.witnesses.sync(here.now)
    assert [(s.source, s.outcome) for s in syncs] == [("models.dev", "good"), ("LiteLLM", "good")]
    snapshots = await here.discoverer.witnesses.snapshots()
    assert [(c.source, len(c.listings), c.as_of) for c in snapshots] == [
        ("models.dev", 6, here.now),
        ("LiteLLM", 4, here.now),
    ]


async def test_without_the_network_the_last_good_copy_serves_and_says_how_old_it_is(here: World) -> None:
    fetched = here.now
    await here.discoverer.fetch(fetched)
    here.lists.serve("models_dev", failing(502))
    here.lists.serve("litellm", malformed())
    await here.discoverer.witnesses.sync(here.next_day())
    snapshots = await here.discoverer.witnesses.snapshots()
    assert [len(copy.listings) for copy in snapshots] == [6, 4]
    assert {copy.as_of for copy in snapshots} == {fetched}
    notes = (await here.discoverer.discover(here.now)).notes
    assert any("models.dev could not be renewed (status 502" in n and "24 hours old" in n for n in notes)
    assert any(n.startswith("LiteLLM could not be renewed") for n in notes)


async def test_a_witness_that_lost_most_of_its_entries_is_not_believed(here: World) -> None:
    await here.discoverer.witnesses.sync(here.now)
    here.lists.serve("litellm", {"gpt-4": LITELLM["gpt-4"]})
    (_, lite) = await here.discoverer.witnesses.sync(here.next_day())
    assert lite.outcome == RunOutcome.FAILED
    assert len((await here.discoverer.witnesses.snapshots())[1].listings) == 4


MANY: Document = {
    "sample": {"models": {f"other-{n}": {} for n in range(60)}},
    **{
        name: {"models": {f"{name}-{n}": {} for n in range(size)}}
        for name, size in {"openai": 10, "groq": 20, "anthropic": 1, "google-vertex": 4}.items()
    },
}


def with_of(provider: str, size: int) -> Document:
    """The list, of which one provider has so few models."""
    theirs = MANY[provider]["models"]
    return {**MANY, provider: {"models": {name: theirs[name] for name in list(theirs)[:size]}}}


async def kept_of(here: World, provider: str) -> int:
    copy, _ = await here.discoverer.witnesses.snapshots()
    return sum(one.provider == provider for one in copy.listings)


@pytest.mark.parametrize(
    ("theirs", "ours", "size", "had"),
    [
        ("openai", "openai", 0, 10),
        ("groq", "groq", 13, 20),
        ("google-vertex", "vertex", 1, 4),
        ("anthropic", "anthropic", 0, 1),
    ],
)
async def test_a_witness_that_lost_most_of_one_provider_is_believed_about_the_others(
    here: World, theirs: str, ours: str, size: int, had: int
) -> None:
    here.lists.serve("models_dev", MANY)
    await here.discoverer.fetch(here.now)
    fewer = with_of(theirs, size)
    fewer["amazon-bedrock"] = {"models": {"a.new-one": {}}}
    here.lists.serve("models_dev", fewer)
    for _ in range(2):
        (sync, _) = await here.discoverer.witnesses.sync(here.next_day())
        assert (sync.outcome, sync.too_few) == (RunOutcome.GOOD, {ours: size})
        assert [await kept_of(here, one) for one in (ours, "bedrock")] == [had, 1]
    said = f"models.dev lists only {size} of {had} models of {ours}, taken for a part: the earlier ones stay."
    assert said in (await here.discoverer.discover(here.now)).notes
    (sync, _) = await here.discoverer.witnesses.sync(here.next_day())
    assert (sync.too_few, sync.reason, await kept_of(here, ours)) == ({}, "", size)


@pytest.mark.parametrize(("theirs", "size"), [("openai", 7), ("groq", 15), ("google-vertex", 3)])
async def test_a_provider_that_lost_a_few_models_is_believed(here: World, theirs: str, size: int) -> None:
    here.lists.serve("models_dev", MANY)
    await here.discoverer.witnesses.sync(here.now)
    here.lists.serve("models_dev", with_of(theirs, size))
    (sync, _) = await here.discoverer.witnesses.sync(here.next_day())
    assert (sync.outcome, sync.too_few, sync.reason) == (RunOutcome.GOOD, {}, "")
    assert await kept_of(here, theirs.removeprefix("google-")) == size


@pytest.mark.parametrize(
    ("which", "served"),
    [
        ("openrouter", listing(*MODELS[:2])),
        ("litellm", {"gpt-4": LITELLM["gpt-4"]}),
        ("models_dev", {"openai": {"models": {"gpt-5": {}}}}),
    ],
)
async def test_a_list_that_shrank_is_believed_at_once_by_a_persons_word(
    here: World, which: Literal["openrouter", "models_dev", "litellm"], served: Document
) -> None:
    await here.discoverer.fetch(here.now)
    here.lists.serve(which, served)
    before = {sync.source: sync.outcome for sync in await here.discoverer.fetch(here.next_day())}
    assert list(before.values()).count(RunOutcome.FAILED) == 1
    believing = replace(here.discoverer, accepted_by="cli:ana")
    syncs = await believing.fetch(here.next_day())
    assert {(sync.outcome, sync.accepted_by) for sync in syncs} == {(RunOutcome.GOOD, "cli:ana")}
    recorded = await here.database["operator_catalog_syncs"].distinct("accepted_by")
    assert "cli:ana" in recorded
    assert {(sync.outcome, sync.accepted_by) for sync in await here.discoverer.fetch(here.next_day())} == {
        (RunOutcome.GOOD, "")
    }


async def test_a_renewed_copy_replaces_the_older_one_whole(here: World) -> None:
    await here.discoverer.witnesses.sync(here.now)
    here.lists.serve("models_dev", {**MODELS_DEV, "anthropic": {"models": {"claude-opus-5": {}}}})
    (models_dev, _) = await here.discoverer.witnesses.sync(here.next_day())
    assert (models_dev.new, models_dev.missing) == (1, 1)
    kept = await here.database["operator_witnesses"].find({"source": "models.dev"}).to_list()
    assert {d["model_id"] for d in kept if d["provider"] == "anthropic"} == {"claude-opus-5"}
    assert len(kept) == 6


async def test_the_first_sync_of_a_real_catalogue_takes_under_five_seconds(
    here: World, real_data: Path
) -> None:
    here.lists.serve("openrouter", json_of(real_data / "openrouter_2026-01-29.json"))
    here.lists.serve("models_dev", json_of(real_data / "models_dev_2026-03-01.json"))
    here.lists.serve("litellm", json_of(real_data / "litellm_models.json"))
    started = time.perf_counter()
    syncs = await here.discoverer.fetch(here.now)
    await here.discoverer.discover(here.now, ask=False)
    assert time.perf_counter() - started < 5
    assert [sync.outcome for sync in syncs] == ["good"] * 3


@pytest.mark.parametrize(
    ("odd", "name"),
    [
        ("half \ud83d of a character", "half \ufffd of a character"),
        ("whole \U0001f600", "whole \U0001f600"),
        (2**70, ""),
    ],
)
async def test_one_odd_value_costs_nothing_but_itself(here: World, odd: object, name: str) -> None:
    strange = {**one("openai/gpt-5"), "name": odd, "context_length": 2**64, "created": odd}
    here.lists.serve("openrouter", {"data": [strange, one("openai/gpt-4")]})
    sync = await here.discoverer.catalogue.sync(here.now)
    assert (sync.outcome, sync.entries) == (RunOutcome.GOOD, 2)
    assert (await here.catalogue())["openai/gpt-5"]["name"] == name


@pytest.mark.parametrize(
    "where",
    [
        "discovery.sources.openrouter.read_page",
        "discovery.sources.openrouter._write",
        "discovery.sources.witnesses.Counter",
    ],
)
async def test_whatever_a_sync_raises_is_a_failed_sync_that_is_recorded(
    here: World, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr(where, broken)
    syncs = await here.discoverer.fetch(here.now)
    failed = [sync for sync in syncs if sync.outcome == RunOutcome.FAILED]
    assert {sync.reason for sync in failed} == {"ZeroDivisionError: surprise"}
    stored = await here.database["operator_catalog_syncs"].find({"outcome": "running"}).to_list()
    assert stored == []
    discovery = await here.discoverer.discover(here.now, ask=False)
    assert any("ZeroDivisionError" in note for note in discovery.notes), "it is shown"
