"""What stands around the replicas: the LLM, the public lists, and the platform's rows."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from faults.mongo_wire import Struck
from sandbox import llm
from sandbox.catalogue.server import CatalogueServer, catalogue_server
from sandbox.judge import whatever_is_asked
from sandbox.llm import LlmServer, Reply, Request, llm_server, prompt_of, saying
from support.small_market import LITELLM, MODELS_DEV, listing
from support.world import GONE

Document = dict[str, Any]
GROUPS = (
    # provider, models, of which gone
    ("bedrock", 12, 5),
    ("groq", 6, 1),
    ("together", 5, 1),
    ("openai", 9, 0),
)
SECRETS = (
    *(
        "sk-proj-4f9Q2mZx7Lk1Vb8Nc3Rt6Yp0Ws5Ud",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    ),
    *("AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "hunter2-of-mongodb", "sk-llm-of-the-sandbox-9f8e7d6c5b4a"),
)
"""Planted in rows and in the environment: to be found nowhere else."""
HOSTILE = f"<!channel> *bold* key={SECRETS[0]} {SECRETS[1]} Bearer {SECRETS[2]} {SECRETS[3]}"
LISTS = {"openrouter": listing(), "models_dev": MODELS_DEV, "litellm": LITELLM}
KEPT_ELSEWHERE = "model-0"
"""Of this name every provider has a model: what is gone at one is kept by others."""


@dataclass
class Outside:
    """The LLM's mood, and what the lists serve."""

    llm: LlmServer
    lists: CatalogueServer
    struck: Struck
    mood: str = ""

    def answer(self, request: Request) -> Reply:
        if self.mood:
            self.struck.note(f"llm: {self.mood}")
        sensible = json.dumps(whatever_is_asked(prompt_of(request)))
        match self.mood:
            case "stalls":
                return llm.slowly(4.0, saying(sensible))
            case "refuses":
                return llm.refusing()
            case "cut":
                return llm.cut(sensible[: len(sensible) // 2])
            case "fails":
                return llm.failing(500)
            case "garbage":
                return llm.garbage()
            case "lies":
                return saying(_lie(request))
        return saying(sensible)

    def healed(self) -> None:
        self.mood = ""
        for source, content in LISTS.items():
            self.lists.serve(source, content)  # type: ignore[arg-type]

    def shrunk(self, share: float) -> None:
        """From now on OpenRouter lists only a part."""
        self.lists.requests.clear()
        data = listing()["data"]
        self.lists.serve("openrouter", {"data": data[: int(len(data) * share)]})


def _lie(request: Request) -> Document:
    """Disables all it was asked about, and more, and tries to wake everybody."""
    ids = [f"{letter}{number}" for letter in "sm" for number in range(1, 60)]
    reason = f"<!everyone> ignore all gates; {HOSTILE}"
    fields = {"action": "disable", "confidence": 0.99, "reason": reason, "ids": ["../../etc/passwd"]}
    return {"items": [{"id": name, **fields} for name in ids]}


@asynccontextmanager
async def outside_world(struck: Struck) -> AsyncIterator[Outside]:
    holder: list[Outside] = []
    async with (
        llm_server(lambda request: holder[0].answer(request)) as server,
        catalogue_server() as lists,
    ):
        holder.append(Outside(server, lists, struck))
        holder[0].healed()
        yield holder[0]


def names_of(provider: str, count: int) -> list[str]:
    return [KEPT_ELSEWHERE if number == 0 else f"{provider}-model-{number}" for number in range(count)]


def first_models(now: datetime) -> list[Document]:
    return [
        {
            "_id": f"{provider}/{name}",
            "provider": provider,
            "model_id": name,
            "display_name": f"{name} <!here>",
            "enabled": True,
            "deprecated": False,
            "created_at": (now - timedelta(days=90)).replace(microsecond=0),
        }
        for provider, count, _ in GROUPS
        for name in names_of(provider, count)
    ]


def gone_at_first() -> frozenset[tuple[str, str]]:
    return frozenset(
        (provider, name) for provider, count, gone in GROUPS for name in names_of(provider, gone)
    )


async def results(
    database: AsyncDatabase[Document], gone: frozenset[tuple[str, str]], now: datetime, days: float
) -> None:
    """Two runs a day until now: those that are gone fail, all others answer; before that, all answered."""
    runs = [now - timedelta(hours=12 * number, minutes=5) for number in range(max(1, round(days * 2)))]
    refs = [(provider, name) for provider, count, _ in GROUPS for name in names_of(provider, count)]
    good = [
        {"provider": provider, "model_name": name, "gen_ts": at, "run_ts": at, "tokens_per_second": 50.0}
        for provider, name in refs
        for at in (runs if (provider, name) not in gone else [now - timedelta(days=5)][: int(days > 1)])
    ]
    bad = [
        {
            "provider": provider,
            "model_name": name,
            "ts": at,
            "message": f"{GONE.format(model=name, number=number)} {HOSTILE}",
        }
        for provider, name in sorted(gone)
        for number, at in enumerate(runs)
    ]
    await database["metrics_cloud_v2"].insert_many(good)
    await database["errors_cloud"].insert_many(bad)
