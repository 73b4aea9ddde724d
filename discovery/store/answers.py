"""What the LLM answered about a catalogue model, "none" included, so that nobody is asked twice.

Kept in operator_situations, beside the verdicts, under ids of their own. An answer holds while the entry and
the ids it was asked about are the same.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from discovery.advisor import Opinion
from discovery.matching.match import Unresolved
from operator_core.domain.base import Frozen, to_utc, valid
from operator_core.store.mongo import Database, a_few_at_a_time, for_writing, raises_store_unavailable
from operator_core.store.own_documents import write
from operator_core.store.records.memory import COLLECTION

PREFIX = "discovery:"


class Remembered(Frozen):
    """An opinion, and what it was asked about."""

    opinion: Opinion
    evidence: str
    judged_at: datetime


def evidence_of(one: Unresolved) -> str:
    """Changes when the entry's names or the listed ids do; not with prices, contexts or dates seen."""
    entry = one.entry
    about = (entry.openrouter_id, entry.name, entry.hugging_face_id, *(str(c.ref) for c in one.candidates))
    return sha256("\x1f".join(about).encode()).hexdigest()[:16]


@raises_store_unavailable
async def recall(database: Database, unresolved: Iterable[Unresolved]) -> dict[str, Opinion]:
    """The answers that still hold, by openrouter_id."""
    evidence = {one.entry.openrouter_id: evidence_of(one) for one in unresolved}
    wanted = {"_id": {"$in": sorted(f"{PREFIX}{openrouter_id}" for openrouter_id in evidence)}}
    documents = for_writing(database)[COLLECTION].find(wanted)
    # What another version wrote otherwise is left out: that is asked again.
    remembered = [one async for d in documents if (one := valid(d, Remembered, extra="ignore"))]
    return {
        answer.opinion.openrouter_id: answer.opinion
        for answer in remembered
        if answer.evidence == evidence.get(answer.opinion.openrouter_id)
    }


@raises_store_unavailable
async def remember(
    database: Database, opinions: Iterable[Opinion], asked: Mapping[str, Unresolved], now: datetime
) -> None:
    """Keeps what was answered; `asked`: the questions by openrouter_id."""
    kept = for_writing(database)[COLLECTION]
    await a_few_at_a_time(
        write(
            kept,
            {"_id": f"{PREFIX}{one.openrouter_id}"},
            Remembered(opinion=one, evidence=evidence_of(asked[one.openrouter_id]), judged_at=to_utc(now)),
            upsert=True,
        )
        for one in opinions
    )
