"""What all examples share: an event loop, a database server, an LLM stand-in. Each begins anew in it."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from openai import AsyncOpenAI
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from model.platform import START, Document, Row, error_rows, first_documents, success_rows, witnesses
from model.wire import TroubledWire
from operator_core.domain.journal import Leases, ModeChoice
from operator_core.domain.mode import Mode
from operator_core.engine import Resources
from operator_core.judgement.llm import Advisor
from operator_core.store.indexes import ensure_own_indexes
from operator_core.store.records.state import StateRecords
from operator_core.use_cases import UseCases
from sandbox.database import MARK, marked_database
from sandbox.judge import sensible
from sandbox.llm import Reply, Request, llm_server, prompt_of, saying
from support.core import with_values
from support.faulty_wire import faulty_wire
from support.shipped import SETTINGS
from support.small_catalogue import MONGO, Clock
from support.small_platform import everything_disabled

T = TypeVar("T")
Judge = Literal["sensible", "unsure", "reckless", "rules"]
LEASES = Leases(claim_seconds=30, outcome_seconds=0)
"""A dead process's claim is over when recovery looks, and nobody waits for what another process finishes."""
COLLECTIONS = ("models", "operator_proposals", "operator_journal", "operator_holds")
WIDE_BRAKES = {"max_share_of_provider": 0.9, "max_share_in_trouble": 1.0}
"""With three models a provider the shipped ones would let nothing through."""


@dataclass(frozen=True)
class View:
    """The collections that matter as they are in MongoDB, by `_id`."""

    models: dict[Any, Document]
    proposals: dict[str, Document]
    journal: dict[str, Document]
    holds: dict[str, Document]
    pause: Document | None

    def in_state(self, *states: str) -> list[Document]:
        """Proposals, the oldest first."""
        chosen = [one for one in self.proposals.values() if one["state"] in states]
        return sorted(chosen, key=lambda one: int(one["_id"].removeprefix("P-")))

    def standing_holds(self) -> list[Document]:
        return [hold for hold in self.holds.values() if hold["active"]]


@dataclass
class Laboratory:
    """Runs what the machine asks for, on its own event loop."""

    runner: asyncio.Runner
    database: AsyncDatabase[Document]
    clock: Clock
    wires: list[tuple[TroubledWire, AsyncDatabase[Document]]] = field(default_factory=list)
    advisor: Advisor | None = None
    judge: Judge = "sensible"

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(coroutine)

    def replica(self, owner: str, database: AsyncDatabase[Document]) -> UseCases:
        """A process of its own, over this way to MongoDB."""
        advisor = None if self.judge == "rules" else self.advisor
        resources = Resources(database, with_values(SETTINGS, policy=WIDE_BRAKES), advisor, "no key")
        return UseCases(resources, owner, self.clock, LEASES)

    async def begin(self, rows: list[Row]) -> None:
        """An empty database becomes the tiny platform, with these results."""
        self.judge = "sensible"
        for name in await self.database.list_collection_names():
            if name != MARK:
                await self.database[name].delete_many({})
        await self.database[MONGO.models].insert_many(first_documents())
        await self.database["operator_witnesses"].insert_many(witnesses())
        await StateRecords(self.database, "mode", ModeChoice).add(ModeChoice(mode=Mode.ON, at=START))
        await self.results(rows)

    async def results(self, rows: list[Row]) -> None:
        for name, documents in ((MONGO.successes, success_rows(rows)), (MONGO.errors, error_rows(rows))):
            if documents:
                await self.database[name].insert_many(documents)

    async def view(self) -> View:
        models, proposals, journal, holds = [
            {one["_id"]: one for one in await self.database[name].find().to_list()} for name in COLLECTIONS
        ]
        pause = await self.database["operator_state"].find_one({"_id": "pause"})
        batches = {one: entry for one, entry in journal.items() if "changes" in entry}
        return View(models, proposals, batches, holds, pause)

    def answer(self, request: Request) -> Reply:
        """What the LLM says, in its present mood."""
        if self.judge == "reckless":
            return everything_disabled(request)
        items = sensible(prompt_of(request))
        if self.judge == "unsure":
            for item in items["items"]:
                item["confidence"] = 0.6
        return saying(items)


@contextmanager
def laboratory(uri: str) -> Iterator[Laboratory]:
    """Opens it over this server."""
    with marked_database(uri) as name, asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        stack = AsyncExitStack()
        opened = runner.run(_open(stack, runner, uri, name))
        try:
            yield opened
        finally:
            runner.run(stack.aclose())


async def _open(stack: AsyncExitStack, runner: asyncio.Runner, uri: str, name: str) -> Laboratory:
    client = await stack.enter_async_context(AsyncMongoClient[Document](uri, tz_aware=True))
    opened = Laboratory(runner, client[name], Clock(START))
    for _ in range(2):  # while something is held on one, the other is free
        wire = TroubledWire(uri)
        _, over_wire = await stack.enter_async_context(faulty_wire(uri, name, wire))
        opened.wires.append((wire, over_wire))
    server = await stack.enter_async_context(llm_server(opened.answer))
    llm = AsyncOpenAI(api_key="sk-test", base_url=server.base_url)
    opened.advisor = Advisor(await stack.enter_async_context(llm), SETTINGS.llm)
    await ensure_own_indexes(opened.database)
    await opened.database[MONGO.models].create_index("display_name", unique=True)
    return opened
