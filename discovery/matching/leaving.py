"""Which models that the platform runs are leaving, and which that it switched off came back. Pure.

That a model is leaving is shown, and corroborates a later "gone". It disables nothing by itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from discovery.sources.catalogue import Entry, KeptEntry, left_out
from discovery.sources.directories import Listing
from operator_core.domain.base import EVER, EndingFlag, Flag, Frozen, ModelRef, Moment, Text
from operator_core.text.model_ids import same_model

MISSING = "missing from OpenRouter's list three times running"


class PlatformModel(Frozen):
    """A model of the platform, enabled or not."""

    ref: ModelRef
    display_name: Text = ""
    enabled: Flag = False
    deprecated: EndingFlag = False
    successor_model: Text = ""
    disabled_by_us: bool = False
    disabled_at: Moment = None
    added_by_us: bool = False

    @property
    def runs(self) -> bool:
        return self.enabled and not self.deprecated


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
    listed: Sequence[Entry],
    vanished: Mapping[str, Sequence[ModelRef]],
    listings: Sequence[Listing],
) -> tuple[Departure, ...]:
    """Dated ones first, the soonest before the others. `running`, `vanished`: the platform's models by
    catalogue entry, listed or no longer. What stays under another name isn't leaving."""
    staying = {entry.exact for entry in listed if not entry.expiration_date and not left_out(entry)}
    ending = [x for x in listed if x.expiration_date and x.exact not in staying]
    days = ((x.expiration_date, running.get(x.openrouter_id, ())) for x in ending)
    said = [(ref, (day, "OpenRouter")) for day, refs in days for ref in refs]
    said += [(x.ref, (x.deprecation_date, x.source)) for x in listings if x.deprecation_date]
    ends = {ref: ("", MISSING) for refs in vanished.values() for ref in refs}
    ends |= dict(sorted(said, reverse=True))  # of several dates the first stays
    leaving: list[Departure] = []
    for model in models:
        if model.runs and model.ref in ends:
            date, source = ends[model.ref]
            offered = (x for x in listings if x.provider == model.ref.provider and not x.deprecated)
            named = (x.model_id for x in offered if same_model(x.model_id, model.successor_model))
            successor = next(named, "") if model.successor_model else ""
            leaving.append(Departure(ref=model.ref, date=date, source=source, successor=successor))
    return tuple(sorted(leaving, key=lambda one: (one.date or "9999", one.ref)))


def returning(
    models: Iterable[PlatformModel],
    running: Mapping[str, Sequence[ModelRef]],
    catalogue: Mapping[str, KeptEntry],
    proposed_lately: Collection[str],
) -> tuple[tuple[PlatformModel, str], ...]:
    """Models that we switched off, and whose catalogue entry vanished and came back; with that entry. Left
    alone are the refs `proposed_lately`, as text."""
    entries = {ref: openrouter_id for openrouter_id, refs in running.items() for ref in refs}
    returned_at = {ref: catalogue[name].returned_at or EVER for ref, name in entries.items()}
    return tuple(
        (model, entries[model.ref])
        for model in models
        if model.disabled_by_us
        and not model.enabled
        and str(model.ref) not in proposed_lately
        and returned_at.get(model.ref, EVER) > (model.disabled_at or EVER)
    )
