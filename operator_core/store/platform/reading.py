"""Reads the rows of successes and failures, each once.

What they say is kept by provider and day in `operator_rollups`. Who reads takes that, and the rows that
came since: by time where an index is led by it, else by insertion, as their `_id` tells. What is older than a
margin is then kept too. What is kept is only relied on while it is of this collection, found in the same way,
and not ahead of the clock; whoever keeps reads all rows once a day. In doubt the rows are read; so they are
where no index is led by time and a provider's ids are not made by the clock.
"""

import logging
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bson import ObjectId

from operator_core.diagnosis.results import DAY, MILLISECOND, Results, Span, milliseconds, moment_of
from operator_core.errors import OperatorError, StoreUnavailable
from operator_core.options import MongoOptions
from operator_core.store.indexes import identity_of, led_by
from operator_core.store.mongo import Database, Document, a_few_at_a_time, read_in_batches
from operator_core.store.platform import rows, times
from operator_core.store.platform.times import TimeProblem
from operator_core.store.records.rollups import BEFORE_ALL, BY_READING, UNDATED, Day, Mark, Rollups

SECOND, HOUR = (timedelta(seconds=count) // MILLISECOND for count in (1, 3600))
MARGIN = 3 * HOUR
"""Rows may arrive so late, after they were measured or by another clock than ours."""
CLOCKS = HOUR // 6  # so far another replica's clock may be ahead of ours
LOOKED_AT = 4 * DAY // HOUR  # where the newest row is older, nothing more is kept
UNPROVED = 3 * DAY
"""What no proof has found in use for so long is deleted: long before that nobody relies on it."""
TRIES = 3
BY_TIME, BY_INSERTION = "time", "insertion"
FEW = 0.1
"""Of a provider's rows so many may be older by their `_id` than by their time, as by a wrong clock."""
log = logging.getLogger(__name__)


class Use(StrEnum):
    """What is kept: isn't looked at, is read, is added to, or is proved by all rows and mended."""

    NONE = "none"
    READ = "read"
    KEEP = "keep"
    PROVE = "prove"


async def read_results(
    database: Database,
    mongo: MongoOptions,
    span: Span,
    providers: Sequence[str] = (),
    use: Use = Use.READ,
    now: datetime | None = None,
) -> tuple[Results, rows.Problems, int | None]:
    """All runs within the span. What is older than a margin before `now` may be kept. Last, how many days
    that were kept differed from the rows; None where nothing is kept. Raises FactsUnreadable."""
    use = use if use == Use.NONE or (now and not providers) else Use.READ
    problems, shared = rows.Problems(), (span, providers, use, milliseconds(now or span.until))
    good = Reading(database, mongo.successes, times.SUCCESS_TIMES, (), *shared, problems)
    bad = Reading(database, mongo.errors, times.ERROR_TIMES, rows.SAYING, *shared, problems)
    results, failed = await a_few_at_a_time([good.read(), bad.read()])
    results.add(failed)
    both = (good.differed, bad.differed)
    return results, problems, None if None in both else sum(one or 0 for one in both)


@dataclass
class Reading:
    """One reading of one of the platform's two collections of rows."""

    database: Database
    collection: str
    times: Sequence[str]
    saying: Sequence[str]
    span: Span
    providers: Sequence[str]
    use: Use
    now: int
    problems: rows.Problems
    source: str = ""
    way: str = BY_TIME
    mark: Mark = field(default_factory=Mark)
    reached: int = BEFORE_ALL
    """All rows with keys up to here are kept."""
    newest: int = BEFORE_ALL
    documents: bool = False
    """Whether some rows have a document for a time: few servers find such by an index."""
    kept: dict[Day, Results] = field(default_factory=dict)
    again: defaultdict[Day, Results] = field(default_factory=lambda: defaultdict(Results))
    """What is kept, as it is proved by the rows."""
    new: defaultdict[tuple[int, Day], Results] = field(default_factory=lambda: defaultdict(Results))
    """What may be kept now, by the hour of its keys."""
    ids: defaultdict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    """By provider, of rows found by insertion: how many have an `_id` made long before their time."""
    differed: int | None = 0
    """Days of a provider that were kept otherwise than the rows say; None where nothing is kept."""

    async def read(self) -> Results:
        """Raises FactsUnreadable."""
        self.rollups = Rollups(self.database, self.collection, self.times[0])
        self.until = milliseconds(self.span.until)
        self.first = milliseconds(self.span.after) // DAY - 1  # one day more than is read: clocks differ
        try:
            await self._look_up()
        except OperatorError as error:  # whoever may not read that reads the rows
            log.info("what is kept of %s could not be read: %s", self.collection, error)
            self.use = Use.NONE
        self.keeps, self.proves = self.use in {Use.KEEP, Use.PROVE}, self.use == Use.PROVE
        self.after = self.first * DAY - 1 if self.keeps else milliseconds(self.span.after)
        self.differed = 0 if self.keeps else None
        await self._read_rows()
        results = Results()
        kept = self.again if self.proves else self.kept
        for some in (*kept.values(), *self.new.values()):
            results.add(some)
        results.odd[TimeProblem.FUTURE] += results.settle(self.span)
        for (name, model), runs in results.runs.items():
            if not model:
                count = len(runs.answered) + sum(len(one.at) for one in runs.failed.values())
                results.odd[rows.unnamed(name)] += count
        for why, count in results.odd.items():
            self.problems.add(self.collection, why, count)
        try:
            if self.keeps:
                await (self._keep_nothing() if self._blind else self._keep())
        except StoreUnavailable as error:  # the rows are read anew then
            self.differed = None
            log.warning("what was read of %s is not kept: %s", self.collection, error)
        return results

    async def _look_up(self) -> None:
        """How new rows are found, and what is kept that can be relied on. Raises OperatorError."""
        self.source = "" if self.use == Use.NONE else await identity_of(self.database, self.collection)
        if not self.source:  # a view: what stands behind it is unknown
            self.use = Use.NONE
            return
        self.mark = mark = await self.rollups.mark()
        self.way = BY_INSERTION if mark.way in {BY_INSERTION, BY_READING} else BY_TIME
        if self.use != Use.READ:
            by_time = await led_by(self.database, self.collection, self.times[0])
            self.way = BY_TIME if by_time else BY_INSERTION
        same = (mark.source, mark.way) == (self.source, self.way)
        past = 0 < mark.until <= self.now - MARGIN + CLOCKS
        if not (same and past and mark.after <= milliseconds(self.span.after)):
            return
        if self.use == Use.KEEP and abs(self.now - mark.proved) > DAY:
            self.use = Use.PROVE
        if self.use == Use.READ and abs(self.now - mark.proved) > DAY + CLOCKS + HOUR:
            return  # nobody proves it any more
        kept = await self.rollups.load(mark, self.providers)
        if kept is not None:
            self.kept, self.reached, self.documents = kept, mark.until, mark.documents

    async def _read_rows(self) -> None:
        """Raises FactsUnreadable."""
        some: list[Document] = [{"provider": {"$in": list(self.providers)}}] if self.providers else []
        needed = (*rows.NAMED, *self.times, *self.saying)
        for conditions in self._new():
            selected = [*conditions, *some]
            await read_in_batches(self.database, self.collection, selected, needed, self._take)

    def _take(self, read: Iterable[Document]) -> None:
        """What rows say that are later than `self.after`, to where they belong."""
        for row in read:
            at = times.time_of(row, self.times)
            if not isinstance(at, TimeProblem) and at <= self.after:
                continue
            names = rows.names_in(row)
            if (results := self._place(row, names[0], at)) is not None:
                why = rows.take(row, names, at, results, failed=bool(self.saying), until=self.until)
                if why:  # how often, stands in the results
                    self.problems.add(self.collection, why, 0, [row])

    def _new(self) -> list[list[Document]]:
        """The conditions that select all rows that aren't kept; each list by itself."""
        later = list(times.later_than(moment_of(self.after), self.times))
        if self.way == BY_INSERTION:  # one reading of the whole collection in place of many
            later = [[{"$or": [{"$and": conditions} for conditions in later]}]]
        if self.proves or self.reached == BEFORE_ALL:
            return later
        # ids of other types tell nothing: their rows are read each time
        inserted = {"_id": {"$not": {"$lt": ObjectId.from_datetime(moment_of(self.reached + SECOND))}}}
        if self.way == BY_INSERTION:
            return [[inserted, *later[0]]]
        reached, oldest = moment_of(self.reached), moment_of(self.after)
        return list(times.later_than(reached, self.times, inserted, oldest, documents=self.documents))

    def _place(self, row: Document, provider: str, at: int | TimeProblem) -> Results | None:
        """Where a row belongs; None where it is kept already."""
        key = self._key(row)
        self.documents = self.documents or isinstance(row.get(self.times[0]), dict | list)
        dated = not isinstance(at, TimeProblem) and at <= self.until
        day = Day.of(provider, int(at) // DAY if dated else UNDATED)
        if dated and provider and int(at) <= self.now and self.way == BY_INSERTION:
            self.ids[provider][key < int(at) - MARGIN] += 1
        if key <= self.reached:
            return self.again[day] if self.proves else None
        hour = max(-(-key // HOUR), self.now // HOUR - LOOKED_AT)
        return self.new[hour, day] if self.keeps else self.new[0, Day("", 0)]

    def _key(self, row: Document) -> int:
        """Its main time; if that can't be read, or no index is led by it, when it was inserted."""
        key, made = times.found_by(row.get(self.times[0])) if self.way == BY_TIME else None, row.get("_id")
        by_way = key is not None or self.way == BY_INSERTION
        if key is None:
            key = (
                int(made.generation_time.timestamp()) * SECOND if isinstance(made, ObjectId) else -BEFORE_ALL
            )
        self.newest = max(self.newest, key if by_way and key <= self.now else BEFORE_ALL)
        return key

    async def _keep(self) -> None:
        """What is older than a margin before now, and before the newest row: its clock may be behind ours.
        Raises StoreUnavailable."""
        goal = (min(self.now, self.newest) - MARGIN) // HOUR
        until = max(self.reached, goal * HOUR if goal >= self.now // HOUR - LOOKED_AT else BEFORE_ALL)
        kept = self.again if self.proves else self.kept
        changed = self._wrong() if self.proves else set()
        for (hour, day), results in self.new.items():
            if hour * HOUR <= until:
                kept.setdefault(day, Results()).add(results)
                changed.add(day)
        if until == self.reached == self.mark.until and not changed and not self.proves:
            return
        for day in changed:
            kept.setdefault(day, Results()).settle()
        proved = self.now if self.proves or self.reached == BEFORE_ALL else self.mark.proved
        there = {day: one for day, one in kept.items() if day.number >= self.first and (one.runs or one.odd)}
        stays = {day: names for day, names in self.mark.days.items() if day in there and day not in changed}
        written = {day: one for day, one in there.items() if day in changed}
        mark = Mark(self.source, self.way, until, self.first * DAY - 1, proved, self.documents, stays)
        expires = moment_of(self.now + UNPROVED)
        moved = await self.rollups.move(self.mark, mark, written, expires)
        for _ in range(TRIES):
            if moved or not self.proves:
                break
            before = await self.rollups.mark()  # all rows say more than who was quicker
            moved = await self.rollups.move(before, mark._replace(days={}), there, expires)
        self.differed = self.differed if moved else None

    @property
    def _blind(self) -> bool:
        """Whether a new row of some provider would not be noticed by its `_id`, as all rows show."""
        all_read = self.proves or self.reached == BEFORE_ALL
        return all_read and any(seen[True] > max(3, FEW * seen.total()) for seen in self.ids.values())

    async def _keep_nothing(self) -> None:
        """Raises StoreUnavailable."""
        self.differed = None
        nothing = Mark(self.source, BY_READING, version=self.mark.version)
        if nothing != self.mark:
            log.warning("nothing is kept of %s: its ids don't tell when they were made", self.collection)
            await self.rollups.move(self.mark, nothing, {}, moment_of(self.now))

    def _wrong(self) -> set[Day]:
        """What is kept otherwise than the rows say it. It counts as a difference, except where the platform
        deleted its oldest rows: it may do so each day."""
        nothing = Results()
        for one in self.again.values():
            one.settle()
        wrong = {
            day
            for day in {*self.kept, *self.again}
            if day.number >= self.first
            and self.again.get(day, nothing).content != self.kept.get(day, nothing).content
        }
        dated = [day for day in wrong if day.number != UNDATED]
        lost = {day: self.kept.get(day, nothing).lost(self.again.get(day, nothing)) for day in dated}
        differed = sum(not gone or not self._aged(gone[-1], lost.values()) for gone in lost.values())
        if differed:
            log.warning("what was kept of %s differed on %d days of a provider", self.collection, differed)
        self.differed = differed
        return wrong

    def _aged(self, newest: int, lost: Iterable[Sequence[int]]) -> bool:
        """Whether what is gone up to then went by its age: hardly anything as old is left, but newer days."""
        gone = sum(bisect_right(times, newest) for times in lost)
        old = [one for day, one in self.again.items() if day.number <= newest // DAY]
        left = sum(at <= newest for one in old for at, *_ in one.each)
        return left <= FEW * gone and any(newest // DAY < day.number < UNDATED for day in self.again)
