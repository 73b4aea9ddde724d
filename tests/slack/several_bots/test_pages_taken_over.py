"""A digest that another finishes, in a message that Slack won't edit: its cards are where people see them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.services import Services
from bot.slack.posting.digests import EVENT
from operator_core.errors import LeaseLost
from sandbox.slack import Message, SlackStandIn
from support.world import ANA, CHANNEL, World, bot_at_work, cards, digest_of, press, text_of, typed

SLEPT = 601.0
"""Seconds: longer than a claim's lease."""
FOR_GOOD = ("edit_window_closed", "msg_too_long", "cant_update_message", "block_mismatch")


def dies_after_posting(services: Services) -> None:
    """It hears Slack's answer to its first message, and does nothing more."""
    call = services.client.api_call

    async def killed(api_method: str, **options: Any) -> Any:
        answer = await call(api_method, **options)
        if api_method == "chat.postMessage":
            raise LeaseLost("it was killed")
        return answer

    services.client.api_call = killed  # type: ignore[method-assign]


def pages(slack: SlackStandIn) -> list[Message]:
    return [message for message in slack.messages(CHANNEL) if message.event == EVENT]


@asynccontextmanager
async def left_behind(world: World, slack: SlackStandIn) -> AsyncIterator[Services]:
    """A replica died once its page was posted, before it kept anything of it; another is to finish it."""
    async with (
        bot_at_work(world, slack, max_changes_unattended=0) as one,
        bot_at_work(world, slack, max_changes_unattended=0) as two,
    ):
        dies_after_posting(one)
        assert await one.digests.post_due(one.now()) is None
        assert await two.digests.post_due(two.now()) is None, "its lease lasts"
        world.clock.pass_(seconds=SLEPT)
        yield two


async def one_more_is_gone(world: World, services: Services, provider: str) -> None:
    names = sorted(await world.enabled(provider))[-1:]
    await world.database["metrics_cloud_v2"].delete_many({"provider": provider, "model_name": names[0]})
    await world.fail(provider, names, days=4)
    await services.use_cases.run("test")


async def drawn_at(services: Services, card: str) -> list[str]:
    return [one.ts for one in (await services.stores.proposals.get(card)).drawn]


def shown_alive(slack: SlackStandIn, card: str) -> list[str]:
    roots = slack.messages(CHANNEL)
    every = [*roots, *(reply for root in roots for reply in slack.thread(CHANNEL, root.ts))]
    return [message.ts for message in every if card in cards(message)]


@pytest.mark.parametrize("code", FOR_GOOD)
async def test_a_page_that_cant_be_edited_is_posted_anew_and_counts_nowhere_else(
    world: World, slack: SlackStandIn, code: str
) -> None:
    await world.gone("groq", 1, 20)
    async with left_behind(world, slack) as two:
        slack.fail_next("chat.update", error=code, times=1000)
        ts = await two.digests.post_due(two.now())
        [before, anew] = pages(slack)
        assert (anew.ts, cards(anew)) == (ts, ["P-1"])
        assert await drawn_at(two, "P-1") == [ts] != [before.ts]
        assert await two.digests.post_due(two.now()) is None
        slack.workspace.failures.clear()
        await one_more_is_gone(world, two, "groq")
        await two.cards.redraw_stale()
        assert "Disable 2 groq models?" in text_of(pages(slack)[1])
        await press(slack, ANA, anew, "reject.P-1")


@pytest.mark.parametrize("code", FOR_GOOD[:3])
async def test_what_was_revised_meanwhile_is_drawn_as_it_is(
    world: World, slack: SlackStandIn, code: str
) -> None:
    await world.gone("groq", 1, 20)
    async with left_behind(world, slack) as two:
        await one_more_is_gone(world, two, "groq")
        slack.fail_next("chat.update", error=code, times=1000)
        ts = await two.digests.post_due(two.now())
        assert "Disable 2 groq models?" in text_of(pages(slack)[-1])
        assert await drawn_at(two, "P-1") == [ts]


@pytest.mark.parametrize("revised", [False, True], ids=["as it was", "revised meanwhile"])
@pytest.mark.parametrize("code", FOR_GOOD)
async def test_what_slack_takes_later_never_is_drawn_by_a_message_of_its_own(
    world: World, slack: SlackStandIn, code: str, revised: bool
) -> None:
    """Slack's bad minute first, and then a word that stands."""
    await world.gone("groq", 1, 20)
    async with left_behind(world, slack) as two:
        slack.fail_next("chat.update", error="internal_error", times=1)
        slack.fail_next("chat.update", error=code, times=1000)
        ts = await two.digests.post_due(two.now())
        assert [page.ts for page in pages(slack)] == [ts]
        if revised:
            await one_more_is_gone(world, two, "groq")
        for _ in range(3):
            world.clock.pass_(minutes=2)
            await two.cards.redraw_stale()
        [anew] = await drawn_at(two, "P-1")
        assert anew != ts
        assert anew in shown_alive(slack, "P-1")
        drawn = next(m for m in slack.thread(CHANNEL, str(ts)) if m.ts == anew)
        assert f"{'Disable 2 groq models?' if revised else 'P-1'}" in text_of(drawn)


@pytest.mark.parametrize("code", FOR_GOOD[:3])
async def test_yesterdays_card_leads_to_where_the_card_is_now(
    world: World, slack: SlackStandIn, code: str
) -> None:
    refs = await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        yesterdays = await digest_of(services, slack)
    world.clock.pass_(hours=24)
    await world.fail("groq", refs, days=1)
    async with left_behind(world, slack) as two:
        slack.fail_next("chat.update", error=code, times=1)
        ts = await two.digests.post_due(two.now())
        assert await drawn_at(two, "P-1") == [ts]
        shrunk = next(m for m in slack.messages(CHANNEL) if m.ts == yesterdays.ts)
        assert cards(shrunk) == []
        assert str(ts).replace(".", "") in text_of(shrunk)
        assert "can't be edited" not in await typed(slack, ANA, "status", "Autopilot")
