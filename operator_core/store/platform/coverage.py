"""How many providers run a model, and how many models a provider runs: asked before one is switched off."""

from collections.abc import Mapping, Sequence

from pymongo.asynchronous.collection import AsyncCollection

from operator_core.domain.base import ModelRef
from operator_core.policy.drafts import other_providers
from operator_core.store.mongo import Document, raises_store_unavailable
from operator_core.store.platform.rows import ref_in

RUNNING = {"enabled": True, "deprecated": {"$ne": True}}
"""What the benchmark's scheduler runs."""


@raises_store_unavailable
async def kept_elsewhere(
    models: AsyncCollection[Document], refs: Sequence[ModelRef]
) -> Mapping[ModelRef, int]:
    """For each of these, how many other providers run the same model, whatever they call it."""
    documents = await models.find(RUNNING, {"provider": 1, "model_id": 1}).to_list()
    return other_providers(refs, [ref for document in documents if (ref := ref_in(document))])


@raises_store_unavailable
async def enabled_at(models: AsyncCollection[Document], provider: str) -> int:
    """How many models of the provider are run now."""
    return await models.count_documents({"provider": provider, **RUNNING})
