"""What somebody says between a digest's posting and its remembering stands."""

import pytest

from bot.slack.posting.records import ask_later, digest_memory, leak_records, mark_rotated, remember
from bot.slack.views.content import DigestContent, KeyLeakTold
from operator_core.domain.decisions import LlmUse
from sandbox.slack import SlackStandIn
from support.view_values import autopilot
from support.world import ANA, World, bot_at_work


@pytest.mark.parametrize("provider", ["groq", "x.ai", "a*b"])
async def test_a_digest_undoes_nothing_that_was_clicked_while_it_was_posted(
    world: World, slack: SlackStandIn, provider: str
) -> None:
    async with bot_at_work(world, slack) as services:
        stores, at = services.use_cases.stores, services.now()
        leak = KeyLeakTold(provider=provider, rows=2, since=at)
        drawn = DigestContent(
            at=at, leaks=(leak,), ask_to_turn_on=True, autopilot=autopilot(), llm=LlmUse(model="x")
        )
        world.clock.pass_(minutes=1)
        await mark_rotated(services.use_cases, await leak_records(stores).put(leak, provider), ANA)
        await ask_later(services.use_cases)
        await remember(stores, drawn, "1.1")
        assert (await leak_records(stores).all())[provider].rotated_by == ANA
        memory = await digest_memory(stores).get()
        assert memory is not None
        assert memory.again_at is not None
        await leak_records(stores).put(leak, provider)
        await remember(stores, drawn, "1.1")
        assert (await leak_records(stores).all())[provider].told_at == at
