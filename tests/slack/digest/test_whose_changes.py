"""What changed between two digests is said of whoever did it; each figure follows the click on it."""

from datetime import timedelta

import pytest

from bot.slack.posting.digests import EVENT
from bot.slack.posting.records import last_digest
from operator_core.domain.proposals import ProposalAction
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
    now,
    press,
    result,
    take_back,
    text_of,
    told,
)

pytestmark = pytest.mark.both_modes

KEY = "Incorrect API key provided: sk-proj-AbCd1234EfGh5678IjKl9012MnOp3456QrSt7890. Rotate it."


async def test_what_the_autopilot_did_is_never_called_somebody_elses(
    world: World, slack: SlackStandIn
) -> None:
    gone = await world.gone("groq", 5, 30)
    await world.answer("openai", await world.models("openai", 30), days=6)
    async with bot_at_work(world, slack) as services:
        first = await digest_of(services, slack)
        assert "I switched off 5 models" in text_of(first)
        assert "I switched off 5 groq models" in text_of(first)
        assert all(f"`{name}`" in text_of(first) for name in gone), "all of them are named"
        assert "55 of 55 models answer" in text_of(first)
        await world.runs_on(24)
        second = text_of(await digest_of(services, slack))
        assert "outside" not in second
        assert "55 of 55 models answer, as yesterday" in second


async def test_each_change_is_said_of_whoever_made_it(world: World, slack: SlackStandIn) -> None:
    await world.gone_on_bedrock()
    await world.answer("groq", await world.models("groq", 4), days=6)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await approve_all_of(slack, ANA, digest, card)
        switched = await services.use_cases.switch(ProposalAction.DISABLE, "groq/model-1", by=ANA)
        submitted = await services.use_cases.submit(switched.id, switched.revision, by=ANA)
        await services.use_cases.approve(submitted.id, submitted.revision, by=ANA)
        where = {"provider": "groq", "model_id": "model-2"}
        await world.database["models"].update_one(where, {"$set": {"enabled": False}})
        await world.runs_on(24)
        said = text_of(await digest_of(services, slack))
        assert (
            "Since then switched off: 6 approved, 1 by command, 1 outside this bot (model-2 on groq)." in said
        )


async def test_figures_follow_the_click_that_changes_them(world: World, slack: SlackStandIn) -> None:
    gone = await world.gone("groq", 2, 30)
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack) as services:
        digest = await digest_of(services, slack)
        assert "Autopilot on, 5 of 20" in text_of(digest)
        assert "on hold" not in text_of(digest)
        world.clock.pass_(minutes=5)
        [switched_off] = [c for c in cards(digest, "undo") if "groq" in card_text(digest, c)]
        await take_back(slack, ANA, digest, switched_off)
        await slack.until(lambda: "on hold 2" in text_of(now(slack, digest)))
        assert "Autopilot on, 0 of 20" in text_of(now(slack, digest)), "an approver acted"
        assert set(gone) <= await world.enabled("groq")
        [asked] = cards(digest)
        await press(slack, ANA, digest, f"reject.{asked}")
        await form(slack, ANA)
        await slack.person(ANA).submit()
        await result(slack, ANA)
        await slack.until(lambda: "on hold 5" in text_of(now(slack, digest)))
        await press(slack, ANA, digest, f"release.{switched_off}")
        await slack.until(lambda: "on hold 3" in text_of(now(slack, digest)))
        await services.use_cases.pause(by="cli:ops", reason="freeze")
        await services.digests.show_switch()
        assert "Autopilot paused by ops (command line)" in text_of(now(slack, digest))


async def test_what_was_switched_off_is_counted_as_it_is_now_and_what_is_on_again_is_named(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("groq", 2, 30)
    back, *_ = await world.gone("together", 3, 30)
    await world.answer("openai", await world.models("openai", 30), days=6)
    async with bot_at_work(world, slack) as services:
        digest = await digest_of(services, slack)
        assert text_of(digest).count("I switched off 5 models") == 2, "header and heading"
        where = {"provider": "together", "model_id": back}
        await world.database["models"].update_one(where, {"$set": {"enabled": True}})
        await services.digests.show_switch()
        said = text_of(now(slack, digest))
        assert said.count("I switched off 4 models") == 2
        assert f"On again: {back} on together." in said
        [groq] = [c for c in cards(digest, "undo") if "groq" in card_text(digest, c)]
        await take_back(slack, ANA, digest, groq)
        await slack.until(lambda: text_of(now(slack, digest)).count("I switched off 2 models") == 2)
        [left] = [e for e in await services.use_cases.stores.journal.recent() if e.automatic and e.standing]
        await services.use_cases.undo(left.id, by=ANA)
        await services.digests.show_switch()
        assert "*All that I switched off is on*. On again: " in text_of(now(slack, digest))


def card_text(digest: object, card: str) -> str:
    blocks = getattr(digest, "blocks", ())
    return next(str(block) for block in blocks if block.get("block_id") == card)


@pytest.mark.parametrize("rotated", [True, False])
async def test_a_key_in_the_database_is_said_until_an_approver_rotated_it(
    world: World, slack: SlackStandIn, rotated: bool
) -> None:
    names = await world.models("groq", 5)
    await world.answer("groq", names, days=6)
    await world.fail("groq", names[:1], days=0.5, until_hours=3, text=KEY)
    await world.answer("groq", names[:1], days=0.25)
    await world.answer("openai", await world.models("openai", 20), days=6)
    async with bot_at_work(world, slack) as services:
        digest = await digest_of(services, slack)
        assert "A key may have leaked" in text_of(digest)
        assert "🔑 Key-like text in 2 error rows of *groq*" in text_of(digest)
        [button] = cards(digest, "rotated")
        await press(slack, CHI, digest, f"rotated.{button}")
        await told(slack, CHI, "can do this")
        if rotated:
            await press(slack, ANA, digest, f"rotated.{button}")
            await slack.until(lambda: "groq: the key is rotated." in text_of(now(slack, digest)))
            assert "A key may have leaked" not in text_of(now(slack, digest))
        for _ in range(9):
            await world.runs_on(24)
        later = await digest_of(services, slack)
        assert ("key-like text in groq's errors" in text_of(later)) is not rotated, (
            "also when the rows are old"
        )
        assert len(later.blocks) == 1
        await slack.person(ANA).open_home()
        await slack.until(lambda: slack.home(ANA))
        assert ("Key-like text" in str(slack.home(ANA))) is not rotated
        assert len([m for m in slack.messages(CHANNEL) if m.event == EVENT]) == 2


@pytest.mark.parametrize("hours", [0.5, 3, 9])
async def test_a_batch_that_began_long_before_a_digest_and_landed_after_it_is_told_of_whoever_approved_it(
    world: World, slack: SlackStandIn, hours: float
) -> None:
    gone = await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        await approve_all_of(slack, ANA, digest, card)
        counted = services.now()
        began, lease = counted - timedelta(hours=hours), counted + timedelta(minutes=1)
        await world.database["operator_journal"].update_one(
            {}, {"$set": {"started_at": began, "lease": lease}}
        )
        last = await last_digest(services.stores).get()
        assert last is not None
        assert {ref.model_id for ref in last.models} >= set(gone)
        await world.runs_on(24)
        said = text_of(await digest_of(services, slack))
        assert "Since then switched off: 6 approved." in said


@pytest.mark.parametrize("by", ["approved", "by command", "taken back"])
async def test_the_first_digest_after_one_that_kept_no_models_says_what_was_done_here(
    world: World, slack: SlackStandIn, by: str
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        if by == "by command":
            switched = await services.use_cases.switch(ProposalAction.DISABLE, "openai/model-1", by=ANA)
            submitted = await services.use_cases.submit(switched.id, switched.revision, by=ANA)
            await services.use_cases.approve(submitted.id, submitted.revision, by=ANA)
        else:
            await approve_all_of(slack, ANA, digest, card)
        if by == "taken back":
            await world.runs_on(24)
            digest = await digest_of(services, slack)
            [entry] = await services.stores.journal.recent()
            await services.use_cases.undo(entry.id, by=ANA)
        where = {"_id": "digest:last"}
        await world.database["operator_state"].update_one(where, {"$unset": {"models": "", "entries": ""}})
        await world.runs_on(24)
        said = text_of(await digest_of(services, slack))
        told_of = {
            "approved": "off: 6 approved",
            "by command": "off: 1 by command",
            "taken back": "on: 6 taken back",
        }
        assert f"Since then switched {told_of[by]}." in said
