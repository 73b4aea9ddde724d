"""What public lists say of providers' ids: our witnesses. Pure.

They are edited by many hands. An entry that names no model is left out; one that can't be read is counted.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AliasChoices, AliasPath, Field

from discovery.sources.catalogue import Fetched
from operator_core.domain.base import Count, Day, Frozen, Line, ModelRef, otherwise
from operator_core.errors import FetchFailed

OURS = {
    "amazon-bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "google-vertex": "vertex",
    "google-vertex-anthropic": "vertex",
    "vertex_ai": "vertex",
    "togetherai": "together",
    "together_ai": "together",
    "fireworks-ai": "fireworks",
    "fireworks_ai": "fireworks",
}
"""The lists' names for providers, where they aren't ours; `vertex_ai-llama_models` is vertex, too."""
SAID = ("name", "deprecation_date", "price", "context_length")
CONTEXTS = AliasChoices("context_length", AliasPath("limit", "context"), "max_input_tokens")
Document = Mapping[str, object]


class Listing(Frozen):
    """A provider's model, as one witness lists it."""

    provider: str
    model_id: str
    """As the provider wants to be asked for it."""
    source: str
    name: Line = ""
    text_output: bool = True
    deprecation_date: Day = ""
    """YYYY-MM-DD; empty where none is listed."""
    price: Annotated[tuple[float, float] | None, otherwise(None)] = None
    """US dollars for a million tokens: asked, answered."""
    context_length: Annotated[Count, Field(validation_alias=CONTEXTS)] = None
    deprecated: bool = False
    """The witness says that it is on its way out, or gone."""

    @property
    def ref(self) -> ModelRef:
        return ModelRef(provider=self.provider, model_id=self.model_id)


class Directory(Fetched):
    """What one witness lists for our providers; its size counts the others', too."""

    listings: tuple[Listing, ...]


@dataclass(frozen=True)
class Source:
    """A public list. A further one is a file with such a value, its place in `SOURCES`, and its option."""

    name: str
    option: str
    """The key of [discovery] that has its address."""
    entries: Callable[[Document, Collection[str]], Iterable[Listing | None]]
    """What it lists for these providers; None for what can't be read."""
    size: Callable[[Document], int] = len

    def read(self, document: object, providers: Collection[str]) -> Directory:
        """Raises FetchFailed where the document isn't of the agreed shape at all."""
        if not isinstance(document, dict) or not document:
            raise FetchFailed(f"{self.name}: expected an object of entries")
        entries = tuple(self.entries(document, providers))
        listings: dict[ModelRef, Listing] = {}
        for one in filter(None, entries):
            first = listings.setdefault(one.ref, one)
            # Of two entries for one id, all that either says; the first where both do.
            said = {field: getattr(first, field) or getattr(one, field) for field in SAID}
            listings[one.ref] = first.model_copy(update=said)
        in_order = tuple(listings[ref] for ref in sorted(listings))
        return Directory(listings=in_order, size=self.size(document), unreadable=entries.count(None))


def listing_of(
    source: Source, ref: ModelRef, model: Document, outputs: object, price: Iterable[Any], per: float = 1
) -> Listing:
    """An entry; its prices, asked and answered, times `per` are US dollars for a million tokens."""
    said = {
        "price": [round(x * per, 6) if type(x) in (int, float) and 0 <= x < 1e6 else None for x in price],
        "text_output": not isinstance(outputs, list) or "text" in outputs,
        "deprecated": model.get("status") == "deprecated",
    }
    return Listing.model_validate(
        {**model, **ref.model_dump(), "source": source.name, **said}, extra="ignore"
    )
