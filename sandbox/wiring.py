"""Wires the core over a sandbox's database and the LLM stand-in, as bot/wiring.py does over the real ones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from openai import AsyncOpenAI
from pymongo import AsyncMongoClient

from bot.settings import Settings
from bot.wiring import LEASES
from operator_core.engine import Resources
from operator_core.judgement.llm import Advisor
from operator_core.store.indexes import ensure_own_indexes
from operator_core.store.mongo import Document
from operator_core.use_cases import UseCases
from sandbox.llm import LlmServer


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
