"""What a run saw of each model: evidence that can't be seen any more is not evidence gone."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from operator_core.domain.base import EVER, Frozen, ModelRef
from operator_core.domain.proposals import Member
from operator_core.domain.signals import Facts


class Sight(Frozen):
    """What may be said of the models' trouble on the word of one look at the facts."""

    last_runs: Mapping[ModelRef, datetime | None] = {}
    """Of each model that the scheduler runs, the latest result within the window; None: it has none there."""
    held: frozenset[ModelRef] = frozenset()
    """In trouble, but on hold: nobody looked further."""
    limited_to: tuple[str, ...] = ()
    """The providers that were looked at; empty for all."""
    away: frozenset[str] = frozenset()
    """The providers in maintenance, of which nothing is seen."""
    window_days: int = 30

    @classmethod
    def of(cls, facts: Facts, window_days: int, held: Iterable[ModelRef] = ()) -> "Sight":
        return cls(
            last_runs={signals.ref: signals.last_run for signals in facts.signals if signals.runs},
            held=frozenset(held),
            limited_to=facts.limited_to,
            away=facts.away,
            window_days=window_days,
        )

    def saw_since(self, member: Member) -> bool:
        """Something became of it since its evidence: a newer result, or the catalogue no longer has it run.
        What it became, the look's drafts say; nothing, if they don't name it."""
        ref = member.ref
        if ref in self.held or not self.looked_at(member):
            return False
        if ref not in self.last_runs:
            return True  # disabled, deprecated, or removed
        last = self.last_runs[ref]
        return last is not None and (member.last_run is None or last > member.last_run)

    def aged_out(self, member: Member) -> bool:
        """It is still run, and the window holds no result of it."""
        return self.looked_at(member) and self.last_runs.get(member.ref, EVER) is None

    def looked_at(self, member: Member) -> bool:
        """Whether this look could tell anything of it."""
        provider = member.ref.provider
        return (not self.limited_to or provider in self.limited_to) and provider not in self.away
