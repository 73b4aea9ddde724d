"""A provider in maintenance: nothing is told, decided or done about it, and its results are no evidence."""

from datetime import timedelta

import pytest

from bot.slack.posting.incidents import watch_due
from operator_core.domain.decisions import Action
from operator_core.domain.mode import Mode
from operator_core.domain.signals import Maintenance
from sandbox.slack import SlackStandIn
from support.world import ANA, CHANNEL, CHI, World, bot_at_work, cards, digest_of, text_of, typed

DOWN = "Error code: 503 - service unavailable"


async def four_providers(world: World) -> dict[str, list[str]]:
    """All of them answered until an hour ago."""
    names = {one: await world.models(one, 5) for one in ("groq", "mistral", "openai", "together")}
    for provider, models in names.items():
        await world.answer(provider, models, days=6, until_hours=1)
    return names


async def test_no_incident_is_told_of_it_while_another_providers_is(
    world: World, slack: SlackStandIn
) -> None:
    names = await four_providers(world)
    async with bot_at_work(world, slack) as services:
        said = await typed(slack, ANA, "maintenance `Groq` until 18:00 new region", "is in maintenance until")
        assert "Ana: “new region”" in said or "“new region”" in said
        world.clock.pass_(hours=2)
        for provider in ("groq", "mistral"):
            await world.fail(provider, names[provider], days=0.25, text=DOWN)
        await watch_due(services)
        [incident] = slack.messages(CHANNEL)
        assert "mistral" in text_of(incident)
        assert "groq" not in text_of(incident)
        world.clock.pass_(hours=9)
        await world.fail("groq", names["groq"], days=0.25, text=DOWN)
        await watch_due(services)
        assert any("groq" in text_of(one) for one in slack.messages(CHANNEL)), "it ended by itself"


async def test_it_is_shown_in_status_digest_and_analysis_and_ends_by_a_word(
    world: World, slack: SlackStandIn
) -> None:
    names = await four_providers(world)
    async with bot_at_work(world, slack) as services:
        await typed(slack, CHI, "maintenance", "No provider is in maintenance")
        await typed(slack, ANA, "maintenance groq for 6 hours", "groq is in maintenance until")
        await typed(slack, ANA, "maintenance groq for 8h longer", "longer")
        await world.fail("groq", names["groq"], days=0.25, text=DOWN)
        for look in ("status", "maintenance", "analyze groq"):
            await typed(slack, CHI, look, "groq is in maintenance until")
        digest = await digest_of(services, slack)
        assert "groq in maintenance" in text_of(digest)
        assert "503" not in text_of(digest)
        await typed(slack, ANA, "maintenance mistral end", "no maintenance of mistral: there is only groq")
        await typed(slack, ANA, "maintenance “groq” END", "is over")
        await typed(slack, CHI, "maintenance", "No provider is in maintenance")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("maintenance grok until 18:00", "did you mean groq?"),
        ("maintenance nosuch for 2h", "there are groq, mistral, openai, together"),
        ("maintenance groq", "It needs an end; write until 18:00"),
        ("maintenance groq until 25:00", "There is no 25:00; write until 18:00"),
        ("maintenance groq until 2026-11-19 08:00", "is over already; write"),
        ("maintenance groq 18:00", "names no end; write until 18:00"),
    ],
)
async def test_what_is_wrong_is_named_with_the_fix(
    world: World, slack: SlackStandIn, text: str, said: str
) -> None:
    await four_providers(world)
    async with bot_at_work(world, slack):
        await typed(slack, ANA, text, said)
        await typed(slack, CHI, "maintenance groq until 18:00", f"<@{ANA}>")
        await typed(slack, CHI, "maintenance", "No provider is in maintenance")


async def test_nothing_is_done_alone_until_it_ends(world: World, slack: SlackStandIn) -> None:
    gone = await world.gone("groq", 2, 20)
    await world.answer("openai", await world.models("openai", 20), days=6)
    async with bot_at_work(world, slack) as services:
        await typed(slack, ANA, "maintenance groq for 2h", "groq is in maintenance")
        await typed(slack, ANA, "execute", "Nothing to do by myself")
        assert set(gone) <= await world.enabled("groq")
        assert cards(await digest_of(services, slack)) == []
        await world.runs_on(3, failing={"groq": gone})
        await world.fail("groq", gone, days=0.25)
        await typed(slack, ANA, "execute", "disabled 2 groq models")


async def test_a_card_that_waits_when_it_begins_stays(world: World, slack: SlackStandIn) -> None:
    """Nobody looks at its models, so nothing is known to be over."""
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, begins=Mode.SHADOW) as services:
        await digest_of(services, slack)
        await typed(slack, ANA, "maintenance bedrock for 3h", "bedrock is in maintenance")
        world.clock.pass_(hours=1)
        await world.answer("bedrock", gone, days=0.25)
        await services.use_cases.run("test")
        [waiting] = await services.use_cases.stores.proposals.waiting()
        assert len(waiting.members) == 6


async def test_results_of_that_time_count_neither_then_nor_later(world: World, slack: SlackStandIn) -> None:
    """Neither for a streak nor for flapping, answering or silence; another provider's count as ever."""
    names = await four_providers(world)
    async with bot_at_work(world, slack) as services:
        for provider in ("groq", "mistral"):  # of which one is in maintenance
            if provider == "groq":
                await typed(slack, ANA, "maintenance groq for 60h", "groq is in maintenance")
        began = world.clock.now
        world.clock.pass_(hours=60)
        for provider in ("groq", "mistral"):
            await world.fail(provider, names[provider][:2], days=2.4, until_hours=0.2)
            await world.answer(provider, names[provider][3:4], days=2.4, until_hours=0.2)
        world.clock.pass_(hours=1)
        facts = await services.use_cases.facts()
        by_name = {str(signals.ref): signals for signals in facts.signals}
        assert not by_name["groq/model-0"].failing
        assert by_name["mistral/model-0"].failing
        assert by_name["mistral/model-0"].failures == 10
        last = by_name["groq/model-3"].last_success
        assert last is not None
        assert last < began
        assert by_name["mistral/model-3"].last_success == began + timedelta(hours=59.8) - timedelta(minutes=5)
        run = await services.use_cases.analyse("test")
        silent = {str(ref) for one in run.situations if one.scope == "silence" for ref in one.models}
        assert "mistral/model-4" in silent
        assert not any(name.startswith("groq") for name in silent), "nothing was to be expected of it"
        asked = {str(one.ref) for one in run.decisions if one.action == Action.DISABLE}
        assert asked == {"mistral/model-0", "mistral/model-1"}


async def test_the_end_ends_all_that_two_replicas_announced(world: World, slack: SlackStandIn) -> None:
    await four_providers(world)
    async with bot_at_work(world, slack) as services:
        announced, at = services.use_cases.stores.maintenance, world.clock.now
        for provider, hours in (("groq", 2), ("groq", 1), ("groq", 0.5), ("openai", 1)):
            since = at - timedelta(hours=hours)
            one = Maintenance(provider=provider, since=since, until=at + timedelta(hours=9), by=ANA)
            await announced.put(one, one.key, since=one.until)
        await typed(slack, ANA, "maintenance groq end", "The maintenance of groq is over")
        assert [one.provider for one in await announced.current(at)] == ["openai"]


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("pause we lost market share", "we lost market share"),
        ("maintenance groq for 2h moving our share", "moving our share"),
        ("pause share", "share"),
    ],
)
async def test_a_reason_may_end_in_share_and_is_said_to_nobody_else(
    world: World, slack: SlackStandIn, command: str, kept: str
) -> None:
    await four_providers(world)
    async with bot_at_work(world, slack):
        await typed(slack, ANA, command, kept)
        assert slack.messages(CHANNEL) == []


async def test_nobody_is_asked_about_its_models_until_it_ends(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    await world.answer("groq", await world.models("groq", 4), days=6)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        assert len(cards(await digest_of(services, slack))) == 1
        await typed(slack, ANA, "maintenance bedrock for 3 days", "bedrock is in maintenance until")
        assert await services.use_cases.waiting() == ()
        await world.runs_on(24)
        digest = await digest_of(services, slack)
        assert cards(digest) == []
        assert "fewer" not in text_of(digest)
        await typed(slack, ANA, "maintenance bedrock end", "is over")
        assert len(await services.use_cases.waiting()) == 1
