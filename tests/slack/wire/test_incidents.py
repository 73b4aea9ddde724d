"""Each incident by itself: what Slack refuses of one hides no other, and is told at the next look."""

import pytest

from bot.services import Services
from bot.slack.errors import SlackRefused
from bot.slack.posting.incidents import watch_due
from sandbox.slack import SlackStandIn
from support.world import CHANNEL, World, bot_at_work, now, text_of

pytestmark = pytest.mark.both_modes

PROVIDERS = ("deepinfra", "fireworks", "together")


async def looked(services: Services) -> None:
    try:
        await watch_due(services)
    except SlackRefused:
        return


@pytest.mark.parametrize("code", ["internal_error", "is_archived", "not_in_channel", "msg_too_long"])
@pytest.mark.parametrize("method", ["chat.update", "chat.postMessage"])
async def test_one_refusal_hides_no_other(world: World, slack: SlackStandIn, code: str, method: str) -> None:
    await world.down(PROVIDERS[0])
    async with bot_at_work(world, slack) as services:
        await looked(services)
        [first] = slack.messages(CHANNEL)
        world.clock.pass_(hours=1)
        for provider in PROVIDERS[1:]:
            await world.down(provider)
        slack.fail_next(method, error=code)
        await looked(services)
        world.clock.pass_(hours=1, minutes=1)
        await looked(services)
        told = [text_of(now(slack, message)) for message in slack.messages(CHANNEL)]
        for provider in PROVIDERS:
            assert any(provider in text for text in told)
        assert first.ts in {message.ts for message in slack.messages(CHANNEL)}
        assert len(told) <= len(PROVIDERS) + (code == "msg_too_long")


@pytest.mark.parametrize("code", ["internal_error", "is_archived", "ratelimited"])
async def test_one_that_ends_while_slack_refuses_is_closed_when_it_takes_edits_again(
    world: World, slack: SlackStandIn, code: str
) -> None:
    await world.down(PROVIDERS[0])
    async with bot_at_work(world, slack) as services:
        await looked(services)
        slack.fail_next("chat.update", error=code, times=100)
        for _ in range(3):
            await world.runs_on(1)
            await looked(services)
        [message] = slack.messages(CHANNEL)
        assert "is out of credit" in text_of(message)
        slack.workspace.failures["chat.update"].clear()
        await world.runs_on(1)
        await looked(services)
        [closed] = slack.messages(CHANNEL)
        assert "answers again · over after 1 hour" in text_of(closed), "when it ended, not when it was told"
        edits = len(slack.called("chat.update"))
        await world.runs_on(1)
        await looked(services)
        assert len(slack.called("chat.update")) == edits, "once"
