"""A digest that the channel doesn't take: approvers hear it directly, once, and nothing is done alone."""

import pytest

from bot.serve import jobs, probes
from bot.services import Services
from bot.slack.errors import SlackRefused
from sandbox.slack import Channel, Group, Message, SlackStandIn, slack_stand_in
from support.world import (
    ANA,
    BEN,
    CHANNEL,
    CHI,
    WITH_GROUPS,
    World,
    approve_all_of,
    bot_at_work,
    cards,
    digest_of,
    text_of,
    typed,
)

pytestmark = pytest.mark.both_modes


def direct(slack: SlackStandIn, user: str) -> list[Message]:
    return slack.messages(f"D{user[1:]}")


async def tried(services: Services, world: World, *, hours: float = 0) -> None:
    """The schedule looks each minute, sampled each twenty."""
    for _ in range(max(1, int(hours * 3))):
        for name in ("daily", "refusal"):
            try:
                await jobs(services)[name](world.clock())
            except SlackRefused:
                continue
        world.clock.pass_(minutes=20, seconds=1)


@pytest.mark.parametrize(
    "change",
    [{"closed": "is_archived"}, {"closed": "restricted_action"}, {"bot_is_member": False}],
    ids=lambda change: str(change),
)
async def test_it_is_told_directly_said_everywhere_and_stops_the_autopilot(
    world: World, change: dict[str, object]
) -> None:
    await world.gone("groq", 2, 40)
    await world.answer("openai", [f"model-{n}" for n in range(2)], days=6)
    oncall = Group("S0OPS", "bench-oncall", (BEN, CHI))
    async with (
        slack_stand_in(groups=[oncall], scopes=WITH_GROUPS) as slack,
        bot_at_work(world, slack, approvers=(ANA, "S0OPS")) as services,
    ):
        slack.change_channel(CHANNEL, **change)
        await tried(services, world, hours=3)
        code = str(change.get("closed") or "not_in_channel")
        for who in (ANA, BEN, CHI):
            [message] = direct(slack, who)
            assert code in text_of(message)
        refused = f"Slack refused my last message to the channel: {code}"
        assert await probes(services)["channel"]() == refused
        before = await world.journal()
        run, _ = await services.use_cases.run("test")
        await services.use_cases.act_alone(run)
        assert await world.journal() == before, "nothing more is done alone"
        slack.change_channel(CHANNEL, closed="", bot_is_member=True)
        await tried(services, world, hours=1)
        assert [m for m in slack.messages(CHANNEL) if m.event], "it is posted late rather than never"
        assert await probes(services)["channel"]() is None
        assert [len(direct(slack, who)) for who in (ANA, BEN, CHI)] == [1, 1, 1]


@pytest.mark.parametrize("code", ["msg_blocks_too_long", "msg_too_long", "invalid_blocks"])
async def test_a_page_that_slack_wont_show_is_told_in_words_and_stops_nothing(
    world: World, slack: SlackStandIn, code: str
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        slack.fail_next("chat.postMessage", error=code)
        digest = await digest_of(services, slack)
        assert digest.text.startswith("1 decision waits.")
        assert "Slack would not show the page: /operator pending has" in digest.text
        assert await probes(services)["channel"]() is None
        assert direct(slack, ANA) == []
        await typed(slack, ANA, "pending", "Disable 6 bedrock models?")
        [card] = cards(slack.ephemerals(ANA)[-1])
        await approve_all_of(slack, ANA, slack.ephemerals(ANA)[-1], card)
        assert len(await world.enabled("bedrock")) == 13


HOLLOW = {
    "no timestamp": ("chat.postMessage", '{"ok": true}'),
    "a timestamp that is a number": ("chat.postMessage", '{"ok": true, "ts": 7}'),
    "nothing": ("chat.postMessage", "{}"),
    "no messages": ("conversations.history", '{"ok": true}'),
    "messages that are none": ("conversations.history", '{"ok": true, "messages": [null, 7, {"text": "x"}]}'),
}


@pytest.mark.parametrize("name", HOLLOW)
async def test_an_answer_that_lacks_what_it_was_asked_for_is_none_of_slacks(
    world: World, slack: SlackStandIn, name: str
) -> None:
    method, body = HOLLOW[name]
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        slack.answer_next(method, body, kind="application/json")
        await tried(services, world, hours=1)
        [root] = slack.messages(CHANNEL)
        assert cards(root) == ["P-1"]
        kept = {
            each["_id"] async for each in world.database["operator_state"].find({"blocks": {"$ne": None}})
        }
        assert kept == {f"message:{CHANNEL}:{root.ts}"}


async def test_a_bad_minute_of_slacks_is_told_nobody(world: World, slack: SlackStandIn) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        for code in ("internal_error", "fatal_error"):
            slack.fail_next("chat.postMessage", error=code)
        await tried(services, world, hours=1)
        assert direct(slack, ANA) == []
        assert len(slack.messages(CHANNEL)) == 1


async def test_a_bad_hour_of_slacks_is_told(world: World, slack: SlackStandIn) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        slack.answer_next("chat.postMessage", "<html>Sorry</html>", status=503, times=5)
        await tried(services, world, hours=3)
        told = [*direct(slack, ANA), *direct(slack, BEN)]
        assert 1 <= len(told) <= 2
        assert "what answered is not Slack (HTTP 503)" in text_of(told[0])


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "missing_scope"])
async def test_where_nobody_can_be_told_it_is_tried_again(
    world: World, slack: SlackStandIn, error: str
) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        slack.fail_next("chat.postMessage", error=error, times=1000)
        await tried(services, world, hours=1)
        assert direct(slack, ANA) == []
        slack.workspace.failures["chat.postMessage"].clear()
        slack.change_channel(CHANNEL, closed="is_archived")
        await tried(services, world, hours=1)
        assert len(direct(slack, ANA)) == 1
        assert error in text_of(direct(slack, ANA)[0]) or "is_archived" in text_of(direct(slack, ANA)[0])


async def test_status_says_it_elsewhere(world: World) -> None:
    elsewhere = Channel("C0ELSE", "elsewhere")
    async with (
        slack_stand_in(channels=[Channel(CHANNEL, "llm-ops"), elsewhere]) as slack,
        bot_at_work(world, slack) as services,
    ):
        slack.change_channel(CHANNEL, closed="is_archived")
        await tried(services, world)
        await slack.person(ANA).command("/operator", "status", elsewhere.id)
        await slack.until(lambda: "is_archived" in "".join(text_of(m) for m in slack.ephemerals(ANA)))
