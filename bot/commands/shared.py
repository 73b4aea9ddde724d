"""What several commands say or need: JSON for programs, who is calling, what came of a batch."""

import getpass
import json
from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.slack.views.replies import entry_line
from bot.slack.views.text import listed
from bot.slack.views.who_and_when import Names
from bot.terminal import mrkdwn
from operator_core.domain.changes import Result
from operator_core.domain.journal import JournalEntry


def show_json(value: object, console: Console) -> None:
    """For programs, as it is: neither wrapped nor marked up."""

    def plain(value: object) -> str:
        return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)

    console.out(json.dumps(value, ensure_ascii=False, indent=2, default=plain), highlight=False)


def show(console: Console, head: str | Text, *details: str | Text) -> None:
    """One thing: its head, and indented what else is to be said of it; as wide as the terminal."""
    first = Text(head, style="bold") if isinstance(head, str) else head
    below = [one if isinstance(one, Text) else Text(one) for one in details if one]
    for n, said in enumerate((*first.wrap(console, console.width - 4), *below)):
        console.print(Padding(said, (0, 0, 0, 4 * bool(n)), expand=False))


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


def show_entry(entry: JournalEntry, names: Names, now: datetime, console: Console) -> None:
    """A batch: who did what, to which models, and what was left alone."""
    done = [outcome.ref.model_id for outcome in entry.outcomes if outcome.result == Result.DONE]
    left = [f"{o.ref.model_id}: {o.detail or o.result}" for o in entry.outcomes if o.result != Result.DONE]
    show(console, mrkdwn(entry_line(entry, names, now), names), listed(done, most=10), *left)
