"""The one way that tests wire a core: over a database, with an LLM stand-in that answers as the test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

from openai import AsyncOpenAI
from pymongo.asynchronous.database import AsyncDatabase

from bot.settings import Settings
from bot.wiring import LEASES
from operator_core.domain.journal import Leases, ModeChoice
from operator_core.domain.mode import Mode
from operator_core.engine import Resources
from operator_core.judgement.llm import Advisor
from operator_core.store.indexes import make_ready
from operator_core.store.records.state import StateRecords
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases
from sandbox.judge import sensible
from sandbox.llm import Answer, Request, llm_server, scripted
from support.shipped import SETTINGS
from support.small_catalogue import NOW

SENSIBLE = scripted(sensible)
"""Judges as docs/decisions.md says."""


@asynccontextmanager
async def core_over(
    database: AsyncDatabase[dict[str, Any]],
    answer: Answer | None = SENSIBLE,
    *,
    settings: Settings = SETTINGS,
    clock: Callable[[], datetime] = lambda: NOW,
    owner: str = "test",
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    leases: Leases = LEASES,
    begins: Mode | None = Mode.ON,
) -> AsyncIterator[tuple[UseCases, list[Request]]]:
    """The use cases, and what their LLM was asked. Without an answer there is no LLM: the rules judge.

    `sleep` is what the advisor waits with before it asks again. `begins`: the autopilot's mode in a database
    that has none yet; None: as a new deployment begins.
    """
    async with AsyncExitStack() as stack:
        await make_ready(database, clock())
        if begins is not None:
            await StateRecords(database, "mode", ModeChoice).add(ModeChoice(mode=begins, at=clock()))
        advisor, requests = None, list[Request]()
        if answer is not None:
            server = await stack.enter_async_context(llm_server(answer))
            settings = with_values(settings, llm={"base_url": server.base_url})
            client = AsyncOpenAI(api_key="sk-test", base_url=server.base_url)
            advisor = Advisor(await stack.enter_async_context(client), settings.llm, sleep)
            requests = server.requests
        resources = Resources(database, settings, advisor, "no key")
        yield UseCases(resources, owner, clock, leases), requests


def without_llm(stores: Stores, clock: Callable[[], datetime]) -> UseCases:
    """The use cases over these stores, for what asks no LLM."""
    return UseCases(Resources(stores.database, SETTINGS, None, "no key"), "test", clock, LEASES)


def with_values(settings: Settings, **sections: dict[str, Any]) -> Settings:
    """The settings with other values in some of their sections."""
    update = {name: getattr(settings, name).model_copy(update=values) for name, values in sections.items()}
    return settings.model_copy(update=update)
