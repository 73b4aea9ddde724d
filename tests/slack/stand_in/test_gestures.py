"""A real Bolt app over Socket Mode gets what people do, in Slack's own shapes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import CannotDo, Person, SlackStandIn, slack_stand_in

OPS = "C0OPS"
Json = dict[str, Any]
Ack = Callable[..., Awaitable[object]]
Respond = Callable[..., Awaitable[Any]]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


CARD: list[Json] = [
    {
        "type": "section",
        "block_id": "card",
        "text": mrkdwn("*Disable* 2 models?"),
        "accessory": {
            "type": "overflow",
            "action_id": "more.P-1",
            "options": [option("tomorrow"), option("details")],
        },
    },
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {
                "type": "button",
                "action_id": "approve.P-1",
                "text": plain("Approve"),
                "value": "P-1:1",
                "style": "primary",
            },
            {"type": "button", "action_id": "slow.P-1", "text": plain("Slowly"), "value": "P-1:1"},
        ],
    },
]
MODAL = {
    "type": "modal",
    "callback_id": "pick",
    "title": plain("Which models?"),
    "submit": plain("Approve"),
    "blocks": [
        {
            "type": "input",
            "block_id": "tick.0",
            "optional": True,
            "label": plain("Models"),
            "element": {
                "type": "checkboxes",
                "action_id": "tick.0",
                "options": [option("gpt"), option("llama"), option("qwen")],
                "initial_options": [option("gpt"), option("llama")],
            },
        },
        {
            "type": "input",
            "block_id": "choice",
            "label": plain("Why"),
            "element": {
                "type": "radio_buttons",
                "action_id": "choice",
                "options": [option("broken"), option("dear")],
                "initial_option": option("broken"),
            },
        },
        {
            "type": "input",
            "block_id": "note",
            "optional": True,
            "label": plain("Note"),
            "element": {"type": "plain_text_input", "action_id": "note", "max_length": 10},
        },
        {
            "type": "actions",
            "block_id": "within",
            "elements": [{"type": "button", "action_id": "deeper", "text": plain("Deeper")}],
        },
    ],
}


class Bot:
    """A small app that remembers what it was sent."""

    def __init__(self, slack: SlackStandIn) -> None:
        self.slack = slack
        self.client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        self.app = AsyncApp(client=self.client, signing_secret=slack.signing_secret)
        self.seen: list[Json] = []
        self.answer: Json = {}
        """The acknowledgement of the next submission."""
        self.release = asyncio.Event()
        self._listen()

    def _listen(self) -> None:
        self.app.action("approve.P-1")(self._on_click)
        self.app.action("more.P-1")(self._on_click)
        self.app.action("deeper")(self._on_click)
        self.app.action("slow.P-1")(self._on_slow)
        self.app.view("pick")(self._on_submit)
        self.app.command("/operator")(self._on_command)
        self.app.event("app_home_opened")(self._on_event)

    async def _on_click(self, ack: Ack, body: Json) -> None:
        await ack()
        self._saw(body)

    async def _on_slow(self, ack: Ack, body: Json) -> None:
        await self.release.wait()
        await ack()
        self._saw(body)

    async def _on_submit(self, ack: Ack, body: Json) -> None:
        await ack(**self.answer)
        self._saw(body)

    async def _on_command(self, ack: Ack, body: Json) -> None:
        await ack(f"You said {body['text']}")
        self._saw(body)

    async def _on_event(self, event: Json, body: Json) -> None:
        self._saw(body)

    def _saw(self, body: Json) -> None:
        self.seen.append(body)
        self.slack.workspace.touch()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Over one more connection."""
        before = self.slack.courier.connections
        client = AsyncWebClient(token=self.slack.app_token, base_url=self.slack.api_url)
        handler = AsyncSocketModeHandler(self.app, self.slack.app_token, web_client=client)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        try:
            await self.slack.connected(before + 1)
            yield
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]

    async def opened(self, person: Person) -> None:
        """Shows the modal to somebody who has just clicked."""
        await person.click(self.slack.messages(OPS)[0], "approve.P-1")
        await self.slack.until(lambda: self.seen)
        await self.client.views_open(trigger_id=self.seen.pop()["trigger_id"], view=MODAL)


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with slack_stand_in() as running:
        yield running


@pytest.fixture
async def bot(slack: SlackStandIn) -> AsyncIterator[Bot]:
    made = Bot(slack)
    await made.client.chat_postMessage(channel=OPS, text="A decision", blocks=CARD)
    async with made.listening():
        yield made


async def test_a_click_arrives_as_slack_sends_it(slack: SlackStandIn, bot: Bot) -> None:
    [message] = slack.messages(OPS)
    outcome = await slack.person("ana").click(message, "Approve")
    assert outcome.acked
    assert outcome.error is None
    assert outcome.seconds < 3
    await slack.until(lambda: bot.seen)
    [body] = bot.seen
    assert body["user"] == {"id": "U0ANA", "username": "ana", "name": "ana", "team_id": "T0SANDBOX"}
    assert body["channel"] == {"id": OPS, "name": "llm-ops"}
    assert body["message"]["ts"] == message.ts
    [action] = body["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("approve.P-1", "decide", "P-1:1")


async def test_a_menus_choice_is_found_by_value_or_by_words(slack: SlackStandIn, bot: Bot) -> None:
    [message] = slack.messages(OPS)
    await slack.person("U0BEN").choose(message, "more.P-1", "tomorrow")
    await slack.person("U0BEN").choose(message, "more.P-1", "Details")
    await slack.until(lambda: len(bot.seen) == 2)
    assert {body["actions"][0]["selected_option"]["value"] for body in bot.seen} == {"tomorrow", "details"}


async def test_only_what_is_on_the_screen_can_be_done(slack: SlackStandIn, bot: Bot) -> None:
    [message] = slack.messages(OPS)
    ana = slack.person("ana")
    with pytest.raises(CannotDo, match=r"there are: approve\.P-1 \(Approve\)"):
        await ana.click(message, "reject.P-1")
    with pytest.raises(CannotDo, match="no modal is open"):
        await ana.submit()
    await bot.client.chat_delete(channel=OPS, ts=message.ts)
    with pytest.raises(CannotDo, match="gone"):
        await ana.click(message, "approve.P-1")


async def test_a_commands_acknowledgement_is_shown_to_its_author_only(slack: SlackStandIn, bot: Bot) -> None:
    outcome = await slack.person("ana").command("/operator", "status", OPS)
    assert outcome.payload == {"text": "You said status"}
    assert [message.text for message in slack.ephemerals("U0ANA")] == ["You said status"]
    assert slack.ephemerals("U0BEN") == []
    assert len(slack.messages(OPS)) == 1


async def test_the_home_tab_is_opened_and_published(slack: SlackStandIn, bot: Bot) -> None:
    assert (await slack.person("ana").open_home()).acked
    await slack.until(lambda: bot.seen)
    assert bot.seen[0]["event"]["type"] == "app_home_opened"
    await bot.client.views_publish(user_id="U0ANA", view={"type": "home", "blocks": [{"type": "divider"}]})
    home = slack.home("U0ANA")
    assert home is not None
    assert home["blocks"][0]["type"] == "divider"


async def test_a_submission_carries_what_was_left_and_what_was_changed(slack: SlackStandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    await bot.opened(ana)
    await ana.submit(untick={"llama"}, tick={"qwen"}, texts={"note": "too slow"}, choices={"choice": "dear"})
    await slack.until(lambda: bot.seen)
    values = bot.seen[0]["view"]["state"]["values"]
    ticked = [chosen["value"] for chosen in values["tick.0"]["tick.0"]["selected_options"]]
    assert ticked == ["gpt", "qwen"]
    assert values["note"]["note"]["value"] == "too slow"
    assert values["choice"]["choice"]["selected_option"]["value"] == "dear"
    assert ana.view is None


async def test_errors_keep_the_modal_open_with_what_was_filled_in(slack: SlackStandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    await bot.opened(ana)
    bot.answer = {"response_action": "errors", "errors": {"tick.0": "Tick something."}}
    await ana.submit(untick={"gpt", "llama"}, texts={"note": "none"})
    assert ana.errors == {"tick.0": "Tick something."}
    assert ana.view is not None
    bot.answer = {}
    await ana.submit(tick={"gpt"})
    await slack.until(lambda: len(bot.seen) == 2)
    assert bot.seen[1]["view"]["state"]["values"]["note"]["note"]["value"] == "none"
    assert ana.view is None


async def test_an_acknowledgement_that_slack_would_not_show_is_an_error(
    slack: SlackStandIn, bot: Bot
) -> None:
    ana = slack.person("ana")
    await bot.opened(ana)
    bot.answer = {"response_action": "errors", "errors": {"nowhere": "Wrong."}}
    assert (await ana.submit()).error == "invalid_errors"
    bot.answer = {"response_action": "update", "view": MODAL | {"title": plain("x" * 25)}}
    assert (await ana.submit()).error == "invalid_arguments"
    assert len(slack.rejections) == 2


async def test_a_submission_may_update_push_and_clear(slack: SlackStandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    await bot.opened(ana)
    bot.answer = {"response_action": "update", "view": MODAL | {"title": plain("Sure?")}}
    await ana.submit()
    bot.answer = {"response_action": "push", "view": MODAL | {"title": plain("Really?")}}
    await ana.submit()
    assert [view["title"]["text"] for view in ana.screen.stack] == ["Sure?", "Really?"]
    await ana.close()
    assert ana.view is not None
    assert ana.view["title"]["text"] == "Sure?"
    bot.answer = {"response_action": "clear"}
    await ana.submit()
    assert ana.view is None


async def test_a_modals_inputs_keep_their_rules(slack: SlackStandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    await bot.opened(ana)
    with pytest.raises(CannotDo, match="no more than 10"):
        await ana.submit(texts={"note": "much too long a note"})
    with pytest.raises(CannotDo, match="no checkbox"):
        await ana.submit(tick={"claude"})


async def test_a_click_in_a_modal_opens_another_one_above(slack: SlackStandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    await bot.opened(ana)
    await ana.click_in_view("deeper")
    await slack.until(lambda: bot.seen)
    body = bot.seen[0]
    assert body["container"] == {"type": "view", "view_id": body["view"]["id"]}
    await bot.client.views_push(trigger_id=body["trigger_id"], view=MODAL)
    assert len(ana.screen.stack) == 2


async def test_updating_a_modal_that_was_closed_fails_without_being_the_bots_fault(
    slack: SlackStandIn, bot: Bot
) -> None:
    ana = slack.person("ana")
    await bot.opened(ana)
    assert ana.view is not None
    view_id = ana.view["id"]
    await ana.close()
    with pytest.raises(SlackApiError, match="not_found"):
        await bot.client.views_update(view_id=view_id, view=MODAL)
    assert slack.rejections == []


async def test_a_trigger_works_once_and_not_for_long(slack: SlackStandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    [message] = slack.messages(OPS)
    await ana.click(message, "approve.P-1")
    await ana.click(message, "approve.P-1")
    await slack.until(lambda: len(bot.seen) == 2)
    first, second = (body["trigger_id"] for body in bot.seen)
    await bot.client.views_open(trigger_id=first, view=MODAL)
    for expired, later in ((first, 0), (second, 4)):
        slack.pass_time(later)
        with pytest.raises(SlackApiError, match="expired_trigger_id"):
            await bot.client.views_open(trigger_id=expired, view=MODAL)


async def test_a_late_acknowledgement_is_a_timeout_and_the_envelope_comes_again() -> None:
    async with slack_stand_in(ack_seconds=0.2) as slack:
        bot = Bot(slack)
        await bot.client.chat_postMessage(channel=OPS, text="A decision", blocks=CARD)
        async with bot.listening():
            outcome = await slack.person("ana").click(slack.messages(OPS)[0], "slow.P-1")
            assert (outcome.acked, outcome.error) == (False, "operation_timeout")
            bot.release.set()
            await slack.until(lambda: bot.seen)
            again = await slack.courier.redeliver(outcome)
            assert again.envelope_id == outcome.envelope_id
            await slack.until(lambda: len(bot.seen) == 2)
            assert bot.seen[0] == bot.seen[1]


async def test_each_payload_goes_to_one_connection_in_turn(slack: SlackStandIn, bot: Bot) -> None:
    other = Bot(slack)
    async with other.listening():
        [message] = slack.messages(OPS)
        for _ in range(4):
            await slack.person("ana").click(message, "approve.P-1")
        await slack.until(lambda: len(bot.seen) + len(other.seen) == 4)
        assert (len(bot.seen), len(other.seen)) == (2, 2)


async def test_a_bot_that_is_asked_to_reconnect_misses_nothing(slack: SlackStandIn, bot: Bot) -> None:
    await slack.courier.disconnect()
    outcome = await slack.person("ana").click(slack.messages(OPS)[0], "approve.P-1")
    assert outcome.acked
    assert slack.courier.received == [2]


async def test_a_response_url_works_five_times_within_half_an_hour(slack: SlackStandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    [message] = slack.messages(OPS)
    await ana.click(message, "approve.P-1")
    await ana.click(message, "approve.P-1")
    await slack.until(lambda: len(bot.seen) == 2)
    used, old = (body["response_url"] for body in bot.seen)
    async with aiohttp.ClientSession() as session:

        async def respond(url: str, **body: object) -> int:
            async with session.post(url, json=body) as answer:
                return answer.status

        assert await respond(used, text="only you", replace_original=False) == 200
        assert await respond(used, text="everybody", response_type="in_channel") == 200
        assert await respond(used, text="done", replace_original=True) == 400
        assert await respond(used, text="<!here>") == 400
        assert await respond(used, delete_original=True) == 400
        assert [m.text for m in slack.messages(OPS)] == ["A decision", "everybody"]
        assert [m.text for m in slack.ephemerals("U0ANA")] == ["only you"]
        assert await respond(used, text="once more") == 404
        slack.pass_time(31 * 60)
        assert await respond(old, text="too late") == 404
    refused = [rejection.split()[1] for rejection in slack.rejections]
    assert refused == ["invalid_arguments", "invalid_text", "invalid_arguments", "used_url", "expired_url"]
