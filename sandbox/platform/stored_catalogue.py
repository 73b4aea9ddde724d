"""What the platform has stored of the OpenRouter catalogue: the models it measures, and one successor."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.catalogue.data import entry_of
from sandbox.platform.families import Family, Offer, title
from sandbox.platform.values import Document

if TYPE_CHECKING:
    from sandbox.platform.casting import Part

FIRST_SEEN = timedelta(days=90)
LAST_SEEN = timedelta(hours=20)


def catalog_documents(parts: Iterable["Part"], now: datetime) -> tuple[Document, ...]:
    """One document for each family, matched with the first of the providers that the platform has it from."""
    documents: dict[str, Document] = {}
    for part in parts:
        if part.offer is not None and part.offer.family.slug not in documents:
            documents[part.offer.family.slug] = _matched(part.offer, now)
        if part.successor and not part.successor_listed:
            slug = f"openai/{part.successor}"
            documents[slug] = _document(Family(slug=slug, name=title(part.successor)), now)
    return tuple(documents[slug] for slug in sorted(documents))


def _matched(offer: Offer, now: datetime) -> Document:
    return _document(offer.family, now) | {
        "matched_provider": offer.provider,
        "matched_model_id": offer.model_id,
        "match_confidence": 1.0,
        "match_reasoning": "measured already",
    }


def _document(family: Family, now: datetime) -> Document:
    entry = entry_of(family, now)
    return {
        "openrouter_id": entry["id"],
        "name": entry["name"],
        "org": family.slug.split("/")[0],
        "pricing": {key: entry["pricing"][key] for key in ("prompt", "completion")},
        "context_length": entry["context_length"],
        "created": entry["created"],
        "first_seen_at": now - FIRST_SEEN,
        "last_seen_at": now - LAST_SEEN,
        "matched_provider": None,
        "matched_model_id": None,
        "match_confidence": None,
        "match_reasoning": None,
    }
