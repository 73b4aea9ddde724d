"""A small platform from raw rows, for the lessons' tests."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Decision
from operator_core.domain.runs import Run
from operator_core.store.indexes import create_platform_indexes, missing_platform_indexes
from sandbox.llm import Answer, Reply, Request, prompt_of, saying
from support.core import SENSIBLE, core_over
from support.small_catalogue import MONGO, NOW

Document = dict[str, Any]
Database = AsyncDatabase[Document]
GONE = (
    "Error code: 404 - {{'error': {{'message': 'The model `{model}` does not exist (req_{number:08x}f)'}}}}"
)
SLOW = "Request timed out after {number} seconds"
SPENT = "The visible output was empty: 64 tokens were spent on reasoning, {number} were left"
WELL = tuple(f"well-{number}" for number in range(12))


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def models(*names: str, provider: str = "groq") -> list[Document]:
    return [{"provider": provider, "model_id": name, "enabled": True, "deprecated": False} for name in names]


def successes(model: str, *hours: float, provider: str = "groq") -> list[Document]:
    return [{"provider": provider, "model_name": model, "gen_ts": ago(h), "run_ts": ago(h)} for h in hours]


def failures(model: str, text: str, hours: Iterable[float], **fields: object) -> list[Document]:
    return [
        {
            "provider": "groq",
            "model_name": model,
            "ts": ago(hour),
            "message": text.format(model=model, number=37 + number),
            **fields,
        }
        for number, hour in enumerate(hours)
    ]


def every_six_hours(since: float) -> list[float]:
    return [1.0 + 6 * step for step in range(int(since // 6) + 1)]


async def fill(
    database: Database, names: Iterable[str], errors: list[Document], answered: float = 200
) -> None:
    """A platform of these failing models, that answered so many hours ago, and of a dozen that answer.

    Another provider answers with all of them.
    """
    failing = list(names)
    good = [row for name in WELL for row in successes(name, *every_six_hours(72))]
    once = [row for name in failing for row in successes(name, answered)]
    kept = [row for name in failing for row in successes(name, *every_six_hours(72), provider="together")]
    await database[MONGO.models].insert_many(
        [*models(*failing, *WELL), *models(*failing, provider="together")]
    )
    await database[MONGO.successes].insert_many(good + once + kept)
    if errors:
        await database[MONGO.errors].insert_many(errors)
    await create_platform_indexes(database, await missing_platform_indexes(database, MONGO))


async def run_on(database: Database, answer: Answer = SENSIBLE) -> Run:
    async with core_over(database, answer) as (use_cases, _):
        run, _ = await use_cases.run("test")
    return run


def decision_on(run: Run, model: str) -> Decision:
    ref = ModelRef(provider="groq", model_id=model)
    return next(decision for decision in run.decisions if decision.ref == ref)


def everything_disabled(request: Request) -> Reply:
    reason = "404 not found, decommissioned"
    ids = re.findall(r"^(s\d+) ", prompt_of(request), re.MULTILINE)
    return saying(
        {"items": [{"id": one, "action": "disable", "confidence": 1.0, "reason": reason} for one in ids]}
    )
