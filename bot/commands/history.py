"""`history`: what was done and by whom, in lines for people and JSON for programs."""

from rich.console import Console

from bot.commands.shared import show, show_json
from bot.slack.views.replies import entry_line
from bot.slack.views.text import listed
from bot.terminal import mrkdwn
from operator_core.domain.changes import LANDED
from operator_core.domain.journal import JournalEntry
from operator_core.use_cases import UseCases

FIELDS = {"id", "proposal_id", "action", "provider", "by", "reason", "started_at", "closed_at", "undo_of"}


async def history(use_cases: UseCases, console: Console, *, json: bool = False) -> None:
    """What was done, by whom and to which models, the newest first."""
    entries, names, now = await use_cases.stores.journal.recent(), await use_cases.names(), use_cases.now()
    if json:
        show_json([_plain(entry) for entry in entries], console)
        return
    if not entries:
        console.print("Nothing was changed yet.")
    for entry in entries:
        done = [outcome.ref.model_id for outcome in entry.outcomes if outcome.result in LANDED]
        left = [f"{o.ref.model_id}: {o.detail or o.result}" for o in entry.outcomes if o.result not in LANDED]
        show(console, mrkdwn(entry_line(entry, names, now), names), listed(done, most=10), *left)


def _plain(entry: JournalEntry) -> dict[str, object]:
    outcomes = [o.ref.model_dump() | o.model_dump(include={"result", "detail"}) for o in entry.outcomes]
    return entry.model_dump(include={*FIELDS, "mode"}, by_alias=True) | {"outcomes": outcomes}
