"""What can't be told isn't done: after Slack refused a message to the channel, nothing is done alone."""

import pytest

from bot.services import Services
from bot.slack.posting.incidents import watch_due
from operator_core.domain.journal import Leases
from sandbox.slack import SlackStandIn
from support.world import ANA, World, bot_at_work, cards, digest_of, text_of, typed

BILLING = "Error code: 402 - balance is negative, top up to continue"


async def words_of(services: Services) -> str:
    refusal = await services.use_cases.stores.channel_refusal.get()
    return refusal.words if refusal else ""


@pytest.mark.parametrize("code", ["is_archived", "not_in_channel", "restricted_action", "fatal_error"])
async def test_after_a_refused_digest_all_is_asked_until_a_message_goes_through(
    world: World, slack: SlackStandIn, code: str
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack) as services:
        assert await services.use_cases.pause(by=ANA, reason="not on the first day")
        slack.fail_next("chat.postMessage", error=code)
        with pytest.raises(Exception, match="the digest could not be posted"):
            await services.digests.post_due(services.now())
        await services.use_cases.stores.pause.take()
        why = f"Slack refused my last message to the channel: {code}"
        assert await words_of(services) == why
        assert why in await typed(slack, ANA, "status", "Until one goes through")

        world.clock.pass_(seconds=Leases().claim_seconds + 1)
        digest = await digest_of(services, slack)

        assert len(await world.enabled("bedrock")) == 19, "nothing was done alone"
        assert len(cards(digest)) == 1
        assert f"Asked because {why}" in text_of(digest)
        assert await words_of(services) == "", "this one went through"
        assert "Until one goes through" not in await typed(slack, ANA, "status", "Autopilot")
        run, _ = await services.use_cases.run("test")
        assert await services.use_cases.act_alone(run), "what can be told again can be done again"


async def test_a_refusal_between_the_run_and_the_act_stops_the_act(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    names = await world.models("deepinfra", 12)
    await world.answer("deepinfra", names, days=3, until_hours=7)
    await world.fail("deepinfra", names, days=0.25, text=BILLING)
    async with bot_at_work(world, slack) as services:
        run, _ = await services.use_cases.run("test")
        assert await services.use_cases.automatic(run.id)
        slack.fail_next("chat.postMessage", error="is_archived")
        with pytest.raises(Exception, match="an incident could not be told"):
            await watch_due(services)

        await services.use_cases.act_alone(run)

        assert len(await world.enabled("bedrock")) == 19
        [asked] = [one for one in await services.use_cases.waiting() if one.provider == "bedrock"]
        assert "is_archived" in {member.gate.rpartition(": ")[2] for member in asked.members}


async def test_what_is_refused_elsewhere_is_no_refusal_of_the_channel(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack) as services:
        for method in ("chat.update", "chat.postEphemeral", "files.completeUploadExternal"):
            slack.fail_next(method, error="internal_error")
        await digest_of(services, slack)
        await services.cards.redraw_stale()
        assert await words_of(services) == ""
