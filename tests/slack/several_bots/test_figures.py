"""What a digest counts follows each change, whichever replica draws it, wherever it stands."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.services import Services
from operator_core.domain.mode import Mode
from sandbox.slack import SlackStandIn
from support.faulty_wire import Document, Fault, FaultyWire, error, faulty_wire
from support.world import (
    ANA,
    CHANNEL,
    CHI,
    World,
    bot_at_work,
    cards,
    digest_of,
    form,
    now,
    press,
    result,
    shown_more,
    take_back,
    text_of,
)

Change = Callable[[Services, str], Awaitable[object]]


class SlowHolds(FaultyWire):
    """Once it is armed, the so many-th look at the holds waits until it may go on."""

    looks = 0
    stalled = Fault(arrives=asyncio.Event())

    def arm(self, looks: int) -> None:
        self.looks, self.stalled = looks, Fault(arrives=asyncio.Event())

    def fault_of(self, command: Document) -> Fault:
        if command.get("find") == "operator_holds" and self.looks:
            self.looks -= 1
            return Fault() if self.looks else self.stalled
        return super().fault_of(command)


async def _reject(services: Services, card: str) -> None:
    proposal = await services.stores.proposals.get(card)
    await services.cards.redraw(await services.use_cases.reject(card, proposal.revision, by=ANA))


async def _approve(services: Services, card: str) -> None:
    proposal = await services.stores.proposals.get(card)
    done = await services.use_cases.approve(card, proposal.revision, by=ANA)
    await services.cards.redraw(done.proposal)


async def _pause(services: Services, card: str) -> None:
    await services.use_cases.pause(by=ANA, reason="freeze")


async def _off(services: Services, card: str) -> None:
    await services.use_cases.mode.choose(Mode.OFF, by=ANA)


FIRST, AFTER_THE_MODE = 1, 2
MEANWHILE: dict[str, tuple[Change, int, str]] = {
    "a decision is rejected": (_reject, FIRST, "2 decisions for you"),
    "a decision is approved": (_approve, FIRST, "2 decisions for you"),
    "it is paused": (_pause, AFTER_THE_MODE, "freeze"),
    "another mode is chosen": (_off, AFTER_THE_MODE, "Autopilot off"),
}


@pytest.mark.parametrize("name", MEANWHILE)
async def test_a_slower_replica_doesn_t_leave_what_it_counted_before(
    world: World, slack: SlackStandIn, mongodb_uri: str, name: str
) -> None:
    change, look, expected = MEANWHILE[name]
    for provider in ("groq", "together", "bedrock"):
        await world.gone(provider, 3, 20)
    wire = SlowHolds(mongodb_uri)
    async with (
        faulty_wire(mongodb_uri, world.database.name, wire) as (_, over_wire),
        bot_at_work(World(over_wire, world.clock), slack, max_changes_unattended=0) as slow,
        bot_at_work(world, slack, max_changes_unattended=0) as quick,
    ):
        digest = await digest_of(quick, slack)
        assert "3 decisions for you" in text_of(digest)
        wire.arm(look)
        redrawing = asyncio.create_task(slow.digests.show_switch())
        await wire.stalled.sent.wait()
        await change(quick, cards(digest)[0])
        await quick.digests.show_switch()
        await slack.settled()
        assert expected in text_of(now(slack, digest))
        wire.stalled.arrives.set()
        await redrawing
        await slack.settled()
        assert expected in text_of(now(slack, digest)), "the newer figure stays"


class NoHolds(FaultyWire):
    """Once it is armed, nobody can read the holds: nothing can be counted anew."""

    armed, code = False, 0

    def fault_of(self, command: Document) -> Fault:
        if command.get("find") == "operator_holds" and self.armed:
            return Fault(reply=error(self.code))
        return super().fault_of(command)


@pytest.mark.parametrize("code", [13, 11600, 50])
async def test_who_had_something_done_hears_that_also_where_nothing_can_be_counted_anew(
    world: World, slack: SlackStandIn, mongodb_uri: str, code: int
) -> None:
    wire = NoHolds(mongodb_uri)
    await world.gone("groq", 3, 20)
    async with (
        faulty_wire(mongodb_uri, world.database.name, wire) as (_, over_wire),
        bot_at_work(World(over_wire, world.clock), slack, max_changes_unattended=0) as services,
    ):
        digest = await digest_of(services, slack)
        await press(slack, ANA, digest, "pause.digest")
        await form(slack, ANA)
        wire.armed, wire.code = True, code
        await slack.person(ANA).submit(texts={"note": "freeze"})
        assert "aused" in await result(slack, ANA)
        assert await services.use_cases.stores.pause.get()
        wire.armed = False


@pytest.mark.parametrize("hours", [48, 24 * 6])
@pytest.mark.parametrize("way", ["reject", "undo"])
async def test_a_digest_that_only_warns_leaves_the_counting_to_the_one_before(
    world: World, slack: SlackStandIn, hours: float, way: str
) -> None:
    await world.gone_on_bedrock()
    async with bot_at_work(world, slack) as services:
        first = await digest_of(services, slack)
        assert "1 decision for you · I switched off 3 models" in text_of(first)
        world.clock.pass_(hours=hours)
        assert "looks stopped" in text_of(await digest_of(services, slack))
        if way == "reject":
            await press(slack, ANA, first, f"reject.{cards(first)[0]}")
            await form(slack, ANA)
            await slack.person(ANA).submit()
            await slack.until(lambda: "for you" not in text_of(now(slack, first)))
        else:
            await take_back(slack, ANA, first, cards(first, "undo")[0])
            await slack.until(lambda: "I switched off 3" not in text_of(now(slack, first)))


async def test_a_quiet_digest_leaves_the_counting_to_the_one_before(
    world: World, slack: SlackStandIn
) -> None:
    await world.gone("groq", 5, 30)
    await world.answer("openai", await world.models("openai", 30), days=6)
    async with bot_at_work(world, slack) as services:
        first = await digest_of(services, slack)
        assert "I switched off 5 models" in text_of(first)
        for _ in range(2):
            await world.runs_on(24)
            assert "Nothing new" in text_of(await digest_of(services, slack))
        await take_back(slack, ANA, first, cards(first, "undo")[0])
        await slack.until(lambda: "I switched off 5 models" not in text_of(now(slack, first)))


async def as_older_versions_kept_it(world: World, ts: str) -> None:
    """The same digest, with the decisions beside its counters."""
    state, where = world.database["operator_state"], {"_id": f"message:{CHANNEL}:{ts}"}
    kept = await state.find_one(where)
    assert kept is not None
    counters = kept["counters"]
    asked = counters.pop("asked")
    for newer in ("waiting", "leaks", "on_again"):
        del counters[newer]
    older = {"counters": {**counters, "decisions": len(asked)}, "waiting": asked}
    await state.update_one(where, {"$set": older})
    await state.update_one({"_id": "digest:last"}, {"$unset": {"counting": ""}})


@pytest.mark.parametrize("carded_first", [False, True])
async def test_a_digest_of_an_older_version_follows_the_clicks_too(
    world: World, slack: SlackStandIn, carded_first: bool
) -> None:
    for provider in ("groq", "together", "bedrock", "deepinfra", "mistral"):
        await world.gone(provider, 3, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        assert "5 decisions for you" in text_of(digest)
        await as_older_versions_kept_it(world, digest.ts)
        if carded_first:  # then this version keeps it anew before it counts
            await _reject(services, cards(digest)[0])
        else:
            await press(slack, ANA, digest, f"reject.{cards(digest)[0]}")
            await form(slack, ANA)
            await slack.person(ANA).submit()
            await result(slack, ANA)
            await slack.until(lambda: "4 decisions for you" in text_of(now(slack, digest)))
        assert cards(now(slack, digest), "show_more")
        await shown_more(slack, digest, CHI)
        assert "4 decisions for you" in text_of(now(slack, digest))
        await press(slack, ANA, digest, f"pause.{cards(now(slack, digest), 'pause')[0]}")
        await form(slack, ANA)
        await slack.person(ANA).submit()
        await slack.until(lambda: cards(now(slack, digest), "resume"))
