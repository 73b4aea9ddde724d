"""`analyze`: one run, in lines for people and JSON for programs."""

from collections import Counter

from rich.console import Console

from bot.commands.shared import show, warn
from bot.slack.views.text import cut, joined, listed, money
from operator_core.domain.decisions import Action, Route
from operator_core.domain.runs import Run, SituationRecord
from operator_core.words import duration, plural


def show_run(run: Run, console: Console, *, kept: bool) -> None:
    """What one run found and would do."""
    if run.runner_down:
        since = f" since {run.last_result:%Y-%m-%d %H:%M} UTC" if run.last_result else ""
        console.print(f"[bold]No results from any provider{since}:[/] the benchmark runner looks stopped.")
        console.print("Nothing was judged.")
        return
    console.print(f"[bold]{run.answering} of {run.enabled}[/] enabled models answer; {run.models} are known.")
    for situation in run.situations:
        _show_situation(situation, run, console)
    console.print(_decisions(run))
    warn((*run.notes, *_unread(run)), console)
    console.print(_judge(run), style="dim", markup=False)
    console.print("Kept." if kept else "Nothing was written; --write keeps run, verdicts and proposals.")


def _show_situation(situation: SituationRecord, run: Run, console: Console) -> None:
    since = "" if situation.failing_since is None else duration(run.started_at - situation.failing_since)
    count, verdict = (
        f"{len(situation.models)} of {plural(situation.provider_enabled, 'model')}",
        situation.verdict,
    )
    show(
        console,
        joined(f"{situation.provider}: {situation.kind.traits.words}", count, since, by=" · "),
        listed(ref.model_id for ref in situation.models),
        f"{verdict.action} {verdict.confidence:.2f}, says {verdict.suggested_by}" if verdict else "",
        cut(situation.sample or situation.pattern, 200),
    )


def _decisions(run: Run) -> str:
    counts = Counter((d.action, d.route, d.alone and d.route == Route.ASK) for d in run.decisions)
    words = [
        f"{count} {action}"
        + (f" ({route}{', but for the mode alone' * alone})" if action == Action.DISABLE else "")
        for (action, route, alone), count in sorted(counts.items())
    ]
    return f"{plural(len(run.decisions), 'decision')}: {', '.join(words)}."


def _unread(run: Run) -> list[str]:
    lines = [f"{plural(run.unreadable_rows, 'row')} could not be read:"] if run.unreadable_rows else []
    lines += [f"  {line}" for line in run.unreadable]
    if run.unlisted:
        names = ", ".join(map(str, run.unlisted[:5]))
        lines.append(f"{plural(len(run.unlisted), 'model')} with results, but not in the catalogue: {names}")
    return lines


def _judge(run: Run) -> str:
    llm = run.llm
    tokens = "unknown" if llm.unmetered else f"{llm.prompt_tokens}+{llm.completion_tokens}"
    calls = f"{llm.model}: {plural(llm.calls, 'call')}, {tokens} tokens"
    return f"{calls}, {money(llm.cost_usd)} · {run.settled} settled by rule · {run.seconds:.1f} s · {run.id}"
