"""Whether catalogues and providers' published lists name an id: shown as evidence, and asked by one gate."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from operator_core.domain.base import ModelRef, plain
from operator_core.options import MongoOptions
from operator_core.store.mongo import Database, raises_facts_unreadable, read_all
from operator_core.store.platform.rows import ref_in
from operator_core.text.model_ids import PATTERNS, bare_names, names_it, what_it_is

WITNESSES = "operator_witnesses"
"""Ids that direct providers serve, as published: documents with `provider` and `model_id`."""
SYNCS = "operator_catalog_syncs"
"""Every attempt to fetch a list."""
LATELY = timedelta(days=7)


async def listed_among(
    database: Database, mongo: MongoOptions, refs: Sequence[ModelRef]
) -> frozenset[ModelRef]:
    """Those of `refs` that a provider's published list or the catalogue's matches name, or the catalogue by
    their maker's own name: `openai/gpt-4.5` is OpenAI's gpt-4.5."""
    if not refs:
        return frozenset()
    ids = sorted({ref.model_id for ref in refs})
    matched, pairs = ("matched_provider", "matched_model_id"), set[ModelRef | None]()
    for collection, names in ((WITNESSES, ("provider", "model_id")), (mongo.openrouter_catalog, matched)):
        documents = await read_all(database, collection, {names[1]: {"$in": ids}}, projection=names)
        pairs.update(ref_in(document, *names) for document in documents)
    own = {"openrouter_id": {"$in": sorted({str(ref) for ref in refs})}}
    listed = await read_all(database, mongo.openrouter_catalog, own, projection=["openrouter_id"])
    named = [document["openrouter_id"] for document in listed]
    return frozenset(ref for ref in refs if ref in pairs or str(ref) in named)


async def providers_listed(database: Database) -> Collection[str]:
    """Those of which a published list is known, by their plain names."""
    with raises_facts_unreadable(WITNESSES):
        return frozenset(plain(str(name)) for name in await database[WITNESSES].distinct("provider"))


async def offered_among(
    database: Database, refs: Collection[ModelRef], answering: Iterable[ModelRef], now: datetime
) -> Mapping[ModelRef, bool]:
    """Whether its provider's own list names each of `refs`, in any spelling. That it doesn't is believed of a
    list renewed lately that names more than half of the models `answering` there, two at least. Absent where
    nobody knows: of what is one's own, or may be what the list names."""
    providers = {ref.plain_provider for ref in refs}
    lately = {"outcome": "good", "started_at": {"$gt": now - LATELY}}
    syncs = await read_all(database, SYNCS, lately, projection=["copy_id"]) if refs else []
    copies = [None, *(sync.get("copy_id") for sync in syncs)]
    theirs = {"provider": {"$in": [*providers, *(r.provider for r in refs)]}, "copy_id": {"$in": copies}}
    listed = defaultdict[object, list[ModelRef]](list)
    names = ("provider", "model_id")
    for one in await read_all(database, WITNESSES, theirs, projection=names) if refs else ():
        if ref := ref_in(one):
            for name in bare_names(ref):
                listed[ref.plain_provider, name].append(ref)

    def named(ref: ModelRef) -> bool | None:
        said = {names_it(one, ref) for name in bare_names(ref) for one in listed[ref.plain_provider, name]}
        return True in said or (None if None in said or PATTERNS["private"].search(ref.model_id) else False)

    well = {(r.plain_provider, what_it_is(r)): named(r) for r in answering if r.plain_provider in providers}
    by = {name: [it is True for (its, _), it in well.items() if its == name] for name in providers}
    believed = {name for name, all_ in by.items() if sum(all_) > max(1, len(all_) / 2)}
    asked = ((ref, named(ref)) for ref in refs)
    return {ref: it for ref, it in asked if it or (it is False and ref.plain_provider in believed)}
