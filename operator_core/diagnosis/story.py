"""What became of a model, or folded of a provider's models: told by rule from what was kept. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from operator_core.domain.base import Frozen, ModelRef, grouped
from operator_core.domain.decisions import Decision, Verdict
from operator_core.domain.holds import Hold, without_held
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import OPEN_STATES, Proposal, ProposalAction, State, gates_of
from operator_core.domain.signals import Signals, joined
from operator_core.domain.situations import FLAGGED_DEPRECATED, Scope, Situation
from operator_core.words import duration, plural

CARRIED_OUT = (State.APPROVED, State.EXECUTED, State.PARTLY, State.UNDONE)


class Event(NamedTuple):
    """`by`: a person as in a proposal's moves, or who judged. `said`: in their words, or a provider's."""

    at: datetime
    what: str
    by: str = ""
    said: str = ""


class Story(Frozen):
    """Everything is about these models alone; proposals, entries and holds are the newest first."""

    about: str
    now: datetime
    looked_since: datetime
    min_failing_hours: float
    signals: tuple[Signals, ...]
    settled: tuple[Decision, ...]
    situations: tuple[Situation, ...]
    verdicts: tuple[tuple[datetime, Verdict], ...]
    proposals: tuple[Proposal, ...]
    entries: tuple[JournalEntry, ...]
    holds: tuple[Hold, ...]
    own_list: tuple[bool, ...]
    """Of each whether the provider's own list names it, where one is known."""
    in_catalogues: int
    elsewhere: tuple[ModelRef, ...]
    """The same in other spellings, where results come under these."""

    def stands(self, named: Callable[[str], str] = str) -> tuple[str, ...]:
        """How it stands, a sentence each. `named`: what people call whoever did something."""
        counts, own = Counter(one.reasoning for one in self.settled), self.own_list
        for one in self.situations:
            silent = f"No results since {one.last_success:%Y-%m-%d}." if one.scope == Scope.SILENCE else ""
            flagged = FLAGGED_DEPRECATED if one.scope == Scope.FLAGGED else ""
            counts[silent or flagged or f"{one.kind.traits.words.capitalize()}."] += len(one.affected)
        if self.signals[1:]:
            enabled, listed = sum(s.enabled for s in self.signals), sum(s.listed for s in self.signals)
            models, rest = f"of {len(self.signals):,}", len(self.signals) - len(own)
            unknown = f"; for {rest:,} of them it can't be told" if rest else ""
            said = [
                f"{enabled:,} of {plural(listed, 'model')} are enabled.",
                *(f"{count:,}: {what[:1].lower()}{what[1:]}" for what, count in counts.most_common()),
                *[f"{sum(own):,} {models} are on the provider's own list{unknown}."][: len(own)],
                f"{self.in_catalogues:,} {models} are on a public list.",
            ]
        else:
            [model], off = self.signals, self._switched_off
            by = f"{off.id}, by {named(off.by)}, {off.started_at:%Y-%m-%d}" if off else "not by me"
            state = f"off: {by}" if model.listed else "not in the catalogue"
            said = [
                f"It is {'on' if model.enabled else state}.",
                *(counts if model.enabled else ()),
                *(f"{'On' if on else 'Not on'} {model.ref.provider}'s own list." for on in own),
                f"{'A' if self.in_catalogues else 'No'} public list names it.",
            ]
        said += [f"Asked because {self._gates}."] if self._gates else []
        spelt = {str(one.provider if self.signals[1:] else one) for one in self.elsewhere}
        return (*said, *(f"Results also come under {one}." for one in sorted(spelt)))

    @property
    def _asked(self) -> list[Proposal]:
        return [one for one in self.proposals if one.state in OPEN_STATES - {State.REJECTED}]

    @property
    def _gates(self) -> str:
        mine = {one.ref for one in self.signals}
        asked = (member for one in self._asked for member in one.members)
        return "; ".join(gates_of(member for member in asked if member.ref in mine))

    @property
    def _switched_off(self) -> JournalEntry | None:
        return next((e for e in self.entries if any(change.enables < 0 for change in e.standing)), None)

    @property
    def events(self) -> list[Event]:
        """What happened, the oldest first."""
        return sorted(dict.fromkeys((*self._measured(), *self._done())), key=lambda event: event.at)

    def _measured(self) -> Iterator[Event]:
        groups = (group for one in self.signals for group in one.streak or one.recent)
        for cause in map(joined, grouped(groups, lambda group: group.kind).values()):
            edge = ", as far back as I look" * (cause.first < self.looked_since + timedelta(days=1))
            what = f"{plural(cause.count, 'failure')} from here on{edge}: {cause.kind.traits.words}"
            yield Event(cause.first, what + ", the newest" * bool(self.signals[1:]), said=cause.sample)
        if answers := [one.last_success for one in self.signals if one.last_success]:
            yield Event(max(answers), "last answer")
        for at, verdict in self.verdicts:
            of = ", of all that fail so" * (at < self.now and not self.signals[1:])
            what = f"{verdict.action}, {verdict.confidence:.0%} sure{of}"
            yield Event(at, what, verdict.suggested_by, verdict.reasoning)

    def _done(self) -> Iterator[Event]:
        for one in self.proposals:
            verb = "look after" if one.action == ProposalAction.ATTEND else one.action
            what = f"{one.id}: {verb} {plural(len(one.members), 'model')}?"
            yield Event(one.created_at, what, one.suggested_by, one.reasoning)
            apart = one.approved and not {*one.approved} & {signals.ref for signals in self.signals}
            for move in one.moves:
                others = ", but not with this" if apart and move.target in CARRIED_OUT else ""
                yield Event(move.at, f"{one.id}: {move.target.said}{others}", move.by, move.reason)
        for entry in self.entries:
            did = f"undo of {entry.undo_of}" if entry.undo_of else entry.action
            what = f"{entry.id}: {did}, {entry.done} of {len(entry.changes)} done"
            yield Event(entry.started_at, what, entry.by, entry.reason)
        for hold in self.holds:
            yield Event(hold.at, f"{hold.id}: on hold ({hold.origin})", hold.by, hold.reason)

    @property
    def would_change(self) -> str:
        """What it takes to stand otherwise: the first that fits."""
        if not any(one.listed for one in self.signals):
            return "Somebody adds it to the catalogue; before that nothing is decided about it."
        if not any(one.enabled for one in self.signals):
            ours = self._switched_off
            return f"Somebody enables it{f', or takes {ours.id} back' if ours else ''}."
        if any(window.lasts(self.now) for one in self.signals for window in one.maintenance):
            return "The end of its provider's maintenance; before that nothing is decided."
        free = [rest for one in self.situations if (rest := without_held(one, self.holds))]
        if not free and self.situations:
            return f"Somebody releases {self.holds[0].id}, it answers, or it fails in another way."
        if asked := [one.id for one in self._asked]:
            alone = f" I would do it alone, but for this: {self._gates}." if self._gates else ""
            return f"An answer to {' or '.join(asked[:3])}; or a success of what fails.{alone}"
        blamed = [m for one in free if one.kind.traits.blames_model for m in one.affected]
        hours = min((self.min_failing_hours - one.failing_hours(self.now) for one in blamed), default=0)
        if hours > 0:
            left = duration(timedelta(hours=ceil(hours)))
            return f"A success; without one it may be disabled in {left}."
        return "A success, or what the next run judges." if free else "Failures, or silence: nothing waits."
