"""Which models are run now, and how many of a provider: asked before one is switched off."""

from operator_core.domain.base import NOT_SET, ModelRef
from operator_core.store.mongo import Collection, raises_store_unavailable
from operator_core.store.platform.rows import ref_in

RUNNING = {"enabled": True, "deprecated": {"$in": list(NOT_SET)}}
"""What the benchmark's scheduler runs."""


@raises_store_unavailable
async def running(models: Collection) -> frozenset[ModelRef]:
    """All models that are run now."""
    documents = await models.find(RUNNING, {"provider": 1, "model_id": 1}).to_list()
    return frozenset([ref for document in documents if (ref := ref_in(document))])


@raises_store_unavailable
async def providers_of(models: Collection) -> frozenset[str]:
    """All providers of the catalogue, whether any of their models is run or not."""
    return frozenset(name for name in await models.distinct("provider") if isinstance(name, str) and name)


@raises_store_unavailable
async def enabled_at(models: Collection, provider: str) -> int:
    """How many models of the provider are run now."""
    return await models.count_documents({"provider": provider, **RUNNING})
