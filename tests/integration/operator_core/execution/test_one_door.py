"""Whatever the journal holds: nothing is changed in policy's name for a model whose gates are closed then."""

import ast
import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pymongo import AsyncMongoClient

from operator_core.domain.base import ModelRef
from operator_core.domain.changes import LANDED, Result
from operator_core.domain.decisions import Route
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.journal import LEASE
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import POLICY, Proposal, State
from operator_core.execution.executor import Executor, Progress
from operator_core.store.stores import Stores
from support.crashes import Crash
from support.small_catalogue import NOW, Clock, Database, document, draft, member, ref, stores_with

CORE = Path(__file__).parents[4] / "operator_core"
CLOSED = "closed by the test"
NAMES = tuple(f"m{number}" for number in range(8))
some_models = st.frozensets(st.sampled_from(NAMES), max_size=5)


class Batch(NamedTuple):
    """One approved proposal about two models, and what its process left behind."""

    by: str
    dies_after: int
    """So many steps; the last ones are never reached."""
    results: tuple[Result | None, Result | None]
    """Written into the entry then, whatever stood there; None: it stays."""
    landed: bool
    """Pending changes were made, and only their results are missing."""
    asked_instead: bool
    """The proposal forgot whom it approved, as another version's may."""


batches = st.builds(
    Batch,
    by=st.sampled_from([POLICY, POLICY, "U1"]),
    dies_after=st.integers(0, 12),
    results=st.tuples(*[st.sampled_from([None, None, *Result])] * 2),
    landed=st.booleans(),
    asked_instead=st.booleans(),
)


class World:
    """Gates that open and close, and a note of every change that was made in policy's name."""

    def __init__(self, stores: Stores, closed: frozenset[str]) -> None:
        self.stores, self.closed, self.clock = stores, closed, Clock()
        self.steps_left = 100
        self.flips_at, self.then_closed = 100, closed
        self.off: set[str] = set()

    async def gates(self, proposal: Proposal) -> Mapping[ModelRef, str]:
        return {one: CLOSED if one.model_id in self.closed else "" for one in proposal.approved}

    async def step(self, progress: Progress) -> None:
        await self.look(progress.proposal_id)
        self.steps_left -= 1
        self.flips_at -= progress.step == "recorded"
        if self.flips_at == 0:
            self.closed = self.then_closed
            self.clock.now += LEASE
        if self.steps_left < 0:
            raise Crash

    async def look(self, what: str = "the end") -> None:
        """What policy switched off since the last look was open at that time."""
        where = {"disabled_by": "ai-operator:policy"}
        off = {one["model_id"] async for one in self.stores.models.find(where)}
        wrongly = (off - self.off) & self.closed
        assert not wrongly, f"{what}: {sorted(wrongly)} while closed for them"
        self.off = off

    def executor(self, owner: str) -> Executor:
        return Executor(self.stores, owner=owner, clock=self.clock, gates=self.gates, on_progress=self.step)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    todo=st.lists(batches, min_size=1, max_size=4),
    closed=some_models,
    flips_at=st.integers(1, 6),
    closed_meanwhile=some_models,
    closed_later=some_models,
    held=some_models,
    paused=st.booleans(),
)
def test_no_journal_makes_policy_change_a_model_whose_gates_are_closed(
    mongodb_uri: str, database_name: str, **given_: Any
) -> None:
    asyncio.run(played(mongodb_uri, database_name, **given_))


async def played(
    uri: str,
    name: str,
    *,
    todo: list[Batch],
    closed: frozenset[str],
    flips_at: int,
    closed_meanwhile: frozenset[str],
    closed_later: frozenset[str],
    held: frozenset[str],
    paused: bool,
) -> None:
    async with AsyncMongoClient[dict[str, Any]](uri, tz_aware=True) as client:
        database = client[name]
        for collection in await database.list_collection_names(filter={"name": {"$regex": "^(model|oper)"}}):
            await database[collection].delete_many({})
        world = World(await stores_with(database, *(document(one) for one in NAMES)), closed)
        for number, batch in enumerate(todo):
            world.flips_at, world.then_closed = flips_at, closed_meanwhile
            await begun(world, database, number, batch)
        world.closed, world.steps_left, world.flips_at = closed_later, 10_000, 10_000
        for one in held:
            word = HoldDraft.on(ref(one), kind=None, by="U7", at=world.clock(), origin=Origin.UNDID)
            await world.stores.holds.add(word)
        if paused:
            await world.stores.pause.put(Pause(by="U7", at=world.clock()))
        world.clock.now += timedelta(minutes=5)
        before = set(world.off)
        finished = await world.executor("heir").recover()
        await world.look()
        event(f"{len(finished)} finished, {len(world.off - before)} off by then")
        assert not (world.off - before) & held, "a person's word holds"
        assert not paused or world.off == before, "a pause stops what is left"
        assert await world.stores.journal.abandoned(world.clock() + 2 * LEASE) == ()
        assert await database["operator_proposals"].count_documents({"state": State.APPROVED}) == 0


async def begun(world: World, database: Database, number: int, batch: Batch) -> None:
    """The batch as its process left it; what it writes afterwards is checked by `recover` alone."""
    names = NAMES[2 * number : 2 * number + 2]
    members = tuple(member(one, route=Route.AUTO) for one in names)
    proposal = await world.stores.proposals.insert(draft(fingerprint=f"f{number}", members=members), NOW)
    world.steps_left = batch.dies_after
    try:
        await world.executor(f"dead {number}").execute(proposal.id, 1, by=batch.by)
    except Crash:
        await left_behind(world, database, f"J-{proposal.number}", batch)


async def left_behind(world: World, database: Database, entry_id: str, batch: Batch) -> None:
    journal = database["operator_journal"]
    entry = await world.stores.journal.find(entry_id)
    if entry is None or entry.closed:
        return
    for index, result in enumerate(batch.results):
        if result is not None and entry.changes[index].result not in LANDED:
            await journal.update_one({"_id": entry_id}, {"$set": {f"changes.{index}.result": result}})
            changed = entry.changes[index]
            if result in LANDED or (batch.landed and result == Result.PENDING):
                await world.stores.models.update_one(
                    {"_id": changed.document_id}, {"$set": dict(changed.after.values)}
                )
                world.off |= {changed.ref.model_id} if batch.by == POLICY else set()
    if batch.asked_instead:
        where = {"_id": entry.proposal_id}
        await database["operator_proposals"].update_one(where, {"$set": {"approved": []}})


def test_only_the_door_lets_a_change_through() -> None:
    makers = {
        path.name
        for path in CORE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "LetThrough"
    }
    assert makers == {"door.py"}
