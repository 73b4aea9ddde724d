"""From the platform's documents to values. They are dirty: what can't be read is counted, never fatal."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from operator_core.domain.base import EndingFlag, Flag, Frozen, ModelRef, Moment, to_utc
from operator_core.domain.kinds import Kind
from operator_core.domain.signals import FailureGroup, joined
from operator_core.store.mongo import Document, comparable
from operator_core.store.platform.times import TimeField
from operator_core.text.failures import read_failure
from operator_core.words import plural

Problems = Counter[tuple[str, str]]
"""How many rows, by collection and by what is wrong with them."""


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


Name = Annotated[str | None, BeforeValidator(_name)]


class ModelEntry(Frozen):
    """What `models` says about a model."""

    enabled: Flag = False
    deprecated: EndingFlag = False
    successor: Annotated[Name, Field(validation_alias="successor_model")] = None
    created_at: Moment = None


class Tally(Frozen):
    """The rows of one model in one collection within the window."""

    count: int = 0
    recent: int = 0
    first: datetime | None = None
    lasts: tuple[tuple[TimeField, datetime], ...] = ()
    """The last time in each of the time fields that this model's rows have."""

    @property
    def last(self) -> datetime | None:
        return max((last for _, last in self.lasts), default=None)

    def joined(self, other: "Tally") -> "Tally":
        return Tally(
            count=self.count + other.count,
            recent=self.recent + other.recent,
            first=min((t for t in (self.first, other.first) if t), default=None),
            lasts=self.lasts + other.lasts,
        )


class Causes(Frozen):
    """A model's failures within a span."""

    count: int = 0
    first: datetime | None = None
    groups: tuple[FailureGroup, ...] = ()


def ref_in(document: Document, provider: str = "provider", model_id: str = "model_id") -> ModelRef | None:
    """The model that a document names in these fields; None where one of them holds no text."""
    names = {"provider": document.get(provider), "model_id": document.get(model_id)}
    return ModelRef(**names) if all(isinstance(name, str) for name in names.values()) else None


def model_entries_from(
    documents: Iterable[Document], collection: str, problems: Problems
) -> dict[ModelRef, ModelEntry]:
    """The platform's models. Of several documents for one model, the one that lets it run counts."""
    entries: dict[ModelRef, ModelEntry] = {}
    for document in documents:
        ref = _ref(document.get("provider"), document.get("model_id"), "model_id", collection, problems)
        if ref is None:
            continue
        value = ModelEntry.model_validate(document, extra="ignore")
        if ref in entries:
            problems[collection, "a provider and model_id that another has too"] += 1
        entries[ref] = max(entries.get(ref, value), value, key=lambda one: (one.enabled, not one.deprecated))
    return entries


def tallies_from(
    documents: Iterable[Document], time_field: TimeField, collection: str, problems: Problems
) -> dict[ModelRef, Tally]:
    """One time field's tallies by model; rows whose time can't be used are counted."""
    tallies: dict[ModelRef, Tally] = {}
    for document in documents:
        names, rows = document["_id"], document["count"]
        if names.get("problem"):
            problems[collection, names["problem"]] += rows
            continue
        ref = _ref(names.get("provider"), names.get("model"), "model_name", collection, problems, rows)
        if ref is None:
            continue
        lasts = ((time_field, to_utc(document["last"])),)
        tallies[ref] = Tally(
            count=rows, recent=document["recent"], first=to_utc(document["first"]), lasts=lasts
        )
    return tallies


def causes_from(documents: Iterable[Document], ref: ModelRef) -> Causes:
    """Reads the texts, and joins what has the same kind and pattern; most frequent first."""
    by_cause: dict[tuple[Kind, str], FailureGroup] = {}
    summed_up = tuple(documents)
    for document in summed_up:
        groups = (*document["frequent"], *document["oldest"])  # one may be among both
        for group in {comparable(group["_id"]): group for group in groups}.values():
            read = _group(group, ref)
            key = (read.kind, read.pattern)
            by_cause[key] = _joined(by_cause[key], read) if key in by_cause else read
    ordered = sorted(by_cause.values(), key=lambda one: (-one.count, one.first, one.kind, one.pattern))
    first = min((to_utc(document["first"]) for document in summed_up), default=None)
    return Causes(count=sum(one["count"] for one in summed_up), first=first, groups=tuple(ordered))


def usual_interval(successes: Tally, failures: Tally) -> timedelta | None:
    """Mean time between runs; None below two runs."""
    both = successes.joined(failures)
    if both.count < 2 or both.first is None or both.last is None:
        return None
    return (both.last - both.first) / (both.count - 1)


def lines_of(problems: Problems) -> tuple[str, ...]:
    """A counted line for each problem, fit to show."""
    return tuple(
        f"{plural(count, 'row')} in {collection} {'has' if count == 1 else 'have'} {problem}"
        for (collection, problem), count in sorted(problems.items())
    )


def _ref(
    provider: object, model: object, model_field: str, collection: str, problems: Problems, rows: int = 1
) -> ModelRef | None:
    provider_name, model_name = _name(provider), _name(model)
    if provider_name is None or model_name is None:
        problems[collection, f"no {'provider' if provider_name is None else model_field}"] += rows
        return None
    return ModelRef(provider=provider_name, model_id=model_name)


def _group(document: Document, ref: ModelRef) -> FailureGroup:
    names = document["_id"]
    error_kind = names.get("kind")
    reading = read_failure(
        document["sample"],
        provider=ref.provider,
        model_id=ref.model_id,
        http_status=_status(names.get("status")),
        error_kind=error_kind if isinstance(error_kind, str) else None,
    )
    return FailureGroup(
        count=document["count"],
        first=to_utc(document["first"]),
        last=to_utc(document["last"]),
        **reading.model_dump(exclude={"rule"}),
    )


def _status(value: object) -> int | None:
    """An HTTP status, also where it was written as text or as a float."""
    text = str(value).removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) == 3 else None


def _joined(one: FailureGroup, other: FailureGroup) -> FailureGroup:
    newest = joined((other, one))
    return newest.model_copy(update={"successor": newest.successor or one.successor or other.successor})
