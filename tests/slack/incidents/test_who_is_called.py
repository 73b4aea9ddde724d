"""Who is woken between digests: once for each trouble that can't wait, and in few messages."""

import pytest

from bot.slack.posting.incidents import incidents, watch_due
from sandbox.slack import SlackStandIn
from support.world import ANA, BILLING, CHANNEL, World, bot_at_work, cards, digest_of, now, press, text_of

KEY = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKl"
AUTH = "Error code: 401 - invalid api key"
PASSING = {
    "unreachable": "Error code: 503 - service unavailable",
    "slow": "Request timed out after 60 seconds",
    "limited": "Error code: 429 - rate limit exceeded, try again later",
}
MENTION = "<@U0ANA> <@U0BEN>"


def mentions(slack: SlackStandIn) -> list[str]:
    """The texts that woke somebody: of messages in the channel and in its threads."""
    roots = slack.messages(CHANNEL)
    everywhere = [*roots, *(reply for root in roots for reply in slack.thread(CHANNEL, root.ts))]
    return [text_of(message) for message in everywhere if MENTION in text_of(message)]


@pytest.mark.parametrize("text", [BILLING, AUTH, "Error code: 403 - account suspended: payment overdue"])
async def test_a_provider_that_wants_money_or_a_key_calls_at_the_second_look(
    world: World, slack: SlackStandIn, text: str
) -> None:
    names = await world.down("deepinfra", text)
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        assert mentions(slack) == []
        for _ in range(4):
            await world.runs_on(1, failing={"deepinfra": names})
            await world.fail("deepinfra", names, days=0.25, text=text)
            await watch_due(services)
        assert len(mentions(slack)) == 1
        assert len(slack.messages(CHANNEL)) == 1


@pytest.mark.parametrize("text", PASSING.values(), ids=PASSING)
async def test_what_passes_by_itself_calls_nobody(world: World, slack: SlackStandIn, text: str) -> None:
    names = await world.down("deepinfra", text)
    async with bot_at_work(world, slack) as services:
        for _ in range(4):
            await watch_due(services)
            await world.runs_on(1, failing={"deepinfra": names})
            await world.fail("deepinfra", names, days=0.25, text=text)
        assert mentions(slack) == []


async def test_what_was_mended_between_two_looks_calls_nobody(world: World, slack: SlackStandIn) -> None:
    names = await world.down("deepinfra", BILLING)
    async with bot_at_work(world, slack) as services:
        for _ in range(3):
            await watch_due(services)
            await world.runs_on(1)
            await watch_due(services)
            await world.runs_on(1, failing={"deepinfra": names})
            await world.fail("deepinfra", names, days=0.25, text=BILLING)
        assert mentions(slack) == []


async def test_a_stopped_runner_and_a_leaked_key_call_at_once_and_once(
    world: World, slack: SlackStandIn
) -> None:
    names = await world.down("together", f"Incorrect API key provided: {KEY}", count=12)
    await world.answer("together", names, days=0.25)
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        [leak] = mentions(slack)
        assert "Key-like text in 12 error rows of *together*" in leak
        for _ in range(3):
            world.clock.pass_(hours=27)
            await watch_due(services)
        [_, silence] = mentions(slack)
        assert "No results from any provider" in silence


async def names_in_its_errors(world: World, uri: str) -> None:
    names = await world.down("together", f"503 upstream cannot reach {uri}", count=12)
    await world.answer("together", names, days=0.25)


@pytest.mark.parametrize(
    "uri",
    [
        "redis://:pw-of-the-cache-7@cache:6379/0",
        "postgres://svc:half:other-half-7@db/x",
        "amqp://bench:pw-of-the-queue-7@mq:5672",
    ],
)
async def test_a_password_that_is_masked_is_told_to_be_rotated_too(
    world: World, slack: SlackStandIn, uri: str
) -> None:
    await names_in_its_errors(world, uri)
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        [leak] = mentions(slack)
        assert "Key-like text in 12 error rows of *together*" in leak
        digest = await digest_of(services, slack)
        assert "together" in text_of(digest)
        assert uri.split("@")[0].rpartition(":")[2] not in str(slack.messages(CHANNEL))


@pytest.mark.parametrize("uri", ["redis://:****@cache", "http://user:...@proxy", "http://[::1]:80 by a@b"])
async def test_where_no_password_can_be_read_nobody_is_called(
    world: World, slack: SlackStandIn, uri: str
) -> None:
    await names_in_its_errors(world, uri)
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        assert mentions(slack) == []


@pytest.mark.parametrize(
    "named",
    [
        '"requestId": "9f8e7d6c5b4a"',
        "RequestId: 9f8e7d6c5b4a",
        "Correlation ID: 9f8e7d6c5b4a",
        "trace_id=9f8e7d6c5b4a",
        "cf-ray: 9f8e7d6c5b4a-FRA",
    ],
)
async def test_what_names_one_request_is_no_part_of_a_quote(
    world: World, slack: SlackStandIn, named: str
) -> None:
    await world.down("groq", f"{BILLING} ({named})")
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        [root] = slack.messages(CHANNEL)
        assert "9f8e7d6c5b4a" not in text_of(root)
        assert "> " in text_of(root)


@pytest.mark.parametrize("count", [3, 4, 6])
async def test_from_the_fourth_within_an_hour_they_share_one_message(
    world: World, slack: SlackStandIn, count: int
) -> None:
    providers = [f"provider-{n}" for n in range(count)]
    down = {provider: await world.down(provider, BILLING) for provider in providers}
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        roots = slack.messages(CHANNEL)
        assert len(roots) == min(count, 4)
        for provider in providers:
            assert sum(f"*{provider}* is out of credit" in text_of(root) for root in roots) == 1
        shared = roots[-1]
        await press(slack, ANA, shared, f"own.{cards(shared, 'own')[0]}")
        await slack.until(lambda: text_of(now(slack, shared)).count("is on it") == 1)
        await world.runs_on(1, failing={provider: down[provider] for provider in providers[:-1]})
        for provider in providers[:-1]:
            await world.fail(provider, down[provider], days=0.25, text=BILLING)
        await watch_due(services)
        assert "answers again" in text_of(now(slack, shared))
        assert len({one.ts for one in await incidents(services)}) == min(count, 4)
        assert len(mentions(slack)) == count - 1, "each of those that still stand, in its thread"
