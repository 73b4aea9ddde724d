"""What is under way when a digest is made stands in it once, and Slack takes the digest."""

import pytest

from operator_core.execution.executor import Executor
from sandbox.slack import SlackStandIn
from support.crashes import Crash, dies_at
from support.small_catalogue import every_gate_open
from support.world import CHANNEL, World, bot_at_work, digest_of


@pytest.mark.parametrize("step", ["recorded", "reported", "held", "moved"])
async def test_a_batch_of_the_autopilot_that_a_dead_process_left_half_done_is_shown_once(
    world: World, slack: SlackStandIn, step: str
) -> None:
    await world.answer("openai", await world.models("openai", 20), days=6)
    await world.gone("bedrock", 6, 30)
    async with bot_at_work(world, slack) as services:
        await services.use_cases.run("schedule")
        [asked] = await services.use_cases.waiting()

        stores, dies = services.use_cases.stores, dies_at(step)
        dead = Executor(stores, owner="dead", clock=world.clock, on_progress=dies, gates=every_gate_open)
        with pytest.raises(Crash):
            await dead.execute(asked.id, asked.revision, by="policy", refs=asked.refs)
        digest = await digest_of(services, slack)
        messages = [digest, *slack.thread(CHANNEL, digest.ts)]
        ids = [str(block["block_id"]) for message in messages for block in message.blocks]
        assert ids.count(asked.id) == 1
