"""The main job over the wire: a digest whose buttons change MongoDB, exactly once, and can be undone."""

import asyncio

from bot.slack.posting.digests import EVENT
from sandbox.slack import Message, SlackStandIn
from support.world import (
    ANA,
    BEN,
    CHANNEL,
    CHI,
    World,
    approve_all_of,
    bot_at_work,
    cards,
    digest_of,
    form,
    now,
    press,
    result,
    take_back,
    text_of,
)


async def open_consequences(slack: SlackStandIn, who: str, digest: Message, card: str) -> None:
    await press(slack, who, digest, f"approve.{card}")
    await form(slack, who)


async def test_approve_changes_the_models_and_undo_restores_them_exactly(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        before = [await world.model("bedrock", name) for name in gone]
        await approve_all_of(slack, ANA, digest, card)
        assert "6 bedrock models disabled" in text_of(now(slack, digest))
        assert not any([(await world.model("bedrock", name))["enabled"] for name in gone])
        await take_back(slack, ANA, digest, card, note="back on Friday")
        assert "taken back" in text_of(now(slack, digest))
        assert [await world.model("bedrock", name) for name in gone] == before
        assert "back on Friday" in text_of(now(slack, digest))


async def test_two_approvers_at_once_make_one_change_and_the_second_is_told_who_was_first(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await open_consequences(slack, ANA, digest, card)
        await open_consequences(slack, BEN, digest, card)
        await asyncio.gather(slack.person(ANA).submit(), slack.person(BEN).submit())
        await slack.until(lambda: "6 bedrock models disabled" in text_of(now(slack, digest)))
        said = [await result(slack, who) for who in (ANA, BEN)]
        assert sum("before you. Your click did nothing." in words for words in said) == 1
        assert await world.database["operator_journal"].count_documents({}) == 1


async def test_a_strangers_click_changes_nothing_and_is_told_who_can(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        for count, verb in enumerate(("approve", "reject"), 1):
            await slack.person(CHI).click(now(slack, digest), f"{verb}.{card}")
            await slack.until(lambda: len(slack.ephemerals(CHI)) == count)  # noqa: B023 - awaited right here
            assert f"<@{ANA}> or <@{BEN}> can approve this" in slack.ephemerals(CHI)[-1].text
        assert (await world.model("bedrock", gone[0]))["enabled"] is True
        assert await world.database["operator_journal"].count_documents({}) == 0


async def test_a_click_after_a_restart_works(world: World, slack: SlackStandIn) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
    async with bot_at_work(world, slack):
        [card] = cards(digest)
        await open_consequences(slack, BEN, digest, card)
        await slack.person(BEN).submit(untick={"0"})
        await slack.until(lambda: "5 bedrock models disabled" in text_of(now(slack, digest)))
        assert (await world.model("bedrock", gone[1]))["enabled"] is False
        assert await world.database["operator_holds"].count_documents({"origin": "unticked"}) == 1


async def test_undo_refuses_what_somebody_changed_since_and_names_it(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await approve_all_of(slack, ANA, digest, card)
        await world.database["models"].update_one(
            {"provider": "bedrock", "model_id": gone[0]}, {"$set": {"disabled_reason": "by hand"}}
        )
        assert "by hand" in await take_back(slack, ANA, digest, card)
        assert "Not taken back" in text_of(now(slack, digest))
        assert (await world.model("bedrock", gone[0]))["enabled"] is False
        assert (await world.model("bedrock", gone[1]))["enabled"] is True


async def test_a_rejection_is_remembered_and_can_be_reopened(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await slack.person(ANA).click(digest, f"reject.{card}")
        await slack.until(lambda: slack.person(ANA).view is not None)
        await slack.person(ANA).submit(texts={"note": "contract until March"})
        await slack.until(lambda: "contract until March" in text_of(now(slack, digest)))
        world.clock.pass_(days=1)
        tomorrow = await digest_of(services, slack)
        assert cards(tomorrow) == []
        await slack.person(BEN).click(now(slack, digest), f"reopen.{card}")
        await slack.until(lambda: cards(now(slack, digest)) == [card])


async def test_the_schedule_posts_one_digest_a_day_for_any_number_of_replicas(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack) as one, bot_at_work(world, slack) as two:
        world.clock.pass_(hours=-1)
        assert await one.digests.post_due(one.now()) is None, "it is not yet eight"
        world.clock.pass_(hours=1)
        posted = await asyncio.gather(one.digests.post_due(one.now()), two.digests.post_due(two.now()))
        assert sum(ts is not None for ts in posted) == 1
        assert len([m for m in slack.messages(CHANNEL) if m.event == EVENT]) == 1


async def test_what_is_resolved_on_the_command_line_is_redrawn_in_slack(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await services.use_cases.approve(card, 1, by="cli:ops")
        assert await services.cards.redraw_stale() == 1
        await slack.settled()
        assert "ops (command line)" in text_of(now(slack, digest))
        assert await services.cards.redraw_stale() == 0
