"""The ledger of runs: no run and a quiet run never look the same; and writes say when MongoDB is gone."""

from datetime import timedelta
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from operator_core.domain.decisions import Action, Decision, LlmUse, Route
from operator_core.domain.runs import ProviderCount, Run, RunOutcome
from operator_core.errors import StoreUnavailable
from operator_core.store.records.runs import RunLedger
from operator_core.store.stores import Stores
from sandbox.database import free_port
from support.small_catalogue import MONGO, NOW, Database, Document, draft


def run(run_id: str, **fields: Any) -> Run:
    known = {
        "id": run_id,
        "trigger": "schedule",
        "started_at": NOW,
        "seconds": 1.5,
        "models": 3,
        "enabled": 3,
        "settled": 0,
        "judged": 3,
        "situations": (),
        "decisions": (
            Decision(
                ref=draft().members[0].ref,
                action=Action.DISABLE,
                confidence=0.97,
                reasoning="gone",
                suggested_by="gpt-5.2",
                situation="f1",
                route=Route.ASK,
            ),
        ),
        "drafts": (draft(),),
        "providers": (ProviderCount(provider="bedrock", enabled=3, answering=2),),
        "llm": LlmUse(model="gpt-5.2", calls=1),
    }
    return Run.model_validate(known | fields)


async def test_a_run_is_known_from_its_start_to_its_end(database: Database) -> None:
    ledger = RunLedger(database)

    begun = await ledger.start("R-1", "schedule", NOW)
    assert await ledger.recent() == (begun,)
    assert begun.outcome == RunOutcome.RUNNING

    finished = await ledger.finish(run("R-1"), NOW + timedelta(seconds=2))
    assert await ledger.recent() == (finished,)
    assert finished.outcome == RunOutcome.GOOD
    assert finished.run is not None
    assert finished.run.answering == 2
    assert finished.run.decisions == ()
    assert finished.run.drafts == ()


async def test_a_run_on_written_rules_is_degraded_and_a_failed_one_says_why(database: Database) -> None:
    ledger = RunLedger(database)
    await ledger.start("R-2", "schedule", NOW)

    await ledger.fail("R-2", "errors_cloud could not be read", NOW)
    degraded = await ledger.finish(run("R-1", llm=LlmUse(model="gpt-5.2", fallback="timed out")), NOW)

    by_id = {record.id: record for record in await ledger.recent()}
    assert degraded.outcome == RunOutcome.DEGRADED
    assert (by_id["R-2"].outcome, by_id["R-2"].error) == (
        RunOutcome.FAILED,
        "errors_cloud could not be read",
    )


async def test_the_last_good_run_judged_all_providers(database: Database) -> None:
    ledger = RunLedger(database)
    assert await ledger.last_good() is None

    good = await ledger.finish(run("R-1"), NOW)
    later = NOW + timedelta(hours=1)
    await ledger.finish(run("R-2", started_at=later, limited_to=("groq",)), later)
    await ledger.start("R-3", "schedule", later)
    await ledger.fail("R-3", "unreadable", later)

    assert await ledger.last_good() == good


async def test_an_unreachable_server_is_one_plain_line_without_credentials() -> None:
    uri = f"mongodb://someone:hunter2@127.0.0.1:{free_port()}/?serverSelectionTimeoutMS=50"
    async with AsyncMongoClient[Document](uri, tz_aware=True) as client:
        stores = Stores(client["llm-bench"], MONGO)

        with pytest.raises(StoreUnavailable) as caught:
            await stores.proposals.get("P-1")

    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
