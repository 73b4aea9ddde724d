"""A server that gives what no list should: each answer is a good sync or a failed one that is seen, nothing
else stops, nothing is lost, and nothing wrong is confirmed."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from bad_inputs.lists import MARKUP, answers
from bot.discovery_job import discover_due, lines_for_digest
from discovery.findings import report, stats
from discovery.matching.match import match
from discovery.pipeline import Discoverer
from discovery.sources.syncs import Sync
from discovery.sources.witnesses import SOURCES
from operator_core.domain.runs import RunOutcome
from sandbox.catalogue.server import Page, Source, failing
from support.core import core_over, with_values
from support.shipped import SETTINGS
from support.small_market import LITELLM, MODELS_DEV, PROVIDERS, World, listing, world

Document = dict[str, Any]
GOOD: dict[Source, Document] = {"openrouter": listing(), "models_dev": MODELS_DEV, "litellm": LITELLM}
NAMES = {"openrouter": "The last fetch of the catalogue", "models_dev": "models.dev", "litellm": "LiteLLM"}


@pytest.fixture
async def here(database: AsyncDatabase[Document]) -> AsyncIterator[World]:
    async with world(database) as made:
        yield made


async def renewed(discoverer: Discoverer, which: Source, here: World) -> Sync:
    """One attempt to renew this list alone."""
    if which == "openrouter":
        return await discoverer.catalogue.sync(here.now)
    own = tuple(source for source in SOURCES if source.option == f"{which}_url")
    [sync] = await replace(discoverer, sources=own).witnesses.sync(here.now)
    return sync


async def kept(here: World) -> set[str]:
    """All that is known of the lists, entries and listings."""
    copies = await here.discoverer.witnesses.snapshots()
    listed = {f"{one.source} {one.ref}" for copy in copies for one in copy.listings}
    return listed | {f"{name} as {entry['name']}" for name, entry in (await here.catalogue()).items()}


async def confirmed(here: World) -> set[tuple[str, str]]:
    """An offer, and the model by its id and by its name."""
    last_good = await here.discoverer.lists.ledger.last_good("openrouter")
    assert last_good is not None
    entries = [
        one
        for one in await here.discoverer.catalogue.kept_entries()
        if one.last_seen_at >= last_good.started_at
    ]
    listings = [one for copy in await here.discoverer.witnesses.snapshots() for one in copy.listings]
    names = {one.openrouter_id: one.name for one in entries}
    sure = [one for one in match(entries, (), PROVIDERS, listings, here.now.date()).matches if one.confirmed]
    return {(name, str(one.ref)) for one in sure for name in (one.openrouter_id, names[one.openrouter_id])}


async def assert_shown(here: World, which: Source, failed: Sync) -> None:
    """The digest says it, in the list's name; reports and counts are still JSON, and nothing is markup."""
    found = await here.discoverer.discover(here.now, ask=False)
    assert json.dumps((report(found), stats(found)))
    told = [line for line in lines_for_digest(found) if line.startswith(NAMES[which])]
    assert any(failed.reason and failed.reason in line for line in told), failed.reason
    assert not any(part in str(found.notes) for part in (MARKUP, "<h1>", "\x00")), found.notes


@pytest.mark.timeout(300)
@pytest.mark.parametrize("which", list(GOOD))
async def test_a_bad_answer_is_a_good_sync_or_one_that_is_seen_to_have_failed(
    here: World, which: Source
) -> None:
    bad = answers(which, GOOD[which])
    assert len(bad) >= 200, "all of them differ"
    await here.discoverer.fetch(here.now)
    after = whole = await kept(here)
    at_first = await confirmed(here)
    reasons = set[str]()
    for page in bad:
        case = f"{page.status} {page.headers} {page.encoding} {page.body[:300]!r}"
        here.now += timedelta(minutes=1)
        here.lists.serve(which, page)
        before, sync = after, await renewed(here.discoverer, which, here)
        after = await kept(here)
        if sync.outcome == RunOutcome.FAILED:
            assert after == before, case
            if sync.reason not in reasons:
                await assert_shown(here, which, sync)
            reasons.add(sync.reason)
            continue
        assert sync.outcome == RunOutcome.GOOD, case
        sure = await confirmed(here)
        assert {offer for _, offer in sure} == {offer for _, offer in sure & at_first}, case
        assert len(whole - after) <= 1, case
        if whole - after:
            here.lists.serve(which, GOOD[which])
            believing = replace(here.discoverer, accepted_by="cli:ana")
            assert (await renewed(believing, which, here)).outcome == RunOutcome.GOOD
            after = await kept(here)
            assert whole <= after, case
    assert len(reasons) >= 20, "they are told apart"
    assert await here.database["operator_catalog_syncs"].count_documents({"outcome": "running"}) == 0


async def test_a_list_that_fails_is_asked_once_a_day_and_the_others_go_on(here: World) -> None:
    """Whatever comes of it: no minute's tick asks again, and the next day's turn does."""
    settings = with_values(SETTINGS, discovery={**here.lists.urls, "providers": PROVIDERS})
    settings = with_values(settings, schedule={"discovery_at": "06:00"})
    now = [here.now.replace(hour=6)]
    async with core_over(here.database, None, settings=settings, clock=lambda: now[0]) as (use_cases, _):
        for page, asked in ((failing(503), 3), (failing(404), 1), (Page(body="<html>"), 1)):
            here.lists.serve("openrouter", page)
            here.lists.requests.clear()
            looked = []
            for minute in (0, 1, 2, 60, 600):
                now[0] = now[0].replace(hour=6) + timedelta(minutes=minute)
                looked.append(await discover_due(settings, use_cases, here.discoverer))
            assert looked == [True, False, False, False, False]
            assert [here.lists.requests.count(one) for one in GOOD] == [asked, 1, 1]
            now[0] += timedelta(days=1)
