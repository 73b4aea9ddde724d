"""What several commands say or need: JSON for programs, who is calling, what came of a batch."""

import getpass
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from operator_core.domain.changes import Result
from operator_core.execution.executor import Execution
from operator_core.words import plural


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)


def table(title: str, *columns: str) -> Table:
    """Nothing of a cell is cut: it goes on in the next line."""
    headers = (Column(column, overflow="fold") for column in columns)
    return Table(*headers, title=title, title_justify="left")


def cell(text: str, limit: int = 70) -> str:
    """Somebody else's words, cut and without markup."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return short.replace("[", r"\[")


def warn(notes: Iterable[str], console: Console) -> None:
    """What did not work as it should, a line each."""
    for note in notes:
        console.print(f"⚠ {note}", style="yellow", markup=False)


def caller() -> str:
    """Who works on this command line."""
    return f"cli:{getpass.getuser()}"


def show_execution(execution: Execution, console: Console) -> None:
    """What came of it, model by model."""
    done = sum(outcome.result == Result.DONE for outcome in execution.outcomes)
    console.print(
        f"{execution.entry.id}: {done} of {plural(len(execution.outcomes), 'model')} changed; "
        f"{execution.proposal.id} is {execution.proposal.state}",
        markup=False,
    )
    for outcome in execution.outcomes:
        detail = f": {outcome.detail}" if outcome.detail else ""
        console.print(f"  {outcome.result:<8} {outcome.ref}{detail}", markup=False)
