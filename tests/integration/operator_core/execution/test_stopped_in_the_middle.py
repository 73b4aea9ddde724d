"""What begins to speak against policy in the middle of its batch stops the rest, and people are asked."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from operator_core.domain.changes import Result
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import POLICY, State
from operator_core.execution.executor import Execution, Progress
from operator_core.use_cases import UseCases
from support.core import core_over
from support.small_catalogue import MONGO, NOW
from support.small_platform import GONE, Database, every_six_hours, everything_disabled, failures, fill

NAMES = ("a-1b", "b-2b", "c-3b")
Step = Callable[[UseCases, list[datetime]], Awaitable[object]]
SHADOW, OFF = "the autopilot is in shadow by now", "the autopilot is off by now"


async def acted(database: Database, after_first: Step, after_each: timedelta = timedelta()) -> Execution:
    """Policy's batch of three models; the step comes when the first one's result is on disk."""
    rows = [row for name in NAMES for row in failures(name, GONE, every_six_hours(96))]
    await fill(database, NAMES, rows)
    time = [NOW]
    async with core_over(database, everything_disabled, clock=lambda: time[0]) as (core, _):
        run, _ = await core.run("test")
        [proposal] = await core.automatic(run.id)

        async def progress(one: Progress) -> None:
            if one.step == "recorded":
                if one.done == 1:
                    await after_first(core, time)
                time[0] += after_each

        return await core._executor(progress).execute(proposal.id, proposal.revision, by=POLICY)


async def off(core: UseCases, _: object) -> None:
    await core.mode.choose(Mode.OFF, by="U0ANA", reason="stop")


async def shadow(core: UseCases, _: object) -> None:
    await core.mode.choose(Mode.SHADOW, by="U0ANA")


async def off_and_shadow(core: UseCases, _: object) -> None:
    await off(core, _)
    await shadow(core, _)


@pytest.mark.parametrize(("step", "why"), [(off, OFF), (shadow, SHADOW), (off_and_shadow, SHADOW)])
async def test_a_mode_chosen_in_the_middle_stops_the_rest_and_people_are_asked(
    database: Database, step: Step, why: str
) -> None:
    done = await acted(database, step)
    assert [(one.result, one.detail) for one in done.entry.outcomes] == [
        (Result.DONE, ""),
        (Result.SKIPPED, why),
        (Result.SKIPPED, why),
    ]
    async with core_over(database, None) as (core, _):
        [asked] = [one for one in await core.waiting() if one.provider == "groq"]
        assert (asked.state, len(asked.members), asked.automatic) == (State.PENDING, 2, ())


async def test_a_mode_stops_no_person_who_takes_it_back(database: Database) -> None:
    done = await acted(database, off)
    async with core_over(database, None) as (core, _):
        undone = await core.undo(done.entry.id, by="U0ANA")
        assert [one.result for one in undone.entry.outcomes] == [Result.DONE]
    assert await database[MONGO.models].count_documents({"enabled": False}) == 0


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(hours=1), timedelta(days=400)], ids=str)
async def test_a_clock_that_is_put_back_makes_no_look_at_the_gates_fresh(
    database: Database, back: timedelta
) -> None:
    async def put_back(core: UseCases, time: list[datetime]) -> None:
        time[0] -= back
        await database[MONGO.models].update_many({"provider": "together"}, {"$set": {"enabled": False}})

    done = await acted(database, put_back)
    results = [one.result for one in done.entry.outcomes]
    assert results[0] == Result.DONE
    assert Result.DONE not in results[1:], "the others' last keeper is gone"
