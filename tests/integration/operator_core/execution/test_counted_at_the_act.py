"""Gates and brakes are counted once more when policy acts: of two at once the later counts the earlier."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.slack.people import People
from operator_core.domain.changes import Result
from operator_core.domain.journal import LEASE
from operator_core.domain.mode import ChannelRefusal, Pause
from operator_core.domain.proposals import Proposal, State
from operator_core.domain.runs import Run
from operator_core.execution.executor import Execution, Progress
from operator_core.store.records.modes import changes_unattended
from operator_core.store.stores import Stores
from support.core import core_over, with_values
from support.shipped import SETTINGS
from support.small_catalogue import MONGO, NOW
from support.small_platform import GONE as MISSING
from support.small_platform import Database, every_six_hours, everything_disabled, failures, fill

RETIRED = "The model `{model}` has been decommissioned and is no longer supported. {number}"
MOVED = "The model `{model}` is not available on serverless any more: no longer serverless. {number}"
Since = Callable[[Database], Awaitable[object]]


async def platform(database: Database, *texts: str, each: int = 3) -> list[str]:
    """So many models fail with each of these texts, a dozen answer: a fifth may go within a week."""
    names = [f"{chr(97 + number)}-{one}b" for number in range(len(texts)) for one in range(1, each + 1)]
    told = [text for text in texts for _ in range(each)]
    rows = [row for name, text in zip(names, told, strict=True) for row in failures(name, text, HOURS)]
    await fill(database, names, rows)
    return names


HOURS = every_six_hours(96)


async def all_let_through(database: Database) -> list[tuple[Run, Proposal]]:
    """What would come of runs that saw one situation each: of all members each is to be done alone."""
    async with core_over(database, everything_disabled) as (use_cases, _):
        run, _ = await use_cases.run("test")
        proposals = [one for one in await use_cases.waiting() if one.provider == "groq"]
        for one in proposals:
            fields = {"members.$[].route": "auto", "members.$[].gate": "", "run_id": f"run of {one.id}"}
            await database["operator_proposals"].update_one({"_id": one.id}, {"$set": fields})
        return [
            (run.model_copy(update={"id": f"run of {one.id}"}), await use_cases.stores.proposals.get(one.id))
            for one in proposals
        ]


async def at_once(database: Database, runs: list[Run], **policy: Any) -> list[Execution]:
    """As many replicas as runs act in the same moment."""
    settings = with_values(SETTINGS, policy=policy)

    async def act(number: int, run: Run) -> tuple[Execution, ...]:
        async with core_over(database, None, settings=settings, owner=f"replica {number}") as (replica, _):
            return await replica.act_alone(run)

    done = await asyncio.gather(*(act(number, run) for number, run in enumerate(runs)))
    return [execution for executions in done for execution in executions]


async def off(database: Database) -> int:
    return await database[MONGO.models].count_documents({"enabled": False})


@pytest.mark.parametrize(
    ("texts", "policy", "allowed", "why"),
    [
        ((MISSING, RETIRED), {}, 3, "alone I may switch off only"),
        ((MISSING, RETIRED, MOVED), {}, 4, "alone I may switch off only"),
        ((MISSING, RETIRED), {"max_share_of_provider": 0.5, "max_changes_unattended": 4}, 4, "all 4 changes"),
        ((MISSING, RETIRED, MOVED), {"max_share_of_provider": 0.01}, 1, "alone I may switch off only 1 of"),
    ],
    ids=["two replicas", "three replicas", "changes unattended", "one a week"],
)
async def test_replicas_that_act_at_once_keep_to_what_they_may_do_together(
    database: Database, texts: tuple[str, ...], policy: dict[str, Any], allowed: int, why: str
) -> None:
    await platform(database, *texts)
    let_through = await all_let_through(database)
    assert len(let_through) == len(texts)

    await at_once(database, [run for run, _ in let_through], **policy)

    assert await off(database) == allowed
    stores = Stores(database, MONGO)
    assert await stores.journal.abandoned(NOW + 2 * LEASE) == (), "every entry is closed"
    asked = [one for one in await stores.proposals.waiting() if one.provider == "groq"]
    assert sum(len(one.members) for one in asked) == 3 * len(texts) - allowed, "the rest is put to people"
    assert {one.state for one in asked} == {State.PENDING}
    assert [member for one in asked for member in one.automatic] == []
    assert [m.gate for one in asked for m in one.members if why not in m.gate] == []


async def stop(database: Database) -> None:
    await Stores(database, MONGO).pause.put(Pause(by="U7", at=NOW, reason="stop"))


async def the_channel_is_gone(database: Database) -> None:
    refusal = ChannelRefusal(code="is_archived", at=NOW)
    await Stores(database, MONGO).channel_refusal.put(refusal)


async def the_others_stop(database: Database) -> None:
    where = {"provider": "together"}
    await database[MONGO.models].update_many(where, {"$set": {"enabled": False}})


async def few_are_left(database: Database) -> None:
    where = {"provider": "groq", "model_id": {"$regex": "^well-[0-8]$"}}
    await database[MONGO.models].update_many(where, {"$set": {"deprecated": True}})


@pytest.mark.parametrize(
    ("since", "why", "done"),
    [
        (stop, "autopilot is paused: stop", 0),
        (the_channel_is_gone, "Slack refused my last message to the channel: is_archived", 0),
        (the_others_stop, "no other provider that answers keeps it", 0),
        (few_are_left, "alone I may switch off only 1 of groq's 6 models a week", 1),
    ],
    ids=["pause", "channel", "last provider", "few left"],
)
async def test_what_happened_since_the_run_counts_at_the_act_and_people_are_asked(
    database: Database, since: Since, why: str, done: int
) -> None:
    await platform(database, MISSING)
    [(run, proposal)] = await all_let_through(database)
    await since(database)
    before = await off(database)

    [execution] = await at_once(database, [run])

    assert await off(database) - before == done
    skipped = [outcome for outcome in execution.entry.outcomes if outcome.result == Result.SKIPPED]
    assert len(skipped) == len(proposal.members) - done
    [asked] = [one for one in await Stores(database, MONGO).proposals.waiting() if one.provider == "groq"]
    assert asked.refs == tuple(outcome.ref for outcome in skipped)
    assert {why in member.gate for member in asked.members} == {True}
    statuses = await database[MONGO.model_status].find({"provider": "groq"}).to_list()
    said = [one["operator_decision"]["status"] for one in statuses if "operator_decision" in one]
    assert sorted(said) == sorted(["auto_executed"] * done + ["pending"] * len(skipped))


async def test_what_a_dead_replica_is_about_to_do_counts_until_it_is_known(database: Database) -> None:
    await platform(database, MISSING, RETIRED)
    (first, one), (second, _) = await all_let_through(database)
    await at_once(database, [first])
    journal = database["operator_journal"]
    await journal.update_one({}, {"$set": {"state": "open", "changes.$[].result": "pending"}})
    await database[MONGO.models].update_many({}, {"$set": {"enabled": True}})

    await at_once(database, [second])

    assert await off(database) == 0, f"the fifth is used by {one.id}, which may still be carried out"


async def ahead(database: Database, run: Run, clock: timedelta) -> None:
    async with core_over(database, None, owner="other", clock=lambda: NOW + clock) as (other, _):
        await other.act_alone(run)


@pytest.mark.parametrize("minutes", [-600, -10, 0, 10, 600])
@pytest.mark.parametrize("step", ["claimed", "opened", "recorded"])
async def test_replicas_whose_clocks_differ_keep_to_what_they_may_do_together(
    database: Database, minutes: int, step: str
) -> None:
    """The other acts from start to end while the first is at that step."""
    await platform(database, MISSING, RETIRED)
    (_, proposal), (second, _) = await all_let_through(database)
    begun: list[str] = []

    async def meanwhile(progress: Progress) -> None:
        if progress.step == step and not begun:
            begun.append(step)
            await ahead(database, second, timedelta(minutes=minutes))

    async with core_over(database, None, owner="first") as (first, _):
        await first._executor(meanwhile).execute(proposal.id, proposal.revision, by="policy")

    assert await off(database) == 3, "20% of 18, whoever was first"


async def test_who_died_before_it_counted_is_counted_by_others_and_counts_when_it_is_recovered(
    database: Database,
) -> None:
    await platform(database, MISSING, RETIRED)
    (_, proposal), (second, _) = await all_let_through(database)

    async def die(progress: Progress) -> None:
        if progress.step == "opened":
            raise ConnectionError

    async with core_over(database, None, owner="dead") as (dead, _):
        with pytest.raises(ConnectionError):
            await dead._executor(die).execute(proposal.id, proposal.revision, by="policy")
    await at_once(database, [second])
    assert await off(database) == 3, "it had no place in the line yet"
    async with core_over(database, None, clock=lambda: NOW + timedelta(minutes=2)) as (heir, _):
        [execution] = await heir.recover()

    assert {outcome.result for outcome in execution.entry.outcomes} == {Result.SKIPPED}
    assert await off(database) == 3


@pytest.mark.parametrize(
    "clock", [timedelta(days=-3), timedelta(), timedelta(minutes=10), timedelta(days=40)]
)
async def test_an_approver_who_acted_by_another_clock_frees_what_was_used_once(
    database: Database, clock: timedelta
) -> None:
    await platform(database, MISSING)
    settings = with_values(SETTINGS, policy={"max_changes_unattended": 1, "max_share_of_provider": 1.0})
    time = [NOW]
    async with core_over(database, everything_disabled, settings=settings, clock=lambda: time[0]) as (
        core,
        _,
    ):
        for attended in range(2):
            await People(core.stores).acted("U0BEN", NOW + clock + timedelta(seconds=attended))
            for _ in range(2):
                time[0] += timedelta(minutes=1)
                run, _ = await core.run("test")
                await core.act_alone(run)
            assert await off(database) == attended + 1
            assert await changes_unattended(core.stores, await core.mode.would_have_done()) == 1
