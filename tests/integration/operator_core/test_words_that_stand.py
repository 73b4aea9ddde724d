"""What people said keeps policy away: also where it is half readable, of a rename, or was done elsewhere."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from bson import ObjectId

from operator_core.domain.base import ModelRef
from operator_core.domain.holds import SOMEBODY_OUTSIDE, HoldDraft, Origin
from operator_core.domain.proposals import ProposalAction
from operator_core.use_cases import UseCases
from support.core import core_over
from support.small_catalogue import MONGO, NOW
from support.small_platform import (
    GONE,
    Database,
    every_six_hours,
    everything_disabled,
    failures,
    fill,
    models,
    successes,
)

WITNESSES = "operator_witnesses"
NEXT = "llama-4-70b"
RENAMED = "The model `{model}` has been decommissioned. Please use `" + NEXT + "` instead. {number}"
LLAMA = "llama-3.3-70b-instruct"
GROQS = {"provider": "groq", "model_id": LLAMA}


Then = Callable[[Database], Awaitable[None]]


async def gone(database: Database, text: str = GONE) -> None:
    """A dozen answer at groq, this one is gone there; another provider keeps it: policy may disable it."""
    await fill(database, [LLAMA], failures(LLAMA, text, every_six_hours(96)))


async def acts(use_cases: UseCases) -> int:
    """How many batches policy made of a new run."""
    run, _ = await use_cases.run("test")
    return len(await use_cases.act_alone(run))


async def on(database: Database) -> bool:
    found = await database[MONGO.models].find_one(GROQS)
    return found is not None and bool(found["enabled"])


async def test_without_a_word_it_goes_alone(database: Database) -> None:
    await gone(database)
    async with core_over(database, everything_disabled) as (use_cases, _):
        assert await acts(use_cases) == 1
    assert not await on(database)


@pytest.mark.parametrize(
    "odd",
    [
        {"proposal_id": ObjectId("0" * 24)},
        {"proposal_id": 7},
        {"released_by": None},
        {"released_at": "-"},
        {"fingerprint": {"v": 2}},
        {"kind": 5, "proposal_id": []},
    ],
    ids=str,
)
async def test_a_hold_that_is_partly_unreadable_still_holds(database: Database, odd: dict[str, Any]) -> None:
    await gone(database)
    async with core_over(database, everything_disabled) as (use_cases, _):
        held = HoldDraft.on(ModelRef(**GROQS), by="U0ANA", at=NOW, origin=Origin.REENABLED)
        await use_cases.stores.holds.add(held)
        await database["operator_holds"].update_one({}, {"$set": odd})

        assert await acts(use_cases) == 0

        [hold] = await use_cases.stores.holds.active()
        assert hold.model_id == LLAMA
    assert await on(database)


@pytest.mark.parametrize(
    "odd",
    [
        {"model_id": [LLAMA, "b"]},
        {"model_id": None},
        {"provider": {"v": 2}},
        {"provider": 5, "model_id": None},
    ],
    ids=str,
)
async def test_a_hold_that_can_not_be_read_keeps_policy_from_acting(
    database: Database, odd: dict[str, Any]
) -> None:
    await gone(database)
    async with core_over(database, everything_disabled) as (use_cases, _):
        elsewhere = HoldDraft.on(
            ModelRef(provider="groq", model_id="well-1"), by="U0ANA", at=NOW, origin=Origin.REENABLED
        )
        hold = await use_cases.stores.holds.add(elsewhere)
        await database["operator_holds"].update_one({}, {"$set": odd})

        assert await acts(use_cases) == 0

        [proposal] = [one for one in await use_cases.waiting() if one.provider == "groq"]
        assert (
            proposal.members[0].gate
            == "somebody's hold can't be read by this version, and may be on any model"
        )
        assert f"{hold.id} in operator_holds can't be read" in (await use_cases.stores.left_alone())[0]
    assert await on(database)


async def dropped_from_the_list(database: Database) -> None:
    await database[WITNESSES].delete_many({})


async def added_by_hand(database: Database) -> None:
    await database[MONGO.models].insert_many(models(NEXT))
    await database[MONGO.successes].insert_many(successes(NEXT, 1, 2, 3))


async def kept_by_an_older_version(database: Database) -> None:
    [hold] = await database["operator_holds"].find().to_list()
    await database["operator_holds"].update_one(
        {}, {"$set": {"fingerprint": f"{hold['fingerprint']}-rename"}}
    )
    await dropped_from_the_list(database)


async def nothing_at_all(database: Database) -> None:
    assert await database[WITNESSES].count_documents({}) == 1


@pytest.mark.parametrize(
    "then", [nothing_at_all, dropped_from_the_list, added_by_hand, kept_by_an_older_version]
)
async def test_a_rejected_rename_keeps_the_model_until_it_is_released(database: Database, then: Then) -> None:
    await gone(database, RENAMED)
    await database[WITNESSES].insert_one({"provider": "groq", "model_id": NEXT})
    async with core_over(database, everything_disabled) as (use_cases, _):
        await use_cases.run("test")
        [asked] = await use_cases.waiting()
        assert asked.action == ProposalAction.RENAME
        await use_cases.reject(asked.id, asked.revision, by="U0ANA", reason="contract until March")
        await then(database)

        assert await acts(use_cases) == 0
        assert await use_cases.waiting() == ()
        assert await on(database)

        [hold] = await use_cases.stores.holds.active()
        await use_cases.release(hold.id, by="U0ANA")
        assert [one.id for one in await use_cases.waiting()] == [asked.id]


ANEW = {**models(LLAMA)[0], "enabled": True}


@pytest.mark.parametrize("anew", [ANEW, {**ANEW, "_id": "ours"}, {**ANEW, "created_at": NOW}], ids=str)
async def test_what_was_deleted_and_inserted_again_outside_is_held(
    database: Database, anew: dict[str, Any]
) -> None:
    await gone(database)
    async with core_over(database, everything_disabled) as (use_cases, _):
        assert await acts(use_cases) == 1
        await database[MONGO.models].delete_one(GROQS)
        await database[MONGO.models].insert_one({**anew})

        assert await acts(use_cases) == 0

        [hold] = await use_cases.stores.holds.active()
        assert (hold.model_id, hold.origin, hold.by) == (LLAMA, Origin.REENABLED, SOMEBODY_OUTSIDE)
    assert await on(database)


@pytest.mark.parametrize(
    "where", [{"enabled": False}, {"provider": "nebius"}, {"model_id": "other"}], ids=str
)
async def test_what_was_inserted_otherwise_is_nobodys_word(database: Database, where: dict[str, Any]) -> None:
    await gone(database)
    async with core_over(database, everything_disabled) as (use_cases, _):
        assert await acts(use_cases) == 1
        await database[MONGO.models].delete_one(GROQS)
        await database[MONGO.models].insert_one(ANEW | where)

        await use_cases.run("test")

        assert await use_cases.stores.holds.active() == ()


async def test_what_was_inserted_again_and_enabled_here_is_no_strangers_doing(database: Database) -> None:
    await gone(database)
    async with core_over(database, everything_disabled) as (use_cases, _):
        assert await acts(use_cases) == 1
        await database[MONGO.models].delete_one(GROQS)
        await database[MONGO.models].insert_one(ANEW | {"enabled": False})
        command = await use_cases.switch(ProposalAction.ENABLE, f"groq/{LLAMA}", by="U0ANA")
        await use_cases.submit(command.id, command.revision, by="U0ANA")
        await use_cases.approve(command.id, command.revision, by="U0ANA")

        assert await acts(use_cases) == 0

        assert [hold.by for hold in await use_cases.stores.holds.active()] == ["U0ANA"]
