"""Many people click at once: how soon they hear back, and whether each thing is done once.

Two replicas as processes of their own, as in production; Slack and MongoDB are the sandbox's.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from bot.slack.client import LIMITS
from operator_core.domain.base import Frozen
from sandbox.bench.resources import progress
from sandbox.bench.sections import PAGE, TARGET_HEADS, renew, table, target
from sandbox.catalogue.server import catalogue_server
from sandbox.database import embedded_server, marked_database
from sandbox.digest import CHANNEL, cards_with, digest_in
from sandbox.serving import environment, sandboxed, serving_in_own_folder
from sandbox.slack import Message, Profile, SlackStandIn, slack_stand_in

CARDS, PEOPLE, CLICKS_A_CARD, REPLICAS = 50, 20, 4, 2
TOO_LATE = CARDS * (CLICKS_A_CARD - 1)
"""Clicks that come after the one that decides their card."""
ACK_AT_MOST, ACK_MEDIAN, TRUE_AGAIN = 1.0, 0.050, 3.0
"""Seconds."""
PATIENCE = 120.0
DAYS = 6
GONE = "Error code: 404 - The model `{model}` does not exist"
Document = dict[str, Any]


class Clicked(Frozen):
    """What came of all the clicks."""

    acks: tuple[float, ...]
    """Seconds from sending to acknowledgement, one for each click."""
    seconds: float
    """Until each person was told and each card redrawn."""
    executed: int
    """Entries of the journal."""
    cards_done: int
    """Proposals that have an entry."""
    disabled: int
    told: int
    """Answers that say, rightly, that somebody else decided before."""
    edits: int
    """Of messages, of all replicas."""
    refused: int
    """Messages that Slack would have refused."""

    @property
    def exact(self) -> bool:
        each_once = self.executed == self.cards_done == self.disabled == CARDS
        return each_once and self.told == TOO_LATE and not self.refused

    @property
    def at_slacks_pace(self) -> float:
        """Seconds that so many edits take where each replica keeps Slack's limit, the least there can be."""
        at_once, seconds = LIMITS["chat.update"]
        return max(0.0, self.edits / REPLICAS - at_once) * seconds

    @property
    def met(self) -> bool:
        return self.exact and max(self.acks) < ACK_AT_MOST and median(self.acks) < ACK_MEDIAN


async def measure_clicks() -> Clicked:
    """200 clicks in the same moment, from 20 people on 50 cards, against two replicas."""
    progress(f"{CARDS * CLICKS_A_CARD} clicks at {REPLICAS} replicas")
    people = [Profile(f"U0P{number:02}", f"person{number:02}") for number in range(PEOPLE)]
    async with AsyncExitStack() as stack:
        uri = stack.enter_context(embedded_server(equality_only=False))
        name = stack.enter_context(marked_database(uri))
        client = await stack.enter_async_context(AsyncMongoClient[Document](uri, tz_aware=True))
        database = client[name]
        await _fill(database, datetime.now(UTC))
        slack = await stack.enter_async_context(slack_stand_in(people=people))
        for _ in range(REPLICAS):
            await stack.enter_async_context(_replica(uri, name, slack, people))
        await slack.connected(REPLICAS, PATIENCE)
        await slack.until(lambda: _cards(slack, "show_more"), PATIENCE)
        digest = digest_in(slack)
        if digest is not None:
            await slack.person(people[0].id).click(digest, "show_more.digest")
        await slack.until(lambda: len(_cards(slack)) == CARDS, PATIENCE)
        await slack.settled(PATIENCE)
        return await _click_all(slack, database, people)


async def _click_all(
    slack: SlackStandIn, database: AsyncDatabase[Document], people: Sequence[Profile]
) -> Clicked:
    where = _cards(slack)
    clicks = [
        (people[(number * CLICKS_A_CARD + turn) % PEOPLE].id, where[card], f"approve.{card}")
        for number, card in enumerate(where)
        for turn in range(CLICKS_A_CARD)
    ]
    edited, began = len(slack.called("chat.update")), time.perf_counter()
    outcomes = await slack.click_together(clicks)
    await slack.until(
        lambda: sum(len(slack.ephemerals(person.id)) for person in people) >= TOO_LATE, PATIENCE
    )
    await slack.until(lambda: len(_cards(slack, "undo")) == CARDS, PATIENCE)
    seconds = time.perf_counter() - began
    await slack.settled(PATIENCE)
    said = [str(message.blocks) for person in people for message in slack.ephemerals(person.id)]
    journal = await database["operator_journal"].find({}, {"proposal_id": 1}).to_list()
    return Clicked(
        acks=tuple(outcome.seconds for outcome in outcomes if outcome.acked),
        seconds=seconds,
        executed=len(journal),
        cards_done=len({entry["proposal_id"] for entry in journal}),
        disabled=await database["models"].count_documents({"enabled": False}),
        told=sum("before you. Your click did nothing." in words for words in said),
        edits=len(slack.called("chat.update")) - edited,
        refused=len(slack.rejections),
    )


@asynccontextmanager
async def _replica(
    uri: str, database: str, slack: SlackStandIn, people: Sequence[Profile]
) -> AsyncIterator[None]:
    async with catalogue_server(openrouter={"data": []}, models_dev={}, litellm={}) as catalogue:
        settings = sandboxed(database, slack, catalogue, [person.id for person in people])
        async with serving_in_own_folder(settings | {"autopilot": "off"}, environment(uri, slack)):
            yield


async def _fill(database: AsyncDatabase[Document], now: datetime) -> None:
    """One provider for each card: two models, one of which has been gone for four days."""
    earlier = {"at": now - timedelta(days=1), "ts": "1.000000", "shown": {}}
    await database["operator_state"].insert_one({"_id": "digest:last", **earlier})  # it introduced itself
    runs = [now - timedelta(minutes=5, hours=6 * number) for number in range(DAYS * 4)]
    providers = [f"provider{number:02}" for number in range(CARDS)]
    await database["models"].insert_many(
        [
            {
                "provider": provider,
                "model_id": name,
                "display_name": name,
                "enabled": True,
                "deprecated": False,
            }
            for provider in providers
            for name in ("gone", "here")
        ]
    )
    await database["metrics_cloud_v2"].insert_many(
        [
            {"provider": provider, "model_name": name, "gen_ts": at, "tokens_per_second": 50.0}
            for provider in providers
            for name, times in (("here", runs), ("gone", runs[16:]))
            for at in times
        ]
    )
    await database["errors_cloud"].insert_many(
        [
            {"provider": provider, "model_name": "gone", "ts": at, "message": GONE.format(model="gone")}
            for provider in providers
            for at in runs[:16]
        ]
    )


def _cards(slack: SlackStandIn, verb: str = "approve") -> dict[str, Message]:
    """The proposals that have this button, and the message it stands in."""
    digest = digest_in(slack)
    if digest is None:
        return {}
    messages = (digest, *slack.thread(CHANNEL, digest.ts))
    return {card: message for message in messages for card in cards_with(verb, message)}


def clicks_section(clicked: Clicked) -> str:
    """The page's part about clicks."""
    middle, most, pace = median(clicked.acks), max(clicked.acks), clicked.at_slacks_pace
    each_once = f"{clicked.executed}, {clicked.cards_done}, {clicked.disabled}"
    rows = [
        target("acknowledged, median", f"< {_ms(ACK_MEDIAN)}", _ms(middle), middle < ACK_MEDIAN),
        target("acknowledged, last", f"< {_ms(ACK_AT_MOST)}", _ms(most), most < ACK_AT_MOST),
        target(
            "journal entries, cards with one, models changed",
            f"{CARDS}, {CARDS}, {CARDS}",
            each_once,
            clicked.exact,
        ),
        target("told that somebody was before them", str(TOO_LATE), str(clicked.told), clicked.exact),
        target(
            "all is carried out, told and redrawn",
            f"≤ {TRUE_AGAIN:.0f} s, and {pace:.1f} s for {clicked.edits} edits at Slack's pace",
            f"{clicked.seconds:.1f} s",
            clicked.seconds <= TRUE_AGAIN + pace,
        ),
    ]
    return f"""## Clicks

{CARDS * CLICKS_A_CARD} clicks in the same moment, from {PEOPLE} people on {CARDS} cards, against {REPLICAS} \
replicas of `ai-operator serve` in processes of their own, over Socket \
Mode, with the autopilot off. Slack and MongoDB share the cores.

{table(TARGET_HEADS, rows)}"""


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def main() -> None:
    """`python -m sandbox.bench.clicks`: renews the page's part about clicks alone."""
    renew(PAGE, clicks_section(asyncio.run(measure_clicks())))


if __name__ == "__main__":
    main()
