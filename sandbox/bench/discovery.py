"""Discovery, measured: syncs and questions on real catalogues, and matching against what is known."""

import asyncio
import csv
import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.discovery_job import discoverer_for
from bot.settings import Settings, load_settings
from discovery.findings import Discovery
from discovery.matching.match import match
from discovery.pipeline import Discoverer
from discovery.sources.catalogue import Entry, entry_of, read_page
from discovery.sources.litellm import LITELLM
from discovery.sources.models_dev import MODELS_DEV
from operator_core.domain.base import Frozen, ModelRef
from sandbox.bench.resources import NOW, progress, use_cases_at
from sandbox.bench.sections import PAGE, renew, table
from sandbox.catalogue.server import catalogue_server
from sandbox.database import embedded_server, marked_database
from sandbox.judge import cautious
from sandbox.llm import LlmServer, llm_server, scripted
from sandbox.tokens import count_tokens

OLDER, NEWER = "openrouter_2025-12-02.json", "openrouter_2026-01-29.json"
WITNESSES = "models_dev_2026-03-01.json"
TODAY = date(2026, 11, 18)
"""When the truth was collected."""
Truth = Mapping[str, Mapping[str, set[str]]]


class Look(Frozen):
    """One sync and one look at what it brought."""

    name: str
    entries: int
    asked: int
    carried_over: int
    calls: int
    tokens: int
    """Prompt and answer, as gpt-5 counts them."""
    seconds: float
    """Without the LLM's own time, which is that of the stand-in."""


class Precision(Frozen):
    """The confirmed matches, held against the truth."""

    right: int
    judged: int
    found: int
    """Pairs of model and provider that a witness lists, and that were found, confirmed or listed."""
    listed: int
    outside: int
    """Confirmed ids that no witness lists."""
    without_provider: int
    """Confirmed matches of models that no provider serves."""


class Discovered(Frozen):
    looks: tuple[Look, ...]
    precision: Precision


async def measure_discovery(settings: Settings, folder: Path) -> Discovered:
    """Three syncs: the older catalogue, the same again, the newer one; and the matches of the newer one."""
    progress("discovery on the real catalogues")
    with embedded_server(equality_only=False) as uri, marked_database(uri) as name:
        async with (
            catalogue_server(
                openrouter=_read(folder / OLDER),
                models_dev=_read(folder / WITNESSES),
                litellm=_read(folder / "litellm_models.json"),
            ) as lists,
            llm_server(scripted(cautious)) as llm,
        ):
            options = settings.discovery.model_copy(update=lists.urls)
            settings_here = settings.model_copy(update={"discovery": options})
            async with (
                use_cases_at(uri, name, settings_here, llm, NOW) as use_cases,
                discoverer_for(settings_here, use_cases) as discoverer,
            ):
                first = await _look("first sync", discoverer, llm, 0)
                again = await _look("the same catalogue a day later", discoverer, llm, 1)
                lists.serve("openrouter", _read(folder / NEWER))
                newer = await _look("the catalogue of two months later", discoverer, llm, 2)
    return Discovered(looks=(first, again, newer), precision=precision(settings, folder))


async def _look(name: str, discoverer: Discoverer, llm: LlmServer, days: int) -> Look:
    now = NOW + timedelta(days=days)
    before, began = len(llm.requests), time.perf_counter()
    sync, *_ = await discoverer.fetch(now)
    discovery = await discoverer.discover(now)
    seconds = time.perf_counter() - began
    asked = [line for request in llm.requests[before:] for line in _lines(request)]
    return Look(
        name=name,
        entries=sync.entries,
        asked=len(asked),
        carried_over=discovery.carried_over,
        calls=discovery.llm.calls,
        tokens=_tokens(llm.requests[before:], discovery),
        seconds=seconds,
    )


def _tokens(requests: list[dict[str, Any]], discovery: Discovery) -> int:
    sent = sum(count_tokens(m["content"]) for request in requests for m in request["messages"])
    return sent + discovery.llm.completion_tokens


def _lines(request: dict[str, Any]) -> list[str]:
    return str(request["messages"][-1]["content"]).splitlines()


def precision(settings: Settings, folder: Path) -> Precision:
    """Matches without an LLM, against the collected truth."""
    providers = settings.discovery.providers
    truth = _truth(folder / "match_truth.csv")
    listings = [
        *MODELS_DEV.read(_read(folder / WITNESSES), providers).listings,
        *LITELLM.read(_read(folder / "litellm_models.json"), providers).listings,
    ]
    entries = list(map(entry_of, read_page(_read(folder / NEWER)).raw.values()))
    listed = {entry.openrouter_id for entry in entries}
    missing = [Entry(openrouter_id=name) for name in truth if name not in listed]
    matches = match([*entries, *missing], (), providers, listings, TODAY).matches
    witnessed = {listing.ref for listing in listings}
    asked = [one for one in matches if one.openrouter_id in truth]
    judged = [one for one in asked if one.confirmed]
    met = [one for one in asked if one.model_id in truth[one.openrouter_id].get(one.provider, ())]
    right = [one for one in met if one.confirmed]
    pairs = {
        (name, provider)
        for name, served in truth.items()
        for provider, ids in served.items()
        if any(ModelRef(provider=provider, model_id=model_id) in witnessed for model_id in ids)
    }
    return Precision(
        right=len(right),
        judged=len(judged),
        found=len(pairs & {(one.openrouter_id, one.provider) for one in met}),
        listed=len(pairs),
        outside=sum(one.confirmed and one.ref not in witnessed for one in matches),
        without_provider=sum(not any(truth[one.openrouter_id].values()) for one in judged),
    )


def section(discovered: Discovered | None) -> str:
    """The page's part about discovery."""
    if discovered is None:
        return '## Discovery\n\nNot measured: `make bench ARGS="--real-data DIR"` measures it.'
    one = discovered.precision
    heads = ("sync", "entries", "asked about", "carried over", "LLM calls", "tokens", "seconds")
    rows = [
        (
            look.name,
            *map(str, (look.entries, look.asked, look.carried_over, look.calls)),
            f"{look.tokens:,}",
            f"{look.seconds:.1f}",
        )
        for look in discovered.looks
    ]
    return f"""## Discovery

Real catalogues, served over HTTP by the sandbox; no model is measured yet, so everything is new at first. \
The targets: at most one call and 6,000 tokens for the first sync, none when nothing is new, under 5 seconds.

{table(heads, rows)}

Without an LLM, {one.right} of {one.judged} confirmed matches are right ({one.right / one.judged:.1%}; the \
target is 99%), and {one.found} of the {one.listed} pairs that the two witnesses list are found, \
confirmed or as listed \
({one.found / one.listed:.1%}; the target is 95%). Confirmed ids that no witness lists: {one.outside}; \
confirmed matches of models that none of the providers serves: {one.without_provider}. The rules' authors \
knew this truth, so on catalogues nobody looked at expect a little less."""


def _truth(path: Path) -> Truth:
    truth: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            served = truth[row["openrouter_id"]]
            if row["provider"]:
                served[row["provider"]].add(row["model_id"])
    return truth


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def main() -> None:
    """`python -m sandbox.bench.discovery DIR`: renews the page's part about discovery alone."""
    renew(
        PAGE, section(asyncio.run(measure_discovery(load_settings(Path("operator.toml")), Path(sys.argv[1]))))
    )


if __name__ == "__main__":
    main()
