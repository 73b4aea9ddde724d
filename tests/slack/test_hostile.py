"""Names and texts from outside that try to wake, to mislead or to break: shown as they are, and clickable."""

import pytest

from bot.slack.posting.incidents import watch_due
from sandbox.slack import SlackStandIn
from support.world import (
    ANA,
    CHANNEL,
    CHI,
    World,
    approve_all_of,
    bot_at_work,
    cards,
    digest_of,
    now,
    press,
    take_back,
    text_of,
    typed,
)

pytestmark = pytest.mark.both_modes

HOSTILE = (
    "<!channel>",
    "😀🔥-llama",
    "m" * 300,
    "a`b*c_d~e",
    "<https://evil.example|click me>",
    "&amp;<@U0ANA>",
    "P-1.actions:9:later",
    "{model} %s $where",
)


@pytest.mark.parametrize("provider", ["<!here> & co", "p" * 300, "😀"])
async def test_hostile_names_are_shown_escaped_and_can_be_acted_on_and_undone(
    world: World, slack: SlackStandIn, provider: str
) -> None:
    await world.answer(provider, await world.models(provider, 20), days=6)
    await world.database["models"].insert_many(
        [
            {
                "provider": provider,
                "model_id": name,
                "display_name": name,
                "enabled": True,
                "deprecated": False,
            }
            for name in HOSTILE
        ]
    )
    await world.answer(provider, list(HOSTILE), days=2, until_hours=97)
    said = "404 - {{'message': 'The model does not exist', 'note': '<!here> & more'}}"
    await world.fail(provider, list(HOSTILE), days=4, text=said)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        assert "<!here>" not in text_of(digest)
        await slack.person(CHI).choose(digest, f"more.{card}", "Details")
        await slack.until(lambda: "✗" in str(slack.person(CHI).view))
        await slack.person(CHI).close()
        said = await approve_all_of(slack, ANA, digest, card, note="<!everyone> see <https://x.example|this>")
        assert "8" in said
        assert not set(HOSTILE) & await world.enabled(provider)
        await typed(slack, CHI, "history", "8")
        await take_back(slack, ANA, digest, card, note="`oops` <!channel>")
        assert set(HOSTILE) <= await world.enabled(provider)
        await typed(slack, CHI, "holds", "8 holds")
        await slack.person(CHI).open_home()
        await slack.until(lambda: slack.home(CHI))
        assert "<!here>" not in str(slack.home(CHI))
        assert "<!here>" not in text_of(now(slack, digest))


async def test_an_incident_and_a_hold_of_a_hostile_provider_are_shown_escaped(
    world: World, slack: SlackStandIn
) -> None:
    names = await world.models("<!channel>", 5)
    await world.answer("openai", await world.models("openai", 20), days=3)
    await world.fail("<!channel>", names, days=0.25, text="402 balance is negative <!here>")
    async with bot_at_work(world, slack) as services:
        await watch_due(services)
        [message] = slack.messages(CHANNEL)
        assert "<!" not in text_of(message).replace("<!date", "")
        await press(slack, ANA, message, "I'm on it")
        await slack.until(lambda: "is on it" in text_of(now(slack, message)))
