"""What was measured, run by run, and what follows from it: signals, days, and keys in texts. Pure.

Runs are kept whole: when each was, and of a failure what it said, by the shape of its text. All else is
counted from them, so that better reading, another window or a maintenance applies to what was kept before.
Times are whole milliseconds since 1970.
"""

from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import inf
from typing import NamedTuple

from operator_core.diagnosis.alike import OWN
from operator_core.domain.base import Frozen, ModelRef, grouped
from operator_core.domain.kinds import Evidence, Kind
from operator_core.domain.signals import FailureGroup, KeyLeak, Maintenance, ProviderDay, Signals, joined
from operator_core.text.failures import Reading, read_failure, shown

NO_PROVIDER = "(no provider)"
EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
DAY = timedelta(days=1) // MILLISECOND


def milliseconds(moment: datetime) -> int:
    """Of an aware time."""
    return (moment - EPOCH) // MILLISECOND


def moment_of(at: int) -> datetime:
    return EPOCH + at * MILLISECOND


MANY, CUT_AT, CUT = 200, 120, "\ue001"
"""Beyond so many texts of a model further ones are cut, beyond twice as many to nothing: no evidence."""
Times = MutableSequence[int]


class Span(Frozen):
    """After `after`, up to and including `until`."""

    after: datetime
    until: datetime


def since(moment: datetime, until: datetime) -> Span:
    """From `moment` on, itself included: times are whole milliseconds."""
    return Span(after=moment - MILLISECOND, until=until)


class Said(NamedTuple):
    """What a failure's row says, as far as it is read: equal where only ids, amounts and times differ."""

    shape: str = ""
    status: int | None = None
    error_kind: str | None = None
    stage: str | None = None
    leaks: bool = False
    """A whole key stood in its text."""


@dataclass
class Failures:
    """One model's failures that said the same."""

    at: Times
    newest: int = field(compare=False)
    text: str = field(compare=False)
    """Of the newest, without secrets."""


@dataclass
class Runs:
    """One model's: when it answered, and when it failed with what. In order of time, once settled."""

    answered: Times = field(default_factory=lambda: array("q"))
    failed: dict[Said, Failures] = field(default_factory=dict)
    undated: int = 0
    """Answers besides, of which it isn't known when they came."""

    @property
    def content(self) -> object:
        """Of very many texts others are cut in another order of reading: they count alike."""
        cut = any(said.shape.endswith(CUT) for said in self.failed)
        times = sorted(at for one in self.failed.values() for at in one.at) if cut else ()
        return self.answered, self.undated, times or self.failed

    def fails(self, said: Said, times: Iterable[int], newest: int, text: str) -> None:
        """At these times; the text is of the `newest`."""
        if len(self.failed) >= MANY and said not in self.failed:
            said = said._replace(shape=said.shape[: CUT_AT if len(self.failed) < 2 * MANY else 0] + CUT)
        if (before := self.failed.get(said)) is None:
            self.failed[said] = Failures(array("q", times), newest, text)
            return
        before.at.extend(times)
        if newest >= before.newest:
            before.newest, before.text = newest, text

    def outside(self, maintenance: Sequence[Maintenance]) -> "Runs":
        """What counts of them: what was measured in its provider's maintenance doesn't."""
        if not maintenance:
            return self
        failed = {
            said: Failures(at, one.newest, one.text)
            for said, one in self.failed.items()
            if (at := _without(one.at, maintenance))
        }
        return Runs(_without(self.answered, maintenance), failed, self.undated)

    @property
    def count(self) -> int:
        return len(self.answered) + self.failures_since(0)

    @property
    def last_success(self) -> int:
        """0 where there is none."""
        return self.answered[-1] if self.answered else 0

    @property
    def usual_interval(self) -> timedelta | None:
        """Mean time between runs; None below two."""
        if self.count < 2:
            return None
        times = [at for at in (self.answered, *(one.at for one in self.failed.values())) if at]
        return (max(at[-1] for at in times) - min(at[0] for at in times)) * MILLISECOND / (self.count - 1)

    def failures_since(self, after: int) -> int:
        return sum(len(one.at) - bisect_right(one.at, after) for one in self.failed.values())

    def groups(self, ref: ModelRef, after: int) -> tuple[FailureGroup, ...]:
        """The failures later than `after`: read, and joined by kind and pattern; most frequent first."""
        by_cause: dict[tuple[Kind, str], FailureGroup] = {}
        for said, one in self.failed.items():
            if later := one.at[bisect_right(one.at, after) :]:
                group = _group(said, one.text, later, ref)
                key = (group.kind, group.pattern)
                by_cause[key] = _joined(by_cause[key], group) if key in by_cause else group
        order = sorted(by_cause.values(), key=lambda one: (-one.count, one.first, one.kind, one.pattern))
        return tuple(order)


Names = tuple[str, str]
"""Provider and model; "" where a row names none (and no model where it names no provider)."""


@dataclass
class Results:
    """All runs of a span, by the names in their rows."""

    runs: defaultdict[Names, Runs] = field(default_factory=lambda: defaultdict(Runs))
    odd: Counter[str] = field(default_factory=Counter)
    """How many rows have no time that can be used, by what is wrong."""

    @property
    def content(self) -> object:
        """Equal where the same rows were read, in whatever order."""
        return self.odd, {names: runs.content for names, runs in self.runs.items()}

    @property
    def each(self) -> Iterator[tuple[int, Names, Said | None]]:
        """Each run: when, of what, and what it said if it failed."""
        for names, runs in self.runs.items():
            yield from ((at, names, None) for at in runs.answered)
            yield from ((at, names, said) for said, one in runs.failed.items() for at in one.at)

    def lost(self, other: "Results") -> Sequence[int]:
        """The times of the runs that `other` lacks, in order; empty where it has any that aren't here."""
        here, there = (Counter(one.each) for one in (self, other))
        return () if there - here else sorted(at for at, *_ in (here - there).elements())

    def add(self, other: "Results") -> None:
        """`other` stays as it is."""
        self.odd.update(other.odd)
        for names, runs in other.runs.items():
            mine = self.runs[names]
            mine.answered.extend(runs.answered)
            mine.undated += runs.undated
            for said, one in runs.failed.items():
                mine.fails(said, one.at, one.newest, one.text)

    def settle(self, span: Span | None = None) -> int:
        """Brings them into the order of time. Leaves out what isn't within the span; how many are later."""
        after, until = (milliseconds(span.after), milliseconds(span.until)) if span else (-inf, inf)
        all_later = 0
        for runs in self.runs.values():
            runs.answered, later = _in_order(runs.answered, after, until)
            runs.undated += later
            all_later += later
            for said, one in list(runs.failed.items()):
                one.at, later = _in_order(one.at, after, until)
                all_later += later
                if not one.at:
                    del runs.failed[said]
        return all_later


def _in_order(times: Times, after: float, until: float) -> tuple[Times, int]:
    """Those within, and how many are later."""
    ordered = sorted(times)
    first, end = bisect_right(ordered, after), bisect_right(ordered, until)
    return array("q", ordered[first:end]), len(ordered) - end


def _without(times: Times, maintenance: Iterable[Maintenance]) -> Times:
    for one in maintenance:
        begin, end = milliseconds(one.since), milliseconds(one.until)
        times = [at for at in times if not begin <= at < end]
    return times


def signals_of(
    ref: ModelRef,
    entry: Mapping[str, object] | None,
    runs: Runs,
    recent: datetime,
    flapping_share: float,
    maintenance: Sequence[Maintenance],
) -> Signals:
    """One model's signals. `entry`: what `models` says of it; `runs`: those that count; what is later than
    `recent` may show that it flaps; `maintenance`: its provider's."""
    latest, streak = milliseconds(recent), runs.groups(ref, runs.last_success)
    successes = len(runs.answered) - bisect_right(runs.answered, latest)
    failures = runs.failures_since(latest)
    flaps = successes and failures and failures >= flapping_share * (successes + failures)  # if they are soft
    return Signals.model_validate(
        {
            **(entry or {}),
            "ref": ref,
            "listed": entry is not None,
            "last_success": moment_of(runs.last_success) if runs.answered else None,
            "last_failure": max((moment_of(one.at[-1]) for one in runs.failed.values()), default=None),
            "failing_since": min((group.first for group in streak), default=None),
            "failures": sum(group.count for group in streak),
            "streak": streak,
            "recent": runs.groups(ref, latest) if flaps else (),
            "undated_successes": runs.undated,
            "recent_successes": successes,
            "recent_failures": failures,
            "maintenance": maintenance,
            "usual_interval": runs.usual_interval,
        }
    )


def key_leaks(results: Results, span: Span) -> tuple[KeyLeak, ...]:
    """Key-like text in the failures of a span, by provider. Masking hides a key from people; in the database
    it still stands, so somebody must rotate it."""
    leaked = defaultdict[str, list[Times]](list)
    after, until = milliseconds(span.after), milliseconds(span.until)
    for (provider, _), runs in results.runs.items():
        for at in (one.at for said, one in runs.failed.items() if said.leaks):
            if times := at[bisect_right(at, after) : bisect_right(at, until)]:
                leaked[provider or NO_PROVIDER].append(times)
    return tuple(
        KeyLeak(provider=provider, rows=sum(map(len, all_)), since=moment_of(min(times[0] for times in all_)))
        for provider, all_ in sorted(leaked.items())
    )


def days_of(results: Results, days: Iterable[date]) -> dict[ModelRef, dict[date, bool]]:
    """For each model the days on which it ran, and whether it answered then."""
    wanted = {(day - EPOCH.date()).days: day for day in days}
    ran: dict[ModelRef, dict[date, bool]] = {}
    for (provider, model_id), runs in results.runs.items():
        if not model_id:
            continue
        failed = {at // DAY for one in runs.failed.values() for at in one.at}
        answered = {at // DAY for at in runs.answered}
        of_model = {wanted[day]: day in answered for day in failed | answered if day in wanted}
        if of_model:
            ran[ModelRef(provider=provider, model_id=model_id)] = of_model
    return ran


def provider_days(ran: Mapping[ModelRef, Mapping[date, bool]]) -> tuple[ProviderDay, ...]:
    """By provider and day; a day without any run has no entry."""
    models = ((ref.provider, day, well) for ref, days in ran.items() for day, well in days.items())
    return tuple(
        ProviderDay(provider=provider, day=day, answered=sum(well for *_, well in those), ran=len(those))
        for (provider, day), those in sorted(grouped(models, lambda one: one[:2]).items())
    )


def _group(said: Said, text: str, times: Sequence[int], ref: ModelRef) -> FailureGroup:
    read = _read(said, ref)
    return FailureGroup(
        count=len(times),
        first=moment_of(times[0]),
        last=moment_of(times[-1]),
        sample=shown(text),
        successor=read.successor
        and _read(said._replace(shape=text), ref).successor,  # a name keeps its digits
        evidence=Evidence.NONE if said.shape.endswith(CUT) else read.evidence,
        **read.model_dump(include={"kind", "pattern"}),
    )


@lru_cache(maxsize=20_000)
def _read(said: Said, ref: ModelRef) -> Reading:
    """What is said is read once, whoever says it how often."""
    return read_failure(
        said.shape.replace(OWN, ref.model_id),
        provider=ref.provider,
        model_id=ref.model_id,
        http_status=said.status,
        error_kind=said.error_kind,
    )


def _joined(one: FailureGroup, other: FailureGroup) -> FailureGroup:
    newest = joined((other, one))
    return newest.model_copy(update={"successor": newest.successor or one.successor or other.successor})
