"""What went wrong elsewhere when something was done, from raw rows to the catalogue."""

from datetime import timedelta
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.changes import Result
from operator_core.domain.decisions import Action, Route
from operator_core.domain.holds import Origin
from operator_core.store.platform.history import provider_history
from support.core import core_over
from support.small_catalogue import MONGO, NOW
from support.small_platform import GONE, decision_on, every_six_hours, failures, fill

Document = dict[str, Any]
Database = AsyncDatabase[Document]
IS_GONE = {"provider": "groq", "model_id": "gone"}


async def test_automation_fought_people(database: Database) -> None:
    await fill(database, ["gone"], failures("gone", GONE, every_six_hours(96)))
    async with core_over(database) as (use_cases, _):
        run, _ = await use_cases.run("test")
        [done] = await use_cases.act_alone(run)
        assert [outcome.ref.model_id for outcome in done.entry.outcomes] == ["gone"]
        before = await database[MONGO.models].find_one(IS_GONE)
        assert before is not None
        assert before["enabled"] is False

        await database[MONGO.models].update_one(IS_GONE, {"$set": {"enabled": True}})
        for _ in range(2):
            again, published = await use_cases.run("test")
            assert await use_cases.act_alone(again) == ()
            assert published.told == ()
            assert decision_on(again, "gone").action == Action.MONITOR
            assert decision_on(again, "gone").route == Route.NONE

        [hold] = await use_cases.stores.holds.active()
        assert (hold.model_id, hold.origin) == ("gone", Origin.REENABLED), "noticed once"
    left = await database[MONGO.models].find_one(IS_GONE)
    assert left is not None
    assert left["enabled"] is True


async def test_the_count_of_planned_changes_was_reported_as_the_count_of_changes(database: Database) -> None:
    names = ["gone-1b", "gone-2b"]
    await fill(database, names, [row for name in names for row in failures(name, GONE, every_six_hours(96))])
    async with core_over(database) as (use_cases, _):
        run, _ = await use_cases.run("test")
        assert [d.ref.model_id for d in run.decisions if d.route == Route.AUTO] == names
        by_hand = {"enabled": False, "disabled_reason": "by hand"}
        await database[MONGO.models].update_one({"model_id": "gone-1b"}, {"$set": by_hand})
        [done] = await use_cases.act_alone(run)

    changed = await database[MONGO.models].find({"disabled_by": {"$exists": True}}).to_list()
    assert [document["model_id"] for document in changed] == ["gone-2b"]
    assert [o.ref.model_id for o in done.entry.outcomes if o.result == Result.DONE] == ["gone-2b"]
    assert len(done.entry.outcomes) == 2, "the other one is told, as what it is"


async def test_a_detector_that_greens_itself(database: Database) -> None:
    await fill(database, ["gone"], failures("gone", GONE, every_six_hours(96)))
    before = await provider_history(database, MONGO, NOW + timedelta(hours=1))
    async with core_over(database) as (use_cases, _):
        run, _ = await use_cases.run("test")
        assert await use_cases.act_alone(run)

    after = await provider_history(database, MONGO, NOW + timedelta(hours=1))

    assert min(day.share for day in before) < 1
    assert after == before, "that the model was disabled makes no day better"
