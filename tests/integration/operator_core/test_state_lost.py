"""`operator_state` alone was lost, or put back from an older backup: numbers and choices go on."""

from typing import Any

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import State
from operator_core.errors import LeaseLost
from support.core import core_over
from support.world import ANA, BEN, START, Database, World

ODD = [None, {"value": "7"}, {"value": None}, {"value": -3}, {"value": {"n": 7}}, {"value": 1}, {}]
"""A counter that is missing, that is no number, or that is older than what was counted."""


@pytest.fixture
async def world(database: Database) -> World:
    world = World(database)
    await world.gone_on_bedrock()
    return world


async def put_back(world: World, counter: str, found: dict[str, Any] | None) -> None:
    key = {"_id": f"counter:{counter}"}
    await world.database["operator_state"].delete_one(key)
    if found is not None:
        await world.database["operator_state"].insert_one({**key, **found})


@pytest.mark.parametrize("found", ODD, ids=str)
async def test_no_number_is_given_again(world: World, found: dict[str, Any] | None) -> None:
    async with core_over(world.database, clock=world.clock, begins=Mode.SHADOW) as (core, _):
        for _ in range(3):
            await core.run("test")
        [asked] = await core.waiting()
        first = await core.approve(asked.id, asked.revision, by=ANA)
        hold = HoldDraft.on(
            ModelRef(provider="openai", model_id="a"), kind=None, by=ANA, at=START, origin=Origin.UNDID
        )
        await core.stores.holds.add(hold)
    for counter in ("proposals", "runs", "holds"):
        await put_back(world, counter, found)
    gone = await world.gone("groq", 3, 20)
    async with core_over(world.database, clock=world.clock, begins=Mode.SHADOW) as (core, _):
        run, published = await core.run("test")
        assert run.id.endswith(".4")
        [asked] = published.told
        assert asked.id == "P-2"
        done = await core.approve(asked.id, asked.revision, by=BEN)
        assert (first.entry.id, done.entry.id, done.proposal.state) == ("J-1", "J-2", State.EXECUTED)
        assert not set(gone) & await world.enabled("groq")
        assert (await core.stores.holds.add(hold.model_copy(update={"by": BEN}))).id == "H-2"


@pytest.mark.parametrize(
    "kept", ["operator_journal", "operator_proposals", "operator_runs", "operator_holds"]
)
async def test_whatever_collection_stayed_a_new_run_is_heard_and_carried_out(world: World, kept: str) -> None:
    async with core_over(world.database, clock=world.clock, begins=Mode.SHADOW) as (core, _):
        for _ in range(3):
            await core.run("test")
        [asked] = await core.waiting()
        await core.approve(asked.id, asked.revision, by=ANA)
        for name in await world.database.list_collection_names():  # while the bot is at work
            if name.startswith("operator_") and name != kept:
                await world.database[name].drop()
        gone = await world.gone("groq", 3, 20)
        world.clock.pass_(minutes=1)
        _, published = await core.run("test")
        [asked] = [one for one in published.told if one.provider == "groq"]
        done = await core.approve(asked.id, asked.revision, by=BEN)
        assert (done.entry.provider, done.entry.by) == ("groq", BEN)
        assert not set(gone) & await world.enabled("groq")


@pytest.mark.parametrize("known_before", [True, False])
async def test_a_number_that_the_journal_gave_another_batch_is_not_taken_for_it(
    world: World, known_before: bool
) -> None:
    async with core_over(world.database, clock=world.clock, begins=Mode.SHADOW) as (core, _):
        await core.run("test")
        [asked] = await core.waiting()
        first = await core.approve(asked.id, asked.revision, by=ANA)
        await world.gone("groq", 3, 20)
        await core.run("test")
        [asked] = await core.waiting()
        entry = await world.database["operator_journal"].find_one({"_id": first.entry.id})
        assert entry is not None
        theirs = {**entry, "_id": "J-2"}
        if known_before:
            await world.database["operator_journal"].insert_one(theirs)
            done = await core.approve(asked.id, asked.revision, by=BEN)
            assert (done.entry.id, done.entry.provider, done.proposal.state) == ("J-2.2", "groq", "executed")
            return
        await core.stores.proposals.transition(
            asked.id, asked.revision, State.APPROVED, by=BEN, at=START, approved=asked.refs, journal_id="J-2"
        )
        await world.database["operator_journal"].insert_one(theirs)
        with pytest.raises(LeaseLost, match="names another batch already"):
            await core.stores.journal.open(first.entry.model_copy(update={"id": "J-2", "by": BEN}))
        world.clock.pass_(minutes=10)
        await core.recover()
        failed = await core.stores.proposals.get(asked.id)
        assert failed.state == State.FAILED, "it isn't approved for ever"
        assert failed.last_transition is not None
        assert "J-2 names another batch already" in failed.last_transition.reason


@pytest.mark.parametrize("last", [Mode.OFF, Mode.SHADOW, Mode.ON])
async def test_a_mode_that_somebody_chose_outlives_its_document(world: World, last: Mode) -> None:
    async with core_over(world.database, clock=world.clock, begins=Mode.SHADOW) as (core, _):
        for mode in (Mode.ON, Mode.OFF, Mode.SHADOW, last):
            world.clock.pass_(minutes=1)
            await core.mode.choose(mode, by=ANA)
        before = [one.id for one in await core.stores.journal.recent()]
    await world.database["operator_state"].drop()
    async with core_over(world.database, clock=world.clock, begins=None) as (core, _):
        await core.deployment()
        assert (await core.mode.in_force()).mode == last
        world.clock.pass_(minutes=1)
        await core.mode.choose(Mode.OFF if last != Mode.OFF else Mode.ON, by=BEN)
        told = [one.id for one in await core.stores.journal.recent()]
        assert told == [f"J-M{len(before) + 1}", *before], "the journal has each choice"
        await core.mode.choose(last, by=BEN, undoes=await core.stores.journal.get(told[0]))
        assert (await core.mode.in_force()).mode == last
