"""Trouble between two digests: one message, edited while it lasts, and closed when it is over."""

import pytest

from bot.slack.errors import SlackRefused
from bot.slack.posting.incidents import incidents, own, tell, watch_due
from sandbox.slack import SlackStandIn
from support.world import (
    ANA,
    BEN,
    BILLING,
    CHANNEL,
    CHI,
    World,
    bot_at_work,
    cards,
    digest_of,
    now,
    press,
    text_of,
    told,
)

KEY = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKl"


async def test_a_provider_that_fails_for_six_hours_is_one_message_that_closes_itself(
    world: World, slack: SlackStandIn
) -> None:
    names = await world.models("deepinfra", 5)
    await world.answer("openai", await world.models("openai", 20), days=3)
    await world.answer("deepinfra", names, days=3)
    async with bot_at_work(world, slack) as services:
        assert await watch_due(services) == 0
        for _ in range(6):
            await world.runs_on(1, failing={"deepinfra": names})
            await world.fail("deepinfra", names, days=0.25, text=BILLING)
            await watch_due(services)
        [message] = slack.messages(CHANNEL)
        assert "*deepinfra* is out of credit" in text_of(message)
        assert "5 of 5 models fail" in text_of(message)
        await world.runs_on(1)
        await watch_due(services)
        [closed] = slack.messages(CHANNEL)
        assert closed.ts == message.ts
        assert "answers again · over after 6 hours" in text_of(closed)
        await world.runs_on(1, failing={"deepinfra": names})
        await world.fail("deepinfra", names, days=0.25, text=BILLING)
        await watch_due(services)
        [again] = slack.messages(CHANNEL)
        assert again.ts == message.ts, "flapping makes no second message"
        assert "is out of credit" in text_of(again)


async def test_one_replica_watches_and_each_interval_once(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    world.clock.pass_(hours=27)
    async with bot_at_work(world, slack) as one, bot_at_work(world, slack) as two:
        told_of = [await watch_due(one), await watch_due(two), await watch_due(one)]
        assert told_of == [1, 0, 0]
        assert len(slack.messages(CHANNEL)) == 1


async def test_results_that_stop_are_one_message_until_they_come_again(
    world: World, slack: SlackStandIn
) -> None:
    await world.answer("openai", await world.models("openai", 20), days=3)
    async with bot_at_work(world, slack) as services:
        for _ in range(3):
            world.clock.pass_(hours=14)
            await watch_due(services)
        [message] = slack.messages(CHANNEL)
        assert "No results from any provider" in text_of(message)
        await world.runs_on(1)
        await watch_due(services)
        [closed] = slack.messages(CHANNEL)
        assert "Results come in again · over after" in text_of(closed)


async def test_key_like_text_in_the_errors_is_told_without_the_key(world: World, slack: SlackStandIn) -> None:
    names = await world.models("together", 12)
    await world.answer("together", names, days=3)
    await world.fail("together", names, days=0.25, text=f"Incorrect API key provided: {KEY}")
    await world.answer("openai", await world.models("openai", 20), days=3)
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        said = "\n".join(text_of(message) for message in slack.messages(CHANNEL))
        assert "Key-like text in 12 error rows of *together*" in said
        assert "Rotate the key at the provider, then purge the rows" in said
        assert KEY not in said


async def test_i_am_on_it_names_its_owner_and_can_be_given_back(world: World, slack: SlackStandIn) -> None:
    await world.down("deepinfra", BILLING)
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        [message] = slack.messages(CHANNEL)
        await press(slack, CHI, message, "I'm on it")
        await told(slack, CHI, "Nothing changed")
        assert "👀" not in text_of(now(slack, message))
        await press(slack, ANA, message, "I'm on it")
        await slack.until(lambda: "👀 ana is on it" in text_of(now(slack, message)))
        await slack.person(BEN).click(message, "I'm on it")
        await told(slack, BEN, "Ana is on it already")
        await press(slack, BEN, message, "Give back")
        await slack.until(lambda: "👀" not in text_of(now(slack, message)))
        await press(slack, BEN, message, "I'm on it")
        await slack.until(lambda: "👀 ben is on it" in text_of(now(slack, message)))
        await world.runs_on(1)
        await watch_due(services)
        assert "ben was on it" in text_of(now(slack, message))
        await slack.person(ANA).click(message, "I'm on it")
        await told(slack, ANA, "This is over")


async def test_a_process_that_died_after_posting_leaves_one_message_all_the_same(
    world: World, slack: SlackStandIn
) -> None:
    await world.answer("openai", await world.models("openai", 20), days=3)
    async with bot_at_work(world, slack) as services:
        world.clock.pass_(hours=27)
        await watch_due(services)
        await world.database["operator_state"].update_one({"_id": "incident:silence"}, {"$set": {"ts": ""}})
        world.clock.pass_(hours=1)
        await watch_due(services)
        [message] = slack.messages(CHANNEL)
        assert "28 hours" in text_of(message)
        assert [one.ts for one in await incidents(services)] == [message.ts]


async def test_what_slack_would_not_take_is_told_at_the_next_look(world: World, slack: SlackStandIn) -> None:
    await world.answer("openai", await world.models("openai", 20), days=3)
    async with bot_at_work(world, slack) as services:
        world.clock.pass_(hours=27)
        slack.fail_next("chat.postMessage", error="not_in_channel")
        with pytest.raises(SlackRefused, match="invite the bot"):
            await watch_due(services)
        assert slack.messages(CHANNEL) == []
        world.clock.pass_(hours=1)
        await watch_due(services)
        assert len(slack.messages(CHANNEL)) == 1


async def test_a_look_that_began_before_somebody_took_it_on_does_not_lose_them(
    world: World, slack: SlackStandIn
) -> None:
    await world.answer("openai", await world.models("openai", 20), days=3)
    async with bot_at_work(world, slack) as services:
        world.clock.pass_(hours=27)
        await watch_due(services)
        [before] = await incidents(services)
        await own(services, before, ANA)
        await tell(services, before)
        [message] = slack.messages(CHANNEL)
        assert "is on it" in text_of(message)
        assert [one.owner for one in await incidents(services)] == [ANA]


@pytest.mark.parametrize("text", [BILLING, "Error code: 401 - invalid api key", "Error code: 503 - away"])
async def test_who_is_on_it_need_not_say_so_again_in_the_digest_and_may_give_it_back_there(
    world: World, slack: SlackStandIn, text: str
) -> None:
    await world.down("deepinfra", text)
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        [message] = slack.messages(CHANNEL)
        await press(slack, ANA, message, "I'm on it")
        await slack.until(lambda: "👀 ana is on it" in text_of(now(slack, message)))
        digest = await digest_of(services, slack)
        world.clock.pass_(hours=1)
        await watch_due(services)
        await services.digests.redraw_stale()
        await slack.until(lambda: "👀 ana" in text_of(now(slack, digest)))
        assert not cards(now(slack, digest), "take"), "nobody is asked"
        await press(slack, BEN, digest, f"give_back.{cards(now(slack, digest), 'give_back')[0]}")
        await slack.until(lambda: cards(now(slack, digest), "take"))
        world.clock.pass_(hours=1)
        await watch_due(services)
        await services.digests.redraw_stale()
        assert cards(now(slack, digest), "take"), "it stays given back"


@pytest.mark.parametrize("leak_owner", [ANA, ""])
async def test_who_is_on_a_leak_is_not_on_the_outage_of_the_same_provider(
    world: World, slack: SlackStandIn, leak_owner: str
) -> None:
    names = await world.models("deepinfra", 5)
    await world.answer("deepinfra", names, days=3, until_hours=6)
    await world.answer("openai", await world.models("openai", 20), days=3)
    text = "Error code: 401 - Incorrect API key provided"
    async with bot_at_work(world, slack) as services:
        await world.fail("deepinfra", names, days=0.2, text=text)
        await watch_due(services)
        world.clock.pass_(hours=1)
        await world.fail("deepinfra", names, days=0.02, text=f"{text}: {KEY}")
        await watch_due(services)
        both = {one.key.partition(":")[0]: one for one in await incidents(services)}
        if leak_owner:
            await own(services, both["leak"], leak_owner)
        else:
            await own(services, both["outage"], BEN)
        digest = await digest_of(services, slack)
        world.clock.pass_(hours=1)
        await watch_due(services)
        await services.digests.redraw_stale()
        await slack.settled()
        assert bool(cards(now(slack, digest), "take")) == bool(leak_owner)
        assert ("👀" in text_of(now(slack, digest))) != bool(leak_owner)


@pytest.mark.parametrize("text", [BILLING, "Error code: 401 - invalid api key", "Error code: 503 - away"])
@pytest.mark.parametrize("user", [ANA, BEN])
async def test_what_is_given_back_under_the_incident_is_given_back_in_the_digest_too(
    world: World, slack: SlackStandIn, text: str, user: str
) -> None:
    await world.down("deepinfra", text)
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        [message] = slack.messages(CHANNEL)
        digest = await digest_of(services, slack)
        await press(slack, ANA, message, "I'm on it")
        await slack.until(lambda: "👀 ana is on it" in text_of(now(slack, message)))
        world.clock.pass_(hours=1)
        await watch_due(services)
        await services.digests.redraw_stale()
        await slack.until(lambda: "👀 ana" in text_of(now(slack, digest)))
        await press(slack, user, message, "Give back")
        await slack.until(lambda: "👀" not in text_of(now(slack, message)))
        await slack.until(lambda: cards(now(slack, digest), "take"))
