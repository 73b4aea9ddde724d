"""200 clicks at once, from 20 people, on 50 cards, against two replicas."""

import asyncio
import time

from sandbox.slack import Message, Profile, slack_stand_in
from support.world import CHANNEL, World, bot_at_work, cards, digest_of, now, shown_more, text_of

PEOPLE = [f"U0P{number:02}" for number in range(20)]
CARDS = 50
CLICKS_A_CARD = 4


async def test_each_card_is_carried_out_once_and_each_person_is_told_the_truth(world: World) -> None:
    for number in range(CARDS):
        await world.gone(f"provider{number:02}", 1, 2)
    profiles = [Profile(user, user.lower()) for user in PEOPLE]
    async with slack_stand_in(people=profiles) as slack:
        async with (
            bot_at_work(world, slack, approvers=PEOPLE, max_changes_unattended=0) as one,
            bot_at_work(world, slack, approvers=PEOPLE, max_changes_unattended=0),
        ):
            digest = await digest_of(one, slack)
            await shown_more(slack, digest, PEOPLE[0])
            messages = [now(slack, digest), *slack.thread(CHANNEL, digest.ts)]
            where = {card: message for message in messages for card in cards(message)}
            assert len(where) == CARDS
            clicks = [
                (PEOPLE[(number * CLICKS_A_CARD + turn) % len(PEOPLE)], card)
                for number, card in enumerate(where)
                for turn in range(CLICKS_A_CARD)
            ]

            async def click(user: str, message: Message, card: str) -> float:
                began = time.perf_counter()
                assert (await slack.person(user).click(message, f"approve.{card}")).acked
                return time.perf_counter() - began

            waits = await asyncio.gather(*(click(user, where[card], card) for user, card in clicks))
            losers = len(clicks) - CARDS
            await slack.until(lambda: sum(len(slack.ephemerals(user)) for user in PEOPLE) == losers, 60)
            await slack.until(lambda: sum(len(cards(now(slack, m), "undo")) for m in messages) == CARDS, 60)
            await slack.settled(30)
            assert max(waits) < 3, "Slack waits three seconds"
            said = [text_of(message) for user in PEOPLE for message in slack.ephemerals(user)]
            assert all("before you. Your click did nothing." in words for words in said)
            journal = await world.journal()
            assert len(journal) == len({entry["proposal_id"] for entry in journal}) == CARDS
            assert await world.database["models"].count_documents({"enabled": False}) == CARDS
            await slack.until(lambda: "Nothing waits for you" in text_of(now(slack, digest)), 60)
            await one.cards.redraw_stale()
            for message in messages:
                assert cards(now(slack, message)) == []
                assert sorted(cards(now(slack, message), "undo")) == sorted(cards(message))
        assert slack.rejections == []
