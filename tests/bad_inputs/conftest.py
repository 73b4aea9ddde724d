"""A platform, and a Slack that refuses what Slack would refuse."""

from collections.abc import AsyncIterator

import pytest

from sandbox.slack import SlackStandIn, slack_stand_in
from support.world import Database, World


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with slack_stand_in() as stand_in:
        yield stand_in
        assert stand_in.rejections == [], "Slack would have refused this"


@pytest.fixture
async def world(database: Database) -> World:
    return World(database)
