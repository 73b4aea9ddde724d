"""From the digest to its undo against a Slack that the project's own stand-in knows nothing of."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import cast

import pytest

from bot.services import Services
from sandbox.slack import SlackStandIn
from support.another_slack import AnotherSlack, another_slack
from support.world import ANA, CHANNEL, CHI, World, bot_at_work


@pytest.fixture
async def elsewhere() -> AsyncIterator[AnotherSlack]:
    async with another_slack() as slack:
        yield slack


def at_work(world: World, slack: AnotherSlack) -> AbstractAsyncContextManager[Services]:
    return bot_at_work(world, cast(SlackStandIn, slack))


async def test_from_the_digest_to_the_undo(world: World, elsewhere: AnotherSlack) -> None:
    gone = set(await world.gone_on_bedrock())
    async with at_work(world, elsewhere) as services:
        root = await services.digests.post_due(services.now())
        assert root
        asked = await world.enabled("bedrock") & gone
        [card] = [c["_id"] async for c in world.database["operator_proposals"].find({"state": "pending"})]
        assert asked
        await elsewhere.click(CHI, root, "approve.")
        await elsewhere.until(lambda: "approve" in str(elsewhere.said[-1:]))
        assert elsewhere.views == []
        await elsewhere.click(ANA, root, "approve.")
        await elsewhere.until(lambda: elsewhere.views and elsewhere.views[-1].get("submit"))
        await elsewhere.submit(ANA)
        await elsewhere.until(lambda: f"undo.{card}" in elsewhere.shown(root))
        assert await world.enabled("bedrock") & asked == set()
        elsewhere.views.clear()
        await elsewhere.click(ANA, root, f"undo.{card}")
        await elsewhere.until(lambda: elsewhere.views and elsewhere.views[-1].get("submit"))
        await elsewhere.submit(ANA)
        await elsewhere.until(lambda: "taken back" in elsewhere.shown(root))
        assert await world.enabled("bedrock") & asked == asked


@pytest.mark.parametrize("text", ["status", "pending", "history", "help", "holds"])
async def test_commands_are_answered(world: World, elsewhere: AnotherSlack, text: str) -> None:
    await world.gone_on_bedrock()
    async with at_work(world, elsewhere):
        await elsewhere.command(ANA, "/operator", text, CHANNEL)
        await elsewhere.until(lambda: elsewhere.said)


@pytest.mark.parametrize("method", ["chat.getPermalink", "views.publish", "files.getUploadURLExternal"])
async def test_a_method_that_is_missing_there_stops_no_digest(
    world: World, elsewhere: AnotherSlack, method: str
) -> None:
    await world.gone_on_bedrock()
    elsewhere.refused[method] = "method_deprecated"
    async with at_work(world, elsewhere) as services:
        assert await services.digests.post_due(services.now())
        world.clock.pass_(days=3)
        await world.runs_on(0)
        assert await services.digests.post_due(services.now())
