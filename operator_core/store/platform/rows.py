"""From the platform's documents to values. They are dirty: what can't be read is counted, never fatal."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from bson import ObjectId
from pydantic import BeforeValidator, Field

from operator_core.diagnosis.alike import shape_of
from operator_core.diagnosis.results import Names, Results, Said
from operator_core.domain.base import EndingFlag, Flag, Frozen, ModelRef, Moment
from operator_core.store.mongo import Document
from operator_core.store.platform.times import ERROR_TIMES, SUCCESS_TIMES, TimeProblem
from operator_core.text.masking import redact
from operator_core.words import plural

EXAMPLES = 3
TRACEBACK = "Traceback (most recent call last)"
TEXT_FIELDS = ("message", "error", "error.message", "traceback", "normalized_message")
"""Where a row keeps its text, in the order of trust."""
STATUS_FIELDS = ("http_status", "status_code")
NAMED = ("provider", "model_name")
SAYING = ("error_kind", "stage", *STATUS_FIELDS, *(name for name in TEXT_FIELDS if "." not in name))
SHOWN = ("_id", *NAMED, *SUCCESS_TIMES, *ERROR_TIMES, "model_id")


def _name(value: object) -> str | None:
    """A text that says something, as plain text: BSON's code is a text too, and can't be a key."""
    return str(value) if isinstance(value, str) and value.strip() else None


Name = Annotated[str | None, BeforeValidator(_name)]


class ModelEntry(Frozen):
    """What `models` says about a model."""

    enabled: Flag = False
    deprecated: EndingFlag = False
    successor: Annotated[Name, Field(validation_alias="successor_model")] = None
    created_at: Moment = None


@dataclass
class Problems:
    """How many rows, by collection and by what is wrong with them; of each a few, to look at."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: defaultdict[tuple[str, str], list[Document]] = field(default_factory=lambda: defaultdict(list))

    def add(self, collection: str, why: str, rows: int = 1, examples: Iterable[Document] = ()) -> None:
        self.counts[collection, why] += rows
        shown_already = self.examples[collection, why]
        shown_already += [one for one, _ in zip(examples, range(EXAMPLES - len(shown_already)), strict=False)]

    @property
    def lines(self) -> tuple[str, ...]:
        """A counted line for each problem, fit to show."""
        return tuple(
            f"{plural(count, 'row')} in {collection} {'has' if count == 1 else 'have'} {why}"
            for (collection, why), count in sorted(self.counts.items())
            if count
        )


def shown(row: Document) -> str:
    """The part of a row that can't be read by which it is found, and of what is neither text nor time which
    type it has: a number looks like text."""
    plain = (str, datetime, ObjectId, type(None))
    there = ((name, row[name]) for name in SHOWN if name in row)
    return ", ".join(
        f"{name}: {redact(str(one), 60)}{'' if isinstance(one, plain) else f' ({type(one).__name__})'}"
        for name, one in there
    )


def ref_in(document: Document, provider: str = "provider", model_id: str = "model_id") -> ModelRef | None:
    """The model that a document names in these fields; None where one of them holds no text."""
    names = {"provider": document.get(provider), "model_id": document.get(model_id)}
    return ModelRef(**names) if all(map(_name, names.values())) else None


def model_entries_from(
    documents: Iterable[Document], collection: str, problems: Problems
) -> dict[ModelRef, ModelEntry]:
    """The platform's models. Of several documents for one model, the one that lets it run counts."""
    entries: dict[ModelRef, ModelEntry] = {}
    for document in documents:
        provider, model_id = names_in(document, "model_id")
        if not model_id:
            problems.add(collection, unnamed(provider, "model_id"), examples=[document])
            continue
        ref = ModelRef(provider=provider, model_id=model_id)
        value = ModelEntry.model_validate(document, extra="ignore")
        if ref in entries:
            problems.add(collection, "a provider and model_id that another has too", examples=[document])
        entries[ref] = max(entries.get(ref, value), value, key=lambda one: (one.enabled, not one.deprecated))
    return entries


def names_in(row: Document, model_field: str = "model_name") -> Names:
    provider, model = _name(row.get("provider")) or "", _name(row.get(model_field)) or ""
    return (provider, model) if provider else ("", "")


def unnamed(provider: str, model_field: str = "model_name") -> str:
    """What is wrong with a row that names no model: what there is, a number perhaps, is no text."""
    return f"no text in {model_field if provider else 'provider'}"


def take(
    row: Document, names: Names, at: int | TimeProblem, results: Results, *, failed: bool, until: int
) -> str | None:
    """Adds what a row says, later than `until` too; gives back what is wrong with it, if anything."""
    if isinstance(at, TimeProblem):
        results.odd[at] += 1
        if not failed:
            results.runs[names].undated += 1
        return at
    if failed:
        said, text = _said(row, names[1])
        if at > until:  # its text must not stand for what came before
            said = said._replace(shape=text)
        results.runs[names].fails(said, (at,), at, text)
    else:
        results.runs[names].answered.append(at)
    return TimeProblem.FUTURE if at > until else None if names[1] else unnamed(names[0])


def _said(row: Document, model_id: str) -> tuple[Said, str]:
    """What a failure's row says, and its text without secrets."""
    shape, safe, leaks = shape_of(_text(row), model_id)
    said = Said(
        shape=shape,
        status=_status(next((row[name] for name in STATUS_FIELDS if row.get(name) is not None), None)),
        error_kind=_name(row.get("error_kind")),
        stage=_name(row.get("stage")),
        leaks=leaks,
    )
    return said, safe


def _text(row: Document) -> str:
    """The first of the text fields that holds text; of a traceback its last line."""
    error = row.get("error")
    while isinstance(error, dict) and not error.get("message") and isinstance(error.get("error"), dict):
        error = error["error"]
    inner = error.get("message") if isinstance(error, dict) else None
    candidates = (inner if name == "error.message" else row.get(name) for name in TEXT_FIELDS)
    text = next(filter(None, map(_as_text, candidates)), "")
    return text.rstrip().rsplit("\n", 1)[-1] if text.startswith(TRACEBACK) else text


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if isinstance(value, str | int | float) else ""
    return text if text.strip() else ""


def _status(value: object) -> int | None:
    """An HTTP status, also where it was written as text, with its words, or as a float."""
    digits = re.match(r"\s*([1-5][0-9]{2})(?:\.0|\s.*)?\s*$", str(value))
    return int(digits[1]) if digits else None
