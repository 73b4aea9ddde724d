"""What several commands say or need: JSON for programs, who is calling, what came of a batch."""

import getpass
import json
from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from operator_core.domain.changes import Result
from operator_core.execution.executor import Execution
from operator_core.words import plural


def show_json(value: object, console: Console) -> None:
    """For programs, as it is: neither wrapped nor marked up."""

    def plain(value: object) -> str:
        return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)

    console.out(json.dumps(value, ensure_ascii=False, indent=2, default=plain), highlight=False)


def show(console: Console, head: str | Text, *details: str | Text) -> None:
    """One thing: its head, and indented what else is to be said of it; as wide as the terminal."""
    console.print(Text(head, style="bold") if isinstance(head, str) else head)
    for detail in details:
        if detail:
            said = Text(detail) if isinstance(detail, str) else detail
            console.print(Padding(said, (0, 0, 0, 4), expand=False))


def warn(notes: Iterable[str], console: Console) -> None:
    """What did not work as it should, a line each."""
    for note in notes:
        console.print(f"⚠ {note}", style="yellow", markup=False)


def caller() -> str:
    """Who works on this command line."""
    return f"cli:{getpass.getuser()}"


def confirmed(console: Console, *, yes: bool) -> bool:
    """Whether what was shown shall be done; says how, if not."""
    if not yes:
        console.print("Nothing was changed; --yes does it.")
    return yes


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
