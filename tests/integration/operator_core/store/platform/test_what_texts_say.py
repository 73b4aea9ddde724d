"""What stands in a failure's row is read: keys far behind, successors to the letter, text wherever it is."""

from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.kinds import Kind
from operator_core.domain.signals import FailureGroup
from operator_core.store.platform.signals import Collected, collect
from support.shipped import SETTINGS
from support.small_catalogue import MONGO, NOW
from support.small_platform import ago, fill

Document = dict[str, Any]
Database = AsyncDatabase[Document]
GONE = "The model `m-7b` does not exist"
KEY = "sk-proj-" + "a1B2c3D4" * 5


async def read(database: Database, **row: object) -> Collected:
    await fill(database, ["m-7b"], [{"provider": "groq", "model_name": "m-7b", "ts": ago(3), **row}])
    return await collect(database, MONGO, SETTINGS.analysis, NOW)


def group_in(seen: Collected) -> FailureGroup:
    return next(one for one in seen.facts.signals if one.failing).streak[0]


@pytest.mark.parametrize("before", [1_900, 2_200, 9_000])
async def test_a_key_far_behind_in_a_text_is_reported(database: Database, before: int) -> None:
    seen = await read(database, message="x " * (before // 2) + KEY)

    assert [(leak.provider, leak.rows) for leak in seen.leaks(ago(24))] == [("groq", 1)]
    assert KEY not in repr(seen)


@pytest.mark.parametrize(
    "successor", ["ft:gpt-4o:org::AbCd1234EfGh5678", "deepseek-v3-202512010000", "acme-deadbeef01", "m-8b"]
)
async def test_a_successor_is_named_to_the_letter(database: Database, successor: str) -> None:
    said = f"The model `m-7b` has been decommissioned. Use `{successor}` instead."

    assert group_in(await read(database, message=said)).successor == successor


@pytest.mark.parametrize(
    "row",
    [
        {"message": "   ", "error": GONE},
        {"message": "\n", "error": {"message": GONE}},
        {"error": {"error": {"message": GONE, "code": "model_not_found"}}},
        {"message": "", "error": {"message": "", "error": {"error": {"message": GONE}}}},
    ],
)
async def test_a_text_is_found_wherever_it_stands(database: Database, row: Document) -> None:
    assert group_in(await read(database, **row)).kind == Kind.HARD_MODEL


@pytest.mark.parametrize("status", ["401 Unauthorized", " 401", 401.0, "401.0", "401\n"])
async def test_a_status_is_read_with_its_words(database: Database, status: object) -> None:
    assert group_in(await read(database, message="no", http_status=status)).kind == Kind.AUTH


@pytest.mark.parametrize("status", ["4010", "about 401", "401ms", 40.1, True])
async def test_what_is_no_status_is_not_read_as_one(database: Database, status: object) -> None:
    assert group_in(await read(database, message="no", http_status=status)).kind == Kind.UNKNOWN
