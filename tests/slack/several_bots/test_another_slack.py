"""From the digest to its undo against a Slack that the project's own stand-in knows nothing of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import cast

import pytest

from bot.services import Services
from sandbox.slack import SlackStandIn
from support.another_slack import AnotherSlack, Manner, another_slack
from support.world import ANA, CHANNEL, CHI, World, bot_at_work

pytestmark = pytest.mark.both_modes
MANNERS = {
    "plain": Manner(),
    "bare": Manner(bare=True),
    "talkative": Manner(talkative=True),
    "an organisation's": Manner(organisation=True, talkative=True),
}


@pytest.fixture(params=MANNERS)
async def elsewhere(request: pytest.FixtureRequest, request_url: str | None) -> AsyncIterator[AnotherSlack]:
    async with another_slack(MANNERS[request.param], request_url) as slack:
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


async def test_what_is_typed_and_looked_at_is_answered_once(world: World, elsewhere: AnotherSlack) -> None:
    await world.gone_on_bedrock()
    async with at_work(world, elsewhere):
        for text in ("status", "pending", "history", "help", "holds"):
            elsewhere.said.clear()
            await elsewhere.command(ANA, "/operator", text, CHANNEL)
            await elsewhere.until(lambda: elsewhere.said)
            await asyncio.sleep(0.1)
            assert len(elsewhere.said) == 1
        await elsewhere.open_home(ANA)
        await elsewhere.until(lambda: "views.publish" in elsewhere.asked)
        await elsewhere.command(ANA, "/operator", "disable openai/model-0", CHANNEL)
        await elsewhere.until(lambda: elsewhere.views and elsewhere.views[-1].get("submit"))
        await elsewhere.submit(ANA)
        await elsewhere.until(lambda: "disabled" in str(elsewhere.views[-1]))
        assert "model-0" not in await world.enabled("openai")


@pytest.mark.parametrize("elsewhere", ["bare"], indirect=True)
@pytest.mark.parametrize("wait", ["1", " 2 ", "0.5"])
async def test_where_it_is_asked_too_often_it_is_asked_again(
    world: World, elsewhere: AnotherSlack, wait: str
) -> None:
    await world.gone_on_bedrock()
    async with at_work(world, elsewhere) as services:
        methods = ("conversations.history", "chat.postMessage", "chat.update", "chat.postEphemeral")
        elsewhere.busy.update(dict.fromkeys(methods, wait))
        root = await services.digests.post_due(services.now())
        assert root
        await services.use_cases.pause(by=ANA, reason="holiday")
        await services.digests.show_switch()
        world.clock.pass_(minutes=1)
        await services.digests.redraw_stale()
        assert "holiday" in elsewhere.shown(root)
        await elsewhere.click(CHI, root, "approve.")
        await elsewhere.until(lambda: elsewhere.views or elsewhere.said)
        assert elsewhere.busy == {}


@pytest.mark.parametrize("elsewhere", ["plain"], indirect=True)
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
