"""operator_situations: what the LLM said and people answered about a situation, by its fingerprint."""

from collections.abc import Iterable
from datetime import datetime

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import to_utc
from operator_core.domain.decisions import PersonsAnswer, Remembered
from operator_core.store.mongo import Document, for_writing, raises_store_unavailable
from operator_core.store.own_documents import VERSIONED, Notes, Records, put_each, with_unknown

COLLECTION = "operator_situations"
ANSWERS_KEPT = 10
IN_PART = {"verdict": None, "answers": ()}
"""A verdict that this version can't read is given anew; people's answers are kept apart from it."""


@raises_store_unavailable
async def recall(
    database: AsyncDatabase[Document], fingerprints: Iterable[str], notes: Notes | None = None
) -> dict[str, Remembered]:
    """What is known of these situations; whether it still holds is judged where it is used."""
    records = Records(database, COLLECTION, Remembered, notes, id_field="fingerprint", instead=IN_PART)
    wanted = {"_id": {"$in": sorted(set(fingerprints))}}
    documents = await for_writing(database)[COLLECTION].find(wanted).to_list()
    return {remembered.fingerprint: remembered for remembered in records.values(documents)}


@raises_store_unavailable
async def remember_verdicts(database: AsyncDatabase[Document], verdicts: Iterable[Remembered]) -> None:
    """Keeps an LLM's verdicts; a newer one replaces the older."""
    newest, collection = tuple(verdicts), for_writing(database)[COLLECTION]
    wanted = {"_id": {"$in": [remembered.fingerprint for remembered in newest]}}
    kept = {document["_id"]: document async for document in collection.find(wanted)}
    fields = {one.fingerprint: _verdict_of(one, kept.get(one.fingerprint, {})) for one in newest}
    await put_each(collection, fields)


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
        {"$push": {"answers": {"$each": [said.model_dump()], "$slice": -ANSWERS_KEPT}}, "$max": VERSIONED},
        upsert=True,
    )


def _verdict_of(remembered: Remembered, kept: Document) -> Document:
    fields = remembered.model_dump(include={"verdict", "evidence", "judged_at"})
    verdict = with_unknown(fields["verdict"], kept.get("verdict"), remembered.verdict)
    return {**fields, "verdict": verdict}
