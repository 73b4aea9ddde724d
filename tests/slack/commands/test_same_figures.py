"""How many models are enabled, and how many answer: one figure, wherever it is said."""

import io
import re

import pytest
from rich.console import Console

from bot.commands.analyze import analyze
from operator_core.domain.mode import Mode
from operator_core.use_cases import UseCases
from sandbox.slack import SlackStandIn
from support.world import (
    ANA,
    CHANNEL,
    CHI,
    World,
    bot_at_work,
    digest_of,
    form,
    press,
    result,
    text_of,
    typed,
)

LIMITED = "Error code: 429 - rate limit reached, slow down"
ENABLED = {"bedrock": 15, "mistral": 7, "groq": 3}
ANSWERING = {"bedrock": 9, "mistral": 0, "groq": 1}


async def a_mixed_platform(world: World, flag: object) -> None:
    """Gone, silent, flapping, never run, flagged (with answers, failures and neither), disabled, twice in the
    catalogue, and documents that name no model."""
    await world.gone("bedrock", 3, 12)
    flagged = await world.models("bedrock", 3, name="old-{n}")
    await world.answer("bedrock", flagged[:1], days=6)
    await world.fail("bedrock", flagged[1:2], days=6)
    silent = await world.models("mistral", 5)
    await world.answer("mistral", silent, days=3, until_hours=80)
    flagged += await world.models("mistral", 2, name="old-m-{n}")
    flapping, well, _ = await world.models("groq", 3)
    await world.answer("groq", [well], days=6)
    await world.answer("groq", [flapping], days=1, until_hours=30)
    await world.fail("groq", [flapping], days=1, text=LIMITED)
    models = world.database["models"]
    await models.update_many({"model_id": {"$in": flagged}}, {"$set": {"deprecated": flag}})
    twice = {"provider": "groq", "model_id": well, "enabled": True, "created_at": world.clock.now}
    off = {"provider": "groq", "model_id": "off", "enabled": False, "created_at": world.clock.now}
    nameless = [{"provider": "groq", "model_id": name, "enabled": True} for name in ("", " ", None, 7)]
    await models.insert_many([twice, off, *nameless])


async def at_the_terminal(core: UseCases) -> str:
    shown = Console(file=io.StringIO(), width=100, highlight=False)
    await analyze(core, shown)
    assert isinstance(shown.file, io.StringIO)
    return " ".join(shown.file.getvalue().split())


@pytest.mark.parametrize("flag", [True, "true", 1])
async def test_every_page_counts_the_same_models(world: World, slack: SlackStandIn, flag: object) -> None:
    await a_mixed_platform(world, flag)
    await world.introduced()
    enabled, answering = sum(ENABLED.values()), sum(ANSWERING.values())
    async with bot_at_work(world, slack, begins=Mode.SHADOW) as services:
        digest = await digest_of(services, slack)
        assert f"{answering} of {enabled} models answer" in text_of(digest).replace("*", "")
        everywhere = await typed(slack, CHI, "analyze", "Share in channel")
        assert f"*{answering} of {enabled}* enabled models answer" in everywhere
        terminal = await at_the_terminal(services.use_cases)
        assert f"{answering} of {enabled} enabled models answer" in terminal
        assert {int(one) for one in re.findall(r"· \d+ of (\d+) models", terminal)} == {*ENABLED.values()}
        for provider, count in ENABLED.items():
            of = await typed(slack, CHI, f"analyze {provider}", "Share in channel")
            assert f"{ANSWERING[provider]} of {count} models answer" in of
            listed = len(await services.stores.models.distinct("model_id", {"provider": provider}))
            listed -= 4 * (provider == "groq")
            assert f"{count} of {listed} models are enabled" in await typed(
                slack, CHI, f"why {provider}", f"{count} of "
            )
        [run] = [one.run for one in await services.stores.runs.recent(1)]
        assert run is not None
    assert (run.enabled, run.answering) == (enabled, answering)


@pytest.mark.parametrize(("provider", "flagged"), [("bedrock", 3), ("mistral", 2)])
async def test_what_a_card_says_of_its_provider_is_what_stays_enabled(
    world: World, slack: SlackStandIn, provider: str, flagged: int
) -> None:
    await a_mixed_platform(world, True)
    await world.introduced()
    before = ENABLED[provider]
    async with bot_at_work(world, slack, begins=Mode.SHADOW) as services:
        await digest_of(services, slack)
        [card] = [
            one
            for one in await services.use_cases.waiting()
            if one.scope == "flagged" and one.provider == provider
        ]
        await typed(slack, ANA, f"analyze {provider}", "Share in channel")
        await press(slack, ANA, slack.ephemerals(ANA)[-1], f"approve.{card.id}")
        asked = str(await form(slack, ANA))
        assert f"{before} → {before - flagged} enabled" in asked
        assert "would run any more" not in asked
        await slack.person(ANA).submit()
        await result(slack, ANA)
        done = f"{provider} {before} → {before - flagged}"
        await slack.until(
            lambda: done in "".join(map(text_of, (*slack.messages(CHANNEL), *slack.ephemerals(ANA))))
        )
    assert len(await world.enabled(provider)) == before - flagged


@pytest.mark.parametrize("flagged", [0, 2])
async def test_of_the_last_that_run_it_is_said_though_flagged_ones_stay(
    world: World, slack: SlackStandIn, flagged: int
) -> None:
    await world.answer("openai", await world.models("openai", 20), days=6)
    names = await world.models("groq", 2)
    await world.answer("groq", names, days=2, until_hours=97)
    await world.fail("groq", names, days=4)
    old = await world.models("groq", flagged, name="old-{n}") if flagged else []
    await world.database["models"].update_many({"model_id": {"$in": old}}, {"$set": {"deprecated": True}})
    await world.introduced()
    async with bot_at_work(world, slack, begins=Mode.SHADOW) as services:
        digest = await digest_of(services, slack)
        [gone] = [one for one in await services.use_cases.waiting() if one.scope == "pattern"]
        await press(slack, ANA, digest, f"approve.{gone.id}")
        asked = str(await form(slack, ANA))
    assert f"{2 + flagged} → {flagged} enabled" in asked
    assert "No model of groq would run any more" in asked
