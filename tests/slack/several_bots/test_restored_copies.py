"""A restored copy acts on nobody's word but its own people's, and leaves the original's messages alone."""

import io
from collections.abc import AsyncIterator

import pytest
from rich.console import Console

from bot.commands import execute as command
from operator_core.errors import ConfigurationError
from operator_core.store.records.state import ensure_deployment
from sandbox.database import marked_database
from sandbox.slack import SlackStandIn
from support.core import core_over
from support.world import (
    ANA,
    BEN,
    CHANNEL,
    START,
    World,
    approve_all_of,
    bot_at_work,
    cards,
    digest_of,
    now,
    press,
    told,
)

QUESTION = "looks like a restored copy"


@pytest.fixture
async def restored(world: World) -> World:
    """With models that the policy would disable alone."""
    await world.gone("groq", 2, 20)
    for provider in ("openai", "together"):
        await world.answer(provider, await world.models(provider, 20), days=6)
    await ensure_deployment(world.database, START)
    await world.database["operator_state"].update_one(
        {"_id": "deployment"}, {"$set": {"collection": "as it is in the original"}}
    )
    return world


async def test_when_slack_refuses_the_first_start_the_next_one_asks(
    restored: World, slack: SlackStandIn
) -> None:
    slack.fail_next("auth.test", error="account_inactive")
    with pytest.raises(ConfigurationError):
        async with bot_at_work(restored, slack):
            pass
    async with bot_at_work(restored, slack) as services:
        [question] = slack.messages(CHANNEL)
        assert QUESTION in question.text
        await digest_of(services, slack)
        assert await restored.journal() == [], "nothing is done alone"
        await press(slack, ANA, question, "resume.restored")
        await told(slack, ANA, "The pause is over: autopilot on")


async def test_what_the_channel_did_not_take_is_asked_at_the_next_start_and_then_no_more(
    restored: World, slack: SlackStandIn
) -> None:
    slack.fail_next("chat.postMessage", error="is_archived")
    for asked in (0, 1, 1):
        async with bot_at_work(restored, slack) as services:
            assert sum(QUESTION in message.text for message in slack.messages(CHANNEL)) == asked
            assert await services.use_cases.stores.pause.get() is not None


@pytest.mark.parametrize("first", ["another replica", "a run that acts", "the command line"])
async def test_whoever_opens_it_first_does_nothing_alone(restored: World, first: str) -> None:
    async with (
        core_over(restored.database, clock=restored.clock, owner="a") as (one, _),
        core_over(restored.database, clock=restored.clock, owner="b") as (two, _),
    ):
        if first == "another replica":
            await one.deployment()
        if first == "the command line":
            await command.execute(two, Console(file=io.StringIO()), (), yes=True)
        else:
            run, _ = await two.run("schedule")
            assert run.drafts
            await two.act_alone(run)
        assert await restored.database["models"].count_documents({"enabled": False}) == 0
        assert await one.stores.pause.get() is not None


@pytest.fixture
async def copy(world: World, mongodb_uri: str) -> AsyncIterator[World]:
    """An empty database beside the world's."""
    with marked_database(mongodb_uri) as name:
        yield World(world.database.client[name], world.clock)


async def copied(world: World, copy: World) -> None:
    for name in await world.database.list_collection_names():
        documents = await world.database[name].find().to_list()
        if documents and "sandbox" not in name:
            await copy.database[name].insert_many(documents)


async def test_a_copy_and_its_original_go_on_beside_each_other(
    world: World, copy: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as original:
        digest = await digest_of(original, slack)
        [card] = cards(digest)
        await copied(world, copy)
        before = now(slack, digest).blocks
        async with bot_at_work(copy, slack, max_changes_unattended=0) as staging:
            assert staging.deployment.id != original.deployment.id
            asked = await staging.use_cases.stores.proposals.get(card)
            await staging.use_cases.reject(card, asked.revision, by=BEN, reason="on the copy")
            await staging.cards.redraw_stale()
            await staging.digests.show_switch()
            await slack.settled()
            assert now(slack, digest).blocks == before, "the original's message is not the copy's to draw"
        assert "disabled 6" in await approve_all_of(slack, ANA, digest, card)
        await slack.settled()
        assert now(slack, digest).blocks != before, "the original draws it as ever"
    assert len(await copy.enabled("bedrock")) == 19
    assert len(await world.enabled("bedrock")) == 13
