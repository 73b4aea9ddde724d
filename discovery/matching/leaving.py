"""Which models that the platform runs are leaving, and which that it switched off came back. Pure.

That a model is leaving is shown, and corroborates a later "gone". It disables nothing by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from discovery.matching.platform_model import PlatformModel
from discovery.sources.catalogue import KeptEntry
from discovery.sources.directories import Listing
from operator_core.domain.base import Frozen, ModelRef
from operator_core.text.model_ids import same_model

MISSING = "missing from three syncs in a row"


class Departure(Frozen):
    """A model that the platform runs, and that somebody says will go."""

    ref: ModelRef
    date: str = ""
    """YYYY-MM-DD; empty where it is gone from the catalogue without one."""
    source: str
    successor: str = ""
    """The platform's `successor_model`, where that provider lists it."""


def departures(
    models: Iterable[PlatformModel],
    running: Mapping[str, Sequence[ModelRef]],
    catalogue: Mapping[str, KeptEntry],
    vanished: Mapping[str, Sequence[ModelRef]],
    listings: Sequence[Listing],
) -> tuple[Departure, ...]:
    """Soonest first. `running`, `vanished`: the platform's models by catalogue entry, listed or no longer."""
    dates: dict[ModelRef, tuple[str, str]] = {}

    def say(ref: ModelRef, date: str, source: str) -> None:
        dates[ref] = min(dates.get(ref, (date, source)), (date, source))

    for openrouter_id, refs in running.items():
        if date := catalogue[openrouter_id].entry.expiration_date[:10]:
            for ref in refs:
                say(ref, date, "OpenRouter")
    for listing in listings:
        if listing.deprecation_date:
            say(listing.ref, listing.deprecation_date, listing.source)
    for refs in vanished.values():
        for ref in refs:
            dates.setdefault(ref, ("", MISSING))
    leaving = (
        Departure(
            ref=model.ref,
            date=dates[model.ref][0],
            source=dates[model.ref][1],
            successor=_successor(model, listings),
        )
        for model in models
        if model.runs and model.ref in dates
    )
    return tuple(sorted(leaving, key=lambda one: (one.date or "0", one.ref)))


def returning(
    models: Iterable[PlatformModel],
    running: Mapping[str, Sequence[ModelRef]],
    catalogue: Mapping[str, KeptEntry],
    proposed_lately: Iterable[ModelRef],
) -> tuple[tuple[PlatformModel, str], ...]:
    """Models that we switched off, and whose catalogue entry vanished and came back; with that entry."""
    lately = frozenset(proposed_lately)
    entries = {ref: openrouter_id for openrouter_id, refs in running.items() for ref in refs}
    return tuple(
        (model, entries[model.ref])
        for model in models
        if model.disabled_by_us
        and not model.enabled
        and model.ref in entries
        and model.ref not in lately
        and _came_back(catalogue[entries[model.ref]].returned_at, model.disabled_at)
    )


def _came_back(returned_at: datetime | None, disabled_at: datetime | None) -> bool:
    return returned_at is not None and (disabled_at is None or returned_at > disabled_at)


def _successor(model: PlatformModel, listings: Iterable[Listing]) -> str:
    if not model.successor:
        return ""
    offered = (x.model_id for x in listings if x.provider == model.ref.provider and not x.deprecated)
    return next((one for one in offered if same_model(one, model.successor)), "")
