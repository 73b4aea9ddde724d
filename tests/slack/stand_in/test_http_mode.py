"""Signed requests, as HTTP mode gets them, against Bolt's own verification."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.loopback import served
from sandbox.slack import SlackStandIn, slack_stand_in

Ack = Callable[..., Awaitable[object]]
COMMAND = {"command": "/operator", "text": "status", "user_id": "U0ANA", "team_id": "T0SANDBOX"}


@asynccontextmanager
async def request_url(slack: SlackStandIn) -> AsyncIterator[str]:
    """Where a Bolt app takes requests over HTTP."""
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    bolt = AsyncApp(client=client, signing_secret=slack.signing_secret)

    @bolt.command("/operator")
    async def operator(ack: Ack, body: dict[str, Any]) -> None:
        await ack(f"You said {body['text']}")

    async def take(request: web.Request) -> web.Response:
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        answer = await bolt.async_dispatch(AsyncBoltRequest(body=await request.text(), headers=headers))
        return web.Response(status=answer.status, text=answer.body)

    app = web.Application()
    app.router.add_post("/slack/events", take)
    async with served(app) as url:
        yield f"{url}/slack/events"


async def test_a_signed_request_passes_and_its_answer_is_the_acknowledgement() -> None:
    async with slack_stand_in() as slack, request_url(slack) as url:
        outcome = await slack.courier.deliver_http(url, "slash_commands", COMMAND)
        assert outcome.acked
        assert outcome.payload == {"text": "You said status"}


async def test_people_reach_a_bot_in_http_mode_too() -> None:
    async with slack_stand_in() as slack, request_url(slack) as url:
        slack.courier.request_url = url
        await slack.person("ana").command("/operator", "help", "C0OPS")
        assert [message.text for message in slack.ephemerals("U0ANA")] == ["You said help"]


async def test_a_changed_body_and_an_old_request_fail_bolts_verification() -> None:
    async with slack_stand_in() as slack, request_url(slack) as url, aiohttp.ClientSession() as session:
        request = slack.courier.signed_request("slash_commands", COMMAND)
        changed = request.body.replace("status", "pause")
        async with session.post(url, data=changed, headers=request.headers) as answer:
            assert answer.status == 401
        slack.pass_time(-6 * 60)
        assert (await slack.courier.deliver_http(url, "slash_commands", COMMAND)).error == "http_401"
