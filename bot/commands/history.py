"""`history`: what was done and by whom, as a table for people and JSON for programs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from bot.commands.shared import as_json, cell, table
from operator_core.domain.journal import JournalEntry
from operator_core.words import plural


def show_history(entries: Sequence[JournalEntry], console: Console) -> None:
    """What was done, the newest first."""
    if not entries:
        console.print("Nothing was changed yet.")
        return
    columns = ("journal", "when (UTC)", "who", "did", "results", "stands", "why")
    drawn = table(f"The last {plural(len(entries), 'entry', 'entries')}", *columns)
    for entry in entries:
        results = Counter(outcome.result for outcome in entry.outcomes)
        did = f"undo of {entry.undo_of}" if entry.undo_of else f"{entry.action} {entry.provider}"
        did = f"autopilot from {' to '.join(entry.mode)}" if entry.mode else did
        drawn.add_row(
            entry.id,
            f"{entry.started_at:%Y-%m-%d %H:%M}",
            entry.by,
            did,
            ", ".join(f"{count} {result}" for result, count in results.items()),
            "" if entry.undo_of or entry.mode else str(len(entry.standing)),
            cell(entry.reason),
        )
    console.print(drawn)


FIELDS = {"id", "proposal_id", "action", "provider", "by", "reason", "started_at", "closed_at", "undo_of"}


def json_of_history(entries: Sequence[JournalEntry]) -> str:
    def outcomes(entry: JournalEntry) -> list[dict[str, Any]]:
        return [o.ref.model_dump() | o.model_dump(include={"result", "detail"}) for o in entry.outcomes]

    fields = {*FIELDS, "mode"}
    return as_json([e.model_dump(include=fields, by_alias=True) | {"outcomes": outcomes(e)} for e in entries])
