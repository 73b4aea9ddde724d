"""`/operator …` over the wire: as an approver, as a stranger, and typed wrong."""

import pytest

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
    form,
    result,
    text_of,
    typed,
)

pytestmark = pytest.mark.both_modes

EVERY_COMMAND = ("help", "status", "analyze", "digest", "pending", "history", "holds")
LOOKING = (
    ("help", "/operator disable PROVIDER"),
    ("", "/operator pause [reason]"),
    ("status", "Next digest"),
    ("status", "Autopilot on"),
    ("status", "Version"),
    ("analyze", "bedrock"),
    ("analyze bedrock", "13 of 19 models answer. 6 gone at the provider for 3 days"),
    ("digest", "Disable 6 bedrock models?"),
    ("pending", "Disable 6 bedrock models?"),
    ("why bedrock", "What would change it:* An answer to P-1; or a success"),
    ("why `Bedrock / MODEL-0`", "Gone at the provider."),
    ("why", "Name a provider or model"),
    ("history", "Nothing was changed yet"),
    ("holds", "Nothing is on hold"),
)
WRONG = (
    ("disabel groq", "I don't know `disabel`. Did you mean `disable`?"),
    ("<!channel>", "&lt;!channel&gt;"),
    ("analyze nosuch", "There is no provider nosuch: there are bedrock, openai"),
    ("disable", "/operator disable PROVIDER[/MODEL]"),
    ("disable groq now please", "/operator disable PROVIDER[/MODEL]"),
    ("enable", "/operator enable PROVIDER[/MODEL]"),
    ("undo", "/operator undo J-NUMBER"),
    ("undo J-999", "There is no journal entry J-999: there are none at all"),
    ("execute P-1", "`/operator execute`: do now what I may do by myself"),
    ("execute bedrock", "the rest has its buttons in pending"),
    ("undo j999.", "There is no journal entry J-999"),
    ("undo `J–999`", "There is no journal entry J-999"),
    ("resume", "was not paused"),
)


async def test_everybody_may_look(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        await digest_of(services, slack)
        for text, expected in LOOKING:
            await typed(slack, CHI, text, expected)
        assert len(slack.messages(CHANNEL)) == 1, "nothing but the digest stands in the channel"


async def test_wrong_input_gets_the_right_usage_or_a_plain_sentence(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack):
        for text, expected in WRONG:
            await typed(slack, ANA, text, expected)
        assert await world.journal() == []


@pytest.mark.parametrize("what", ["nosuch", "bedrock/nosuch", "enable", "<!channel>"])
async def test_an_unknown_model_or_provider_is_named_in_the_dialog(
    world: World, slack: SlackStandIn, what: str
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack):
        command = "enable bedrock" if what == "enable" else f"disable {what}"
        await slack.person(ANA).command("/operator", command, CHANNEL)
        said = await result(slack, ANA)
        assert ("is enabled already" if what == "enable" else "There is no") in said
        assert await world.database["operator_proposals"].count_documents({}) == 0


@pytest.mark.parametrize(
    "command", ["execute", "disable bedrock", "enable bedrock", "undo J-1", "pause", "resume"]
)
async def test_a_stranger_changes_nothing_and_is_told_who_can(
    world: World, slack: SlackStandIn, command: str
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack):
        await typed(slack, CHI, command, f"<@{ANA}>")
        assert slack.person(CHI).view is None
        assert set(gone) <= await world.enabled("bedrock")
        assert await world.database["operator_state"].find_one({"_id": "pause"}) is None


async def test_execute_does_what_no_gate_holds_back(world: World, slack: SlackStandIn) -> None:
    gone = await world.gone("groq", 2, 20)
    await world.answer("openai", await world.models("openai", 20), days=6)
    async with bot_at_work(world, slack):
        said = await typed(slack, ANA, "execute", "disabled 2 groq models")
        assert "⏳" in said, "a long command answers at once"
        assert not set(gone) & await world.enabled("groq")
        await typed(slack, ANA, "execute", "Nothing to do by myself")


@pytest.mark.parametrize(
    "gone",
    [{"groq": 3}, {"bedrock": 1, "Bedrock": 2}, dict.fromkeys(("a", "b", "c", "d", "e"), 2)],
    ids=["one provider", "two spellings", "five providers"],
)
async def test_all_that_execute_does_alone_is_named_there_and_in_the_history(
    world: World, slack: SlackStandIn, gone: dict[str, int]
) -> None:
    names = {provider: [f"{provider}-{n}" for n in range(many)] for provider, many in gone.items()}
    for provider, of in names.items():
        rest = await world.models(provider, 20)
        await world.models(provider, len(of), name=f"{provider}-{{n}}")
        await world.answer(provider, rest, days=6)
        await world.answer(provider, of, days=2, until_hours=97)
        await world.fail(provider, of, days=4)
    others = [model for of in names.values() for model in of]
    await world.database["models"].insert_many(
        [{"provider": "openai", "model_id": model, "enabled": True} for model in others]
    )
    await world.answer("openai", others, days=6)
    async with bot_at_work(world, slack):
        for said in (
            await typed(slack, ANA, "execute", "autopilot disabled"),
            await typed(slack, CHI, "history", "autopilot disabled"),
        ):
            assert [one for one in others if one not in said] == []


async def test_share_shows_the_answer_to_the_channel_as_a_copy_without_buttons(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        await digest_of(services, slack)
        for number, command in enumerate(EVERY_COMMAND):
            await typed(slack, CHI, f"{command} share", f"<@{ANA}>")
            assert len(slack.messages(CHANNEL)) == number + 1, "a stranger makes nothing public"
            await slack.person(ANA).command("/operator", f"{command} share", CHANNEL)
            await slack.until(lambda: len(slack.messages(CHANNEL)) == number + 2)  # noqa: B023
        shared = slack.messages(CHANNEL)[1:]
        assert all(not cards(message) for message in shared)
        assert "Disable 6 bedrock models?" in text_of(shared[3])


async def test_switching_off_a_provider_of_175_models_is_one_preview_one_entry_and_one_undo(
    world: World, slack: SlackStandIn
) -> None:
    names = await world.models("groq", 175)
    await world.models("openai", 1, name="model-3")
    before = await world.database["models"].find().sort("_id").to_list()
    async with bot_at_work(world, slack):
        await slack.person(ANA).command("/operator", "disable groq", CHANNEL)
        view = await form(slack, ANA)
        words = str(view)
        assert "Disable 175 models" in words
        assert "175 → 0 enabled" in words
        assert "No model of groq would run any more" in words
        assert "174 leave the site: no other provider runs them" in words
        await slack.person(ANA).submit(untick={"0"}, texts={"note": "contract ended"})
        assert "disabled 174 groq models" in await result(slack, ANA)
        assert await world.enabled("groq") == {min(names)}
        [entry] = await world.journal()
        await typed(slack, ANA, "holds", "Left out")
        await slack.person(ANA).command("/operator", f"undo {entry['_id'].lower()}", CHANNEL)
        await form(slack, ANA)
        await slack.person(ANA).submit(texts={"note": "signed again"})
        assert "took back 174" in await result(slack, ANA)
        assert await world.database["models"].find().sort("_id").to_list() == before
        history = await typed(slack, CHI, "history", "contract ended")
        assert "signed again" in history


async def test_a_command_whose_consequences_are_not_wanted_leaves_nothing_waiting(
    world: World, slack: SlackStandIn
) -> None:
    await world.models("groq", 3)
    async with bot_at_work(world, slack):
        await slack.person(ANA).command("/operator", "disable groq", CHANNEL)
        await form(slack, ANA)
        await slack.person(ANA).close()
        await world.until_unasked("groq")
        await typed(slack, ANA, "pending", "Nothing waits for you")
        await slack.person(ANA).command("/operator", "disable groq/model-1", CHANNEL)
        await form(slack, ANA)
        await slack.person(ANA).submit()
        assert "disabled `model-1` on groq" in await result(slack, ANA)
        assert await world.enabled("groq") == {"model-0", "model-2"}


async def test_a_dialog_left_open_is_in_no_digest_and_submitted_late_says_so(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone_on_bedrock()
    names = await world.models("groq", 21)
    await world.answer("groq", names, days=6)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        await slack.person(ANA).command("/operator", "disable groq", CHANNEL)
        await form(slack, ANA)
        digest = await digest_of(services, slack)
        assert len(cards(digest)) == 1
        assert "groq models" not in text_of(digest)
        await typed(slack, CHI, "pending", "Disable 6 bedrock models?")
        world.clock.pass_(hours=1)
        await slack.person(ANA).submit()
        assert "open for too long" in await result(slack, ANA)
        assert await world.enabled("groq") == set(names)


async def test_undo_from_the_card_and_from_the_command_are_the_same(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await approve_all_of(slack, ANA, digest, card)
        [entry] = await world.journal()
        await slack.person(ANA).command("/operator", f"undo {entry['_id']}", CHANNEL)
        await form(slack, ANA)
        await slack.person(ANA).submit()
        await result(slack, ANA)
        assert set(gone) <= await world.enabled("bedrock")
        await slack.person(ANA).command("/operator", f"undo {entry['_id']}", CHANNEL)
        assert "left to take back" in await result(slack, ANA)
