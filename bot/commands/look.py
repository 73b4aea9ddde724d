"""`analyze`, `pending`, `history`, `digest`: looking, in tables for people and JSON for programs."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.slack.views.evidence import title
from bot.slack.views.text import money
from operator_core.domain.decisions import Action
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import Proposal
from operator_core.domain.runs import Run, contract
from operator_core.words import duration, plural

MODELS_SHOWN = 3


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)


def show_run(run: Run, console: Console, *, kept: bool) -> None:
    """What one run found and would do."""
    if run.runner_down:
        since = f" since {run.last_result:%Y-%m-%d %H:%M} UTC" if run.last_result else ""
        console.print(f"[bold]No results from any provider{since}:[/] the benchmark runner looks stopped.")
        console.print("Nothing was judged.")
        return
    console.print(f"[bold]{run.answering} of {run.enabled}[/] enabled models answer; {run.models} are known.")
    console.print(_situations(run))
    console.print(_decisions(run))
    for note in (*run.notes, *_unread(run)):
        console.print(f"⚠ {note}", style="yellow", markup=False)
    console.print(_judge(run), style="dim", markup=False)
    console.print("Kept." if kept else "Nothing was written; --write keeps run, verdicts and proposals.")


def _situations(run: Run) -> Table:
    table = Table(title=f"{plural(len(run.situations), 'situation')}", title_justify="left")
    for column in ("provider", "scope", "kind", "models", "since", "verdict", "by", "what it says"):
        table.add_column(column, overflow="fold")
    for found in run.situations:
        since = "" if found.failing_since is None else duration(run.started_at - found.failing_since)
        verdict = found.verdict
        table.add_row(
            found.provider,
            found.scope,
            found.kind,
            f"{len(found.models)}/{found.provider_enabled}",
            since,
            f"{verdict.action} {verdict.confidence:.2f}" if verdict else "",
            verdict.suggested_by if verdict else "",
            _text(found.sample or found.pattern),
        )
    return table


def _text(text: str, limit: int = 70) -> str:
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return short.replace("[", r"\[")


def _decisions(run: Run) -> str:
    counts = Counter((d.action, d.route) for d in run.decisions)
    words = [
        f"{count} {action}" + (f" ({route})" if action == Action.DISABLE else "")
        for (action, route), count in sorted(counts.items())
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
    calls = f"{llm.model}: {plural(llm.calls, 'call')}, {llm.prompt_tokens}+{llm.completion_tokens} tokens"
    return f"{calls}, {money(llm.cost_usd)} · {run.settled} settled by rule · {run.seconds:.1f} s · {run.id}"


def show_pending(proposals: Sequence[Proposal], console: Console, now: datetime) -> None:
    """What waits, the newest last."""
    if not proposals:
        console.print("Nothing waits.")
        return
    table = Table(title=plural(len(proposals), "proposal"), title_justify="left")
    for column in ("id", "what", "models", "state", "by itself", "waits", "asked because"):
        table.add_column(column, overflow="fold")
    for proposal in proposals:
        gates = list(dict.fromkeys(member.gate for member in proposal.members if member.gate))
        table.add_row(
            proposal.id,
            _text(title(proposal).replace("`", "").replace("*", ""), 60),
            _names(proposal),
            f"{proposal.state} r{proposal.revision}",
            str(len(proposal.automatic)) if proposal.automatic else "",
            duration(now - proposal.created_at),
            _text("; ".join(gates)),
        )
    console.print(table)


def _names(proposal: Proposal) -> str:
    shown = [ref.model_id for ref in proposal.refs[:MODELS_SHOWN]]
    rest = len(proposal.refs) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def show_history(entries: Sequence[JournalEntry], console: Console) -> None:
    """What was done, the newest first."""
    if not entries:
        console.print("Nothing was changed yet.")
        return
    table = Table(title=f"The last {plural(len(entries), 'entry', 'entries')}", title_justify="left")
    for column in ("journal", "when (UTC)", "who", "did", "results", "stands", "why"):
        table.add_column(column, overflow="fold")
    for entry in entries:
        results = Counter(outcome.result for outcome in entry.outcomes)
        did = f"undo of {entry.undo_of}" if entry.undo_of else f"{entry.action} {entry.provider}"
        table.add_row(
            entry.id,
            f"{entry.started_at:%Y-%m-%d %H:%M}",
            entry.by,
            did,
            ", ".join(f"{count} {result}" for result, count in results.items()),
            "" if entry.undo_of else str(len(entry.standing)),
            _text(entry.reason),
        )
    console.print(table)


def json_of_run(run: Run) -> str:
    return as_json(contract(run))


def json_of_pending(proposals: Sequence[Proposal]) -> str:
    return as_json(
        [
            {
                "id": p.id,
                "action": p.action,
                "provider": p.provider,
                "scope": p.scope,
                "kind": p.kind,
                "state": p.state,
                "revision": p.revision,
                "confidence": p.confidence,
                "reasoning": p.reasoning,
                "suggested_by": p.suggested_by,
                "created_at": p.created_at,
                "models": [
                    {"provider": m.ref.provider, "model_id": m.ref.model_id, "route": m.route, "gate": m.gate}
                    for m in p.members
                ],
            }
            for p in proposals
        ]
    )


def json_of_history(entries: Sequence[JournalEntry]) -> str:
    return as_json(
        [
            {
                "id": e.id,
                "proposal_id": e.proposal_id,
                "action": e.action,
                "provider": e.provider,
                "actor": e.by,
                "reason": e.reason,
                "started_at": e.started_at,
                "closed_at": e.closed_at,
                "undo_of": e.undo_of,
                "outcomes": [
                    {
                        "provider": o.ref.provider,
                        "model_id": o.ref.model_id,
                        "result": o.result,
                        "detail": o.detail,
                    }
                    for o in e.outcomes
                ],
            }
            for e in entries
        ]
    )
