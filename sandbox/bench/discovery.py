"""Discovery, measured: syncs and questions on real catalogues, and matching against what is known."""

import asyncio
import csv
import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.discovery_job import discoverer_for
from bot.settings import Settings, load_settings
from discovery.matching.match import match
from discovery.pipeline import Discoverer
from discovery.sources.catalogue import Entry, entry_of, read_page
from discovery.sources.directories import Source
from discovery.sources.witnesses import SOURCES
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import LlmUse
from sandbox.bench.resources import NOW, progress, use_cases_at
from sandbox.bench.runs import tokens_of
from sandbox.bench.sections import PAGE, TARGET_HEADS, Row, renew, table, target
from sandbox.catalogue.server import CatalogueServer, catalogue_server
from sandbox.database import embedded_server, marked_database
from sandbox.judge import nearest
from sandbox.llm import LlmServer, llm_server, scripted

OLDER, NEWER = "openrouter_2025-12-02.json", "openrouter_2026-01-29.json"
FILES = {"models.dev": "models_dev_2026-03-01.json", "LiteLLM": "litellm_models.json"}
"""By witness."""
MANY = 3_000
RULES_HEADS = ("", "confirmed and right", "listed and found", "listed by nobody", "served by nobody")
TODAY = date(2026, 11, 18)
"""When the truth was collected."""
Truth = Mapping[str, Mapping[str, set[str]]]


class Look(Frozen):
    """One sync and one look at what it brought."""

    name: str
    entries: int
    asked: int
    carried_over: int
    llm: LlmUse
    gaps: int
    """Models at providers that no rule settled, where ids are listed that may be meant."""
    possible: int
    """Of these, where by the truth one of the ids is right."""
    picked: int
    judged: int
    """Picks at providers of whose models the truth tells."""
    right: int
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


class Large(Frozen):
    """A catalogue of many entries: its first sync and the better of two more, in seconds, and matching it in
    seconds of CPU."""

    entries: int
    first: float
    again: float
    matching: float


class Discovered(Frozen):
    looks: tuple[Look, ...]
    precision: Mapping[str, Precision]
    """By the witnesses that were read."""
    large: Large


async def measure_discovery(settings: Settings, folder: Path) -> Discovered:
    """Three syncs: the older catalogue, the same again, the newer one; and the matches of the newer one."""
    progress("discovery on the real catalogues")
    truth = _truth(folder / "match_truth.csv")
    with embedded_server(equality_only=False) as uri, marked_database(uri) as name:
        async with (
            catalogue_server(
                openrouter=_read(folder / OLDER),
                models_dev=_read(folder / FILES["models.dev"]),
                litellm=_read(folder / FILES["LiteLLM"]),
            ) as lists,
            llm_server(scripted(nearest)) as llm,
        ):
            options = settings.discovery.model_copy(update=lists.urls)
            settings_here = settings.model_copy(update={"discovery": options})
            async with (
                use_cases_at(uri, name, settings_here, llm, NOW) as use_cases,
                discoverer_for(settings_here, use_cases) as discoverer,
            ):
                first = await _look("first sync", discoverer, llm, truth, 0)
                again = await _look("the same catalogue a day later", discoverer, llm, truth, 1)
                lists.serve("openrouter", _read(folder / NEWER))
                newer = await _look("the catalogue of two months later", discoverer, llm, truth, 2)
                large = await _large(discoverer, lists, folder)
    witnesses = {"both witnesses": SOURCES, **{source.name: (source,) for source in SOURCES}}
    by_witness = {name: precision(settings, folder, sources) for name, sources in witnesses.items()}
    return Discovered(looks=(first, again, newer), precision=by_witness, large=large)


async def _large(discoverer: Discoverer, lists: CatalogueServer, folder: Path) -> Large:
    """Copies of the real catalogue, each of another maker, MANY entries in all."""
    real = _read(folder / NEWER)["data"]
    many = [
        {**real[n % len(real)], "id": f"{n // len(real)}{real[n % len(real)]['id']}", "canonical_slug": ""}
        for n in range(MANY)
    ]
    lists.serve("openrouter", {"data": many})
    seconds = list[float]()
    for days in (3, 4, 5):
        began = time.perf_counter()
        sync = await discoverer.catalogue.sync(NOW + timedelta(days=days))
        seconds.append(time.perf_counter() - began)
    listings = [one for copy in await discoverer.witnesses.snapshots() for one in copy.listings]
    entries, began = list(map(entry_of, read_page({"data": many}).raw.values())), time.process_time()
    match(entries, (), discoverer.options.providers, listings, TODAY)
    matching = time.process_time() - began
    return Large(entries=sync.entries, first=seconds[0], again=min(seconds[1:]), matching=matching)


async def _look(name: str, discoverer: Discoverer, llm: LlmServer, truth: Truth, days: int) -> Look:
    now = NOW + timedelta(days=days)
    before, began = len(llm.requests), time.perf_counter()
    sync, *_ = await discoverer.fetch(now)
    discovery = await discoverer.discover(now)
    seconds = time.perf_counter() - began
    asked = [
        line for request in llm.requests[before:] for line in request["messages"][-1]["content"].splitlines()
    ]
    near = [
        (one.entry.openrouter_id, offer.ref)
        for one in discovery.matching.unresolved
        for offer in one.candidates
    ]
    picks = [
        (one.openrouter_id, one.ref) for one in discovery.matches if one.suggested_by == discovery.llm.model
    ]
    return Look(
        name=name,
        entries=sync.entries,
        asked=len(asked),
        carried_over=discovery.carried_over,
        llm=discovery.llm,
        gaps=len({(name, ref.provider) for name, ref in near}),
        possible=len({(name, ref.provider) for name, ref in near if _is_right(name, ref, truth)}),
        picked=len(picks),
        judged=sum(name in truth for name, _ in picks),
        right=sum(_is_right(name, ref, truth) for name, ref in picks),
        seconds=seconds,
    )


def _is_right(name: str, ref: ModelRef, truth: Truth) -> bool:
    return ref.model_id in truth.get(name, {}).get(ref.provider, ())


def precision(settings: Settings, folder: Path, sources: Sequence[Source] = SOURCES) -> Precision:
    """Matches without an LLM, against the collected truth."""
    providers = settings.discovery.providers
    truth = _truth(folder / "match_truth.csv")
    listings = [
        listing
        for source in sources
        for listing in source.read(_read(folder / FILES[source.name]), providers).listings
    ]
    entries = list(map(entry_of, read_page(_read(folder / NEWER)).raw.values()))
    listed = {entry.openrouter_id for entry in entries}
    missing = [Entry(openrouter_id=name) for name in truth if name not in listed]
    matches = match([*entries, *missing], (), providers, listings, TODAY).matches
    witnessed = {listing.ref for listing in listings}
    asked = [one for one in matches if one.openrouter_id in truth]
    judged = [one for one in asked if one.confirmed]
    met = [one for one in asked if _is_right(one.openrouter_id, one.ref, truth)]
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
    one, large, last = discovered.precision["both witnesses"], discovered.large, discovered.looks[-1]
    heads = ("sync", "entries", "asked about", "carried over", "LLM calls", "tokens", "USD", "seconds")
    rows = [
        (
            look.name,
            *map(str, (look.entries, look.asked, look.carried_over, look.llm.calls)),
            *(f"{tokens_of(look.llm):,}", f"{look.llm.cost_usd or 0:.4f}", f"{look.seconds:.1f}"),
        )
        for look in discovered.looks
    ]
    added = [
        (look.name, *map(str, (look.gaps, look.possible, look.picked, look.judged, look.right)))
        for look in discovered.looks
    ]
    return f"""## Discovery

Real catalogues, served over HTTP by the sandbox; no model is measured yet, so everything is new at first. \
The targets: at most one call and 6,000 tokens for the first sync, none when nothing is new, under 5 seconds.

{table(heads, rows)}

{table(TARGET_HEADS, _targets(discovered))}

{MANY:,} entries are copies of the real ones; their first sync took {large.first:.1f} seconds, the better \
of two more {large.again:.1f}. What the rules find without an LLM, by witness; their authors knew this \
truth, so on catalogues nobody looked at expect a little less:

{table(RULES_HEADS, _rules(discovered))}

What an LLM adds: it is asked only about models at providers that no rule settled and where ids are listed \
that may be meant, the gaps. The stand-in takes the first id at each, as an LLM that never says none. Where \
the truth tells, that is right at {last.right} of {last.judged}, and no LLM could add more than \
{last.possible} pairs to the {one.found} of the catalogue of two months later. All are shown as listed, \
none as confirmed. The price is the configured model's, without hidden reasoning.

{table(("sync", "gaps", "a right id among them", "picked", "the truth tells", "right"), added)}"""


def _rules(discovered: Discovered) -> list[Row]:
    return [
        (
            name,
            f"{x.right} of {x.judged} ({x.right / x.judged:.1%})",
            f"{x.found} of {x.listed} ({x.found / x.listed:.1%})",
            *map(str, (x.outside, x.without_provider)),
        )
        for name, x in discovered.precision.items()
    ]


def _targets(discovered: Discovered) -> list[Row]:
    one, large = discovered.precision["both witnesses"], discovered.large
    share, (both, *_) = large.again / large.first, _rules(discovered)
    return [
        target("confirmed ids that are right", "≥ 99%", both[1], one.right >= 0.99 * one.judged),
        target("listed pairs that are found", "≥ 95%", both[2], one.found >= 0.95 * one.listed),
        target(f"a further sync of {large.entries:,}", "≤ 0.3 of the first", f"{share:.2f}", share <= 0.3),
        target(
            f"matching {large.entries:,}", "< 1.5 s of CPU", f"{large.matching:.2f} s", large.matching < 1.5
        ),
    ]


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
