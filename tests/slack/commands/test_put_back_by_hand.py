"""An undo of what was put back by hand already says so: in Slack, on the card, in the terminal."""

import io

import pytest
from rich.console import Console

from bot.commands.history import history
from sandbox.slack import SlackStandIn
from support.world import ANA, World, approve_all_of, bot_at_work, cards, digest_of, now, take_back, text_of

TOLD = {
    6: (
        "took back 0 of 6 bedrock models (6 stood so already)",
        "wanted back by",
        "n6 stood so already. On hold",
    ),
    2: (
        "took back 4 of 6 bedrock models (2 stood so already)",
        "taken back by",
        "Restored exactly; 2 stood so already. On hold",
    ),
    0: ("took back 6 bedrock models,", "taken back by", "Restored exactly. On hold"),
}


@pytest.mark.parametrize("by_hand", TOLD)
async def test_what_stood_so_is_told_apart_from_what_was_taken_back(
    world: World, slack: SlackStandIn, by_hand: int
) -> None:
    gone = await world.gone_on_bedrock()
    before = {
        one["_id"]: one for one in await world.database["models"].find({"provider": "bedrock"}).to_list()
    }
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await approve_all_of(slack, ANA, digest, card)
        for one in [one for one in before.values() if one["model_id"] in gone][:by_hand]:
            await world.database["models"].replace_one({"_id": one["_id"]}, one)
        said = await take_back(slack, ANA, now(slack, digest), card)
        told, head, end = TOLD[by_hand]
        assert told in said
        assert said.count("it stood so already") == min(by_hand, said.count("• "))
        shown = text_of(now(slack, digest))
        assert head in shown
        assert end in shown
        terminal = Console(file=io.StringIO(), width=200)
        await history(services.use_cases, terminal)
        assert isinstance(terminal.file, io.StringIO)
        assert told in terminal.file.getvalue()
        assert terminal.file.getvalue().count("it stood so already") == by_hand
        assert await world.enabled("bedrock") >= set(gone)
