"""A further witness is one value: its name, its option, and how its entries are read."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from discovery.options import DiscoveryOptions
from discovery.sources.directories import Listing, Source, listing_of
from discovery.sources.witnesses import SOURCES
from operator_core.domain.base import ModelRef
from operator_core.domain.runs import RunOutcome
from sandbox.catalogue.server import malformed
from support.small_market import World, world

Document = dict[str, Any]


class WithGazette(DiscoveryOptions):
    gazette_url: str


def _entries(document: Mapping[str, object], providers: Collection[str]) -> Iterator[Listing | None]:
    """A list of the shape {"provider model": dollars}."""
    for key, price in document.items():
        provider, _, model_id = key.partition(" ")
        if provider in providers:
            ref = ModelRef(provider=provider, model_id=model_id)
            yield listing_of(GAZETTE, ref, {}, None, (price, price)) if model_id else None


GAZETTE = Source("The Gazette", "gazette_url", _entries)
LISTED: Document = {"openai gpt-4o": 3, "groq xai/grok-4": 2, "groq": 1, "elsewhere gpt-4o": 1}


def with_gazette(here: World) -> World:
    """The Gazette stands where LiteLLM's list was, and has its own option."""
    here.lists.serve("litellm", LISTED)
    options = here.discoverer.options
    address = {**options.model_dump(), "gazette_url": here.lists.url("litellm"), "litellm_url": "http://none"}
    sources = (SOURCES[0], GAZETTE)
    here.discoverer = replace(here.discoverer, options=WithGazette(**address), sources=sources)
    return here


async def test_what_a_further_witness_lists_is_kept_matched_and_named(
    database: AsyncDatabase[Document],
) -> None:
    async with world(database) as made:
        here = with_gazette(made)
        syncs = await here.discoverer.fetch(here.now)
        assert [(one.source, one.outcome) for one in syncs[1:]] == [
            ("models.dev", RunOutcome.GOOD),
            ("The Gazette", RunOutcome.GOOD),
        ]
        assert syncs[-1].unreadable == 1
        found = await here.discoverer.discover(here.now, ask=False)
        said = {(str(one.ref), one.confirmed, one.reasoning) for one in found.matches}
        assert ("openai/gpt-4o", True, "in models.dev, The Gazette") in said
        assert ("groq/xai/grok-4", True, "in The Gazette") in said
        prices = {str(member.ref): member.origin for member in found.to_review}
        assert "$3/$3 per M ·" in prices["openai/gpt-4o"]


@pytest.mark.parametrize("known", [True, False])
async def test_a_further_witness_that_fails_is_named_and_stops_no_other(
    database: AsyncDatabase[Document], known: bool
) -> None:
    async with world(database) as made:
        here = with_gazette(made)
        if known:
            await here.discoverer.fetch(here.now)
        here.lists.serve("litellm", malformed())
        outcomes = {one.source: one.outcome for one in await here.discoverer.fetch(here.next_day())}
        assert outcomes["The Gazette"] == RunOutcome.FAILED
        assert outcomes["models.dev"] == outcomes["openrouter"] == RunOutcome.GOOD
        found = await here.discoverer.discover(here.now, ask=False)
        said = "could not be renewed" if known else "was never fetched"
        assert any(note.startswith(f"The Gazette {said}") for note in found.notes)
        assert ("groq/xai/grok-4" in {str(one.ref) for one in found.matches}) == known
