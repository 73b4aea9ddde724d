"""The core to measure, over a filled database and the scripted LLM; and the progress of measuring."""

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from openai import AsyncOpenAI
from pymongo import AsyncMongoClient

from bot.settings import Settings
from bot.wiring import LEASES
from operator_core.engine import Resources
from operator_core.judgement.llm import Advisor
from operator_core.store.indexes import ensure_own_indexes
from operator_core.store.mongo import Document
from operator_core.use_cases import UseCases
from sandbox.judge import sensible
from sandbox.llm import LlmServer, llm_server, scripted

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
BEGAN = time.monotonic()


@dataclass(frozen=True)
class Place:
    """Where to measure: a filled database, and the settings to measure with."""

    uri: str
    name: str
    settings: Settings


@asynccontextmanager
async def use_cases_at(
    uri: str, name: str, settings: Settings, server: LlmServer, now: datetime
) -> AsyncIterator[UseCases]:
    """The use cases over this database, at a moment that stands still."""
    here = settings.model_copy(update={"llm": settings.llm.model_copy(update={"base_url": server.base_url})})
    async with (
        AsyncMongoClient[Document](uri, tz_aware=True) as client,
        AsyncOpenAI(api_key="sk-sandbox", base_url=server.base_url) as llm,
    ):
        database = client[name]
        await ensure_own_indexes(database)
        resources = Resources(database, here, Advisor(llm, here.llm))
        yield UseCases(resources, "sandbox", lambda: now, LEASES)


@asynccontextmanager
async def use_cases_in(place: Place) -> AsyncIterator[UseCases]:
    """The use cases over this place, with the scripted LLM behind real HTTP."""
    async with (
        llm_server(scripted(sensible)) as server,
        use_cases_at(place.uri, place.name, place.settings, server, NOW) as use_cases,
    ):
        yield use_cases


async def best_of(often: int, job: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Seconds of the shortest, and those of our CPU: other programs on the machine can only add to it."""
    taken = []
    for _ in range(often):
        began, cpu = time.perf_counter(), time.process_time()
        await job()
        taken.append((time.perf_counter() - began, time.process_time() - cpu))
    return min(taken)


def progress(line: str) -> None:
    """What is being done, with the seconds since the start, on stderr."""
    sys.stderr.write(f"{time.monotonic() - BEGAN:7.1f} s  {line}\n")
    sys.stderr.flush()
