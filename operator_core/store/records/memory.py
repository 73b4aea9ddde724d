"""operator_situations: what the LLM said and people answered about a situation, by its fingerprint."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import to_utc
from operator_core.domain.decisions import PersonsAnswer, Remembered
from operator_core.store.mongo import Document, for_writing, raises_store_unavailable

COLLECTION = "operator_situations"
ANSWERS_KEPT = 10


@raises_store_unavailable
async def recall(database: AsyncDatabase[Document], fingerprints: Iterable[str]) -> dict[str, Remembered]:
    """What is known of these situations; whether it still holds is judged where it is used."""
    wanted = {"_id": {"$in": sorted(set(fingerprints))}}
    documents = for_writing(database)[COLLECTION].find(wanted)
    return {document["_id"]: _remembered(document) async for document in documents}


@raises_store_unavailable
async def remember_verdicts(database: AsyncDatabase[Document], verdicts: Iterable[Remembered]) -> None:
    """Keeps an LLM's verdicts; a newer one replaces the older."""
    updates = [
        UpdateOne(
            {"_id": remembered.fingerprint},
            {"$set": remembered.model_dump(include={"verdict", "evidence", "judged_at"})},
            upsert=True,
        )
        for remembered in verdicts
    ]
    if updates:
        await for_writing(database)[COLLECTION].bulk_write(updates, ordered=False)


@raises_store_unavailable
async def remember_answer(
    database: AsyncDatabase[Document],
    fingerprint: str,
    answer: str,
    *,
    by: str,
    at: datetime,
    reason: str = "",
) -> None:
    """Keeps what a person answered: it reaches the next prompt about this situation."""
    said = PersonsAnswer(answer=answer, by=by, at=to_utc(at), reason=reason)
    await for_writing(database)[COLLECTION].update_one(
        {"_id": fingerprint},
        {"$push": {"answers": {"$each": [said.model_dump()], "$slice": -ANSWERS_KEPT}}},
        upsert=True,
    )


def _remembered(document: Document) -> Remembered:
    fields = {name: document[name] for name in ("verdict", "evidence", "judged_at") if name in document}
    answers = tuple(PersonsAnswer.model_validate(answer) for answer in document.get("answers", ()))
    return Remembered(fingerprint=document["_id"], answers=answers, **fields)
