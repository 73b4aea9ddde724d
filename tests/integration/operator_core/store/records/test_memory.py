"""What the LLM said and people answered is kept by fingerprint, on the real wire."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.decisions import Action, PersonsAnswer, Remembered, Verdict
from operator_core.errors import StoreUnavailable
from operator_core.store.records.memory import COLLECTION, Memory

Database = AsyncDatabase[dict[str, Any]]
NOW = datetime(2026, 11, 18, 9, 2, 0, 123_000, tzinfo=UTC)
GONE = "a1b2c3d4e5f6"


def known(
    fingerprint: str = GONE, *, action: Action = Action.DISABLE, evidence: str = "e1", at: datetime = NOW
) -> Remembered:
    verdict = Verdict(action=action, confidence=0.97, reasoning="Gone.", suggested_by="gpt-5.2")
    return Remembered(fingerprint=fingerprint, verdict=verdict, evidence=evidence, judged_at=at)


async def test_a_verdict_comes_back_as_it_was(database: Database) -> None:
    await Memory(database).remember_verdicts([known(), known("ffffffffffff", action=Action.MONITOR)])
    assert await Memory(database).recall([GONE]) == {GONE: known()}
    assert set(await Memory(database).recall([GONE, "ffffffffffff", "000000000000"])) == {
        GONE,
        "ffffffffffff",
    }
    assert await Memory(database).recall([]) == {}


async def test_a_newer_verdict_replaces_the_older_and_keeps_the_answers(database: Database) -> None:
    await Memory(database).remember_verdicts([known()])
    await Memory(database).remember_answer(GONE, "rejected", by="U1", at=NOW, reason="back on Friday")
    newer = known(action=Action.MONITOR, evidence="e2", at=NOW + timedelta(days=1))
    await Memory(database).remember_verdicts([newer])
    answer = PersonsAnswer(answer="rejected", by="U1", at=NOW, reason="back on Friday")
    assert await Memory(database).recall([GONE]) == {GONE: newer.model_copy(update={"answers": (answer,)})}
    assert await database[COLLECTION].count_documents({}) == 1


async def test_an_answer_is_kept_where_no_llm_ever_judged(database: Database) -> None:
    await Memory(database).remember_answer(GONE, "approved", by="cli:ada", at=NOW)
    remembered = (await Memory(database).recall([GONE]))[GONE]
    assert (remembered.verdict, remembered.judged_at) == (None, None)
    assert [answer.by for answer in remembered.answers] == ["cli:ada"]


async def test_the_newest_answers_are_kept_in_their_order(database: Database) -> None:
    for day in range(13):
        await Memory(database).remember_answer(GONE, "snoozed", by="U1", at=NOW + timedelta(days=day))
    answers = (await Memory(database).recall([GONE]))[GONE].answers
    assert [answer.at for answer in answers] == [NOW + timedelta(days=day) for day in range(3, 13)]


async def test_documents_are_readable_and_times_are_dates(database: Database) -> None:
    await Memory(database).remember_verdicts([known()])
    assert await database[COLLECTION].find_one({}) == {
        "_id": GONE,
        "schema": 1,
        "verdict": {
            "action": "disable",
            "confidence": 0.97,
            "reasoning": "Gone.",
            "suggested_by": "gpt-5.2",
            "kind": None,
        },
        "evidence": "e1",
        "judged_at": NOW,
    }


async def test_nothing_to_remember_writes_nothing(database: Database) -> None:
    await Memory(database).remember_verdicts(())
    assert await database[COLLECTION].count_documents({}) == 0


async def test_an_unreachable_database_is_our_own_error() -> None:
    uri = "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100"
    async with AsyncMongoClient[dict[str, Any]](uri, tz_aware=True) as client:
        with pytest.raises(StoreUnavailable):
            await Memory(client["nowhere"]).recall([GONE])
        with pytest.raises(StoreUnavailable):
            await Memory(client["nowhere"]).remember_answer(GONE, "approved", by="U1", at=NOW)
