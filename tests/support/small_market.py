"""A small world for discovery: three lists over real HTTP, a platform, and an LLM that is counted."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from bot.discovery_job import discoverer_for
from discovery.pipeline import Discoverer
from sandbox.catalogue.server import CatalogueServer, catalogue_server
from sandbox.llm import Answer, Request, saying
from support.core import core_over, with_values
from support.shipped import SETTINGS
from support.small_catalogue import MONGO, NOW

Document = dict[str, Any]
PROVIDERS = ("anthropic", "openai", "bedrock", "vertex", "groq")
MODELS = (
    "openai/gpt-4",
    "openai/gpt-4o",
    "openai/gpt-4o:free",
    "anthropic/claude-opus-4.5",
    "qwen/qwen3-32b",
    "x-ai/grok-4",
    "x-ai/grok-3",
    "nobody/knows-it",
    "openrouter/auto",
    "openai/gpt-5",
)
MODELS_DEV: Document = {
    "openai": {"models": {name: {"name": name} for name in ("gpt-4", "gpt-4o", "gpt-5")}},
    "amazon-bedrock": {
        "models": {
            "anthropic.claude-opus-4-5-20251101-v1:0": {"name": "Claude Opus 4.5"},
            "us.anthropic.claude-opus-4-5-20251101-v1:0": {"name": "Claude Opus 4.5 (US)"},
        }
    },
    "anthropic": {"models": {"claude-opus-4-5": {"name": "Claude Opus 4.5 (latest)"}}},
}
LITELLM: Document = {
    "sample_spec": {"litellm_provider": "one of"},
    "groq/qwen/qwen3-32b": {"litellm_provider": "groq", "mode": "chat"},
    "vertex_ai/xai/grok-4-reasoning": {"litellm_provider": "vertex_ai", "mode": "chat"},
    "vertex_ai/xai/grok-3-reasoning": {"litellm_provider": "vertex_ai", "mode": "chat"},
    "gpt-4": {"litellm_provider": "openai", "mode": "chat", "deprecation_date": "2027-01-05"},
}


def listing(*names: str, **changes: object) -> Document:
    """OpenRouter's answer with these models; `changes` to each of them."""
    return {"data": [{**one(name), **changes} for name in names or MODELS]}


def one(name: str) -> Document:
    return {
        "id": name,
        "name": f"Maker: {name.split('/')[1]}",
        "created": 1_792_000_000,
        "context_length": 128_000,
        "pricing": {"prompt": "0.000001", "completion": "0.000002"},
        "architecture": {"output_modalities": ["text"]},
        "something_new": {"kept": True},
    }


def none_fits(request: Request) -> Any:
    """Says about each model that none of the ids is it."""
    asked = asked_about(request)
    return saying(
        {
            "items": [
                {"id": f"m{n}", "ids": [], "confidence": 0.9, "reason": "older"}
                for n in range(1, len(asked) + 1)
            ]
        }
    )


def asked_about(request: Request) -> list[str]:
    return re.findall(r"^m\d+ (\S+) ", str(request["messages"][1]["content"]), re.MULTILINE)


@dataclass
class World:
    discoverer: Discoverer
    lists: CatalogueServer
    requests: list[Request]
    """What the LLM was asked."""
    database: AsyncDatabase[Document]
    waits: list[float]
    now: datetime = NOW

    def next_day(self) -> datetime:
        self.now += timedelta(days=1)
        return self.now

    @property
    def asked(self) -> list[list[str]]:
        """Which models each call was about."""
        return [asked_about(request) for request in self.requests]

    async def catalogue(self) -> dict[str, Document]:
        documents = await self.database[MONGO.openrouter_catalog].find({}).to_list()
        return {document["openrouter_id"]: document for document in documents}


@asynccontextmanager
async def world(
    database: AsyncDatabase[Document],
    answer: Answer = none_fits,
    platform: tuple[str, ...] = ("openai/gpt-4",),
) -> AsyncIterator[World]:
    for name in platform:
        provider, _, model_id = name.partition("/")
        await database[MONGO.models].insert_one(
            {"provider": provider, "model_id": model_id, "enabled": True, "deprecated": False}
        )
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    async with AsyncExitStack() as stack:
        lists = await stack.enter_async_context(
            catalogue_server(openrouter=listing(), models_dev=MODELS_DEV, litellm=LITELLM)
        )
        settings = with_values(SETTINGS, discovery={**lists.urls, "providers": PROVIDERS})
        use_cases, requests = await stack.enter_async_context(
            core_over(database, answer, settings=settings, sleep=wait)
        )
        discoverer = await stack.enter_async_context(discoverer_for(settings, use_cases))
        yield World(
            discoverer=replace(discoverer, sleep=wait),
            lists=lists,
            requests=requests,
            database=database,
            waits=waits,
        )


def json_of(path: Any) -> Any:
    return json.loads(path.read_text())
