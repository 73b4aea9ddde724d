"""Slack's own client against the stand-in's Web API."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Channel, Group, SlackStandIn, slack_stand_in
from sandbox.slack.server import SCOPES

OPS = "C0OPS"
CHANNELS = (Channel(OPS, "llm-ops"), Channel("C0OTHER", "other", bot_is_member=False))


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with slack_stand_in(channels=CHANNELS) as running:
        yield running


@pytest.fixture
def client(slack: SlackStandIn) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


async def error_of(call: object) -> str:
    """What Slack says instead of ok."""
    with pytest.raises(SlackApiError) as refused:
        await call  # type: ignore[misc]
    return str(refused.value.response["error"])


async def test_the_bot_knows_itself(slack: SlackStandIn, client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert answer["user_id"] == slack.workspace.bot_user_id
    assert answer.headers["x-oauth-scopes"] == "channels:history,chat:write,commands,files:write"


async def test_an_update_with_only_text_removes_the_blocks(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel=OPS, text="one", blocks=[{"type": "divider"}])
    [before] = slack.messages(OPS)
    assert [block["type"] for block in before.blocks] == ["divider"]
    await client.chat_update(channel=OPS, ts=posted["ts"], text="two")
    [after] = slack.messages(OPS)
    assert (after.text, after.blocks, after.edited, after.ts) == ("two", (), True, before.ts)


async def test_replies_stand_in_the_thread(slack: SlackStandIn, client: AsyncWebClient) -> None:
    root = await client.chat_postMessage(channel=OPS, text="root")
    await client.chat_postMessage(channel=OPS, text="reply", thread_ts=root["ts"])
    assert [message.text for message in slack.messages(OPS)] == ["root"]
    assert [message.text for message in slack.thread(OPS, root["ts"])] == ["reply"]
    [read] = (await client.conversations_history(channel=OPS))["messages"]
    assert (read["text"], read["reply_count"]) == ("root", 1)
    missing = client.chat_postMessage(channel=OPS, text="reply", thread_ts="1.000001")
    assert await error_of(missing) == "thread_not_found"


async def test_history_shows_metadata_only_when_asked(slack: SlackStandIn, client: AsyncWebClient) -> None:
    metadata = {"event_type": "digest", "event_payload": {"day": "2026-11-20"}}
    posted = await client.chat_postMessage(channel=OPS, text="digest", metadata=metadata)
    await client.chat_update(channel=OPS, ts=posted["ts"], text="edited")
    read = await client.conversations_history(channel=OPS, include_all_metadata=True)
    assert [message["metadata"] for message in read["messages"]] == [metadata]
    read = await client.conversations_history(channel=OPS)
    assert "metadata" not in read["messages"][0]


async def test_history_comes_in_pages_newest_first(slack: SlackStandIn, client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=OPS, text=str(n)))["ts"] for n in range(3)]
    first = await client.conversations_history(channel=OPS, limit=2)
    assert [message["text"] for message in first["messages"]] == ["2", "1"]
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel=OPS, limit=2, cursor=cursor)
    assert [message["text"] for message in rest["messages"]] == ["0"]
    since = await client.conversations_history(channel=OPS, oldest=stamps[1])
    assert [message["text"] for message in since["messages"]] == ["2"]


async def test_what_the_bot_may_not_see_or_touch_is_refused(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    assert await error_of(client.chat_postMessage(channel="C0NOWHERE", text="x")) == "channel_not_found"
    assert await error_of(client.chat_postMessage(channel="C0OTHER", text="x")) == "not_in_channel"
    assert await error_of(client.chat_update(channel=OPS, ts="1.1", text="x")) == "message_not_found"
    assert (
        await error_of(client.chat_postEphemeral(channel=OPS, user="U0X", text="x")) == "user_not_in_channel"
    )
    assert await error_of(client.api_call("chat.postMessage", json={"channel": OPS, "text": ""})) == "no_text"
    assert await error_of(client.views_update(view_id="V0X", view=MODAL)) == "not_found"
    assert await error_of(client.api_call("chat.shout")) == "unknown_method"
    assert len(slack.rejections) == 7


async def test_a_missing_scope_is_named(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.usergroups_users_list(usergroup="S0OPS")
    assert refused.value.response["needed"] == "usergroups:read"
    assert "chat:write" in refused.value.response["provided"]


async def test_a_group_can_be_read_with_the_scope() -> None:
    group = Group("S0OPS", "ops", ("U0ANA", "U0BEN"))
    async with slack_stand_in(groups=(group,), scopes=SCOPES | {"usergroups:read"}) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        assert (await client.usergroups_users_list(usergroup="S0OPS"))["users"] == ["U0ANA", "U0BEN"]


async def test_each_kind_of_token_has_its_own_methods(slack: SlackStandIn, client: AsyncWebClient) -> None:
    app = AsyncWebClient(token=slack.app_token, base_url=slack.api_url)
    stranger = AsyncWebClient(token="xoxb-somebody", base_url=slack.api_url)
    assert await error_of(app.chat_postMessage(channel=OPS, text="x")) == "not_allowed_token_type"
    assert await error_of(client.apps_connections_open(app_token=slack.bot_token)) == "not_allowed_token_type"
    assert await error_of(stranger.auth_test()) == "invalid_auth"


async def test_refused_blocks_come_with_reasons(slack: SlackStandIn, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=OPS, text="x", blocks=[{"type": "marquee"}])
    assert refused.value.response["error"] == "invalid_blocks"
    reasons = refused.value.response["response_metadata"]["messages"]
    assert reasons == ["[ERROR] unsupported type: marquee [json-pointer:/blocks/0]"]
    assert slack.messages(OPS) == []


async def test_scripted_failures_come_once_and_do_not_count_as_rejections(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.fail_next("chat.postMessage", error="fatal_error")
    assert await error_of(client.chat_postMessage(channel=OPS, text="x")) == "fatal_error"
    await client.chat_postMessage(channel=OPS, text="x")
    assert [call.ok for call in slack.called("chat.postMessage")] == [False, True]
    assert slack.rejections == []


async def test_a_rate_limit_is_waited_out_by_slacks_own_handler(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    slack.fail_next("chat.postMessage", error="ratelimited", status=429, retry_after=0)
    await client.chat_postMessage(channel=OPS, text="x")
    assert [call.ok for call in slack.called("chat.postMessage")] == [False, True]


async def test_a_file_is_uploaded_in_three_steps(slack: SlackStandIn, client: AsyncWebClient) -> None:
    root = await client.chat_postMessage(channel=OPS, text="root")
    await client.files_upload_v2(
        channel=OPS,
        thread_ts=root["ts"],
        filename="days.png",
        title="14 days",
        content=b"\x89PNG bytes",
        alt_txt="a picture",
        initial_comment="The last 14 days",
    )
    [file] = slack.files
    assert (file.content, file.title, file.alt_text, file.thread_ts) == (
        b"\x89PNG bytes",
        "14 days",
        "a picture",
        root["ts"],
    )
    [reply] = slack.thread(OPS, root["ts"])
    assert (reply.text, reply.files[0]["name"]) == ("The last 14 days", "days.png")


async def test_an_upload_of_another_length_is_refused(slack: SlackStandIn, client: AsyncWebClient) -> None:
    place = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session, session.post(place["upload_url"], data=b"four") as answer:
        assert answer.status == 400
    unfinished = client.files_completeUploadExternal(files=[{"id": place["file_id"], "title": "a"}])
    assert await error_of(unfinished) == "file_not_found"


async def test_a_permalink_leads_to_the_message(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=OPS, text="x")
    link = await client.chat_getPermalink(channel=OPS, message_ts=posted["ts"])
    assert link["permalink"].endswith(f"/archives/{OPS}/p{posted['ts'].replace('.', '')}")


async def test_until_tells_what_happened_instead(slack: SlackStandIn, client: AsyncWebClient) -> None:
    await error_of(client.api_call("chat.postMessage", json={"channel": OPS, "text": ""}))
    with pytest.raises(AssertionError, match=r"chat\.postMessage → no_text"):
        await slack.until(lambda: slack.messages(OPS), seconds=0.05)


MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A modal"},
    "blocks": [{"type": "divider"}],
}
