"""Off, shadow or on in Slack: what a new deployment shows, one button for all of it, and who may choose."""

import re

import pytest

from operator_core.domain.mode import Mode
from sandbox.slack import SlackStandIn
from support.world import (
    ANA,
    BEN,
    CHI,
    World,
    bot_at_work,
    digest_of,
    form,
    now,
    press,
    result,
    text_of,
    told,
    typed,
)
from support.world import cards as buttons


async def kept_by_another(world: World) -> None:
    """A provider that answers with all models of these names."""
    await world.answer("openai", await world.models("openai", 20), days=6)


@pytest.fixture(autouse=True)
async def introduced(world: World) -> None:
    """The first digest of a deployment introduces itself; these are later ones."""
    await world.introduced()


async def test_one_button_approves_all_that_shadow_would_have_done_and_no_more(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    groq = await world.gone("groq", 2, 20)
    async with bot_at_work(world, slack, begins=None) as services:
        digest = await digest_of(services, slack)
        said = text_of(digest)
        assert "Alone, I would have." in said, "of all of groq's"
        assert "Alone, I would have disabled 3. Asked because" in said
        assert "Shadow, day 1: alone, I would have disabled 5 models of these." in said
        assert "Autopilot in shadow, 5 of 20 ·" in said
        assert await world.journal() == []

        await press(slack, CHI, digest, "approve_all.shadow")
        await told(slack, CHI, "can approve this")
        await press(slack, ANA, digest, "approve_all.shadow")
        view = await form(slack, ANA)
        assert "2 decisions about 5 models" in str(view)
        await slack.person(ANA).submit()
        said = await result(slack, ANA)
        assert "disabled 2 groq models" in said
        assert "disabled 3 bedrock models" in said

        assert [entry["actor"] for entry in await world.journal()] == [ANA, ANA]
        assert len(await world.enabled("bedrock")) == 16
        assert not set(groq) & await world.enabled("groq")
        assert await services.use_cases.stores.holds.active() == (), (
            "nothing was said about bedrock's other three"
        )
        [rest] = await services.use_cases.waiting()
        assert (rest.provider, len(rest.members)) == ("bedrock", 3)
        assert "shadow" not in buttons(now(slack, digest), "approve_all"), "the button went with its work"


async def test_what_is_unticked_waits_and_what_changed_since_is_not_done(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("bedrock", 2, 19)
    await world.gone("groq", 2, 20)
    await kept_by_another(world)
    async with bot_at_work(world, slack, begins=None) as services:
        digest = await digest_of(services, slack)
        first, second = buttons(digest)
        await press(slack, ANA, digest, "approve_all.shadow")
        ticks = re.findall(r"P-\d+:1:alone:\w+", str(await form(slack, ANA)))
        await slack.person(ANA).submit(untick={tick for tick in ticks if tick.startswith(second)})
        assert "disabled 2 " in await result(slack, ANA)
        assert [entry["proposal_id"] for entry in await world.journal()] == [first]
        assert [p.id for p in await services.use_cases.waiting()] == [second]
        said = text_of(now(slack, digest))
        assert "of 1 decision that I would have taken alone you approved 1." in said
        assert "Approve all 2 like these…" in said

        await press(slack, ANA, digest, "approve_all.shadow")
        await form(slack, ANA)
        await press(slack, BEN, digest, f"reject.{second}")
        await form(slack, BEN)
        await slack.person(BEN).submit()
        await result(slack, BEN)
        await slack.person(ANA).submit()
        assert f"ben rejected {second}" in await result(slack, ANA)
        assert len(await world.journal()) == 1


MORE = {"alone": True, "gate": ""}
FEWER = {"alone": False, "gate": "on second thought"}


@pytest.mark.parametrize(
    ("which", "fields"),
    [("gate", MORE), ("alone", FEWER), ("alone", {"route": "auto"})],
    ids=["more", "fewer", "done alone by now"],
)
async def test_approving_all_does_what_its_dialog_said_or_nothing(
    world: World, slack: SlackStandIn, which: str, fields: dict[str, object]
) -> None:
    """Which models shadow would have done differs by now, and the revision is the same."""
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, begins=Mode.SHADOW) as services:
        digest = await digest_of(services, slack)
        [card] = buttons(digest)
        await press(slack, ANA, digest, "approve_all.shadow")
        assert "1 decision about 3 models" in str(await form(slack, ANA))
        members = (await world.proposal(card))["members"]
        [first, *others] = [number for number, member in enumerate(members) if member[which]]
        changed = [first, *others] if fields is MORE else [first]
        said = {f"members.{n}.{name}": value for n in changed for name, value in fields.items()}
        await world.database["operator_proposals"].update_one({"_id": card}, {"$set": said})
        await slack.person(ANA).submit()
        assert "is not what you saw when you clicked" in await result(slack, ANA)
        assert await world.journal() == []


async def test_an_approver_chooses_the_mode_and_everything_drawn_follows(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("groq", 2, 20)
    await kept_by_another(world)
    async with bot_at_work(world, slack, begins=None) as services:
        digest = await digest_of(services, slack)
        await typed(slack, CHI, "autopilot", "Autopilot in shadow, 2 of 20 changes used")
        await typed(slack, CHI, "autopilot on", "can do this")
        await typed(slack, ANA, "autopilot sideways", "`/operator autopilot [off|shadow|on]`")
        await typed(slack, ANA, "autopilot ON right for a week", "Autopilot on, 0 of 20 changes used")
        assert "Autopilot on, 0 of 20 · gpt-5.2" in text_of(now(slack, digest))
        assert "Shadow, day" not in text_of(now(slack, digest))
        await typed(slack, CHI, "status", "chosen by ana")
        await slack.person(BEN).open_home()
        await slack.until(lambda: "chosen by ana" in str(slack.home(BEN)))
        said = await typed(slack, CHI, "history", "*J-M1* · ana set autopilot from shadow to on")
        assert "right for a week" in said
        await typed(slack, BEN, "undo J-M1", "Autopilot in shadow")
        await typed(slack, BEN, "undo J-M1", "J-M1 is not the last choice: somebody chose shadow since")
        await typed(slack, CHI, "history", "*J-M1u1* · ben set autopilot from on to shadow")


async def test_more_than_operator_toml_allows_is_refused_with_the_reason(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("groq", 2, 20)
    async with bot_at_work(world, slack, autopilot=Mode.SHADOW):
        await typed(slack, ANA, "autopilot on", "autopilot in operator.toml allows shadow at most, not on")
        await typed(slack, ANA, "status", "Autopilot in shadow, 0 of 20 changes used")
        await typed(slack, ANA, "status", "operator.toml allows no more")
    async with bot_at_work(world, slack, autopilot=Mode.OFF) as services:
        said = text_of(await digest_of(services, slack))
        assert "Asked because autopilot is off in operator.toml" in said
        assert "Autopilot off · gpt-5.2" in said
        assert "Alone, I would have" not in said
