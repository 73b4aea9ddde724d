"""The digest from day to day: what is new, what waits, what folds; and what happens when posting it fails."""

from datetime import timedelta

import pytest

from bot.slack.posting.digests import EVENT
from sandbox.slack import Message, SlackStandIn
from support.world import (
    ANA,
    CHANNEL,
    CHI,
    GONE,
    World,
    bot_at_work,
    cards,
    digest_of,
    form,
    now,
    press,
    text_of,
)

BILLING = "Error code: 402 - balance is negative, top up to continue"
PNG = b"\x89PNG"


async def a_day_on(world: World, slack: SlackStandIn, down: dict[str, list[str]]) -> None:
    """Everything goes on as it was."""
    await world.runs_on(24, failing=down)
    for provider, names in down.items():
        still = sorted(set(names) & await world.enabled(provider))
        if still:
            await world.fail(provider, still, days=1, text=BILLING if provider == "deepinfra" else GONE)


def live(slack: SlackStandIn, verb: str) -> list[str]:
    """Cards with this button, wherever they stand."""
    roots = slack.messages(CHANNEL)
    everywhere = [*roots, *(reply for root in roots for reply in slack.thread(CHANNEL, root.ts))]
    return [card for message in everywhere for card in cards(message, verb)]


async def test_seven_days_without_a_click_leave_one_live_copy_of_each_card(
    world: World, slack: SlackStandIn
) -> None:
    down = {
        "bedrock": await world.gone("bedrock", 6, 19),
        "groq": await world.gone("groq", 12, 70),
        "together": await world.gone("together", 12, 70),
        "deepinfra": await world.models("deepinfra", 4),
    }
    await world.answer("deepinfra", down["deepinfra"], days=4, until_hours=10)
    await world.fail("deepinfra", down["deepinfra"], days=0.4, text=BILLING)
    async with bot_at_work(world, slack) as services:
        digests: list[Message] = []
        for _ in range(7):
            digests.append(await digest_of(services, slack))
            await a_day_on(world, slack, down)
        newest = now(slack, digests[-1])
        waiting = live(slack, "approve")
        assert waiting
        assert len(waiting) == len(set(waiting))
        assert set(cards(newest)) == set(waiting)
        assert "waits for 6 days" in text_of(newest)
        assert "moved to the newest digest" in text_of(now(slack, digests[0]))
        assert sum(entry["actor"] == "policy" for entry in await world.journal()) >= 1
        changes = [c for e in await world.journal() if e["actor"] == "policy" for c in e["changes"]]
        assert len(changes) <= 20
        assert len(live(slack, "take")) == 1
        assert str(newest.blocks).count("deepinfra") == 1, "one folded line"
        assert "deepinfra is out of credit, day 7 (4)" in text_of(newest)
        assert len([m for m in slack.messages(CHANNEL) if m.event == EVENT]) == 7


async def test_a_quiet_day_is_one_block_and_draws_no_picture(world: World, slack: SlackStandIn) -> None:
    await world.answer("openai", await world.models("openai", 20), days=6)
    async with bot_at_work(world, slack) as services:
        await digest_of(services, slack)
        await world.runs_on(24)
        digest = await digest_of(services, slack)
        assert len(digest.blocks) == 1
        assert "Nothing new, nothing waits for you. 20 of 20 models answer, as yesterday." in digest.text
        assert slack.thread(CHANNEL, digest.ts) == []
        assert slack.files == []


async def test_every_model_that_does_not_answer_is_counted_somewhere(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    await world.answer("groq", await world.models("groq", 1), days=3, until_hours=24.5)
    await world.models("cerebras", 2)
    limited = await world.models("mistral", 6)
    await world.answer("mistral", limited[2:], days=6)
    await world.answer("mistral", limited[:2], days=3, until_hours=72)
    await world.fail("mistral", limited[:2], days=3, text="Error code: 429 - rate limit exceeded")
    async with bot_at_work(world, slack) as services:
        said = text_of(await digest_of(services, slack))
    assert "37 of 45 models answer" in said, "3 are switched off"
    assert "I switched off 3 bedrock models" in said
    assert "Disable 3 bedrock models?" in said
    assert (
        "Known: watched 5: cerebras without recent results 2, mistral rate limited 2 and "
        "groq without recent results 1" in said
    )


async def test_a_stopped_runner_is_one_warning_without_verdicts_and_forgets_nothing(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        first = await digest_of(services, slack)
        world.clock.pass_(days=2)
        second = await digest_of(services, slack)
        assert len(second.blocks) == 1
        assert "No results from any provider for 2 days" in second.text
        assert cards(now(slack, first)) == cards(first), "the card waits where it stood"
        await world.runs_on(24)
        third = await digest_of(services, slack)
        assert "yesterday" in text_of(third)


async def test_facts_that_cannot_be_read_are_one_warning(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    await world.database["errors_cloud"].drop()
    await world.database.create_collection("errors_cloud", viewOn="nowhere", pipeline=[{"$no": 1}])
    async with bot_at_work(world, slack) as services:
        digest = await digest_of(services, slack)
        assert len(digest.blocks) == 1
        assert "could not be read" in digest.text
        assert await world.journal() == []


async def test_decisions_beyond_three_are_put_into_the_thread_and_count_in_the_header(
    world: World, slack: SlackStandIn
) -> None:
    for provider in ("anthropic", "bedrock", "cerebras", "fireworks", "groq", "openai", "together"):
        await world.gone(provider, 1, 3)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        assert len(cards(digest)) == 3
        assert slack.thread(CHANNEL, digest.ts) == []
        assert "7 decisions for you" in text_of(digest)
        await press(slack, CHI, digest, "show_more.digest")
        await slack.until(lambda: slack.thread(CHANNEL, digest.ts) != [])
        await slack.until(lambda: "Show 4 more" not in text_of(now(slack, digest)))
        [thread] = slack.thread(CHANNEL, digest.ts)
        assert len(cards(thread)) == 4
        assert not set(cards(thread)) & set(cards(digest))
        await press(slack, ANA, thread, f"approve.{cards(thread)[0]}")
        await slack.until(lambda: "6 decisions for you" in text_of(now(slack, digest)))
        await slack.until(lambda: len(cards(now(slack, thread))) == 3)
        assert "6 decisions wait" in now(slack, digest).text
        await press(slack, ANA, digest, f"approve.{cards(digest)[0]}")
        await slack.until(lambda: "5 decisions for you" in text_of(now(slack, digest)))


async def test_a_picture_of_two_weeks_stands_in_the_thread_on_mondays(
    world: World, slack: SlackStandIn
) -> None:
    gone = {"bedrock": await world.gone_on_bedrock()}
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        for _ in ("Friday", "Saturday", "Sunday"):
            await digest_of(services, slack)
            assert slack.files == []
            await a_day_on(world, slack, gone)
        digest = await digest_of(services, slack)
        [file] = slack.files
        assert file.content.startswith(PNG)
        assert file.thread_ts == digest.ts
        assert "bedrock" in file.alt_text
        await a_day_on(world, slack, gone)
        await digest_of(services, slack)
        assert len(slack.files) == 1


async def test_a_picture_that_cannot_be_uploaded_is_said_in_the_thread(
    world: World, slack: SlackStandIn
) -> None:
    world.clock.pass_(days=3)  # a Monday
    await world.gone_on_bedrock()
    slack.fail_next("files.getUploadURLExternal", error="missing_scope")
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [said] = slack.thread(CHANNEL, digest.ts)
        assert "picture" in said.text
        assert "missing_scope" in said.text
        assert len(cards(digest)) == 1


async def test_a_digest_left_by_a_dead_replica_is_found_and_finished_not_posted_twice(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        state = world.database["operator_state"]
        claim = f"claim:digest:{CHANNEL}:{world.clock.now:%Y-%m-%d}"
        await state.update_one({"_id": claim}, {"$set": {"done": False, "owner": "a dead replica"}})
        await state.delete_one({"_id": f"message:{CHANNEL}:{digest.ts}"})
        assert await services.digests.post_due(services.now()) is None, "its lease stands"
        world.clock.pass_(seconds=services.use_cases.leases.claim_seconds + 1)
        assert await services.digests.post_due(services.now()) == digest.ts
        assert len([m for m in slack.messages(CHANNEL) if m.event == EVENT]) == 1
        [card] = cards(now(slack, digest))
        await services.use_cases.reject(card, 1, by="cli:ops")
        await services.cards.redraw_stale()
        assert "ops (command line)" in text_of(now(slack, digest)), "its cards are live again"


@pytest.mark.parametrize("error", ["not_in_channel", "internal_error"])
async def test_a_digest_that_slack_refuses_is_not_lost_and_not_retried_each_minute(
    world: World, slack: SlackStandIn, error: str
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        slack.fail_next("chat.postMessage", error=error)
        with pytest.raises(Exception, match=f"the digest could not be posted: {error}"):
            await services.digests.post_due(services.now())
        assert await services.digests.post_due(services.now() + timedelta(minutes=1)) is None
        world.clock.pass_(seconds=services.use_cases.leases.claim_seconds + 1)
        digest = await digest_of(services, slack)
        assert len(cards(digest)) == 1


async def test_a_model_enabled_again_outside_the_bot_is_noticed_and_held(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone("groq", 2, 20)
    await world.answer("openai", await world.models("openai", 20), days=6)
    async with bot_at_work(world, slack) as services:
        digest = await digest_of(services, slack)
        assert "I switched off 2 groq models" in text_of(digest)
        where = {"provider": "groq", "model_id": gone[0]}
        await world.database["models"].update_one(where, {"$set": {"enabled": True}})
        await a_day_on(world, slack, {"groq": gone})
        later = await digest_of(services, slack)
        assert "on hold 1" in text_of(later)
        back = f"{gone[0]} on groq"
        assert f"Since then switched on: 1 outside this bot ({back}). I leave {back} alone now." in text_of(
            later
        )
        assert gone[0] in await world.enabled("groq"), "automation doesn't fight people"


async def test_what_is_over_is_named_and_a_cancelled_command_is_not(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        await digest_of(services, slack)
        await slack.person(ANA).command("/operator", "disable openai", CHANNEL)
        await form(slack, ANA)
        await slack.person(ANA).close()
        await world.until_unasked("openai")
        await world.models("groq", 2)
        await world.runs_on(24)
        digest = await digest_of(services, slack)
        assert "no longer bedrock gone at the provider (6)" in text_of(digest)
