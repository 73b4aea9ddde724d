"""The stand-in refuses what Slack documents that it refuses: closed channels, rates, what nobody knows."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackStandIn, slack_stand_in

OPS, ANA = "C0OPS", "U0ANA"


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with slack_stand_in(rated=True) as running:
        yield running


@pytest.fixture
def client(slack: SlackStandIn) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


async def error_of(call: object) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call  # type: ignore[misc]
    return str(refused.value.response["error"])


@pytest.mark.parametrize("closed", ["is_archived", "restricted_action", "restricted_action_thread_locked"])
async def test_a_closed_channel_takes_nothing_until_it_is_opened(
    slack: SlackStandIn, client: AsyncWebClient, closed: str
) -> None:
    posted = await client.chat_postMessage(channel=OPS, text="before")
    slack.change_channel(OPS, closed=closed)
    later = int(slack.workspace.now()) + 600
    for call in (
        client.chat_postMessage(channel=OPS, text="x"),
        client.chat_postEphemeral(channel=OPS, user=ANA, text="x"),
        client.chat_update(channel=OPS, ts=posted["ts"], text="x"),
        client.chat_scheduleMessage(channel=OPS, text="x", post_at=later),
    ):
        assert await error_of(call) == closed
    slack.change_channel(OPS, closed="")
    await client.chat_postMessage(channel=OPS, text="after")
    assert slack.rejections == [], "that was meant"


@pytest.mark.parametrize("error", ["token_revoked", "token_expired", "account_inactive"])
async def test_a_revoked_token_is_good_for_nothing(
    slack: SlackStandIn, client: AsyncWebClient, error: str
) -> None:
    slack.revoke(slack.bot_token, error)
    for call in (client.auth_test(), client.chat_postMessage(channel=OPS, text="x")):
        assert await error_of(call) == error


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("chat.postMessage", {"channel": OPS, "text": "x", "colour": "red"}),
        ("auth.test", {"test": "1"}),
        ("conversations.history", {"channel": OPS, "newest": "1"}),
    ],
)
async def test_an_argument_that_the_method_does_not_have_is_refused(
    client: AsyncWebClient, method: str, args: dict[str, str]
) -> None:
    assert await error_of(client.api_call(method, params=args)) == "invalid_arguments"


@pytest.mark.parametrize(
    "method",
    ["chat.sendMessage", "chat.command", "conversations.everything", "conversations.info", "users.info"],
)
async def test_a_method_that_slack_does_not_have_or_the_bot_never_calls_is_refused(
    client: AsyncWebClient, method: str
) -> None:
    assert await error_of(client.api_call(method)) == "unknown_method"


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("chat.postMessage", "edit_window_closed"),
        ("views.open", "is_archived"),
        ("auth.test", "made_up"),
    ],
)
def test_only_what_slack_documents_can_be_scripted(slack: SlackStandIn, method: str, error: str) -> None:
    with pytest.raises(ValueError, match="documents no"):
        slack.fail_next(method, error=error)


async def test_more_than_slack_takes_is_refused_with_how_long_to_wait(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    for method, most in (("chat.update", 50), ("usergroups.users.list", 20), ("views.publish", 100)):
        said = [await error_of(client.api_call(method)) for _ in range(most + 1)]
        assert (said.count("ratelimited"), said[-1]) == (1, "ratelimited")
        with pytest.raises(SlackApiError) as refused:
            await client.api_call(method)
        assert refused.value.response.status_code == 429
        assert 1 <= int(refused.value.response.headers["Retry-After"]) <= 61
        slack.pass_time(61)
        assert await error_of(client.api_call(method)) != "ratelimited"


async def test_an_edit_may_come_too_late(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.workspace.edit_window = 300
    posted = await client.chat_postMessage(channel=OPS, text="x")
    await client.chat_update(channel=OPS, ts=posted["ts"], text="y")
    slack.pass_time(301)
    update = client.chat_update(channel=OPS, ts=posted["ts"], text="z")
    assert await error_of(update) == "edit_window_closed"


async def test_a_direct_message_needs_the_messages_tab(slack: SlackStandIn, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=ANA, text="x")
    slack.workspace.messages_tab = False
    assert await error_of(client.chat_postMessage(channel=ANA, text="x")) == "messages_tab_disabled"


async def test_what_is_scheduled_is_posted_in_time_unless_it_is_withdrawn_early(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    now = int(slack.workspace.now())
    ids = [
        (await client.chat_scheduleMessage(channel=OPS, text=f"in {s} s", post_at=now + s))[
            "scheduled_message_id"
        ]
        for s in (120, 600, 900)
    ]
    await client.chat_deleteScheduledMessage(channel=OPS, scheduled_message_id=ids[1])
    slack.pass_time(80)
    late = client.chat_deleteScheduledMessage(channel=OPS, scheduled_message_id=ids[0])
    assert await error_of(late) == "invalid_scheduled_message_id", "less than a minute before"
    slack.pass_time(60)
    assert [message.text for message in slack.messages(OPS)] == ["in 120 s"]
    listed = await client.chat_scheduledMessages_list(channel=OPS)
    assert [one["id"] for one in listed["scheduled_messages"]] == [ids[2]]
    for post_at, error in ((now - 5, "time_in_past"), (now + 121 * 86_400, "time_too_far")):
        call = client.chat_scheduleMessage(channel=OPS, text="x", post_at=post_at)
        assert await error_of(call) == error
