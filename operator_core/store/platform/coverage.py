"""Who else runs a model: what the site loses when it is switched off here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pymongo.asynchronous.collection import AsyncCollection

from operator_core.domain.base import ModelRef
from operator_core.policy.drafts import what_it_is
from operator_core.store.mongo import Document, raises_store_unavailable

RUNNING = {"enabled": True, "deprecated": {"$ne": True}}
"""What the benchmark's scheduler runs."""


@raises_store_unavailable
async def kept_elsewhere(
    models: AsyncCollection[Document], refs: Sequence[ModelRef]
) -> Mapping[ModelRef, int]:
    """For each of these, how many other providers run the same model, whatever they call it."""
    providers: dict[object, set[str]] = defaultdict(set)
    async for found in models.find(RUNNING, {"provider": 1, "model_id": 1}):
        provider, model_id = found.get("provider"), found.get("model_id")
        if isinstance(provider, str) and isinstance(model_id, str):
            providers[what_it_is(ModelRef(provider=provider, model_id=model_id))].add(provider)
    return {ref: len(providers[what_it_is(ref)] - {ref.provider}) for ref in refs}


@raises_store_unavailable
async def enabled_at(models: AsyncCollection[Document], provider: str) -> int:
    """How many models of the provider are run now."""
    return await models.count_documents({"provider": provider, **RUNNING})
