"""What all tests over the wire share: a Slack that refuses what Slack would refuse, and a platform."""

from collections.abc import AsyncIterator

import pytest

from sandbox.slack import SlackStandIn, slack_stand_in
from support.world import Database, World


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    """Everything that the bot sends passes the strict validation, or the test fails."""
    async with slack_stand_in() as stand_in:
        yield stand_in
        assert stand_in.rejections == [], "Slack would have refused this"


@pytest.fixture
async def world(database: Database) -> World:
    return World(database)
