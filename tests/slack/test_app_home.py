"""App Home: what waits, what is down, holds, the last actions; and clicks made there."""

import pytest

from sandbox.slack import SlackStandIn
from support.world import (
    ANA,
    CHI,
    World,
    approve_all_of,
    bot_at_work,
    cards,
    digest_of,
    form,
    now,
    result,
    text_of,
)

pytestmark = pytest.mark.both_modes

BILLING = "Error code: 402 - balance is negative, top up to continue"


async def home_of(slack: SlackStandIn, who: str, expected: str) -> str:
    """Opens the tab, and waits until it says this."""
    assert (await slack.person(who).open_home()).acked
    await slack.until(lambda: expected in str(slack.home(who)))
    return str(slack.home(who))


async def test_home_shows_what_waits_what_is_down_and_what_was_done(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    names = await world.models("deepinfra", 4)
    await world.answer("deepinfra", names, days=4, until_hours=10)
    await world.fail("deepinfra", names, days=0.4, text=BILLING)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        home = await home_of(slack, CHI, "1 decision waits")
        assert "1 thing is down" in home
        assert "Version" in home
        [card] = cards(digest)
        await approve_all_of(slack, ANA, digest, card)
        assert "ana disabled 6 bedrock models" in await home_of(slack, CHI, "Done last")


async def test_a_click_at_home_counts_and_home_follows(world: World, slack: SlackStandIn) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await home_of(slack, CHI, "1 decision waits")
        await slack.person(CHI).click_at_home(f"approve.{card}")
        assert "Nothing changed" in await result(slack, CHI)
        await home_of(slack, ANA, "1 decision waits")
        await slack.person(ANA).click_at_home(f"approve.{card}")
        await form(slack, ANA)
        await slack.person(ANA).submit()
        assert "disabled 6 bedrock models" in await result(slack, ANA)
        assert not set(gone) & await world.enabled("bedrock")
        assert "6 bedrock models disabled" in text_of(now(slack, digest))
        [entry] = await world.journal()
        await home_of(slack, ANA, f"undo.{entry['_id']}")
        await slack.person(ANA).click_at_home(f"undo.{entry['_id']}")
        await form(slack, ANA)
        await slack.person(ANA).submit()
        assert "took back 6" in await result(slack, ANA)
        await home_of(slack, ANA, "On hold* · 6")
        await slack.person(ANA).click_at_home("release.H-1")
        await slack.until(lambda: "On hold* · 5" in str(slack.home(ANA)))


async def test_autopilot_is_paused_and_resumed_at_home(world: World, slack: SlackStandIn) -> None:
    async with bot_at_work(world, slack):
        await home_of(slack, ANA, "Autopilot on")
        await slack.person(ANA).click_at_home("pause.home")
        await form(slack, ANA)
        await slack.person(ANA).submit(texts={"note": "freeze"})
        await result(slack, ANA)
        await home_of(slack, ANA, "Autopilot paused by ana")
        await slack.person(ANA).click_at_home("resume.home")
        assert "The pause is over: autopilot on" in await result(slack, ANA)
        await slack.until(lambda: "Autopilot on" in str(slack.home(ANA)))
