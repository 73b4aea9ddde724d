"""A slow Slack holds up no change, and whoever asked is told what came of it: once, where they asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.serve import jobs
from bot.services import Services
from bot.slack.listeners.proposals import drawn_meanwhile
from operator_core.domain.journal import Leases
from operator_core.execution.executor import Executor
from sandbox.slack import Channel, SlackStandIn, slack_stand_in
from support.crashes import Crash, dies_at
from support.world import (
    ANA,
    CHANNEL,
    World,
    bot_at_work,
    cards,
    digest_of,
    form,
    now,
    press,
    result,
    text_of,
    told,
)

LEASES = Leases(entry=timedelta(seconds=30), outcome_seconds=20)


class SlowSlack:
    """Slack's answers to edits wait until the test lets them come; then they come, or it refuses."""

    def __init__(self, services: Services, error: Exception | None = None) -> None:
        self.comes, self.waiting, self.error = asyncio.Event(), asyncio.Event(), error
        self._call = services.client.api_call
        services.client.api_call = self  # type: ignore[method-assign]

    async def __call__(self, api_method: str, **options: Any) -> Any:
        if api_method == "chat.update":
            self.waiting.set()
            await self.comes.wait()
            if self.error is not None:
                raise self.error
        return await self._call(api_method, **options)


@asynccontextmanager
async def asked(world: World, slack: SlackStandIn, **options: Any) -> AsyncIterator[tuple[Services, str]]:
    """The bot has put six models in one card."""
    gone = await world.gone_on_bedrock()
    assert len(gone) == 6
    async with bot_at_work(world, slack, max_changes_unattended=0, leases=LEASES, **options) as services:
        [card] = cards(await digest_of(services, slack))
        yield services, card


@pytest.mark.parametrize("error", [None, TimeoutError(), RuntimeError("surprise")], ids=str)
async def test_a_card_that_is_drawn_slowly_or_not_at_all_holds_up_no_change(
    world: World, slack: SlackStandIn, error: Exception | None
) -> None:
    async with asked(world, slack) as (services, card):
        slow = SlowSlack(services, error)
        async with drawn_meanwhile(services) as on_progress:
            execution = await services.use_cases.approve(card, 1, by=ANA, on_progress=on_progress)
            assert execution.entry.closed
            assert execution.entry.fence == 1
            assert len(await world.enabled("bedrock")) == 13
            await slow.waiting.wait()
            slow.comes.set()


async def test_a_stopped_process_leaves_no_drawing_behind(world: World, slack: SlackStandIn) -> None:
    async with asked(world, slack) as (services, card):
        slow = SlowSlack(services)
        before = asyncio.all_tasks()

        async def click() -> None:
            async with drawn_meanwhile(services) as on_progress:
                await services.use_cases.approve(card, 1, by=ANA, on_progress=on_progress)
                await asyncio.Event().wait()

        clicked = asyncio.create_task(click())
        await slow.waiting.wait()
        while not clicked.done():  # Python 3.11's wait_for, under the driver, may swallow one
            clicked.cancel()
            await asyncio.wait({clicked}, timeout=0.2)
        assert {t for t in asyncio.all_tasks() - before if "drawn_meanwhile" in repr(t)} == set()
        slow.comes.set()


async def begun_and_left(services: Services, world: World, card: str, step: str, asked_in: str) -> None:
    """The process that Ana asked died."""

    stores = services.use_cases.stores
    dead = Executor(stores, owner="dead", clock=world.clock, on_progress=dies_at(step))
    with pytest.raises(Crash):
        await dead.execute(card, 1, by=ANA, asked_in=asked_in)


@pytest.mark.parametrize("asked_in", [CHANNEL, ""])
@pytest.mark.parametrize("step", ["claimed", "opened", "recorded", "held", "moved", "closed"])
async def test_who_asked_a_process_that_died_is_told_by_the_one_that_finishes(
    world: World, slack: SlackStandIn, step: str, asked_in: str
) -> None:
    async with asked(world, slack) as (services, card):
        await begun_and_left(services, world, card, step, asked_in)
        for _ in range(4):
            world.clock.pass_(minutes=2)
            await jobs(services)["recover"](world.clock())
        said = await told(slack, ANA, "disabled 6 bedrock models")
        assert said.startswith("Interrupted, then finished: ") is (step != "closed")
        assert len(slack.ephemerals(ANA)) == 1, "once"
        await slack.settled()


@pytest.mark.parametrize("step", ["opened", "moved", "closed"])
async def test_who_was_told_is_not_told_again_where_that_was_not_noted(
    world: World, slack: SlackStandIn, step: str
) -> None:
    async with asked(world, slack) as (services, card):
        await begun_and_left(services, world, card, step, CHANNEL)
        journal = world.database["operator_journal"]
        for _ in range(2):  # as a write that MongoDB refuses leaves it
            await journal.update_many({}, {"$set": {"answered": False}})
            for _ in range(4):
                world.clock.pass_(minutes=2)
                await jobs(services)["recover"](world.clock())
            assert await journal.distinct("answered") == [True]
        await told(slack, ANA, "disabled 6 bedrock models")
        assert len(slack.ephemerals(ANA)) == 1
        await slack.settled()


async def test_who_asked_where_the_bot_is_not_is_told_where_the_card_stands(world: World) -> None:
    elsewhere = Channel("C0ELSEWHERE", "elsewhere", bot_is_member=False)
    async with (
        slack_stand_in(channels=[Channel(CHANNEL, "llm-ops"), elsewhere]) as slack,
        asked(world, slack) as (services, card),
    ):
        await begun_and_left(services, world, card, "opened", elsewhere.id)
        for _ in range(2):
            world.clock.pass_(minutes=2)
            await jobs(services)["recover"](world.clock())
        await told(slack, ANA, "Interrupted, then finished: ")


async def test_whom_slack_did_not_let_us_tell_is_told_later_even_by_another_replica(
    world: World, slack: SlackStandIn
) -> None:
    async with asked(world, slack) as (services, card), bot_at_work(world, slack) as other:
        await begun_and_left(services, world, card, "opened", CHANNEL)
        world.clock.pass_(minutes=2)
        await jobs(services)["recover"](world.clock())
        world.clock.pass_(minutes=2)
        slack.fail_next("chat.postEphemeral", error="internal_error")
        await jobs(services)["recover"](world.clock())
        assert slack.ephemerals(ANA) == []
        world.clock.pass_(minutes=11)
        await jobs(other)["recover"](world.clock())
        await jobs(services)["recover"](world.clock())
        await told(slack, ANA, "Interrupted, then finished: ")
        assert len(slack.ephemerals(ANA)) == 1, "once"


async def test_a_click_whose_process_overslept_is_answered_with_the_true_end(
    world: World, slack: SlackStandIn
) -> None:
    async with asked(world, slack) as (services, card):
        [digest] = [m for m in slack.messages(CHANNEL) if cards(m)]
        stores, clock = services.use_cases.stores, world.clock
        heir = Executor(stores, owner="heir", clock=lambda: clock() + timedelta(minutes=2))
        keep, kept = stores.journal.keep, list[str]()

        async def overslept(entry: Any, *args: Any, **noted: Any) -> None:
            kept.append(entry.id)
            if len(kept) == 3:
                await heir.recover()
            await keep(entry, *args, **noted)

        stores.journal.keep = overslept  # type: ignore[method-assign]
        await press(slack, ANA, digest, f"approve.{card}")
        await form(slack, ANA)
        await slack.person(ANA).submit()
        said = await result(slack, ANA)
        assert "Interrupted, then finished: " in said
        assert "disabled 6 bedrock models" in said
        await jobs(services)["recover"](world.clock())
        assert slack.ephemerals(ANA) == [], "not told twice"
        assert "6 bedrock models disabled" in text_of(now(slack, digest))


def the_first_oversleeps(world: World, one: Services, two: Services, at: int) -> None:
    """Whichever gets the click sleeps when it proves for the `at`-th time that the entry is its own.

    The other finishes, and its tick goes on."""
    kept: list[Services] = []

    def sleeps(mine: Services, other: Services) -> None:
        keep = mine.use_cases.stores.journal.keep

        async def overslept(entry: Any, *args: Any, **noted: Any) -> None:
            kept.append(mine)
            if len(kept) == at and kept[0] is mine:
                world.clock.pass_(minutes=2)
                await jobs(other)["recover"](world.clock())
            await keep(entry, *args, **noted)

        mine.use_cases.stores.journal.keep = overslept  # type: ignore[method-assign]

    sleeps(one, two)
    sleeps(two, one)


@pytest.mark.parametrize("at", [1, 3, 7], ids=["at the first change", "between two", "after the last"])
async def test_who_watches_a_dialog_is_told_there_and_by_nobody_else(
    world: World, slack: SlackStandIn, at: int
) -> None:
    async with asked(world, slack) as (services, card), bot_at_work(world, slack, leases=LEASES) as other:
        [digest] = [m for m in slack.messages(CHANNEL) if cards(m)]
        the_first_oversleeps(world, services, other, at)
        await press(slack, ANA, digest, f"approve.{card}")
        await form(slack, ANA)
        await slack.person(ANA).submit()
        said = await result(slack, ANA)
        assert "Interrupted, then finished: " in said
        assert "disabled 6 bedrock models" in said
        for replica in (other, services, other):
            world.clock.pass_(minutes=11)
            await jobs(replica)["recover"](world.clock())
        await slack.settled()
        assert slack.ephemerals(ANA) == []


@pytest.mark.parametrize("by", ["cli:ana", "policy", "an older version's"])
async def test_where_nobody_waits_in_slack_nobody_is_told(world: World, slack: SlackStandIn, by: str) -> None:
    async with asked(world, slack) as (services, card):
        await begun_and_left(services, world, card, "closed", CHANNEL)
        older = by == "an older version's"
        edit = {"$unset": {"answered": ""}} if older else {"$set": {"actor": by}}
        await world.database["operator_journal"].update_one({"state": "closed"}, edit)
        world.clock.pass_(minutes=2)
        await jobs(services)["recover"](world.clock())
        await slack.settled()
        assert [m for user in (ANA, by) for m in slack.ephemerals(user)] == []


@pytest.mark.parametrize("version", ["ours", "an older one's"])
async def test_who_asked_for_an_undo_that_another_finished_is_told_once(
    world: World, slack: SlackStandIn, version: str
) -> None:
    async with asked(world, slack) as (services, card):
        done = await services.use_cases.approve(card, 1, by="cli:ana")

        stores, dies = services.use_cases.stores, dies_at("changed")
        dead = Executor(stores, owner="dead", clock=world.clock, on_progress=dies)
        with pytest.raises(Crash):
            await dead.undo(done.entry.id, by=ANA, asked_in=CHANNEL)
        if version != "ours":
            await world.database["operator_journal"].update_many({}, {"$unset": {"answered": ""}})
        for _ in range(4):
            world.clock.pass_(minutes=2)
            await jobs(services)["recover"](world.clock())
        await told(slack, ANA, "Interrupted, then finished: ")
        assert len(slack.ephemerals(ANA)) == 1
        await slack.settled()
