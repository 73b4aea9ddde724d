"""A small market: what witnesses list, for the tests of matching."""

from datetime import date, datetime

from discovery.matching.match import Match, Matching, match
from discovery.sources.catalogue import Entry
from discovery.sources.directories import Listing
from operator_core.domain.base import ModelRef

TODAY = date(2026, 11, 18)
PROVIDERS = (
    "anthropic",
    "openai",
    "bedrock",
    "vertex",
    "together",
    "groq",
    "fireworks",
    "deepinfra",
    "cerebras",
)


def listed(ref: str, name: str = "", source: str = "models.dev", ends: str = "") -> Listing:
    """`ref`: provider/id, as in `groq/llama-3.1-8b-instant`."""
    provider, _, model_id = ref.partition("/")
    return Listing(provider=provider, model_id=model_id, name=name, source=source, deprecation_date=ends)


def ref(text: str) -> ModelRef:
    provider, _, model_id = text.partition("/")
    return ModelRef(provider=provider, model_id=model_id)


def entry(
    openrouter_id: str,
    name: str = "",
    weights: str = "",
    outputs: tuple[str, ...] = ("text",),
    exact: str = "",
    created: datetime | None = None,
) -> Entry:
    """`exact`: the catalogue's canonical_slug."""
    return Entry(
        openrouter_id=openrouter_id,
        name=name,
        hugging_face_id=weights,
        outputs=outputs,
        canonical_slug=exact,
        created=created,
    )


def matched(*entries: Entry | str, listings: tuple[Listing, ...], platform: tuple[str, ...] = ()) -> Matching:
    catalogue = [entry(one) if isinstance(one, str) else one for one in entries]
    return match(catalogue, [ref(one) for one in platform], PROVIDERS, listings, TODAY)


def ids(found: Matching) -> list[str]:
    return [str(one.ref) for one in found.matches]


def only(found: Matching) -> Match:
    (one,) = found.matches
    return one
