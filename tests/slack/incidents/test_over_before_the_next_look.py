"""What is over, or seen to, between two looks is said wherever it stands: in the digest and in Home."""

import pytest

from bot.slack.posting.incidents import incidents, watch_due
from operator_core.diagnosis.incidents import Trouble
from sandbox.slack import SlackStandIn
from support.world import ANA, CHANNEL, World, bot_at_work, cards, digest_of, now, press, text_of

KEY = "Incorrect API key provided: sk-proj-AbCd1234EfGh5678IjKl9012MnOp3456QrSt7890. Rotate it."


@pytest.mark.parametrize(
    "text",
    [
        "Error code: 402 - balance is negative, top up to continue",
        "Error code: 503 - upstream connect error",
        "Error code: 401 - invalid api key",
    ],
)
async def test_a_provider_that_answers_again_is_down_nowhere_from_the_next_watch_on(
    world: World, slack: SlackStandIn, text: str
) -> None:
    names = await world.down("deepinfra", text)
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        digest = await digest_of(services, slack)
        assert "1 provider is down" in text_of(digest)
        [line] = cards(digest, "take")
        await press(slack, ANA, digest, f"take.{line}")
        await slack.until(lambda: "ana" in text_of(now(slack, digest)))
        await world.runs_on(2)
        await watch_due(services)
        await services.digests.redraw_stale()
        await slack.settled()
        assert "is down" not in text_of(now(slack, digest))
        assert "it answers again" in text_of(now(slack, digest))
        assert (await slack.person(ANA).open_home()).acked
        await slack.until(lambda: "Nothing waits for you" in str(slack.home(ANA)))
        await world.runs_on(2, failing={"deepinfra": names})
        await world.fail("deepinfra", names, days=0.25, text=text)
        await services.use_cases.run("test")
        [again] = await services.use_cases.waiting()
        assert again.id != line, "trouble that comes back is asked about anew"


async def test_a_stopped_runner_ends_no_outage(world: World, slack: SlackStandIn) -> None:
    await world.down("deepinfra", "Error code: 402 - balance is negative")
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        world.clock.pass_(hours=40)
        await watch_due(services)
        known = {one.seen.trouble: one.over_at for one in await incidents(services)}
        assert known == {Trouble.OUTAGE: None, Trouble.SILENCE: None}


@pytest.mark.parametrize("provider", ["groq", "x.ai", "Azure OpenAI"])
async def test_a_key_that_somebody_rotated_is_over_in_its_own_message_until_more_such_text_comes(
    world: World, slack: SlackStandIn, provider: str
) -> None:
    names = await world.models(provider, 3)
    await world.answer(provider, names, days=6)
    await world.fail(provider, names[:1], days=0.5, text=KEY)
    await world.answer(provider, names, days=0.25)
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        [alone] = slack.messages(CHANNEL)
        assert "🔑 Key-like text" in text_of(alone)
        digest = await digest_of(services, slack)
        [button] = cards(digest, "rotated")
        await press(slack, ANA, digest, f"rotated.{button}")
        await slack.until(lambda: "the key is rotated. ana said so." in text_of(now(slack, digest)))
        await slack.until(lambda: "is rotated or gone · over after" in text_of(now(slack, alone)))
        assert "ana was on it" in text_of(now(slack, alone))
        await world.runs_on(1)
        await watch_due(services)
        assert "is rotated or gone" in text_of(now(slack, alone)), "the same rows are no new leak"
        await world.fail(provider, names[:1], days=0.25, text=KEY)
        await world.runs_on(1)
        await watch_due(services)
        assert "🔑 Key-like text" in text_of(now(slack, alone))
