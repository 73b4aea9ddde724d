"""Off, shadow or on: how it begins, who changes it, what the journal says, and what shadow keeps count of."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.decisions import Route
from operator_core.domain.mode import ApproverAction, Mode
from operator_core.domain.runs import contract
from operator_core.errors import StaleProposal
from operator_core.store.records.modes import Modes, read_recent_activity
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases
from support.core import core_over, with_values
from support.shipped import SETTINGS
from support.small_catalogue import MONGO, NOW
from support.small_platform import GONE, every_six_hours, failures, fill, successes

Database = AsyncDatabase[dict[str, Any]]
NAMES = ("gone-1b", "gone-2b")


async def gone(database: Database) -> None:
    rows = [row for name in NAMES for row in failures(name, GONE, every_six_hours(96))]
    await fill(database, NAMES, rows)


def modes_of(database: Database, allowed: Mode = Mode.ON, at: datetime = NOW) -> Modes:
    return Modes(Stores(database, MONGO), allowed, lambda: at)


async def mode_of(use_cases: UseCases) -> Mode:
    return (await use_cases.mode.in_force()).mode


async def in_state(database: Database) -> dict[str, Any]:
    found = await database["operator_state"].find_one({"_id": "mode"})
    assert found is not None
    return found


async def test_a_new_deployment_begins_in_shadow_and_does_nothing_alone(database: Database) -> None:
    await gone(database)
    async with core_over(database, begins=None) as (use_cases, _):
        await use_cases.deployment()
        run, _ = await use_cases.run("test")
        assert await use_cases.act_alone(run) == ()
        assert (await in_state(database))["mode"] == "shadow"
    assert await database[MONGO.models].count_documents({"enabled": False}) == 0


async def test_one_that_acted_alone_before_there_were_modes_goes_on(database: Database) -> None:
    await gone(database)
    async with core_over(database) as (use_cases, _):
        run, _ = await use_cases.run("test")
        assert await use_cases.act_alone(run)
    await database["operator_state"].delete_one({"_id": "mode"})
    async with core_over(database, begins=None) as (use_cases, _):
        assert await mode_of(use_cases) == Mode.ON, "also before a start has kept it"
        await use_cases.deployment()
        assert (await in_state(database))["mode"] == "on"


async def test_of_several_replicas_that_start_at_once_one_is_heard(database: Database) -> None:
    starts = [modes_of(database, at=NOW + timedelta(seconds=n)) for n in range(8)]
    await asyncio.gather(*(modes.begin() for modes in starts))
    kept = {(await modes.in_force()).chosen.at for modes in starts}
    assert len(kept) == 1


async def test_a_choice_is_in_the_journal_once_and_can_be_taken_back(database: Database) -> None:
    modes = modes_of(database)
    await modes.choose(Mode.ON, by="U1", reason="it was right for a week")
    await modes.choose(Mode.ON, by="U2")
    [entry] = await modes.stores.journal.recent()
    assert (entry.id, entry.by, entry.reason, entry.mode) == (
        "J-M1",
        "U1",
        "it was right for a week",
        (Mode.SHADOW, Mode.ON),
    )
    assert entry.closed
    assert not entry.automatic
    await modes.choose(Mode.SHADOW, by="U2", undoes=entry)
    assert (await modes.in_force()).mode == Mode.SHADOW
    [undo, _] = sorted(await modes.stores.journal.recent(), key=lambda one: -len(one.id))
    assert (undo.id, undo.undo_of, undo.by, undo.mode) == ("J-M1u1", "J-M1", "U2", (Mode.ON, Mode.SHADOW))


@pytest.mark.parametrize("since", [Mode.OFF, Mode.SHADOW])
async def test_an_older_choice_an_undo_and_one_taken_back_cannot_be_undone(
    database: Database, since: Mode
) -> None:
    modes = modes_of(database)
    await modes.choose(Mode.ON, by="U1")
    first = await modes.stores.journal.get("J-M1")
    await modes.choose(since, by="U2")
    with pytest.raises(StaleProposal, match=f"J-M1 is not the last choice: somebody chose {since} since"):
        await modes.choose(Mode.SHADOW, by="U1", undoes=first)
    await modes.choose(Mode.ON, by="U1", undoes=await modes.stores.journal.get("J-M2"))
    for name, why in (("J-M2", "J-M2 is not the last choice"), ("J-M2u1", "J-M2u1 is an undo")):
        with pytest.raises(StaleProposal, match=why):
            await modes.choose(Mode.ON, by="U1", undoes=await modes.stores.journal.get(name))
    assert (await modes.in_force()).mode == Mode.ON


@pytest.mark.parametrize(
    ("wanted", "allowed"), [(Mode.ON, Mode.SHADOW), (Mode.ON, Mode.OFF), (Mode.SHADOW, Mode.OFF)]
)
async def test_more_than_operator_toml_allows_is_refused(
    database: Database, wanted: Mode, allowed: Mode
) -> None:
    modes = modes_of(database, allowed)
    with pytest.raises(StaleProposal, match=f"allows {allowed} at most, not {wanted}"):
        await modes.choose(wanted, by="U1")
    assert await modes.stores.journal.recent() == ()


async def test_of_two_who_choose_at_once_one_is_told_that_the_other_was_faster(database: Database) -> None:
    one, other = modes_of(database), modes_of(database)
    await one.begin()
    answers = await asyncio.gather(
        one.choose(Mode.ON, by="U1"), other.choose(Mode.OFF, by="U2"), return_exceptions=True
    )
    entries = await one.stores.journal.recent()
    assert len(entries) == answers.count(None)
    assert "J-M1" in {entry.id for entry in entries}
    assert all(answer is None or "in this moment" in str(answer) for answer in answers)


async def test_a_process_that_dies_after_its_choice_leaves_the_journal_to_the_next(
    database: Database,
) -> None:
    async with core_over(database) as (use_cases, _):
        await use_cases.mode.choose(Mode.OFF, by="U1")
        await database["operator_journal"].delete_many({})  # as if it had died between the two
        assert await use_cases.recover() == ()
        [entry] = await use_cases.stores.journal.recent()
        assert (entry.id, entry.mode) == ("J-M1", (Mode.ON, Mode.OFF))
        assert await use_cases.recover() == ()
        assert len(await use_cases.stores.journal.recent()) == 1


async def test_a_choice_that_this_version_cannot_read_lets_nothing_happen(database: Database) -> None:
    modes = modes_of(database)
    await modes.choose(Mode.ON, by="U1")
    await database["operator_state"].update_one({"_id": "mode"}, {"$set": {"mode": "of tomorrow"}})
    assert (await modes.in_force()).mode == Mode.OFF
    await modes.choose(Mode.SHADOW, by="U1")
    assert (await modes.in_force()).mode == Mode.SHADOW, "until a person chooses anew"


@pytest.mark.parametrize(
    ("mode", "route", "gate"),
    [
        (Mode.ON, Route.AUTO, ""),
        (Mode.SHADOW, Route.ASK, ""),
        (Mode.OFF, Route.ASK, "autopilot is off: somebody chose so"),
    ],
)
async def test_alone_is_told_whatever_the_mode(
    database: Database, mode: Mode, route: Route, gate: str
) -> None:
    await gone(database)
    async with core_over(database, begins=mode) as (use_cases, _):
        run, published = await use_cases.run("test")
    of_groq = [one for one in contract(run)["decisions"] if one["provider"] == "groq"]
    told = {one["model_id"]: (one["route"], one["alone"]) for one in of_groq}
    assert {told[name] for name in NAMES} == {(route, True)}
    assert told["well-1"] == (Route.NONE, False)
    [proposal] = published.told
    assert {(member.route, member.gate, member.alone) for member in proposal.members} == {(route, gate, True)}


async def test_what_shadow_would_have_done_is_recorded_once_for_each_streak(database: Database) -> None:
    await gone(database)
    wide = with_values(SETTINGS, policy={"max_share_of_provider": 0.5})
    async with core_over(database, begins=Mode.SHADOW, settings=wide) as (use_cases, _):
        await use_cases.analyse("a look")
        assert await use_cases.mode.would_have_done() == (), "a look keeps nothing"
        for _ in range(2):
            run, published = await use_cases.run("test")
            assert {decision.ref.model_id for decision in run.decisions if decision.alone} == set(NAMES)
        records = await use_cases.mode.would_have_done()
        assert sorted(record.member.ref.model_id for record in records) == sorted(NAMES)
        [proposal] = published.told
        one = next(record for record in records if record.member.ref.model_id == NAMES[0])
        assert (one.proposal_id, one.pattern, one.suggested_by) == (proposal.id, proposal.pattern, "gpt-5.2")
        assert one.member == next(m for m in proposal.members if m.ref == one.member.ref)
        assert one.at == NOW

        await database[MONGO.errors].delete_many(
            {"model_name": NAMES[0], "ts": {"$lt": NOW - timedelta(hours=60)}}
        )
        await database[MONGO.successes].insert_many(successes(NAMES[0], 61))
        await use_cases.run("schedule")  # its rows were changed: whoever reads all of them sees it
        records = await use_cases.mode.would_have_done()
        assert sorted(record.member.ref.model_id for record in records) == [NAMES[0], NAMES[0], NAMES[1]]
    kept = await database["operator_state"].find({"_id": {"$gte": "shadow:", "$lt": "shadow:~"}}).to_list()
    assert {record["expires_at"] for record in kept} == {NOW + timedelta(days=90)}


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.ON])
async def test_only_shadow_records(database: Database, mode: Mode) -> None:
    await gone(database)
    async with core_over(database, begins=mode) as (use_cases, _):
        await use_cases.run("test")
    assert not await database["operator_state"].find_one({"_id": {"$gte": "shadow:", "$lt": "shadow:~"}})


async def test_brakes_count_what_shadow_recorded_since_an_approver_acted_and_not_when_on(
    database: Database,
) -> None:
    await gone(database)
    async with core_over(database, begins=Mode.SHADOW) as (use_cases, _):
        await use_cases.run("test")
        modes = use_cases.mode
        counted = await read_recent_activity(modes, advice_complete=True)
        assert (counted.by_policy_this_week, counted.unattended) == ({"groq": 2}, 2)
        await use_cases.stores.approver_action.put(ApproverAction(by="U1", at=NOW + timedelta(minutes=1)))
        assert (await read_recent_activity(modes, advice_complete=True)).unattended == 0
        await modes.choose(Mode.ON, by="U1")
        counted = await read_recent_activity(modes, advice_complete=True)
        assert (counted.by_policy_this_week, counted.shadow) == ({}, ())


async def test_what_was_let_through_while_on_is_not_done_once_it_is_shadow(database: Database) -> None:
    await gone(database)
    async with core_over(database) as (use_cases, _):
        run, _ = await use_cases.run("test")
        assert await use_cases.automatic(run.id)
        await use_cases.mode.choose(Mode.SHADOW, by="U1")
        assert await use_cases.act_alone(run) == ()
    lower = with_values(SETTINGS, policy={"autopilot": Mode.SHADOW})
    async with core_over(database, settings=lower) as (use_cases, _):
        assert await use_cases.act_alone(run) == ()


async def test_approving_what_shadow_would_have_done_says_nothing_about_the_rest(database: Database) -> None:
    await gone(database)
    tight = with_values(SETTINGS, policy={"max_changes_unattended": 1})
    async with core_over(database, begins=Mode.SHADOW, settings=tight) as (use_cases, _):
        _, published = await use_cases.run("test")
        [proposal] = published.told
        [alone] = proposal.shadowed
        execution = await use_cases.approve(
            proposal.id, proposal.revision, by="U1", refs=[alone.ref], rest_waits=True
        )
        assert [outcome.ref for outcome in execution.entry.outcomes] == [alone.ref]
        assert await use_cases.stores.holds.active() == ()
        [waits] = await use_cases.waiting()
        assert [ref for ref in proposal.refs if ref != alone.ref] == list(waits.refs)
