"""What discovery reads and keeps beside the lists: the platform's models, the catalogue's `matched_*`, and
what the LLM answered about catalogue models, "none" included, so that nobody is asked twice.

Answers stand in operator_situations, beside the verdicts, under ids of their own. One holds while the entry
and the ids it was asked about are the same.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from pymongo import UpdateOne

from discovery.advisor import Opinion
from discovery.matching.leaving import PlatformModel
from discovery.matching.match import Match, Unresolved
from operator_core.domain.base import Frozen, to_utc, valid
from operator_core.execution.plan import SIGNATURE
from operator_core.store.mongo import (
    Database,
    a_few_at_a_time,
    for_writing,
    raises_store_unavailable,
    read_all,
)
from operator_core.store.own_documents import write
from operator_core.store.platform.rows import ref_in
from operator_core.store.records.memory import COLLECTION

PREFIX = "discovery:"
MEASURED = ("provider", "model_id", "display_name", "enabled", "deprecated", "successor_model", "disabled_at")
BY = ("disabled_by", "added_by")
MATCHED = ("matched_provider", "matched_model_id", "match_confidence", "match_reasoning")


async def platform_models(database: Database, collection: str) -> tuple[PlatformModel, ...]:
    """All that can be read, sorted by ref. Raises FactsUnreadable."""
    models: list[PlatformModel] = []
    for document in await read_all(database, collection, {}, projection=(*MEASURED, *BY)):
        ref = ref_in(document)
        if ref is not None and ref.provider and ref.model_id:
            ours = {f"{name}_us": str(document.get(name)).startswith(SIGNATURE) for name in BY}
            fields = {**document, "ref": ref, **ours}
            models.append(PlatformModel.model_validate(fields, extra="ignore"))
    return tuple(sorted(models, key=lambda one: one.ref))


@raises_store_unavailable
async def keep_results(
    database: Database, collection: str, matches: Iterable[Match], unmatched: Mapping[str, str]
) -> None:
    """The best match of each model, or (`unmatched`: reasons by openrouter_id) that there is none, where that
    is not what the catalogue says."""
    best_first = sorted(matches, key=lambda match: (match.confirmed, match.confidence), reverse=True)
    wanted = {name: (None, None, 0.0, reasoning) for name, reasoning in unmatched.items()} | {
        m.openrouter_id: (m.provider, m.model_id, m.confidence, m.reasoning) for m in reversed(best_first)
    }
    catalogue = for_writing(database)[collection]
    fields = {"openrouter_id": 1, **dict.fromkeys(MATCHED, 1)}
    updates = [
        UpdateOne({"_id": document["_id"]}, {"$set": dict(zip(MATCHED, values, strict=True))})
        async for document in catalogue.find({"openrouter_id": {"$in": sorted(wanted)}}, fields)
        if tuple(document.get(field) for field in MATCHED) != (values := wanted[document["openrouter_id"]])
    ]
    if updates:
        await catalogue.bulk_write(updates, ordered=False)


class Remembered(Frozen):
    """An opinion, and what it was asked about."""

    opinion: Opinion
    evidence: str
    judged_at: datetime


def evidence_of(one: Unresolved) -> str:
    """Changes when the entry's names or the listed ids do; not with prices, contexts or dates seen."""
    entry = one.entry  # "listed": earlier versions kept what an LLM picked as confirmed
    about = (
        "listed",
        entry.openrouter_id,
        entry.name,
        entry.hugging_face_id,
        *(str(c.ref) for c in one.candidates),
    )
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
