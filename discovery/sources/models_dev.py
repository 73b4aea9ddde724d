"""models.dev: by provider, and then by model. Pure."""

from collections.abc import Collection, Iterator

from discovery.sources.directories import OURS, Document, Listing, Source, listing_of
from operator_core.domain.base import ModelRef, mapping_in


def _read(document: Document, providers: Collection[str]) -> Iterator[Listing | None]:
    for theirs, described in document.items():
        provider = OURS.get(theirs, theirs)
        for model_id, model in _models(described).items() if provider in providers else ():
            if not model_id or not isinstance(model, dict):
                yield None
                continue
            outputs, cost = mapping_in(model.get("modalities")).get("output"), mapping_in(model.get("cost"))
            ref = ModelRef(provider=provider, model_id=model_id)
            yield listing_of(MODELS_DEV, ref, model, outputs, (cost.get("input"), cost.get("output")))


def _models(described: object) -> Document:
    return mapping_in(mapping_in(described).get("models"))


MODELS_DEV = Source("models.dev", "models_dev_url", _read, lambda d: sum(map(len, map(_models, d.values()))))
