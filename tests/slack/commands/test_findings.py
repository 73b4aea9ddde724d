"""What is found about the catalogue: a card with an offer, one entry, one undo, and never done alone."""

import pytest

from operator_core.domain.mode import Mode
from sandbox.slack import SlackStandIn
from support.world import (
    ANA,
    World,
    approve_all_of,
    bot_at_work,
    cards,
    digest_of,
    now,
    press,
    take_back,
    text_of,
)

pytestmark = pytest.mark.both_modes


async def test_two_spellings_are_merged_by_a_person_and_taken_back_as_they_were(
    world: World, slack: SlackStandIn
) -> None:
    names = ["MiniMaxAI/MiniMax-M3", "minimaxai/minimax-m3", "minimax_m3"]
    others = ["minimax-m2", "minimaxai/speech-2"]
    for name in (*names, *others):
        await world.models("together", 1, name=name)
    await world.answer("together", [names[0], *others], days=6)
    before = await world.database["models"].find().sort("_id").to_list()
    async with bot_at_work(world, slack, begins=Mode.ON) as services:
        digest = await digest_of(services, slack)
        assert "Keep `MiniMaxAI/MiniMax-M3` on together, disable" in text_of(digest)
        assert await world.enabled("together") == {*names, *others}, "nothing of it is done alone"
        [card] = cards(digest)
        assert "merged 2 together models" in await approve_all_of(slack, ANA, digest, card)
        assert await world.enabled("together") == {names[0], *others}
        assert (await world.model("together", "minimax_m3"))["successor_model"] == names[0]
        assert len(await world.journal()) == 1
        assert "took back 2" in await take_back(slack, ANA, now(slack, digest), card)
        assert await world.database["models"].find().sort("_id").to_list() == before
        await services.use_cases.run("test")
        assert await services.use_cases.waiting() == (), "what was taken back is on hold"


@pytest.mark.parametrize("change", ["off", "deprecated", "failing"])
async def test_where_the_one_that_stays_no_longer_does_approve_changes_nothing(
    world: World, slack: SlackStandIn, change: str
) -> None:
    for name in ("MiniMax-M3", "minimax-m3"):
        await world.models("together", 1, name=name)
    await world.answer("together", ["MiniMax-M3"], days=6)
    async with bot_at_work(world, slack) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        if change == "failing":
            world.clock.pass_(hours=6)
            await world.fail("together", ["MiniMax-M3"], days=0.3)
        else:
            values = {"enabled": False} if change == "off" else {"deprecated": True}
            await world.database["models"].update_one({"model_id": "MiniMax-M3"}, {"$set": values})
        await press(slack, ANA, digest, f"approve.{card}")
        why = "MiniMax-M3 stopped answering" if change == "failing" else "is off by now"
        await slack.until(lambda: why in text_of(now(slack, digest)), 20)
        assert "minimax-m3" in await world.enabled("together")
        assert cards(now(slack, digest)) == []
        await press(slack, ANA, digest, f"reopen.{card}")
        await slack.until(lambda: cards(now(slack, digest)) == [card])


async def test_a_finding_that_is_over_clears_and_one_that_was_answered_isnt_asked_again(
    world: World, slack: SlackStandIn
) -> None:
    for name in ("MiniMax-M3", "minimax-m3", "glm-4.5", "GLM_4.5"):
        await world.models("together", 1, name=name)
    await world.answer("together", ["MiniMax-M3", "glm-4.5"], days=6)
    async with bot_at_work(world, slack) as services:
        await services.use_cases.run("test")
        waiting = await services.use_cases.waiting()
        assert len(waiting) == 2
        glm = next(one for one in waiting if one.refs[0].model_id == "GLM_4.5")
        await services.use_cases.reject(glm.id, glm.revision, by=ANA)
        where = {"model_id": "MiniMax-M3"}
        await world.database["models"].update_one(where, {"$set": {"enabled": False}})
        await services.use_cases.run("test")
        assert await services.use_cases.waiting() == ()


ROUTED = ("openai/gpt-5", "anthropic/claude-opus-4.5", "deepseek/deepseek-v3.2", "moonshotai/kimi-k2")
DIRECT = {
    "openai": "gpt-5",
    "anthropic": "claude-opus-4-5",
    "deepseek": "deepseek-v3.2",
    "moonshot": "Kimi-K2",
}


async def test_models_that_give_results_unlisted_are_added_by_a_person_and_taken_back(
    world: World, slack: SlackStandIn
) -> None:
    names = ["gemma-3-27b", "vendor/new_model", "sonar-2"]
    await world.answer("groq", await world.models("groq", 5), days=6)
    await world.answer("groq", names, days=2)
    await world.answer("unknown", ["ghost"], days=2)
    async with bot_at_work(world, slack, begins=Mode.ON) as services:
        digest = await digest_of(services, slack)
        said = text_of(digest)
        assert "Add 3 groq models?" in said
        assert "the catalogue doesn't list" in said
        assert not set(names) & await world.enabled("groq"), "nothing of it is done alone"
        [card] = cards(digest)
        assert "added 2" in await approve_all_of(slack, ANA, digest, card, untick=["1"])
        assert set(names[:2]) <= await world.enabled("groq")
        assert len(await world.journal()) == 1
        assert "took back 2" in await take_back(slack, ANA, now(slack, digest), card)
        assert await world.database["models"].count_documents({"model_id": {"$in": names}}) == 0
        await services.use_cases.run("test")
        waiting = await services.use_cases.waiting()
        assert [ref.model_id for p in waiting for ref in p.refs] == ["sonar-2"], (
            "what wasn't picked is offered"
        )


@pytest.mark.parametrize("stops", ["", "deepseek"])
async def test_what_an_aggregator_passes_on_is_switched_off_by_a_person_but_for_what_its_maker_stopped(
    world: World, slack: SlackStandIn, stops: str
) -> None:
    for provider, name in DIRECT.items():
        await world.answer(provider, await world.models(provider, 1, name=name), days=6)
    for name in (*ROUTED, "qwen/qwq-32b"):
        await world.answer("openrouter", await world.models("openrouter", 1, name=name), days=6)
    async with bot_at_work(world, slack, begins=Mode.ON) as services:
        digest = await digest_of(services, slack)
        assert "Disable 4 openrouter models?" in text_of(digest)
        assert len(await world.enabled("openrouter")) == 5, "nothing of it is done alone"
        [card] = cards(digest)
        if stops:
            world.clock.pass_(hours=6)
            await world.fail(stops, [DIRECT[stops]], days=0.3)
        await services.use_cases.run("test", ["openrouter"])
        assert await services.stores.proposals.waiting(), "a look at one provider tells nothing of others"
        said = await approve_all_of(slack, ANA, digest, card, untick=["3"])
        assert f"disabled {2 if stops else 3}" in said
        left = {ROUTED[0], "qwen/qwq-32b", *([ROUTED[2]] if stops else [])}
        assert await world.enabled("openrouter") == left
