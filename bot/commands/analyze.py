"""`analyze`: one run, in lines for people and JSON for programs."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console

from bot.commands.shared import caller, show, show_json, warn
from bot.slack.views.evidence import ails
from bot.slack.views.text import joined, listed, money, quote
from bot.slack.views.who_and_when import who
from bot.terminal import mrkdwn
from operator_core.domain.decisions import Action, Route
from operator_core.domain.runs import Run, contract
from operator_core.use_cases import UseCases
from operator_core.words import duration, plural

DOES = {Action.DISABLE: "to disable", Action.MONITOR: "to watch", Action.IGNORE: "to leave alone"}
ROUTES = {Route.AUTO: "by itself", Route.ASK: "people are asked", Route.NONE: "held"}


async def analyze(
    use_cases: UseCases,
    console: Console,
    *,
    providers: Sequence[str] = (),
    write: bool = False,
    json: bool = False,
) -> None:
    """What one run finds and would do; only with `write` it is kept."""
    with Console(stderr=True).status("Starting…") as status:
        if write:
            run, _ = await use_cases.run(caller(), providers, status.update)
        else:
            run = await use_cases.analyse(caller(), providers, status.update)
    if json:
        show_json(contract(run), console)
    elif run.runner_down:
        since = f" since {run.last_result:%Y-%m-%d %H:%M} UTC" if run.last_result else ""
        console.print(f"[bold]No results from any provider{since}:[/] the benchmark runner looks stopped.")
        console.print("Nothing was judged.")
    else:
        _show(run, console)
        console.print("Kept." if write else "Nothing was written; --write keeps run, verdicts and proposals.")


def _show(run: Run, console: Console) -> None:
    console.print(f"[b]{run.answering} of {run.enabled}[/] enabled models answer; {run.models} are known.")
    for one in run.situations:
        since = "" if one.failing_since is None else duration(run.started_at - one.failing_since)
        count, said = f"{len(one.models)} of {plural(one.provider_enabled, 'model')}", one.verdict
        show(
            console,
            joined(f"{one.provider}: {ails(one.scope, one.kind)}", count, since, by=" · "),
            listed(ref.model_id for ref in one.models),
            f"{said.action}, by {who(said.suggested_by, {})}, {said.confidence:.0%} sure" if said else "",
            mrkdwn(quote(one.sample or one.pattern), {}),
        )
    counts = Counter((d.action, d.route, d.alone and d.route == Route.ASK) for d in run.decisions)
    words = [
        f"{count:,} {DOES[action]}"
        + (f" ({ROUTES[route]}{', as the autopilot is not on' * alone})" if action == Action.DISABLE else "")
        for (action, route, alone), count in sorted(counts.items())
    ]
    console.print(f"{plural(len(run.decisions), 'decision')}: {', '.join(words)}.")
    unread = [f"{plural(run.unreadable_rows, 'row')} could not be read:"] if run.unreadable_rows else []
    unlisted = f"{plural(len(run.unlisted), 'model')} with results, but not in the catalogue: "
    names = [unlisted + ", ".join(map(str, run.unlisted[:5]))] if run.unlisted else []
    warn((*run.notes, *unread, *(f"  {line}" for line in run.unreadable), *names), console)
    llm = run.llm
    tokens = "unknown" if llm.unmetered else f"{llm.prompt_tokens:,} in, {llm.completion_tokens:,} out"
    calls = f"{plural(llm.calls, 'call')}, tokens {tokens}, {money(llm.cost_usd)}"
    asked = f"{llm.model}: {calls if llm.calls else 'not asked' if llm.fallback else 'no call needed'}"
    spent = f"{asked} · {run.settled} settled by rule · {run.seconds:.1f} s · {run.id}"
    console.print(spent, style="dim", markup=False)
