"""What the window no longer shows is not gone: only a result since, the catalogue, or a person ends it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from bot.slack.views.evidence import sentences
from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import POLICY, Proposal, ProposalAction, State
from operator_core.domain.runs import Run
from operator_core.policy.reconcile import Published
from support.core import core_over
from support.small_catalogue import NOW, Clock
from support.small_platform import GONE, SPENT, WELL, Database, ago, failures, fill, models, successes

FOUR_DAYS = [1.0 + 6 * step for step in range(16)]
MONTH_ON = NOW + timedelta(days=31)


def ref(name: str) -> ModelRef:
    return ModelRef(provider="groq", model_id=name)


async def run_at(database: Database, clock: Clock, days: float) -> tuple[Run, Published]:
    clock.now = NOW + timedelta(days=days)
    async with core_over(database, clock=clock) as (use_cases, _):
        return await use_cases.run("test")


async def asked_about(database: Database, name: str) -> list[Proposal]:
    async with core_over(database, None) as (use_cases, _):
        return [p for p in await use_cases.stores.proposals.open() if ref(name) in p.refs]


async def answers_later(database: Database, names: Iterable[str], days: float) -> None:
    rows = [row for name in names for row in successes(name, *(1 - 24 * days, 7 - 24 * days))]
    await database["metrics_cloud_v2"].insert_many(rows)


async def of_a_gone_model(database: Database) -> None:
    await fill(database, ["old"], failures("old", GONE, FOUR_DAYS))


async def of_a_silent_model(database: Database) -> None:
    await fill(database, ["old"], [], answered=60)


async def of_a_silent_model_whose_success_ages_out_first(database: Database) -> None:
    await fill(database, ["old"], failures("old", "it timed out", [48.0]), answered=72)


async def of_a_spent_budget(database: Database) -> None:
    await fill(database, ["old"], failures("old", SPENT, FOUR_DAYS))


QUESTIONS = (
    of_a_gone_model,
    of_a_silent_model,
    of_a_silent_model_whose_success_ages_out_first,
    of_a_spent_budget,
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("days", [28.5, 31, 400])
async def test_what_the_window_no_longer_shows_is_still_asked(
    database: Database, question: Any, days: float
) -> None:
    await question(database)
    clock = Clock()
    await run_at(database, clock, 0)
    (before,) = await asked_about(database, "old")

    await answers_later(database, WELL, days)
    _, published = await run_at(database, clock, days)

    assert published.cleared == ()
    (after,) = await asked_about(database, "old")
    assert (after.id, after.state) == (before.id, State.PENDING)
    (known,) = before.members
    assert [m.last_run for m in after.members if m.ref == known.ref] == [known.last_run]
    if days > 30:
        assert "No runs within the last 30 days" in sentences(after, MONTH_ON)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.__name__)
async def test_nothing_is_over_when_nobody_gives_results_for_longer_than_the_window(
    database: Database, question: Any
) -> None:
    await question(database)
    clock = Clock()
    await run_at(database, clock, 0)

    _, published = await run_at(database, clock, 31)

    assert published.cleared == ()
    assert len(await asked_about(database, "old")) == 1


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("end", ["answers", "disabled", "deprecated", "removed"])
async def test_a_success_or_the_catalogue_ends_what_was_out_of_sight(
    database: Database, question: Any, end: str
) -> None:
    await question(database)
    clock = Clock()
    await run_at(database, clock, 0)
    (before,) = await asked_about(database, "old")
    await answers_later(database, WELL, 31)
    await run_at(database, clock, 31)

    await answers_later(database, [*WELL, *(["old"] if end == "answers" else [])], 32)
    where = {"model_id": "old"}
    if end == "removed":
        await database["models"].delete_one(where)
    elif end != "answers":
        changed = {"enabled": False} if end == "disabled" else {"deprecated": True}
        await database["models"].update_one(where, {"$set": changed})
    _, published = await run_at(database, clock, 32)

    assert before.id in {one.id for one in published.cleared}


async def test_a_model_out_of_sight_stays_beside_those_that_go_on_failing(database: Database) -> None:
    texts = failures("old", GONE, FOUR_DAYS) + failures("older", GONE, FOUR_DAYS)
    await fill(database, ["old", "older"], texts)
    clock = Clock()
    await run_at(database, clock, 0)
    (before,) = await asked_about(database, "old")
    assert before.refs == (ref("old"), ref("older"))

    await answers_later(database, WELL, 31)
    await database["errors_cloud"].insert_many(failures("old", GONE, [hour - 31 * 24 for hour in FOUR_DAYS]))
    await run_at(database, clock, 31)

    (after,) = await asked_about(database, "older")
    assert (after.id, set(after.refs)) == (before.id, {ref("old"), ref("older")})
    assert "No runs of `older` within the last 30 days" in sentences(after, MONTH_ON)


async def test_of_several_only_those_that_were_seen_leave(database: Database) -> None:
    names = ["old", "older", "oldest"]
    await fill(database, names, [row for name in names for row in failures(name, GONE, FOUR_DAYS)])
    clock = Clock()
    await run_at(database, clock, 0)
    await answers_later(database, [*WELL, "old"], 31)
    await database["models"].update_one({"model_id": "older"}, {"$set": {"enabled": False}})

    _, published = await run_at(database, clock, 31)

    assert published.cleared == ()
    (left,) = await asked_about(database, "oldest")
    assert left.refs == (ref("oldest"),)


async def test_policy_does_nothing_alone_on_evidence_out_of_sight(database: Database) -> None:
    await of_a_gone_model(database)
    clock = Clock()
    _, published = await run_at(database, clock, 0)
    assert published.told[0].automatic
    await answers_later(database, WELL, 31)

    clock.now = MONTH_ON
    async with core_over(database, clock=clock) as (use_cases, _):
        run, _ = await use_cases.run("test")
        assert await use_cases.act_alone(run) == ()

    (asked,) = await asked_about(database, "old")
    assert (asked.state, asked.automatic) == (State.PENDING, ())
    assert not [move for move in asked.moves if move.by == POLICY]


async def test_a_catalogue_that_reads_empty_ends_nothing(database: Database) -> None:
    await of_a_gone_model(database)
    clock = Clock()
    await run_at(database, clock, 0)
    await database["models"].delete_many({})

    _, published = await run_at(database, clock, 1)

    assert published.cleared == ()
    await database["models"].insert_many(models("old"))
    (asked,) = await asked_about(database, "old")
    assert (asked.state, asked.action) == (State.PENDING, ProposalAction.DISABLE)


async def test_who_took_it_keeps_what_is_out_of_sight(database: Database) -> None:
    await of_a_silent_model(database)
    clock = Clock()
    await run_at(database, clock, 0)
    (asked,) = await asked_about(database, "old")
    async with core_over(database, None, clock=clock) as (use_cases, _):
        await use_cases.take(asked.id, asked.revision, by="U1")
    await answers_later(database, WELL, 31)

    await run_at(database, clock, 31)

    (kept,) = await asked_about(database, "old")
    assert (kept.state, kept.members[0].unseen_days) == (State.TAKEN, 30)
    assert kept.members[0].last_success == ago(60)
