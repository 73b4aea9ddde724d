"""Edits that Slack refuses: made up for where that passes, seldom tried where it lasts, else drawn anew."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from slack_sdk.errors import SlackApiError

from bot.services import Services
from bot.slack.client import Pace
from bot.slack.posting.records import owed_edits
from sandbox.slack import Message, SlackStandIn
from support.world import ANA, BEN, CHANNEL, World, bot_at_work, cards, digest_of, now, press, text_of, typed


@asynccontextmanager
async def one_card(world: World, slack: SlackStandIn) -> AsyncIterator[tuple[Services, Message, str]]:
    """A bot whose digest asks about one model."""
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        yield services, digest, card


async def rejected(services: Services, card: str) -> None:
    """On the command line: this bot draws it when it looks."""
    await services.use_cases.reject(card, 1, by="cli:ops")


async def edits_in(services: Services, slack: SlackStandIn, world: World, hours: float) -> int:
    """Calls of chat.update while the bot looks again and again, sampled each five minutes, for so long."""
    before = len(slack.called("chat.update"))
    for _ in range(max(1, int(hours * 12))):
        world.clock.pass_(minutes=5)
        await services.cards.redraw_stale()
    return len(slack.called("chat.update")) - before


PASSING = ["ratelimited", "internal_error", "service_unavailable", "request_timeout", "fatal_error"]
LASTING = ["is_archived", "not_in_channel", "channel_not_found", "restricted_action", "missing_scope"]
PAGES = {
    "a page of HTML": ("<html>We'll be back</html>", 200, "text/html"),
    "an empty 503": ("", 503, "text/plain"),
    "a gateway's 502": ("<h1>502</h1>", 502, "text/html"),
    "JSON that is a list": ("[]", 200, "application/json"),
    "JSON that is nothing": ("null", 200, "application/json"),
    "half of an answer": ('{"ok": tr', 200, "application/json"),
    "an error that is no word": ('{"ok": false, "error": {"code": 7}}', 200, "application/json"),
    "a charset that nobody knows": ('{"ok": true}', 200, "application/json; charset=klingon"),
}


@pytest.mark.both_modes
@pytest.mark.parametrize("code", [*PASSING[1:], *LASTING])
async def test_what_was_refused_is_shown_once_it_can_be_and_not_asked_all_the_time(
    world: World, slack: SlackStandIn, code: str
) -> None:
    async with one_card(world, slack) as (services, digest, card):
        slack.fail_next("chat.update", error=code, times=1000)
        await rejected(services, card)
        tried = await edits_in(services, slack, world, hours=1.5)
        assert 4 <= tried <= (18 if code in PASSING else 10)
        assert cards(now(slack, digest)) == [card]
        assert f"1 message can't be edited: {code}" in await typed(slack, ANA, "status", "can't be edited")
        slack.workspace.failures.clear()
        world.clock.pass_(hours=1)
        await services.cards.redraw_stale()
        assert cards(now(slack, digest)) == []
        assert "can't be edited" not in await typed(slack, ANA, "status", "Autopilot")


@pytest.mark.parametrize("name", PAGES)
async def test_what_is_not_slacks_answer_is_made_up_for(world: World, slack: SlackStandIn, name: str) -> None:
    body, status, kind = PAGES[name]
    async with one_card(world, slack) as (services, digest, card):
        slack.answer_next("chat.update", body, status=status, kind=kind)
        await rejected(services, card)
        await services.cards.redraw_stale()
        assert cards(now(slack, digest)) == [card]
        [owed] = (await owed_edits(services.use_cases.stores).all()).values()
        assert "None" not in owed.why
        world.clock.pass_(minutes=1)
        await services.cards.redraw_stale()
        assert cards(now(slack, digest)) == []


NO_LINK = ["internal_error", "message_not_found", "missing_scope"]


@pytest.mark.both_modes
@pytest.mark.parametrize(
    ("code", "no_link"),
    [
        *(
            (code, "")
            for code in ("edit_window_closed", "msg_too_long", "cant_update_message", "block_mismatch")
        ),
        *(("edit_window_closed", code) for code in NO_LINK),
    ],
)
async def test_a_card_that_cant_be_edited_is_drawn_anew_below_it_once(
    world: World, slack: SlackStandIn, code: str, no_link: str
) -> None:
    async with one_card(world, slack) as (services, digest, card):
        slack.fail_next("chat.update", error=code, times=1000)
        if no_link:
            slack.fail_next("chat.getPermalink", error=no_link, times=1000)
        await rejected(services, card)
        assert await edits_in(services, slack, world, hours=1) <= 12
        [anew] = [m for m in slack.thread(CHANNEL, digest.ts) if cards(m, "reopen")]
        assert len(slack.messages(CHANNEL)) == 1, "no second message in the channel"
        assert [d.ts for d in (await services.use_cases.stores.proposals.get(card)).drawn] == [anew.ts]
        slack.workspace.failures.clear()
        await press(slack, ANA, anew, f"reopen.{card}")
        await slack.until(lambda: cards(now(slack, anew)) == [card])


@pytest.mark.parametrize("code", ["restricted_action_thread_locked", "is_archived", "internal_error"])
async def test_where_neither_the_edit_nor_a_new_card_is_taken_it_is_not_asked_all_the_time(
    world: World, slack: SlackStandIn, code: str
) -> None:
    async with one_card(world, slack) as (services, digest, card):
        slack.fail_next("chat.update", error="msg_too_long", times=1000)
        slack.fail_next("chat.postMessage", error=code, times=1000)
        await rejected(services, card)
        before = len(slack.calls)
        for _ in range(180):
            world.clock.pass_(seconds=10)
            await services.cards.redraw_stale()
        assert 8 <= len(slack.calls) - before <= 30, "in half an hour"
        slack.workspace.failures.clear()
        world.clock.pass_(minutes=5)
        await services.cards.redraw_stale()
        assert cards(now(slack, digest)) == []


async def test_a_message_that_is_gone_is_not_asked_for_again(world: World, slack: SlackStandIn) -> None:
    async with one_card(world, slack) as (services, digest, card):
        await services.cards.client.chat_delete(channel=CHANNEL, ts=digest.ts)
        await rejected(services, card)
        assert await edits_in(services, slack, world, hours=1) == 1
        assert slack.messages(CHANNEL) == [], "nobody is asked again about what somebody took away"
        slack.rejections.clear()


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("code", ["message_not_found", "is_inactive"])
async def test_a_message_that_is_said_to_be_gone_and_stands_is_drawn_when_slack_lets_it(
    world: World, slack: SlackStandIn, code: str, times: int
) -> None:
    async with one_card(world, slack) as (services, digest, card):
        slack.fail_next("chat.update", error=code, times=times)
        await rejected(services, card)
        await edits_in(services, slack, world, hours=0.5)
        assert cards(now(slack, digest)) == []
        assert cards(now(slack, digest), "reopen") == [card]
        assert len(slack.messages(CHANNEL)) == 1


@pytest.mark.parametrize("code", ["internal_error", "not_in_channel", "token_revoked"])
async def test_a_restart_goes_on_with_what_is_owed(world: World, slack: SlackStandIn, code: str) -> None:
    async with one_card(world, slack) as (services, digest, card):
        slack.fail_next("chat.update", error=code, times=1)
        await services.use_cases.pause(by=ANA, reason="holiday")
        await services.digests.show_switch()  # the page's foot: no card of any proposal
        assert "holiday" not in text_of(now(slack, digest))
    slack.workspace.failures.clear()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        world.clock.pass_(minutes=1)
        await services.cards.redraw_stale()
        assert "holiday" in text_of(now(slack, digest))
        assert cards(now(slack, digest)) == [card]


@pytest.mark.parametrize("seconds", [0, 1, 300])
async def test_where_slack_counts_too_many_it_is_asked_again_when_slack_says(
    world: World, slack: SlackStandIn, seconds: int
) -> None:
    async with one_card(world, slack) as (services, digest, card):
        slack.fail_next("chat.update", error="ratelimited", status=429, retry_after=seconds)
        await rejected(services, card)
        await services.cards.redraw_stale()
        if seconds > 60:
            assert len(slack.called("chat.update")) == 1, "nobody waits so long"
            world.clock.pass_(seconds=seconds + 1)
            await services.cards.redraw_stale()
        assert cards(now(slack, digest)) == []
        assert len(slack.called("chat.update")) == 2


@pytest.mark.parametrize("seconds", [61, 300, 86_400])
async def test_while_slack_wants_no_calls_for_long_none_reaches_it(
    world: World, slack: SlackStandIn, seconds: int
) -> None:
    async with bot_at_work(world, slack, pace=Pace()) as services:
        digest = await digest_of(services, slack)
        edit = partial(services.client.chat_update, channel=digest.channel, ts=digest.ts, text="anew")
        before = len(slack.called("chat.update"))
        slack.fail_next("chat.update", error="ratelimited", status=429, retry_after=seconds)
        with pytest.raises(SlackApiError):
            await edit()
        waiting = [asyncio.create_task(edit()) for _ in range(15)]
        await asyncio.wait(waiting, timeout=0.5)
        assert len(slack.called("chat.update")) == before + 1
        for task in waiting:
            task.cancel()


async def test_many_edits_of_one_message_are_joined_and_the_last_is_shown(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, pace=Pace(), max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        for number in range(60):
            await services.use_cases.pause(by=(ANA, BEN)[number % 2], reason=f"reason {number}")
            await services.digests.show_switch()
        await slack.until(lambda: "reason 59" in text_of(now(slack, digest)))
        assert len(slack.called("chat.update")) <= 25


WHILE = {
    "slack has a bad minute": lambda slack, pace: slack.fail_next(
        "chat.update", error="internal_error", times=9
    ),
    "a proxy answers": lambda slack, pace: slack.answer_next("chat.update", "<h1>502</h1>", status=502),
    "the message can't be edited": lambda slack, pace: slack.fail_next(
        "chat.update", error="edit_window_closed", times=9
    ),
    "all turns are taken": lambda slack, pace: pace.hold("chat.update", "", 2),
}


@pytest.mark.parametrize("why", WHILE)
async def test_an_older_card_stays_a_line_also_where_slack_takes_that_line_later(
    world: World, slack: SlackStandIn, why: str
) -> None:
    refs = await world.gone("groq", 1, 20)
    pace = Pace()
    async with bot_at_work(world, slack, max_changes_unattended=0, pace=pace) as services:
        older = await digest_of(services, slack)
        [card] = cards(older)
        world.clock.pass_(hours=24)
        await world.fail("groq", refs, days=1)
        WHILE[why](slack, pace)
        newer = await digest_of(services, slack)
        slack.workspace.failures.clear()
        [drawn] = (await services.use_cases.stores.proposals.get(card)).drawn
        assert drawn.ts == newer.ts
        await rejected(services, card)
        for _ in range(4):
            world.clock.pass_(minutes=2)
            await services.cards.redraw_stale()
        if why != "the message can't be edited":
            await slack.until(lambda: "moved to the newest digest" in text_of(now(slack, older)))
            assert not cards(now(slack, older), "reopen")
        await slack.until(lambda: cards(now(slack, newer), "reopen") == [card])
