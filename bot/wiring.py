"""The composition root: builds what the settings name, opens it, and closes it again."""

import asyncio
import os
import re
import socket
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime

from openai import AsyncOpenAI
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from bot.settings import Settings, login_in, secret
from operator_core.domain.journal import Leases
from operator_core.engine import Resources
from operator_core.errors import ConfigurationError, StoreUnavailable
from operator_core.judgement.llm import Advisor
from operator_core.store.indexes import make_ready
from operator_core.store.mongo import Document, cause_of
from operator_core.text.tables import read_table
from operator_core.use_cases import UseCases

LEASES = Leases()
PATIENCE_MS = 5_000
TROUBLES: Mapping[str, str] = read_table(__package__, "uri_troubles.toml")
"""By what the driver says of a MONGODB_URI that it doesn't take; the first that fits."""


def utc_now() -> datetime:
    """The only clock."""
    return datetime.now(UTC)


OTHER_CLOCK = ContextVar[Callable[[], datetime]]("OTHER_CLOCK", default=utc_now)
"""What `open_use_cases` takes where nobody hands a clock over; the demo's commands put theirs here."""


@asynccontextmanager
async def open_use_cases(
    settings: Settings,
    *,
    with_llm: bool = True,
    writes: bool = True,
    clock: Callable[[], datetime] | None = None,
    leases: Leases = LEASES,
) -> AsyncIterator[UseCases]:
    """The use cases over the configured database and LLM.

    Raises ConfigurationError for a missing secret and StoreUnavailable for a MongoDB that doesn't answer.
    Without an LLM key the written rules judge, and every result says why. `writes`: who only reads needs no
    index and no right to make one.
    """
    async with AsyncExitStack() as stack:
        client = mongo_client(secret("MONGODB_URI"))
        stack.push_async_callback(lambda: asyncio.shield(client.close()))
        database = client[settings.mongodb.database]
        try:
            await client.admin.command("ping")
        except PyMongoError as error:
            raise StoreUnavailable(f"MongoDB at MONGODB_URI can't be used: {cause_of(error)}") from error
        clock = clock or OTHER_CLOCK.get()
        if writes:
            await make_ready(database, clock())
        advisor, why_not = None, "no LLM was asked for"
        if with_llm:
            why_not = "OPENAI_API_KEY is not set"
            with suppress(ConfigurationError):
                llm = AsyncOpenAI(
                    api_key=secret("OPENAI_API_KEY"), base_url=settings.llm.base_url, max_retries=0
                )
                advisor = Advisor(await stack.enter_async_context(llm), settings.llm)
        owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"  # different at each start
        yield UseCases(Resources(database, settings, advisor, why_not), owner, clock, leases)


def mongo_client(uri: str) -> AsyncMongoClient[Document]:
    """Not yet connected. Raises ConfigurationError naming what is wrong with the URI, and no part of it."""
    try:
        if re.search("[/?#]", login_in(uri)):
            raise ValueError(uri)  # the driver may take a part of the password for the host
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # the driver passes over what it doesn't understand
            warnings.filterwarnings("ignore", ".*ompress")  # without a library it sends things as they are
            return AsyncMongoClient[Document](
                uri, tz_aware=True, appname="ai-operator", serverSelectionTimeoutMS=PATIENCE_MS
            )
    except (PyMongoError, ValueError, OSError, UserWarning) as error:
        trouble = _trouble(uri, error)
    raise ConfigurationError(f"MONGODB_URI: {trouble}")  # the driver's own words repeat it


def _trouble(uri: str, error: Exception) -> str:
    if uri.partition("://")[0] not in {"mongodb", "mongodb+srv"}:
        return "it begins with neither mongodb:// nor mongodb+srv:// (there must be no quotes around it)"
    login = re.sub(r"%[0-9A-Fa-f]{2}", "", login_in(uri))
    if re.search(r"[/?#\[\]@%]|:.*:", login):
        return TROUBLES["unencoded"]
    said = "file" if isinstance(error, OSError) else str(error).casefold()
    return next((trouble for words, trouble in TROUBLES.items() if re.search(words, said)), "")
