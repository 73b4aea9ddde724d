"""The look behind the chat: what stands in MongoDB, and what the LLM was asked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genai_prices import Usage, calc_price

from bot.settings import load_settings
from bot.slack.views.text import money
from sandbox.demo.stage import Document, Stage

NEWEST = 12
SHIPPED = load_settings(Path(__file__).parents[2] / "operator.toml").llm.model
"""The LLM that operator.toml names."""


async def shown(stage: Stage, tab: str) -> dict[str, Any]:
    """What this tab shows, newest first; nothing of the others."""
    database = stage.database
    match tab:
        case "world":
            group = {
                "_id": "$provider",
                "enabled": {"$sum": {"$cond": ["$enabled", 1, 0]}},
                "listed": {"$sum": 1},
            }
            providers = await database["models"].aggregate([{"$group": group}, {"$sort": {"_id": 1}}])
            return {"platform": await providers.to_list()}
        case "documents":
            return {"documents": await _changed(stage)}
        case "journal":
            return {
                "journal": await database["operator_journal"].find().sort("started_at", -1).to_list(NEWEST)
            }
        case "llm":
            return {"asked": stage.llm.said[::-1]}
        case "runs":
            finished = database["operator_runs"].find({"run": {"$ne": None}})
            return {"runs": await finished.sort("started_at", -1).to_list(NEWEST)}
    return {}


def image(fields: Mapping[str, Any]) -> str:
    """Some fields of a document as they were, or shall be, one a line."""
    lines = [f"{name}: {value}" for name, value in (fields.get("values") or {}).items()]
    return "\n".join([*lines, *(f"{name}: –" for name in fields.get("absent") or ())]) or "no document"


def cost(llm: Mapping[str, Any]) -> str:
    """What a run's calls cost; a stand-in's, what the LLM that operator.toml names would take for as much."""
    if llm["cost_usd"] is not None:
        return money(llm["cost_usd"])
    usage = Usage(input_tokens=llm["prompt_tokens"], output_tokens=llm["completion_tokens"])
    return f"{money(float(calc_price(usage, SHIPPED).total_price))} had it been {SHIPPED}"


async def _changed(stage: Stage) -> list[dict[str, Document | None]]:
    """The documents of `models` that are no longer as they were at the beginning, the latest change first."""
    before = {(one["provider"], one["model_id"]): one for one in stage.platform.models}
    changed = []
    async for now in stage.database["models"].find({}, {"_id": 0}):
        was = before.get((now["provider"], now["model_id"]))
        if was is None or {name: was.get(name) for name in now} != now:
            changed.append({"before": was, "now": now})
    return changed[:NEWEST]
