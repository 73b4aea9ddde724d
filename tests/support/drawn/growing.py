"""A drawn platform whose rows arrive one after the other."""

import random
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.signals import Facts
from operator_core.store.platform.reading import Use
from operator_core.store.platform.signals import collect
from support.drawn.platform import (
    ANALYSIS,
    DOCUMENT,
    MONGO,
    NOW,
    Document,
    drawn_platform,
    facts_by_hand,
    moment,
    time_of,
)

Database = AsyncDatabase[Document]
COLLECTION, MARK = "operator_rollups", "1 gen_ts of ok"
MARGIN = timedelta(hours=3)
CLOCKS = timedelta(minutes=10)
FIELDS = {"ok": ("gen_ts", "run_ts"), "failed": ("ts", "created_at", "timestamp")}


class Growing:
    """A platform whose rows arrive one after the other, some of them twice, as the seed draws it. Its clock
    may be hours behind or ahead, and what makes ids may go by it or by the right one."""

    def __init__(self, database: Database, seed: int, *, indexed: bool, late: float = 0) -> None:
        self.random, self.database, self.indexed = random.Random(seed), database, indexed
        self.models, *both = drawn_platform(seed)
        self.ahead = timedelta(hours=self.random.choice((0, 0, -7, -2.5, 0.7, 2)))
        self.ids_ahead = self.random.choice((self.ahead, timedelta())) if indexed else self.ahead
        arriving = [
            (self._arrival(name, row, late), name, row)
            for name, some in zip(("ok", "failed"), both, strict=True)
            for row in (*some, *self.random.sample(some, len(some) // 10))
        ]
        self.arriving = sorted(arriving, key=lambda one: one[0])
        if indexed:  # the first document in place of a time is noticed by a proof
            self.arriving[:0] = [
                (NOW - timedelta(days=99), name, {**row, field: DOCUMENT})
                for name, (field, *_) in FIELDS.items()
                for row in [next(one for _, into, one in arriving if into == name)]
            ]
        self.here: dict[str, list[Document]] = {"ok": [], "failed": []}

    def _arrival(self, name: str, row: Document, late: float) -> datetime:
        """Within the margin after it was measured where its time is what it is found by; never before it."""
        main = row.get(FIELDS[name][0])
        by_main = moment(main[0] if isinstance(main, list) and main else main)
        at = by_main if self.indexed else time_of(row, FIELDS[name])
        if not isinstance(at, datetime) or at > NOW:
            return NOW - timedelta(hours=self.random.uniform(0, 300))
        measured = at - self.ahead
        if not self.indexed or self.random.random() < late:
            return measured + timedelta(hours=self.random.choice((0, 1, 5, 100)) * self.random.random())
        return measured + (MARGIN - 2 * CLOCKS) * self.random.random()

    async def start(self) -> None:
        await self.database["models"].insert_many([dict(one) for one in self.models])
        if self.indexed:
            await self.index()

    async def index(self) -> None:
        for name, (field, *_) in FIELDS.items():
            await self.database[name].create_index(field)

    async def goes_on_until(self, now: datetime) -> None:
        here = [one for one in self.arriving if one[0] <= now]
        self.arriving = self.arriving[len(here) :]
        for name, rows in self.here.items():
            some = [(at, row) for at, into, row in here if into == name]
            rows += [row for _, row in some]
            if some:
                await self.database[name].insert_many([{**row, "_id": self._id(at)} for at, row in some])

    async def edit_some(self) -> None:
        """Models of rows that are kept long since change their names."""
        for name, rows in self.here.items():
            dated = [one for one in rows if isinstance(time_of(one, FIELDS[name]), datetime)]
            for row in self.random.sample([one for one in dated if one["model_name"] == "model-c"], 9):
                await self.database[name].update_many(row, {"$set": {"model_name": "model-z"}})
                for same in [one for one in rows if one == row]:
                    same["model_name"] = "model-z"

    def _id(self, arrived: datetime) -> ObjectId:
        """Made by a clock of its own, some time before it arrived."""
        made = arrived + self.ids_ahead + CLOCKS - (MARGIN - 2 * CLOCKS) * self.random.random()
        return ObjectId(int(made.timestamp()).to_bytes(4, "big") + self.random.randbytes(8))

    async def facts(self, now: datetime, use: Use, *providers: str) -> Facts:
        return (await collect(self.database, MONGO, ANALYSIS, now, providers, use)).facts

    def by_hand(self, now: datetime, *providers: str) -> Facts:
        return facts_by_hand(self.models, self.here["ok"], self.here["failed"], providers, now)


def moments(random_: random.Random) -> list[datetime]:
    """Of runs, the last of them now."""
    now, found = NOW, [NOW]
    while now > NOW - timedelta(days=9):
        now -= timedelta(hours=random_.choice((0.1, 1, 5, 24, 60)))
        found.append(now)
    return found[::-1]


def assert_same(measured: Facts, by_hand: Facts) -> None:
    assert measured.unreadable == by_hand.unreadable
    for one, other in zip(measured.signals, by_hand.signals, strict=True):
        assert [f"{n}: {a} not {b}" for (n, a), (_, b) in zip(one, other, strict=True) if a != b] == []
    assert measured == by_hand
