"""Discovery over the wire: a line in the digest, Review, Add two with one undo, Not now, Never."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.discovery_job import discover_now
from bot.services import Services
from sandbox.catalogue.server import CatalogueServer, platform_catalogue
from sandbox.platform.build import build_platform
from sandbox.slack import Message, SlackStandIn, slack_stand_in
from support.world import ANA, CHI, START, Database, World, bot_at_work, cards, digest_of, text_of


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with slack_stand_in() as stand_in:
        yield stand_in
        assert stand_in.rejections == [], "Slack would have refused this"


@pytest.fixture
async def lists() -> AsyncIterator[CatalogueServer]:
    async with platform_catalogue(build_platform(START)) as server:
        yield server


async def looked(services: Services, lists: CatalogueServer, slack: SlackStandIn) -> tuple[Message, str]:
    """A digest after discovery, and the review's id."""
    options = services.discoverer.options.model_copy(update=lists.urls)
    await discover_now(services.use_cases, replace(services.discoverer, options=options))
    digest = await digest_of(services, slack)
    [review] = cards(digest, "review")
    return digest, review


async def open_review(slack: SlackStandIn, who: str, digest: Message, review: str) -> None:
    person = slack.person(who)
    await person.click(digest, f"review.{review}")
    await slack.until(lambda: person.view is not None)


@pytest.mark.both_modes
async def test_review_and_add_put_two_into_mongodb_with_one_undo(
    database: Database, slack: SlackStandIn, lists: CatalogueServer
) -> None:
    world = World(database)
    names = await world.models("openai", 4)
    await world.answer("openai", names, days=5)
    async with bot_at_work(world, slack) as services:
        digest, review = await looked(services, lists, slack)
        before = await database["models"].count_documents({})
        await open_review(slack, ANA, digest, review)
        ana = slack.person(ANA)
        await ana.submit(choices={"choice": "add"})
        assert "Nothing is ticked" in str(ana.errors), "nothing is ticked beforehand"
        await ana.submit(tick={"0", "1"}, choices={"choice": "add"})
        await slack.until(lambda: "added 2" in str(ana.view))
        added = [d async for d in database["models"].find({"added_by": f"ai-operator:{ANA}"})]
        assert len(added) == 2
        assert all(d["enabled"] is True and d["deprecated"] is False and d["origin"] for d in added)
        proposal = await services.use_cases.stores.proposals.get(review)
        [journal_id] = proposal.journal_ids
        newest = slack.message(digest)
        assert newest is not None
        assert "1 model, 2 offers added" in text_of(newest)
        await ana.close()
        await ana.click(newest, f"undo.{review}")
        await slack.until(lambda: ana.view is not None and ana.view.get("submit"))
        await ana.submit()
        await slack.until(lambda: "took back" in str(ana.view))
        assert await database["models"].count_documents({}) == before
        assert journal_id.startswith("J-")


@pytest.mark.parametrize(
    ("choice", "said", "listed"),
    [
        ("never", "won't be shown again", "“Never” by ana"),
        ("not now", "will be shown again in a week", "“Not now” by ana"),
    ],
)
async def test_never_and_not_now_are_holds_that_two_clicks_take_back(
    database: Database, slack: SlackStandIn, lists: CatalogueServer, choice: str, said: str, listed: str
) -> None:
    async with bot_at_work(World(database), slack) as services:
        digest, review = await looked(services, lists, slack)
        offer = str((await services.use_cases.stores.proposals.get(review)).members[0].ref)
        ana = slack.person(ANA)
        await open_review(slack, ANA, digest, review)
        await ana.submit(tick={"0"}, choices={"choice": choice}, texts={"note": "too small"})
        await slack.until(lambda: said in str(ana.view))
        await ana.close()
        [hold] = await services.use_cases.stores.holds.active()
        assert (hold.reason, hold.by) == ("too small", ANA)
        assert (hold.until is None) == (choice == "never")
        assert offer not in await under_review(services)

        await ana.open_home()
        await slack.until(lambda: "On hold (1)" in str(slack.home(ANA)))
        await ana.click_at_home("holds.home")
        await slack.until(lambda: listed in str(ana.view))
        await ana.click_in_view(f"release.{hold.id}")
        await slack.until(lambda: "Nothing is on hold" in str(ana.view))
        assert offer in await under_review(services)


async def under_review(services: Services) -> set[str]:
    """The offers that people are asked about."""
    [standing] = [p for p in await services.use_cases.stores.proposals.waiting() if p.action == "add"]
    return {str(member.ref) for member in standing.members}


async def test_one_tick_answers_for_all_offers_of_a_provider_and_for_no_other(
    database: Database, slack: SlackStandIn, lists: CatalogueServer
) -> None:
    async with bot_at_work(World(database), slack) as services:
        digest, review = await looked(services, lists, slack)
        members = (await services.use_cases.stores.proposals.get(review)).members
        counts = Counter(member.ref.provider for member in members)
        provider, many = counts.most_common(1)[0]
        first = next(n for n, member in enumerate(members) if member.ref.provider == provider)
        ana = slack.person(ANA)
        await open_review(slack, ANA, digest, review)
        assert f"{provider}: all {many}" in str(ana.view)
        await ana.submit(tick={f"all.{first}"}, choices={"choice": "not now"})
        await slack.until(lambda: "will be shown again in a week" in str(ana.view))
        rest = {str(member.ref) for member in members if member.ref.provider != provider}
        assert await under_review(services) == rest != set(), "what wasn't ticked stays"


async def test_a_stranger_may_look_at_nothing_that_adds(
    database: Database, slack: SlackStandIn, lists: CatalogueServer
) -> None:
    async with bot_at_work(World(database), slack) as services:
        digest, review = await looked(services, lists, slack)
        await slack.person(CHI).click(digest, f"review.{review}")
        await slack.until(lambda: slack.ephemerals(CHI))
        assert "can approve this" in slack.ephemerals(CHI)[-1].text
        assert slack.person(CHI).view is None
