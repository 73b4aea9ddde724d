"""A deployment introduces itself, and shadow ends by a decision: over the wire, with the real bot."""

import pytest

from operator_core.domain.mode import Mode
from sandbox.slack import SlackStandIn
from support.world import (
    ANA,
    BEN,
    CHI,
    GONE,
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
)

BILLING = "Error code: 402 - balance is negative, top up to continue"


async def a_platform(world: World) -> dict[str, list[str]]:
    """Five of groq gone, two of together, four of deepinfra out of credit; openai keeps all names."""
    down = {
        "groq": await world.gone("groq", 5, 30),
        "together": await world.gone("together", 2, 20),
        "deepinfra": await world.models("deepinfra", 4),
    }
    await world.answer("deepinfra", down["deepinfra"], days=4, until_hours=10)
    await world.fail("deepinfra", down["deepinfra"], days=0.4, text=BILLING)
    await world.answer("openai", await world.models("openai", 20), days=6)
    return down


async def a_day_on(world: World, down: dict[str, list[str]]) -> None:
    await world.runs_on(24, failing=down)
    for provider, names in down.items():
        if still := sorted(set(names) & await world.enabled(provider)):
            await world.fail(provider, still, days=1, text=BILLING if provider == "deepinfra" else GONE)


async def test_the_first_digest_says_what_it_reads_and_writes_and_offers_what_is_obvious(
    world: World, slack: SlackStandIn
) -> None:
    await a_platform(world)
    async with bot_at_work(world, slack, begins=None) as services:
        digest = await digest_of(services, slack)
        said = text_of(digest)
        assert "Hello: 74 models over 4 providers, read since 21 October" in said
        assert (
            "I read `errors_cloud`, `metrics_cloud_v2` and `models`. I change `models` only where an "
            "approver approves (I am in shadow); my verdicts I note in `model_status`, OpenRouter's list in "
            "`openrouter_catalog`, the rest in `operator_…`." in said
        )
        assert (
            "*63 of 74* models answer. deepinfra is out of credit (4). 7 gone for more than 2 days, "
            "by their providers' own words." in said
        )
        assert await world.journal() == []
        await press(slack, CHI, digest, "explain.shadow")
        await slack.until(
            lambda: "change no model that an approver hasn't approved" in str(slack.person(CHI).view)
        )
        await press(slack, CHI, digest, "show_all.all")
        await told(slack, CHI, "3 things wait")
        await press(slack, CHI, digest, "approve_all.obvious")
        await told(slack, CHI, "can approve this")
        await press(slack, ANA, digest, "approve_all.obvious")
        assert "2 decisions about 7 models" in str(await form(slack, ANA))
        await slack.person(ANA).submit()
        assert "disabled 5 groq models" in await result(slack, ANA)
        await slack.until(lambda: cards(now(slack, digest)) == [])
        assert len(await world.enabled("groq")) == 25
        await a_day_on(world, {})
        assert "Hello" not in text_of(await digest_of(services, slack))


async def test_the_seventh_good_digest_in_shadow_asks_to_be_turned_on_once_and_again_when_told_so(
    world: World, slack: SlackStandIn
) -> None:
    down = await a_platform(world)
    async with bot_at_work(world, slack, begins=None) as services:
        for day in range(1, 7):
            digest = await digest_of(services, slack)
            assert "Turn me on" not in text_of(digest), day
            await a_day_on(world, down)
        seventh = await digest_of(services, slack)
        assert "*Turn me on* for models gone or not allowed by their providers' own words?" in text_of(
            seventh
        )
        await a_day_on(world, down)
        assert "Turn me on" not in text_of(await digest_of(services, slack)), "once"
        await press(slack, CHI, seventh, "ask_later.autopilot")
        await told(slack, CHI, "can do this")
        await press(slack, ANA, seventh, "ask_later.autopilot")
        await told(slack, ANA, "I ask again in a week.")
        for _ in range(7):
            await a_day_on(world, down)
        again = await digest_of(services, slack)
        assert "Turn me on" in text_of(again)
        await press(slack, ANA, again, "turn_on.autopilot")
        listed = str(await form(slack, ANA))
        assert "Alone, I would have disabled 7 models." in listed
        assert "`model-0` on groq" in listed
        await slack.person(ANA).submit()
        assert "Autopilot on" in await result(slack, ANA)
        assert (await services.use_cases.mode.in_force()).mode == Mode.ON
        await slack.until(lambda: "Autopilot on" in text_of(now(slack, again)))


async def test_turning_on_is_asked_also_where_nothing_would_have_been_done_and_not_done_once_it_is_old(
    world: World, slack: SlackStandIn
) -> None:
    await world.answer("openai", await world.models("openai", 20), days=6)
    async with bot_at_work(world, slack, begins=None) as services:
        for _ in range(7):
            digest = await digest_of(services, slack)
            await world.runs_on(24)
        await press(slack, ANA, digest, "turn_on.autopilot")
        assert "Alone, I would have disabled nothing so far." in str(await form(slack, ANA))
        await services.use_cases.mode.choose(Mode.OFF, by=BEN)
        await slack.person(ANA).submit()
        assert "othing changed: somebody chose off since you were asked" in await result(slack, ANA)
        assert (await services.use_cases.mode.in_force()).mode == Mode.OFF


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("wrong", "approved 1 and kept 1 ({card}, “contract”)."),
        ("right", "approved 1, called 1 right but kept them."),
    ],
)
async def test_the_score_counts_one_answer_a_card_and_only_what_was_wrong_against_it(
    world: World, slack: SlackStandIn, verdict: str, said: str
) -> None:
    await world.introduced()
    down = await a_platform(world)
    async with bot_at_work(world, slack, begins=None) as services:
        digest = await digest_of(services, slack)
        groq, together = cards(digest)
        await press(slack, ANA, digest, f"reject.{together}")
        await form(slack, ANA)
        await slack.person(ANA).submit(choices={"choice": verdict}, texts={"note": "contract"})
        await result(slack, ANA)
        await press(slack, ANA, digest, f"approve.{groq}")
        await form(slack, ANA)
        await slack.person(ANA).submit()
        await result(slack, ANA)
        score = f"I would have taken alone you {said.format(card=together)}"
        await slack.until(lambda: score in text_of(now(slack, digest)))
        await a_day_on(world, down)
        assert "✅ Nothing new" in text_of(await digest_of(services, slack)), "what is on hold isn't asked"
