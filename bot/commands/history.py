"""`history`: what was done and by whom, in lines for people and JSON for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from bot.commands.shared import as_json, show
from bot.slack.views.replies import entry_line
from bot.slack.views.text import listed
from bot.slack.views.who_and_when import Names
from bot.terminal import mrkdwn
from operator_core.domain.changes import LANDED
from operator_core.domain.journal import JournalEntry


def show_history(entries: Sequence[JournalEntry], names: Names, console: Console, now: datetime) -> None:
    """What was done, by whom and to which models, the newest first."""
    if not entries:
        console.print("Nothing was changed yet.")
    for entry in entries:
        done = [outcome.ref.model_id for outcome in entry.outcomes if outcome.result in LANDED]
        left = [f"{o.ref.model_id}: {o.detail or o.result}" for o in entry.outcomes if o.result not in LANDED]
        show(console, mrkdwn(entry_line(entry, names, now), names), listed(done, most=10), *left)


FIELDS = {"id", "proposal_id", "action", "provider", "by", "reason", "started_at", "closed_at", "undo_of"}


def json_of_history(entries: Sequence[JournalEntry]) -> str:
    def outcomes(entry: JournalEntry) -> list[dict[str, Any]]:
        return [o.ref.model_dump() | o.model_dump(include={"result", "detail"}) for o in entry.outcomes]

    fields = {*FIELDS, "mode"}
    return as_json([e.model_dump(include=fields, by_alias=True) | {"outcomes": outcomes(e)} for e in entries])
