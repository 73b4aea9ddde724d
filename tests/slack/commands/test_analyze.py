"""`/operator analyze` ends with what is to be decided; anybody may look, so often; approvers publish."""

import asyncio

import pytest

from operator_core.domain.mode import Mode
from sandbox.llm import Reply, Request
from sandbox.slack import Message, SlackStandIn
from support.core import SENSIBLE
from support.world import (
    ANA,
    BEN,
    CHANNEL,
    CHI,
    World,
    bot_at_work,
    cards,
    digest_of,
    form,
    now,
    press,
    result,
    text_of,
    told,
    typed,
)

pytestmark = pytest.mark.both_modes


class Counting:
    """Judges sensibly, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, request: Request) -> Reply:
        self.asked += 1
        return SENSIBLE(request)


async def looked(slack: SlackStandIn, who: str, text: str, expected: str = "Share in channel") -> Message:
    """The answer, once the look is over."""
    await typed(slack, who, text, expected)
    return slack.ephemerals(who)[-1]


async def test_it_ends_with_the_cards_it_found_and_an_unchanged_situation_costs_no_call(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    await world.gone("groq", 3, 9)
    answer = Counting()
    async with bot_at_work(world, slack, answer=answer, begins=Mode.SHADOW):
        first = await looked(slack, ANA, "analyze bedrock")
        assert "13 of 19 models answer. 6 gone at the provider for 3 days." in text_of(first)
        assert "groq" not in text_of(first)
        assert len(cards(first)) == len(cards(first, "reject")) == len(cards(first, "more")) == 1
        asked = answer.asked
        both = await looked(slack, BEN, "analyze")
        assert len(cards(both)) == 2
        assert "nothing new to ask gpt-5.2, $0" in text_of(both)
        assert answer.asked == asked
        assert slack.messages(CHANNEL) == []


async def test_a_card_is_answered_from_there_as_in_the_digest(world: World, slack: SlackStandIn) -> None:
    gone = await world.gone_on_bedrock()
    await world.gone("groq", 1, 9)
    async with bot_at_work(world, slack, begins=Mode.SHADOW) as services:
        digest = await digest_of(services, slack)
        answer = await looked(slack, ANA, "analyze bedrock")
        assert "in the channel too" in text_of(answer)
        [card] = cards(answer)
        await press(slack, ANA, answer, f"approve.{card}")
        await form(slack, ANA)
        await slack.person(ANA).submit(untick={"0"}, texts={"note": "checked"})
        assert "disabled 5 bedrock models" in await result(slack, ANA)
        assert len(set(gone) & await world.enabled("bedrock")) == 1
        await slack.until(lambda: card not in cards(now(slack, digest)))
        alone = await looked(slack, ANA, "analyze groq")
        [card] = cards(alone)
        await press(slack, ANA, alone, f"approve.{card}")
        assert "1" in await told(slack, ANA, "disabled")
        assert cards(slack.ephemerals(ANA)[-1], "undo"), "what an answer can't show any more is said anew"


async def test_later_and_reopen_are_shown_where_they_were_clicked(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, begins=Mode.SHADOW):
        answer = await looked(slack, ANA, "pending", "Nothing waits")
        answer = await looked(slack, ANA, "analyze")
        [card] = cards(answer)
        await slack.person(ANA).choose(answer, f"more.{card}", "Later: next Monday")
        await told(slack, ANA, "later:")
        await press(slack, ANA, slack.ephemerals(ANA)[-1], f"reopen.{card}")
        await told(slack, ANA, "Approve: disable 6")
        assert cards(await looked(slack, ANA, "pending", "Approve: disable 6")) == [card]


async def test_a_stranger_sees_it_and_neither_decides_nor_publishes(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, begins=Mode.SHADOW):
        answer = await looked(slack, CHI, "analyze")
        [card] = cards(answer)
        for wanted in (f"approve.{card}", "Share in channel"):
            await press(slack, CHI, answer, wanted)
            await told(slack, CHI, f"<@{ANA}>")
        assert slack.messages(CHANNEL) == []
        assert set(gone) <= await world.enabled("bedrock")
        await press(slack, ANA, await looked(slack, ANA, "analyze `Bedrock`"), "Share in channel")
        await slack.until(lambda: slack.messages(CHANNEL))
        [shared] = slack.messages(CHANNEL)
        assert "13 of 19 models answer" in text_of(shared)
        assert "Disable 6 bedrock models?" in text_of(shared)
        assert cards(shared) == []


async def test_looks_are_limited_for_each_and_the_last_one_is_shown_instead(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    answer = Counting()
    async with bot_at_work(world, slack, answer=answer, begins=Mode.SHADOW):
        await looked(slack, CHI, "analyze")
        asking = (slack.person(CHI).command("/operator", "analyze", CHANNEL) for _ in range(8))
        await asyncio.gather(*asking)

        def said() -> list[str]:
            return [text for m in slack.ephemerals(CHI) if "Share in channel" in (text := text_of(m))]

        await slack.until(lambda: len(said()) == 9)
        refused = [text for text in said() if "within the hour" in text]
        assert len(refused) == 3
        assert all("the next look is possible in 1 hour" in text for text in refused)
        assert all("Approve: disable 6" in text for text in refused), "what was found before is there"
        assert await world.database["operator_runs"].count_documents({}) == 6
        await looked(slack, ANA, "analyze")
        world.clock.pass_(hours=1, minutes=1)
        assert "within the hour" not in text_of(await looked(slack, CHI, "analyze"))


async def test_all_together_are_limited_too(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, begins=Mode.SHADOW) as services:
        await looked(slack, ANA, "analyze")
        claims = services.use_cases.stores.claims
        for number in range(1, 30):
            assert await claims.claim(f"look:all:{number}", "others", world.clock(), 1800)
        said = text_of(await looked(slack, BEN, "analyze bedrock"))
        assert "30 times for all of you together within the hour" in said
        assert "possible in 30 minutes" in said
        for _ in range(7):
            assert "for all of you" in text_of(await looked(slack, BEN, "analyze bedrock"))
        for number in range(30):
            await claims.forget(f"look:all:{number}")
        assert "within the hour" not in text_of(await looked(slack, BEN, "analyze bedrock")), "none was Ben's"


@pytest.mark.parametrize("typed_as", ['analyze "Bedrock"', "ANALYZE `bedrock`,", "“analyze” ‘BEDROCK’"])
async def test_a_provider_is_read_as_meant(world: World, slack: SlackStandIn, typed_as: str) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, begins=Mode.SHADOW):
        assert "*bedrock*: 13 of 19" in text_of(await looked(slack, ANA, typed_as))
        await typed(slack, ANA, typed_as.casefold().replace("bedrock", "bedrok"), "did you mean bedrock?")


async def test_the_command_goes_by_the_name_that_operator_toml_gives_it(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, command="/bench", begins=Mode.SHADOW) as services:
        said = await typed(slack, CHI, "help", "/bench disable PROVIDER", command="/bench")
        said += await typed(slack, CHI, "nosuch", "I don't know", command="/bench")
        said += text_of(await digest_of(services, slack))
        await slack.person(ANA).command("/bench", "pause", CHANNEL)
        said += await told(slack, ANA, "/bench resume ends the pause")
        assert "/operator" not in said
