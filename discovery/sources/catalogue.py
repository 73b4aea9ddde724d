"""What OpenRouter's catalogue says about a model, and which entries are no models of their own. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AliasPath, BeforeValidator, Field, Strict

from operator_core.domain.base import (
    EVER,
    Count,
    Day,
    Frozen,
    Line,
    Moment,
    Text,
    mapping_in,
    otherwise,
    to_utc,
)
from operator_core.errors import FetchFailed

ROUTERS = re.compile(r"^openrouter/|(^|[/-])(auto|router)$")
GUARDS = re.compile(r"guard|moderation|content-safety|(^|[-/])shield")
EMBEDDINGS = re.compile(r"embed|rerank")
AUDIO = re.compile(r"-audio(-|$)|-tts(-|$)|-realtime(-|$)|whisper|transcribe")
IMAGES = re.compile(r"-image(-|$)|dall-e|(^|/)flux")


def _moment(value: object) -> object:
    """Seconds since 1970 as a time, where they are a plausible one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value if isinstance(value, datetime) else None
    return datetime.fromtimestamp(int(value), UTC) if 0 < value < 4e9 else None


UNSAID = -1.0
Dollars = Annotated[float, Field(allow_inf_nan=False), otherwise(UNSAID)]
Texts = Annotated[tuple[Text, ...], AfterValidator(lambda texts: tuple(filter(None, texts))), otherwise(())]


class Entry(Frozen, validate_by_name=True):
    """One model of the catalogue; what is missing there or odd is empty."""

    openrouter_id: Annotated[str, Field(validation_alias="id")]
    name: Line = ""
    hugging_face_id: Line = ""
    """Where its weights are published: a spelling that says exactly which model it is."""
    canonical_slug: Line = ""
    """The exact model that the id stands for today, often with its date."""
    created: Annotated[datetime | None, BeforeValidator(_moment)] = None
    context_length: Count = None
    price_in: Annotated[Dollars, Field(validation_alias=AliasPath("pricing", "prompt"))] = UNSAID
    """US dollars a token; below zero where it varies or isn't said."""
    price_out: Annotated[Dollars, Field(validation_alias=AliasPath("pricing", "completion"))] = UNSAID
    outputs: Annotated[Texts, Field(validation_alias=AliasPath("architecture", "output_modalities"))] = ()
    """text, image, audio …; empty where the catalogue doesn't say."""
    expiration_date: Annotated[Day, BeforeValidator(lambda day: str(day)[:10])] = ""

    @property
    def exact(self) -> str:
        """Which model it is, whatever it is called."""
        return (self.canonical_slug or self.openrouter_id).casefold()

    @property
    def age(self) -> float:
        """Sorts the newest first; of unknown age last."""
        return -self.created.timestamp() if self.created else 0.0


def without_maker(name: str) -> str:
    """A display name as the maker's own: "Claude 3.5 Haiku" of "Anthropic: Claude 3.5 Haiku"."""
    return name.partition(": ")[2] or name


class KeptEntry(Entry):
    """A model of the catalogue as it is kept; other programs write here too."""

    last_seen_at: Annotated[datetime, Strict(), AfterValidator(to_utc), otherwise(EVER)] = EVER
    returned_at: Moment = None
    """When it was listed again after it had vanished."""


class Fetched(Frozen):
    """A public list as it was just fetched."""

    size: int
    """How many entries it has as a whole: by that a part is told from it."""
    unreadable: int


class CataloguePage(Fetched):
    """One answer of OpenRouter, read into entries."""

    raw: Mapping[str, Mapping[str, object]]
    """Each model's whole entry by its id: fields we don't know are kept."""


def read_page(document: object) -> CataloguePage:
    """Raises FetchFailed where this is no catalogue."""
    models = document.get("data") if isinstance(document, dict) else None
    if not isinstance(models, list):
        raise FetchFailed("the answer has no list of models")
    total = mapping_in(document).get("total_count")
    if isinstance(total, int) and total > len(models):
        raise FetchFailed(f"only {len(models):,} of {total:,} models")
    raw = {m["id"]: m for m in models if isinstance(m, dict) and _is_id(m.get("id"))}
    if not raw:
        raise FetchFailed("the answer lists no models")
    return CataloguePage(size=len(raw), raw=raw, unreadable=len(models) - len(raw))


def entry_of(model: Mapping[str, object]) -> Entry:
    """One raw entry, whose `id` is a string."""
    return Entry.model_validate(model, extra="ignore", by_name=False)


def left_out(entry: Entry) -> str:
    """Why this is nothing to measure, in a word or two; empty for a model that answers in text."""
    slug = entry.openrouter_id.casefold()
    if slug.startswith("~"):
        return "moving alias"
    if ":" in slug:
        return f"variant :{slug.rpartition(':')[2]}"
    reasons = {
        "router": ROUTERS.search(slug),
        "guard": GUARDS.search(slug),
        "embedding": EMBEDDINGS.search(slug) or "embeddings" in entry.outputs,
        "audio output": AUDIO.search(slug) or "audio" in entry.outputs,
        "image output": IMAGES.search(slug) or "image" in entry.outputs,
        "no text output": entry.outputs and "text" not in entry.outputs,
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def _is_id(value: object) -> bool:
    return isinstance(value, str) and "/" in value and len(value) <= 200
