"""Cards whose drawing was cut short: whatever came first, in the end each shows its proposal as it is."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.services import Services
from bot.slack.posting.records import kept_messages
from bot.slack.views.content import Message
from operator_core.domain.changes import Result
from operator_core.domain.proposals import Proposal, ShownIn
from operator_core.execution.aftermath import settle_late_write
from sandbox.slack import SlackStandIn
from support.world import ANA, CHANNEL, World, bot_at_work, cards, digest_of, now, text_of

Deed = Callable[[Services, str], Awaitable[object]]
ANSWERS: dict[str, Deed] = {
    "approved": lambda bot, card: bot.use_cases.approve(card, 1, by=ANA),
    "rejected": lambda bot, card: bot.use_cases.reject(card, 1, by=ANA),
    "paused first, then rejected": lambda bot, card: paused_and_rejected(bot, card),
}


async def paused_and_rejected(bot: Services, card: str) -> None:
    await bot.use_cases.pause(by=ANA, reason="holiday")
    await bot.use_cases.reject(card, 1, by=ANA)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("word", ["comes in time", "comes late"])
async def test_a_digest_that_is_drawn_whole_again_takes_no_newer_card_back(
    world: World, slack: SlackStandIn, answer: str, word: str
) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        stores = services.use_cases.stores
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        as_read, page = await stores.proposals.get(card), now(slack, digest)
        before = Message(text=page.text, blocks=page.blocks)
        await ANSWERS[answer](services, card)
        answered = await stores.proposals.get(card)
        await services.cards.redraw(answered)
        shown = text_of(now(slack, digest))
        assert cards(now(slack, digest)) == []
        await services.cards.post(CHANNEL, before, [as_read], ts=digest.ts)
        if word == "comes late":  # of whoever drew the answer: what they keep last is that it is drawn
            await recorded(services, answered, digest.ts)
        await services.cards.redraw_stale()
        assert cards(now(slack, digest)) == []
        assert card_line(shown, card) == card_line(text_of(now(slack, digest)), card)


def card_line(text: str, card: str) -> list[str]:
    return [line for line in text.splitlines() if card in line]


async def recorded(services: Services, proposal: Proposal, ts: str) -> None:
    drawn = ShownIn(channel=CHANNEL, ts=ts, revision=proposal.revision, state=proposal.state)
    await services.use_cases.stores.proposals.record_drawn(proposal.id, drawn)


@pytest.mark.parametrize("kept", ["as it was posted", "not at all"])
@pytest.mark.parametrize("refused", ["", "internal_error"])
async def test_a_digest_that_its_process_left_half_kept_is_drawn_whole(
    world: World, slack: SlackStandIn, kept: str, refused: str
) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        stores = services.use_cases.stores
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        if kept == "not at all":
            await kept_messages(stores).take(f"{CHANNEL}:{digest.ts}")
        if refused:
            slack.fail_next("chat.update", error=refused, times=1)
        whole = Message(text="the whole page", blocks=digest.blocks)
        await services.cards.post(CHANNEL, whole, [await stores.proposals.get(card)], ts=digest.ts)
        world.clock.pass_(minutes=5)
        await services.cards.redraw_stale()
        assert now(slack, digest).text == "the whole page"
        assert cards(now(slack, digest)) == [card]


async def unfinished(world: World) -> None:
    """Whoever posted today's digest ended, or failed at what follows, before its claim was done."""
    undone = {"done": False, "lease": world.clock() - timedelta(days=1)}
    for_today = {"_id": {"$regex": "^claim:digest:"}}
    changed = await world.database["operator_state"].update_one(for_today, {"$set": undone})
    assert changed.modified_count == 1


@pytest.mark.parametrize("error", ["internal_error", "missing_scope", "channel_not_found", "request_timeout"])
async def test_a_digest_that_was_posted_is_not_posted_again_where_slack_does_not_tell_what_was(
    world: World, slack: SlackStandIn, error: str
) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        await unfinished(world)
        slack.fail_next("conversations.history", error=error, times=9)
        assert await services.digests.post_due(services.now()) == digest.ts
        assert [one.ts for one in slack.messages(CHANNEL) if one.event] == [digest.ts]


async def test_a_digest_that_somebody_deleted_before_it_was_done_is_posted_anew(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        await unfinished(world)
        await services.cards.client.chat_delete(channel=CHANNEL, ts=digest.ts)
        anew = await services.digests.post_due(services.now())
        assert anew not in {None, "", digest.ts}
        [page] = [one for one in slack.messages(CHANNEL) if one.ts == anew]
        assert cards(page) == cards(digest)
        slack.rejections.clear()


@pytest.mark.parametrize("taken_back", [1, 2])
async def test_what_was_taken_back_is_shown_also_where_whoever_did_it_ends_before_drawing(
    world: World, slack: SlackStandIn, taken_back: int
) -> None:
    """Only some of the models: the proposal's state stays as it was."""
    await world.gone("groq", 3, 60)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        done = await services.use_cases.approve(card, 1, by=ANA)
        await services.cards.redraw_stale()
        refs = [change.member for change in done.entry.changes][:taken_back]
        await services.use_cases.undo(done.entry.id, by=ANA, refs=refs)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        assert await services.cards.redraw_stale() == 1
        assert "Taken back" in text_of(now(slack, digest))
        assert cards(now(slack, digest), "undo") == [card]
        assert await services.cards.redraw_stale() == 0


async def test_a_model_that_a_late_write_disabled_again_is_not_said_to_be_taken_back(
    world: World, slack: SlackStandIn
) -> None:
    """Taken back one after the other; the first one's write landed again when all was over."""
    await world.gone("groq", 3, 60)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        stores, digest = services.use_cases.stores, await digest_of(services, slack)
        [card] = cards(digest)
        done = await services.use_cases.approve(card, 1, by=ANA)
        refs = [change.member for change in done.entry.changes]
        for ref in refs[:2]:
            undone = await services.use_cases.undo(done.entry.id, by=ANA, refs=[ref])
            await services.cards.redraw(undone.proposal)
        back = [line for line in text_of(now(slack, digest)).splitlines() if "Taken back" in line]
        assert refs[0].model_id in back[0]
        [undo, _] = await stores.journal.undos_of(done.entry.id)
        await stores.journal.restate(undo.id, 0, Result.CONFLICT, "enabled: true → false")
        await stores.journal.restate(done.entry.id, 0, Result.DONE, "")
        await settle_late_write(stores, await stores.journal.get(done.entry.id), {refs[0]}, world.clock())
        await services.cards.redraw_stale()
        back = [line for line in text_of(now(slack, digest)).splitlines() if "Taken back" in line]
        assert refs[0].model_id not in back[0]
