"""`history`: what was done and by whom, as a table for people and JSON for programs."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bot.commands.analyze import _text
from bot.commands.shared import as_json
from operator_core.domain.journal import JournalEntry
from operator_core.words import plural


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
