"""`discover fetch · stats · leaving · report`: the catalogue, what is new, leaves, and could be added."""

from collections.abc import Mapping
from dataclasses import replace

from rich.console import Console

from bot.commands.shared import caller, show, show_json, warn
from bot.discovery_job import discover_now, discoverer_for
from bot.settings import Settings
from bot.slack.views.text import money
from bot.wiring import open_use_cases
from discovery.findings import Discovery, report, stats
from operator_core.as_typed import as_meant
from operator_core.domain.runs import RunOutcome
from operator_core.errors import OperatorError, StoreUnavailable
from operator_core.words import plural


async def fetch(settings: Settings, console: Console, *, accept: bool) -> None:
    """Renews catalogue and witnesses; `accept`: the caller believes one that shrank. Raises OperatorError
    when one could not be fetched."""
    async with (
        open_use_cases(settings, with_llm=False) as use_cases,
        discoverer_for(settings, use_cases) as discoverer,
    ):
        with console.status("Fetching the catalogue and the providers' published ids…"):
            believed = replace(discoverer, accepted_by=caller() if accept else "")
            syncs = await believed.fetch(use_cases.now())
    for sync in syncs:
        reason = f": {sync.reason}" if sync.reason else ""
        console.print(f"{sync.source}: {sync.outcome}{reason}", markup=False)
    if failed := [sync for sync in syncs if sync.outcome != RunOutcome.GOOD]:
        raise OperatorError(f"{plural(len(failed), 'list')} could not be fetched; the last good copy serves")


async def show_stats(settings: Settings, console: Console, *, json: bool) -> None:
    """Counts of everything; each entry of the catalogue is in one of them."""
    discovery = await _look(settings, ask=False)
    data = stats(discovery)
    if json:
        show_json(data, console)
        return
    for name, value in data.items():
        if name not in {"notes", "llm"}:
            show(console, name.replace("_", " "), _shown(value))
    warn(discovery.notes, console)


async def show_leaving(settings: Settings, console: Console, *, json: bool) -> None:
    """Every model that runs and that somebody says will go, however late: dated ones first."""
    discovery = await _look(settings, ask=False)
    if json:
        leaving = [one.ref.model_dump() | one.model_dump(exclude={"ref"}) for one in discovery.leaving]
        show_json({"leaving": leaving, "notes": list(discovery.notes)}, console)
        return
    for one in discovery.leaving:
        successor = f"; its successor is {one.successor}" if one.successor else ""
        show(console, str(one.ref), f"{one.date or 'no date'} ({one.source}){successor}")
    console.print(f"{plural(len(discovery.leaving), 'model')} of yours leaving.")
    warn(discovery.notes, console)


async def show_report(
    settings: Settings, console: Console, *, max_matches: int | None, provider: str, json: bool
) -> None:
    """What could be added, and under which id. Asks the LLM about what no witness settles, and keeps that."""
    provider = as_meant(provider, settings.discovery.providers, "provider") if provider else ""
    discovery = await _look(settings, ask=True)
    matches = [m for m in discovery.matches if not provider or m.provider == provider][:max_matches]
    if json:
        show_json(report(discovery.model_copy(update={"matches": tuple(matches)})), console)
        return
    console.print(plural(len(discovery.matches), "match", "matches"))
    for match in matches:
        why = f"{'✓' if match.confirmed else 'unconfirmed'} {match.reasoning}"
        show(console, f"{match.openrouter_id} → {match.ref}", f"{match.confidence:.2f}, {why}")
    console.print(f"{plural(len(discovery.unmatched), 'new model')} without an id at your providers.")
    warn(discovery.notes, console)
    llm = discovery.llm
    asked = f"{llm.model}: {plural(llm.calls, 'call')}, {money(llm.cost_usd)}"
    unasked = f"{llm.model} was not asked: {llm.fallback}" if llm.fallback else f"{llm.model}: no call needed"
    console.print(asked if llm.calls else unasked, style="dim", markup=False)


async def _look(settings: Settings, *, ask: bool) -> Discovery:
    try:
        async with (
            open_use_cases(settings, with_llm=ask, writes=ask) as use_cases,
            discoverer_for(settings, use_cases) as discoverer,
        ):
            if ask:
                return await discover_now(use_cases, discoverer, fetch=False)
            return await discoverer.discover(use_cases.now(), ask=False)
    except StoreUnavailable as error:
        if not ask or getattr(error.__cause__, "code", None) not in {13, 8000}:  # may not: MongoDB, Atlas
            raise
    kept = await _look(settings, ask=False)
    return kept.model_copy(update={"notes": (*kept.notes, "You may only read: nothing was asked, or kept.")})


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        if value == {"outcome": "never"}:
            return "never fetched"
        filled = {key: item for key, item in value.items() if item is not None and item != ""}
        return ", ".join(f"{key.replace('_', ' ')} {_shown(item)}" for key, item in filled.items()) or "none"
    if isinstance(value, list):
        return "\n".join(_shown(item) for item in value) or "none"
    return str(value)
