"""`discover fetch · stats · leaving · report`: the catalogue, what is new, leaves, and could be added."""

from collections import Counter
from dataclasses import replace

from rich.console import Console

from bot.commands.shared import caller, show, show_json, warn
from bot.discovery_job import discoverer_for
from bot.settings import Settings
from bot.slack.views.text import money
from bot.wiring import open_use_cases
from discovery.findings import Discovery, report, stats
from operator_core.as_typed import as_meant
from operator_core.domain.runs import RunOutcome
from operator_core.errors import OperatorError
from operator_core.words import ago, plural


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
    last, matching = discovery.inputs.last_good, discovery.matching
    lists = [("OpenRouter", last.entries, last.started_at)] if last else []
    lists += [(one.source, len(one.listings), one.as_of) for one in discovery.inputs.snapshots if one.as_of]
    for name, size, at in lists:
        show(console, f"{name}: {size:,} listed, fetched {ago(discovery.at - at)}")
    for count, what, of in (
        (len(matching.running), "you have already, at one provider at least", {}),
        (sum(matching.left_out.values()), "are nothing to measure", matching.left_out),
        (data["matched"], "are new, with an id", Counter(f"at {one.provider}" for one in discovery.matches)),
        (data["unmatched"], "are new, without one", {"wait for the LLM": discovery.carried_over}),
    ):
        show(console, f"{count} {what}", ", ".join(f"{of[one]} {one}" for one in sorted(of) if of[one]))
    offers, leaving = plural(len(discovery.to_review), "offer"), plural(len(discovery.leaving), "model")
    console.print(f"{offers} to review, {leaving} of yours leaving.")
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
        when = f"leaves on {one.date}, says " if one.date else ""
        show(console, str(one.ref), f"{when}{one.source}{successor}")
    console.print(f"{plural(len(discovery.leaving), 'model')} of yours leaving.")
    warn(discovery.notes, console)


async def show_report(
    settings: Settings, console: Console, *, max_matches: int | None, provider: str, json: bool
) -> None:
    """What could be added, and under which id. Asks the LLM about what no witness settles; keeps nothing."""
    provider = as_meant(provider, settings.discovery.providers, "provider") if provider else ""
    discovery = await _look(settings, ask=True)
    matches = [m for m in discovery.matches if not provider or m.provider == provider][:max_matches]
    if json:
        show_json(report(discovery.model_copy(update={"matches": tuple(matches)})), console)
        return
    models = plural(len({match.openrouter_id for match in matches}), "new model")
    console.print(f"{models} with an id {f'at {provider}' if provider else 'at your providers'}")
    for match in matches:
        sure = f"{'' if match.confirmed else 'un'}confirmed, {match.confidence:.0%} sure: {match.reasoning}"
        show(console, match.openrouter_id, f"at {match.provider} as {match.model_id}", sure)
    console.print(f"{plural(len(discovery.unmatched), 'new model')} without an id at your providers.")
    warn(discovery.notes, console)
    llm = discovery.llm
    asked = f"{llm.model}: {plural(llm.calls, 'call')}, {money(llm.cost_usd)}"
    unasked = f"{llm.model} was not asked: {llm.fallback}" if llm.fallback else f"{llm.model}: no call needed"
    console.print(asked if llm.calls else unasked, style="dim", markup=False)


async def _look(settings: Settings, *, ask: bool) -> Discovery:
    async with (
        open_use_cases(settings, with_llm=ask, writes=False) as use_cases,
        discoverer_for(settings, use_cases) as discoverer,
    ):
        return await discoverer.discover(use_cases.now(), ask=ask, keep=False)
