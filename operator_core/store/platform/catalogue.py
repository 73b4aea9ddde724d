"""Whether catalogues and providers' published lists name an id: shown as evidence, it decides nothing."""

from collections.abc import Collection, Mapping, Sequence

from operator_core.domain.base import ModelRef
from operator_core.options import MongoOptions
from operator_core.store.mongo import Database, raises_facts_unreadable, read_all
from operator_core.store.platform.rows import ref_in

WITNESSES = "operator_witnesses"
"""Ids that direct providers serve, as published: documents with `provider` and `model_id`."""


async def listed_among(
    database: Database, mongo: MongoOptions, refs: Sequence[ModelRef]
) -> frozenset[ModelRef]:
    """Those of `refs` that a provider's published list or the catalogue's matches name, or the catalogue by
    their maker's own name: `openai/gpt-4.5` is OpenAI's gpt-4.5."""
    if not refs:
        return frozenset()
    ids = sorted({ref.model_id for ref in refs})
    witnesses = await _pairs(database, WITNESSES, ids, "provider", "model_id")
    matched = await _pairs(database, mongo.openrouter_catalog, ids, "matched_provider", "matched_model_id")
    own = {"openrouter_id": {"$in": sorted({str(ref) for ref in refs})}}
    listed = await read_all(database, mongo.openrouter_catalog, own, projection=["openrouter_id"])
    named = [document["openrouter_id"] for document in listed]
    return frozenset(ref for ref in refs if ref in witnesses | matched or str(ref) in named)


async def offered_among(database: Database, refs: Collection[ModelRef]) -> Mapping[ModelRef, bool]:
    """Whether a provider's published list names each of `refs`; only for providers with a known list."""
    if not refs:
        return {}
    with raises_facts_unreadable(WITNESSES):
        providers = set(await database[WITNESSES].distinct("provider"))
    listed = await _pairs(database, WITNESSES, sorted({ref.model_id for ref in refs}), "provider", "model_id")
    return {ref: ref in listed for ref in refs if ref.provider in providers}


async def _pairs(
    database: Database, collection: str, ids: list[str], provider: str, model_id: str
) -> frozenset[ModelRef]:
    listed = await read_all(database, collection, {model_id: {"$in": ids}}, projection=[provider, model_id])
    return frozenset(ref for document in listed if (ref := ref_in(document, provider, model_id)))
