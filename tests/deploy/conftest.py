"""A Slack that refuses what Slack would refuse."""

from collections.abc import AsyncIterator

import pytest

from sandbox.slack import SlackStandIn, slack_stand_in


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with slack_stand_in() as stand_in:
        yield stand_in
