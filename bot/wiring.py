"""The composition root: builds what the settings name, opens it, and closes it again."""

import asyncio
import os
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from openai import AsyncOpenAI
from pymongo import AsyncMongoClient
from pymongo.errors import ConfigurationError as DriverConfigurationError
from pymongo.errors import InvalidURI, PyMongoError

from bot.settings import Settings, secret
from operator_core.domain.journal import Leases
from operator_core.engine import Resources
from operator_core.errors import ConfigurationError, StoreUnavailable
from operator_core.judgement.llm import Advisor
from operator_core.store.migration import make_ready
from operator_core.store.mongo import Document, cause_of
from operator_core.use_cases import UseCases

LEASES = Leases()
stopwatch = time.monotonic
"""Seconds that pass, whatever is done to the clock: for ages."""
PATIENCE_MS = 5_000
"""How long a MongoDB that doesn't answer is waited for."""


def utc_now() -> datetime:
    """The only clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_use_cases(
    settings: Settings,
    *,
    with_llm: bool = True,
    clock: Callable[[], datetime] = utc_now,
    leases: Leases = LEASES,
) -> AsyncIterator[UseCases]:
    """The use cases over the configured database and LLM.

    Raises ConfigurationError for a missing secret and StoreUnavailable for a MongoDB that doesn't answer.
    Without an LLM key the written rules judge, and every result says why.
    """
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(_mongo_client())
        database = client[settings.mongodb.database]
        try:
            await client.admin.command("ping")
        except PyMongoError as error:
            raise StoreUnavailable(
                f"MongoDB at MONGODB_URI does not answer ({cause_of(error)}); is it running, and reachable?"
            ) from error
        await make_ready(database, clock())
        advisor, why_not = None, "no LLM was asked for"
        if with_llm:
            try:
                key = secret("OPENAI_API_KEY")
            except ConfigurationError:
                why_not = "OPENAI_API_KEY is not set"
            else:
                llm = await stack.enter_async_context(
                    AsyncOpenAI(api_key=key, base_url=settings.llm.base_url, max_retries=0)
                )
                advisor = Advisor(llm, settings.llm)
        owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"  # different at each start
        yield UseCases(Resources(database, settings, advisor, why_not), owner, clock, leases)


@asynccontextmanager
async def _mongo_client() -> AsyncIterator[AsyncMongoClient[Document]]:
    uri = secret("MONGODB_URI")
    try:
        client = AsyncMongoClient[Document](
            uri, tz_aware=True, appname="ai-operator", serverSelectionTimeoutMS=PATIENCE_MS
        )
    except (InvalidURI, DriverConfigurationError, ValueError) as error:
        raise ConfigurationError(
            "MONGODB_URI is not a valid connection string: it begins with mongodb:// or mongodb+srv://"
        ) from error
    try:
        yield client
    finally:
        await asyncio.shield(client.close())
