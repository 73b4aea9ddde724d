"""What went wrong elsewhere when it was decided: each lesson on a small platform, from raw rows to decisions.

Lessons that pure code holds by itself have their tests beside it, in tests/unit/operator_core.
"""

from pathlib import Path
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from bot.settings import load_settings
from operator_core.domain.decisions import Action, Route
from operator_core.domain.kinds import Kind
from operator_core.errors import ConfigurationError, FactsUnreadable
from support.core import core_over
from support.recorded import recorded
from support.shipped import PROJECTS_OWN, SETTINGS
from support.small_catalogue import MONGO
from support.small_platform import (
    GONE,
    SLOW,
    SPENT,
    decision_on,
    every_six_hours,
    everything_disabled,
    failures,
    fill,
    run_on,
)

Document = dict[str, Any]
Database = AsyncDatabase[Document]


@pytest.mark.parametrize("unreadable", [MONGO.errors, MONGO.successes])
async def test_a_failed_query_read_as_no_errors(database: Database, unreadable: str) -> None:
    await fill(database, ["gone"], failures("gone", GONE, every_six_hours(96)))
    await database[unreadable].rename("rows")
    broken = [{"$project": {"ts": {"$divide": [1, 0]}, "gen_ts": {"$divide": [1, 0]}}}]
    await database.create_collection(unreadable, viewOn="rows", pipeline=broken)

    async with core_over(database) as (use_cases, requests):
        with pytest.raises(FactsUnreadable, match=f"{unreadable} could not be read"):
            await use_cases.run("test")
        assert requests == [], "nothing was judged"
        assert await use_cases.stores.proposals.waiting() == ()

    recorded = await database["operator_runs"].find_one({})
    assert recorded is not None
    assert unreadable in str(recorded), "and the ledger says why"


async def test_unbounded_queries(mongodb_uri: str, database_name: str, database: Database) -> None:
    await fill(database, ["gone"], failures("gone", GONE, every_six_hours(96)))
    async with recorded(mongodb_uri, database_name) as (watched, recorder):
        await run_on(watched)

    results = (MONGO.successes, MONGO.errors)
    reads = [c for c in recorder.commands if (c.get("aggregate") or c.get("find")) in results]
    unbounded = [command for command in reads if not bounded(command)]
    assert {c.get("aggregate") or c["find"] for c in reads} == set(results)
    assert unbounded == []


def bounded(command: Document) -> bool:
    """It takes only rows in a range of a time field, or without a time."""
    fields = ("ts", "created_at", "timestamp", "gen_ts", "run_ts")
    first = command.get("filter") or command["pipeline"][0]["$match"]
    return any(field in first for field in fields)


async def test_facts_from_the_newest_20_errors_only(database: Database) -> None:
    hard = failures("gone", GONE, [80 + number for number in range(50)])
    slow = failures("gone", SLOW, [1 + number for number in range(20)])
    await fill(database, ["gone"], hard + slow)

    run = await run_on(database)

    [situation] = run.situations
    assert (situation.kind, situation.failures) == (Kind.HARD_MODEL, 50)
    assert decision_on(run, "gone").action == Action.DISABLE


async def test_grouping_by_the_raw_message(database: Database) -> None:
    gone = [f"llama-3.{number}-{number}0b" for number in range(1, 11)]
    rows = [row for name in gone for row in failures(name, GONE, every_six_hours(96))]
    await fill(database, gone, rows)

    run = await run_on(database)

    assert len({row["message"] for row in rows}) == len(rows), "no two texts are the same"
    [situation] = run.situations
    assert len(situation.models) == 10


async def test_age_of_the_last_error(database: Database) -> None:
    await fill(
        database,
        ["old", "young"],
        failures("old", GONE, every_six_hours(60)) + failures("young", GONE, every_six_hours(40)),
    )

    run = await run_on(database)

    assert decision_on(run, "old").action == Action.DISABLE, "though its newest error is an hour old"
    assert decision_on(run, "old").route == Route.AUTO
    assert decision_on(run, "young").action == Action.MONITOR


async def test_a_model_that_answered_but_had_no_budget_left_to_show_it(database: Database) -> None:
    await fill(database, ["thinker"], failures("thinker", SPENT, every_six_hours(200)), answered=300)

    sensibly = await run_on(database)
    [situation] = sensibly.situations
    assert situation.kind == Kind.BUDGET_EXHAUSTED
    assert decision_on(sensibly, "thinker").action == Action.MONITOR

    await database["operator_situations"].delete_many({})
    rashly = decision_on(await run_on(database, everything_disabled), "thinker")
    assert (rashly.action, rashly.route) == (Action.DISABLE, Route.ASK), "a person would be asked"
    assert rashly.gate == "budget_exhausted is not a kind I may act on alone"


async def test_parsing_the_llms_prose_for_404(database: Database) -> None:
    await fill(database, ["slow"], failures("slow", SLOW, every_six_hours(96)))

    run = await run_on(database, everything_disabled)

    decision = decision_on(run, "slow")
    assert "404" in decision.reasoning
    assert decision.route == Route.ASK
    assert decision.gate == "timeout is not a kind I may act on alone"


async def test_a_hidden_default_chose_the_llm(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LLM_MODEL", "OPENAI_MODEL", "MODEL", "OPENAI_BASE_URL", "OPENAI_DEFAULT_MODEL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/another-one")
    await fill(database, ["gone"], failures("gone", GONE, every_six_hours(96)))

    async with core_over(database) as (use_cases, requests):
        run, _ = await use_cases.run("test")

    assert load_settings(PROJECTS_OWN).llm == SETTINGS.llm
    assert [request["model"] for request in requests] == [SETTINGS.llm.model]
    assert decision_on(run, "gone").suggested_by == run.llm.model == SETTINGS.llm.model
    without = tmp_path / "operator.toml"
    without.write_text(PROJECTS_OWN.read_text().replace('\nmodel = "gpt-5.2"', ""))
    with pytest.raises(ConfigurationError, match=r"\[llm\] model: missing"):
        load_settings(without)
