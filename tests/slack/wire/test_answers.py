"""Whoever clicked is answered where they clicked, by whatever way Slack leaves open."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from slack_sdk.errors import SlackApiError

from bot.slack.client import Pace
from bot.slack.views import modals
from sandbox.slack import Channel, Group, SlackStandIn, slack_stand_in
from support.world import (
    ANA,
    CHANNEL,
    CHI,
    WITH_GROUPS,
    World,
    bot_at_work,
    cards,
    digest_of,
    form,
    press,
    result,
    text_of,
)

pytestmark = pytest.mark.both_modes

Broken = Callable[[SlackStandIn], None]
STRANGER = "Nothing changed."


def said_to(slack: SlackStandIn, user: str) -> str:
    """Whatever this person sees that is for them alone."""
    shown = [*slack.ephemerals(user), *slack.messages(f"D{user[1:]}")]
    return "\n".join([*map(text_of, shown), str(slack.person(user).view or "")])


def neither_ephemeral_nor_url(slack: SlackStandIn) -> None:
    slack.fail_next("chat.postEphemeral", error="channel_not_found")
    slack.answer_next("response_url", "used_url", status=404)


def nothing_but_a_direct_message(slack: SlackStandIn) -> None:
    slack.fail_next("chat.postEphemeral", error="channel_not_found")
    slack.answer_next("response_url", '{"ok": false, "error": "no_text"}')
    slack.fail_next("views.open", error="internal_error")


WAYS: dict[str, Broken] = {
    "no ephemeral message": lambda s: s.fail_next("chat.postEphemeral", error="internal_error"),
    "not in the channel": lambda s: s.fail_next("chat.postEphemeral", error="not_in_channel"),
    "a person who left the channel": lambda s: s.fail_next("chat.postEphemeral", error="user_not_in_channel"),
    "a rate": lambda s: s.fail_next("chat.postEphemeral", error="ratelimited", status=429, retry_after=30),
    "neither that nor a response URL": neither_ephemeral_nor_url,
    "nothing but a direct message": nothing_but_a_direct_message,
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_click_is_answered_by_another_way(world: World, slack: SlackStandIn, way: str) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        WAYS[way](slack)
        await press(slack, CHI, digest, f"approve.{card}")
        await slack.until(lambda: STRANGER in said_to(slack, CHI), 5)


CALLS: dict[str, dict[str, object]] = {
    "chat.postEphemeral": {"channel": CHANNEL, "user": CHI, "text": "no"},
    "views.open": {"trigger_id": "t", "view": modals.progress("Looking")},
    "auth.test": {},
}


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize(("seconds", "reached"), [(1, True), (2, False), (60, False)])
async def test_what_slack_wants_no_calls_of_waits_a_little_or_is_not_called(
    world: World, slack: SlackStandIn, method: str, seconds: int, reached: bool
) -> None:
    """By whomever: it is the token that Slack counts."""
    slept = list[float]()

    async def sleep(much: float) -> None:
        slept.append(much)
        await asyncio.sleep(much)

    async with bot_at_work(world, slack, pace=Pace(sleep=sleep)) as services:
        client = services.client
        slack.fail_next(method, error="ratelimited", status=429, retry_after=seconds)
        with pytest.raises(SlackApiError):
            await client.api_call(method, json=CALLS[method])
        before, began = len(slack.called(method)), time.monotonic()
        with suppress(SlackApiError):
            await client.api_call(method, json=CALLS[method])
        took = time.monotonic() - began
        slack.rejections.clear()  # t is no trigger of anybody's
        assert (len(slack.called(method)) > before, bool(slept)) == (reached, reached)
        assert took >= 0.9 if reached else took < 0.9


LOST = {
    "used up": ("used_url", 404, "text/plain"),
    "too many": ("", 429, "text/plain"),
    "an error of Slack's": ("internal", 500, "text/html"),
    "not taken": ('{"ok": false, "error": "invalid_blocks"}', 200, "application/json"),
    "a page": ("<html>Sorry</html>", 200, "text/html"),
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("text", ["status", "history", "nonsense"])
async def test_a_command_is_answered_though_its_url_is_not_taken(
    world: World, slack: SlackStandIn, name: str, text: str
) -> None:
    body, status, kind = LOST[name]
    async with bot_at_work(world, slack):
        slack.answer_next("response_url", body, status=status, kind=kind, times=5)
        assert (await slack.person(ANA).command("/operator", text, CHANNEL)).acked
        await slack.until(lambda: said_to(slack, ANA))


async def test_a_command_given_where_the_bot_is_not_is_answered_there_or_directly(world: World) -> None:
    elsewhere = Channel("C0ELSE", "elsewhere", bot_is_member=False)
    channels = [Channel(CHANNEL, "llm-ops"), elsewhere]
    async with slack_stand_in(channels=channels) as slack, bot_at_work(world, slack):
        await slack.person(ANA).command("/operator", "holds", elsewhere.id)
        await slack.until(lambda: [m for m in slack.ephemerals(ANA) if m.channel == elsewhere.id])
        slack.answer_next("response_url", "", status=404, kind="text/plain", times=2)
        await slack.person(ANA).command("/operator", "holds", elsewhere.id)
        await slack.until(lambda: slack.messages("D0ANA"))


@pytest.mark.parametrize(
    ("error", "retry_after"), [("ratelimited", 3), ("expired_trigger_id", None), ("internal_error", None)]
)
async def test_a_dialog_that_slack_does_not_open_is_said_and_offered_again(
    world: World, slack: SlackStandIn, error: str, retry_after: int | None
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        status = 429 if retry_after else 200
        slack.fail_next("views.open", error=error, status=status, retry_after=retry_after)
        await press(slack, ANA, digest, f"approve.{card}")
        await slack.until(lambda: slack.ephemerals(ANA), 2.5)
        [again] = slack.ephemerals(ANA)
        assert "The dialog could not be opened" in text_of(again)
        assert len(slack.called("views.open")) == 1, "a trigger is dead after three seconds"
        assert await world.journal() == []
        assert (await slack.person(ANA).click(again, f"approve.{card}")).acked
        await form(slack, ANA)
        await slack.person(ANA).submit()
        assert "disabled" in await result(slack, ANA)


@pytest.mark.parametrize(
    ("error", "retry_after"), [("ratelimited", 20), ("internal_error", None), ("service_unavailable", None)]
)
async def test_a_dialog_opens_in_time_though_slack_does_not_list_the_approvers_group(
    world: World, error: str, retry_after: int | None
) -> None:
    await world.gone_on_bedrock()
    oncall = Group("S0OPS", "bench-oncall", (ANA,))
    async with (
        slack_stand_in(groups=[oncall], scopes=WITH_GROUPS) as slack,
        bot_at_work(world, slack, approvers=("S0OPS",), pace=Pace(), max_changes_unattended=0) as services,
    ):
        digest = await digest_of(services, slack)
        world.clock.pass_(minutes=10)  # who belongs to it is asked again then
        status = 429 if retry_after else 200
        slack.fail_next("usergroups.users.list", error=error, status=status, retry_after=retry_after, times=9)
        await press(slack, ANA, digest, f"approve.{cards(digest)[0]}")
        await slack.until(lambda: (slack.person(ANA).view or {}).get("submit"), 2.9)


@pytest.mark.parametrize("error", ["internal_error", "hash_conflict", "fatal_error"])
async def test_a_result_that_no_dialog_shows_is_told_directly(
    world: World, slack: SlackStandIn, error: str
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await press(slack, ANA, digest, f"approve.{card}")
        await form(slack, ANA)
        slack.fail_next("views.update", error=error, times=3)
        await slack.person(ANA).submit()
        await slack.until(lambda: "disabled" in "".join(map(text_of, slack.messages("D0ANA"))))


@pytest.mark.parametrize("error", ["messages_tab_disabled", "internal_error", "restricted_action"])
async def test_a_result_that_can_be_told_neither_there_nor_directly_is_told_in_the_channel(
    world: World, slack: SlackStandIn, error: str
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await press(slack, ANA, digest, f"approve.{card}")
        await form(slack, ANA)
        slack.fail_next("views.update", error="internal_error", times=3)
        slack.fail_next("chat.postMessage", error=error, times=3)
        await slack.person(ANA).submit()
        await slack.until(lambda: "disabled" in "".join(map(text_of, slack.ephemerals(ANA))))
