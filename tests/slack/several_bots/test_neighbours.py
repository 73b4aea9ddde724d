"""Two deployments where one should be, in one channel or behind one Slack app: both notice, and say so."""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest
from pymongo import AsyncMongoClient

from bot.monitoring.status import status_of
from bot.services import Services
from operator_core.domain.mode import NAMED
from sandbox.database import marked_database
from sandbox.slack import SlackStandIn
from support.world import ANA, START, Document, World, bot_at_work, digest_of, press, text_of, told


def asking(world: World, slack: SlackStandIn) -> AbstractAsyncContextManager[Services]:
    """A bot that asks before each change."""
    return bot_at_work(world, slack, max_changes_unattended=0)


@pytest.fixture
async def other(mongodb_uri: str, world: World, slack: SlackStandIn) -> AsyncIterator[World]:
    """Another platform's database; Slack's clock is the bots'."""
    slack.pass_time(START.timestamp() - time.time())
    with marked_database(mongodb_uri) as name:
        async with AsyncMongoClient[Document](mongodb_uri, tz_aware=True) as client:
            platform = World(client[name], world.clock)
            await platform.gone("openai", 1, 3)
            await world.gone("groq", 1, 3)
            yield platform


def named(world: World, words: str) -> str:
    return words.format(world.database.name[:NAMED])


async def test_two_deployments_in_one_channel_are_said_by_both(
    world: World, other: World, slack: SlackStandIn
) -> None:
    said = "Another AI Operator (database {}) posts in this channel too"
    async with asking(world, slack) as ours, asking(other, slack) as theirs:
        assert "Another AI Operator" not in text_of(await digest_of(ours, slack))
        assert named(world, said) in text_of(await digest_of(theirs, slack))
        world.clock.pass_(days=1)
        assert named(other, said) in text_of(await digest_of(ours, slack))
        for services, neighbour in ((ours, other), (theirs, world)):
            await services.digests.content(None)
            assert named(neighbour, said) in str((await status_of(services)).degraded)
        world.clock.pass_(days=9)
        for services in (ours, theirs):
            await services.digests.content(None)
            assert "Another AI Operator" not in str((await status_of(services)).degraded), "they went away"


async def test_two_deployments_behind_one_slack_app_are_said_by_both(
    world: World, other: World, slack: SlackStandIn
) -> None:
    said = "Clicks for database {} reach this bot"
    async with asking(world, slack) as ours, asking(other, slack) as theirs:
        for services, neighbour, of_neighbour in ((theirs, world, ours), (ours, other, theirs)):
            digest = await digest_of(of_neighbour, slack)
            for _ in range(2):  # they take turns, as Slack has them
                await press(slack, ANA, digest, "pause.digest")
            await slack.settled()
            assert named(neighbour, said) in str((await status_of(services)).degraded)
        world.clock.pass_(days=2)
        assert "Clicks for" not in str((await status_of(ours)).degraded), "nothing was clicked since"


async def test_what_was_posted_before_this_deployment_began_is_no_other_deployments(
    world: World, other: World, slack: SlackStandIn
) -> None:
    async with asking(world, slack) as services:
        digest = await digest_of(services, slack)
    await world.begin_anew()
    slack.pass_time(3600)
    world.clock.pass_(hours=1)
    async with asking(world, slack) as anew:
        assert "Another AI Operator" not in text_of(await digest_of(anew, slack))
        await press(slack, ANA, digest, "pause.digest")
        await told(slack, ANA, "belongs to an earlier AI Operator")
        assert "Clicks for" not in str((await status_of(anew)).degraded)
