"""A house to measure: the sandbox's platform on the embedded server, judged by the scripted LLM."""

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from openai import AsyncOpenAI
from pymongo import AsyncMongoClient

from bot.settings import Settings
from operator_core.engine import Resources
from operator_core.judgement.llm import Advisor
from operator_core.store.indexes import ensure_own_indexes
from operator_core.store.mongo import Document
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases
from sandbox.judge import sensible
from sandbox.llm import llm_server, scripted

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
BEGAN = time.monotonic()


@dataclass(frozen=True)
class Place:
    """Where to measure: a filled database, and how the house behaves."""

    uri: str
    name: str
    settings: Settings


@asynccontextmanager
async def operations_at(place: Place) -> AsyncIterator[UseCases]:
    """The house over this place, with the scripted LLM behind real HTTP."""
    settings = place.settings
    async with (
        AsyncMongoClient[Document](place.uri, tz_aware=True) as client,
        llm_server(scripted(sensible)) as server,
    ):
        database = client[place.name]
        await ensure_own_indexes(database)
        llm = settings.llm.model_copy(update={"base_url": server.base_url})
        async with AsyncOpenAI(api_key="sk-bench", base_url=llm.base_url) as asked:
            resources = Resources(
                database=database,
                mongo=settings.mongodb,
                analysis=settings.analysis,
                policy=settings.policy,
                llm=llm,
                advisor=Advisor(asked, llm),
            )
            yield UseCases(resources, Stores.of(database, settings.mongodb), "bench", lambda: NOW)


def progress(line: str) -> None:
    """What is being done, with the seconds since the start, on stderr."""
    sys.stderr.write(f"{time.monotonic() - BEGAN:7.1f} s  {line}\n")
    sys.stderr.flush()
