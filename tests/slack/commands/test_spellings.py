"""One model in two spellings: a card with an offer, one entry, one undo, and never done alone."""

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
