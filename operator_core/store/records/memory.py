"""operator_situations: what the LLM said and people answered about a situation, by its fingerprint."""

from collections.abc import Iterable
from datetime import datetime

from operator_core.domain.base import to_utc
from operator_core.domain.decisions import PersonsAnswer, Remembered
from operator_core.store.mongo import a_few_at_a_time
from operator_core.store.own_documents import VERSIONED, Records, write

COLLECTION = "operator_situations"
ANSWERS_KEPT = 10
IN_PART = {"verdict": None, "answers": ()}
"""A verdict that this version can't read is given anew; people's answers are kept apart from it."""


class Memory(Records[Remembered]):
    """What is known from earlier days. Raises StoreUnavailable."""

    collection, model, id_field, instead = COLLECTION, Remembered, "fingerprint", IN_PART

    async def recall(self, fingerprints: Iterable[str]) -> dict[str, Remembered]:
        """What is known of these situations; whether it still holds is judged where it is used."""
        remembered = await self._all({"_id": {"$in": sorted(set(fingerprints))}})
        return {one.fingerprint: one for one in remembered}

    async def remember_verdicts(self, verdicts: Iterable[Remembered]) -> None:
        """Keeps an LLM's verdicts; a newer one replaces the older."""
        only = ("verdict", "evidence", "judged_at")
        await a_few_at_a_time(
            write(self._collection, {"_id": one.fingerprint}, one, only=only, upsert=True) for one in verdicts
        )

    async def remember_answer(
        self, fingerprint: str, answer: str, *, by: str, at: datetime, reason: str = ""
    ) -> None:
        """Keeps what a person answered: it reaches the next prompt about this situation."""
        said = PersonsAnswer(answer=answer, by=by, at=to_utc(at), reason=reason).model_dump()
        pushed = {"answers": {"$each": [said], "$slice": -ANSWERS_KEPT}}
        update = {"$push": pushed, "$max": VERSIONED}
        await self._collection.update_one({"_id": fingerprint}, update, upsert=True)
