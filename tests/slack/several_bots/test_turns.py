"""A claim that runs out while its owner works: nothing is done twice, and who lost it says nothing more."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bot.discovery_job import discover_due
from bot.services import Services
from bot.slack.posting.digests import EVENT
from bot.slack.posting.incidents import _watch, watch_due
from bot.ticker import in_turn
from operator_core.domain.journal import Leases
from sandbox.catalogue.server import CatalogueServer, platform_catalogue
from sandbox.llm import Answer, Reply, Request, failing
from sandbox.platform.build import build_platform
from sandbox.slack import SlackStandIn
from support.core import SENSIBLE
from support.world import CHANNEL, START, Clock, World, bot_at_work, cards, now, shown_more, text_of

Meanwhile = Callable[[], Awaitable[None]]
SLEPT = 601.0
"""Seconds: longer than a claim's lease."""


@dataclass
class RunningClock(Clock):
    """Passes by itself."""

    began: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.began)


def hesitant() -> Answer:
    """An LLM that must be asked twice: what happens in between is up to the test."""
    refused: list[Request] = []

    def answer(request: Request) -> Reply:
        refused.append(request)
        return failing(503) if len(refused) == 1 else SENSIBLE(request)

    return answer


def after_first(services: Services, method: str, meanwhile: Meanwhile) -> None:
    """Once this replica's first call of a method of Slack's is answered, something else happens."""
    call, calls = services.client.api_call, list[str]()

    async def counted(api_method: str, **options: Any) -> Any:
        answer = await call(api_method, **options)
        calls.append(api_method)
        if api_method == method and calls.count(method) == 1:
            await meanwhile()
        return answer

    services.client.api_call = counted  # type: ignore[method-assign]


def before_first(services: Services, method: str, meanwhile: Meanwhile) -> None:
    """While this replica's first call of a method of Slack's is on its way, something else happens."""
    call = services.client.api_call

    async def delayed(api_method: str, **options: Any) -> Any:
        if api_method == method:
            services.client.api_call = call  # type: ignore[method-assign]
            await meanwhile()
        return await call(api_method, **options)

    services.client.api_call = delayed  # type: ignore[method-assign]


def digests(slack: SlackStandIn) -> list[str]:
    return [message.ts for message in slack.messages(CHANNEL) if message.event == EVENT]


async def test_a_digest_that_takes_longer_than_its_claim_is_posted_once_by_who_began(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    world.clock = RunningClock()
    tried: list[str | None] = []

    async def longer_than_a_claim(seconds: float) -> None:
        began = time.monotonic()
        while time.monotonic() < began + 5:
            tried.append(await two.digests.post_due(two.now()))

    short = Leases(claim_seconds=4)
    async with (
        bot_at_work(
            world,
            slack,
            answer=hesitant(),
            sleep=longer_than_a_claim,
            leases=short,
            max_changes_unattended=0,
        ) as one,
        bot_at_work(world, slack, leases=short, max_changes_unattended=0) as two,
    ):
        ts = await one.digests.post_due(one.now())
        assert digests(slack) == [ts]
        assert len(tried) > 2
        assert set(tried) == {None}, "it was renewed while the run went on"


async def test_who_slept_through_a_run_acts_on_nothing_and_posts_nothing(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("groq", 2, 20)
    await world.answer("openai", await world.models("openai", 20), days=6)
    posted: list[str | None] = []

    async def sleeps(seconds: float) -> None:
        assert await two.digests.post_due(two.now()) is None, "it just began"
        world.clock.pass_(seconds=SLEPT)
        posted.append(await two.digests.post_due(two.now()))

    async with (
        bot_at_work(world, slack, answer=hesitant(), sleep=sleeps) as one,
        bot_at_work(world, slack) as two,
    ):
        assert await one.digests.post_due(one.now()) is None
        assert digests(slack) == posted
        [entry] = await world.journal()
        assert entry["owner"] == two.use_cases.owner


async def test_who_loses_the_claim_between_root_and_thread_leaves_the_thread_to_the_new_owner(
    world: World, slack: SlackStandIn
) -> None:
    for number in range(12):
        await world.gone(f"provider{number:02}", 1, 2)
    finished: list[str | None] = []

    async def taken_over() -> None:
        assert await two.digests.post_due(two.now()) is None, "it just began"
        world.clock.pass_(seconds=SLEPT)
        finished.append(await two.digests.post_due(two.now()))

    async with (
        bot_at_work(world, slack, max_changes_unattended=0) as one,
        bot_at_work(world, slack, max_changes_unattended=0) as two,
    ):
        after_first(one, "chat.postMessage", taken_over)
        assert await one.digests.post_due(one.now()) is None
        [root] = [m for m in slack.messages(CHANNEL) if m.event == EVENT]
        assert [root.ts] == finished
        await shown_more(slack, root)
        shown = [c for m in (now(slack, root), *slack.thread(CHANNEL, root.ts)) for c in cards(m)]
        assert len(shown) == len(set(shown)) == 12, "each decision once, and none is lost"


@pytest.mark.parametrize("taken", [True, False], ids=["another goes on", "nobody does"])
async def test_who_loses_a_watch_tells_no_more_incidents(
    world: World, slack: SlackStandIn, taken: bool
) -> None:
    providers = ("deepinfra", "groq", "openai")
    names = {provider: await world.models(provider, 5) for provider in providers}
    for provider in providers:
        await world.answer(provider, names[provider], days=3, until_hours=30)
        await world.fail(provider, names[provider], days=1, text="Error code: 402 - out of credit")
    changed: list[int] = []

    async def taken_over() -> None:
        assert not await watch_due(two), "it just began"
        world.clock.pass_(seconds=SLEPT)
        if taken:
            changed.append(await watch_due(two))

    async with bot_at_work(world, slack) as one, bot_at_work(world, slack) as two:
        after_first(one, "chat.postMessage", taken_over)
        await watch_due(one)
        if not taken:
            assert len(slack.messages(CHANNEL)) == 1, "what it saw is old"
            changed.append(await watch_due(two))
        told_of = [text_of(message) for message in slack.messages(CHANNEL)]
        assert changed[0] > 0
        for provider in providers:
            assert sum(provider in words for words in told_of) == 1, told_of


@pytest.fixture
async def lists() -> AsyncIterator[CatalogueServer]:
    async with platform_catalogue(build_platform(START)) as server:
        yield server


async def test_who_loses_a_sync_puts_nothing_to_people(
    world: World, slack: SlackStandIn, lists: CatalogueServer
) -> None:
    await world.models("openai", 4)
    looked: list[bool] = []

    async def due(services: Services) -> bool:
        options = services.discoverer.options.model_copy(update=lists.urls)
        discoverer = replace(services.discoverer, options=options)
        return await discover_due(services.settings, services.use_cases, discoverer)

    sleeping = asyncio.Lock()

    async def taken_over(response: object) -> None:
        async with sleeping:
            if not looked:
                assert not await due(two), "it just began"
                world.clock.pass_(seconds=SLEPT)
                looked.append(await due(two))

    async with bot_at_work(world, slack) as one, bot_at_work(world, slack) as two:
        one.discoverer.client.event_hooks = {"response": [taken_over]}
        assert not await due(one)
        assert looked == [True]
        assert len(await two.use_cases.waiting()) == 1, "one review"
        claim = await two.use_cases.stores.claims.get(f"discovery:{world.clock.now:%Y-%m-%d}")
        assert claim is not None
        syncs = await world.database["operator_catalog_syncs"].find({"outcome": "good"}).to_list()
        assert {sync["started_at"] for sync in syncs} == {world.clock.now}, "nor keeps what it fetched"
        assert (claim.owner, claim.done) == (two.use_cases.owner, True)


@pytest.mark.parametrize("minutes", [-25, -10, 10, 25])
@pytest.mark.parametrize("what", ["digest", "watch"])
async def test_replicas_whose_clocks_differ_say_once_what_is_said_once(
    world: World, slack: SlackStandIn, minutes: int, what: str
) -> None:
    """While one's message is on its way, a minute of the other's comes, and the next."""
    gone = await world.models("groq", 5)
    await world.answer("groq", gone, days=3, until_hours=30)
    await world.fail("groq", gone, days=1, text="Error code: 402 - out of credit")

    def differs() -> datetime:
        return world.clock() + timedelta(minutes=minutes)

    async def does(services: Services) -> object:
        day = world.clock().date()
        return await (services.digests.post_for(day) if what == "digest" else _watch_of_now(services))

    async def _watch_of_now(services: Services) -> object:
        return await in_turn(services.use_cases, "watch:1", partial(_watch, services))

    async def minutes_of_the_other() -> None:
        for _ in range(2):
            assert not await does(two)
            world.clock.pass_(minutes=1)

    async with (
        bot_at_work(world, slack, max_changes_unattended=0) as one,
        bot_at_work(world, slack, max_changes_unattended=0, clock=differs) as two,
    ):
        before_first(one, "chat.postMessage", minutes_of_the_other)
        assert await does(one)
        assert not await does(two)
        said = [m for m in slack.messages(CHANNEL) if m.event]
        assert len(said) == 1


@pytest.mark.parametrize("minutes", [-10, 0, 10])
async def test_the_digest_of_a_dead_replica_is_finished_a_lease_and_two_minutes_later_whatever_its_clock_says(
    world: World, slack: SlackStandIn, minutes: int
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as heir:
        key, dead = f"digest:{CHANNEL}:{world.clock().date().isoformat()}", "dead"
        its_now = world.clock() + timedelta(minutes=minutes)
        await heir.use_cases.stores.claims.claim(key, dead, its_now, 600)
        posted = []
        for _ in range(12):
            world.clock.pass_(minutes=1)
            posted.append(await heir.digests.post_due(heir.now()))
        assert posted[:9] == [None] * 9, "it may live"
        assert [ts for ts in posted if ts] == digests(slack) != []
