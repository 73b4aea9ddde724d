"""Which successor a model that is gone would get: recorded by people, or named by the provider's message.

A named id counts only where it is listed: by the platform, by a catalogue, or by a provider's own list.
"""

from collections.abc import Collection, Mapping, Sequence

from operator_core.domain.base import ModelRef
from operator_core.domain.signals import Facts
from operator_core.domain.situations import AffectedModel, Situation


def candidates(situations: Sequence[Situation]) -> tuple[ModelRef, ...]:
    """The ids to look up: all that people recorded or messages named, as the provider would spell them."""
    named = (_named(affected) for situation in situations for affected in situation.affected)
    return tuple(sorted({ref for refs in named for ref in refs}))


def find(
    situations: Sequence[Situation], facts: Facts, listed: Collection[ModelRef]
) -> tuple[Mapping[ModelRef, str], Mapping[ModelRef, str]]:
    """The successors that are in `models` already, and those that are only `listed`: those of the candidates
    that a catalogue or a provider's own list names."""
    by_spelling = {_spelling(s.ref): s.ref.model_id for s in facts.signals if s.listed}
    elsewhere = {_spelling(ref): ref.model_id for ref in listed}
    present: dict[ModelRef, str] = {}
    renames: dict[ModelRef, str] = {}
    for affected in (affected for situation in situations for affected in situation.affected):
        spellings = map(_spelling, _named(affected))
        spelling = next((one for one in spellings if one in by_spelling or one in elsewhere), None)
        if spelling in by_spelling:
            present[affected.ref] = by_spelling[spelling]
        elif spelling is not None:
            renames[affected.ref] = elsewhere[spelling]
    return present, renames


def _named(affected: AffectedModel) -> tuple[ModelRef, ...]:
    ids = (affected.signals.successor, affected.cause.successor if affected.cause else None)
    refs = (ModelRef(provider=affected.ref.provider, model_id=name) for name in ids if name)
    return tuple(ref for ref in refs if _spelling(ref) != _spelling(affected.ref))


def _spelling(ref: ModelRef) -> tuple[str, str]:
    return ref.provider, ref.model_id.casefold()
