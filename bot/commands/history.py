"""`history` and `why`: what was done and by whom, for people and, as JSON, for programs."""

from rich.console import Console

from bot.commands.shared import show_entry, show_json
from bot.slack.views.replies import story
from bot.terminal import as_rich
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
        show_entry(entry, names, now, console)


async def show_story(use_cases: UseCases, console: Console, typed: str, *, json: bool = False) -> None:
    """What became of a provider's models, or of one. Raises NotFound and FactsUnreadable."""
    told, names = await use_cases.story(typed), await use_cases.names()
    if json:
        said = {"about": told.about, "stands": told.stands(), "would_change": told.would_change}
        show_json(said | {"events": [event._asdict() for event in told.events]}, console)
    else:
        console.print(as_rich(story(told, names).blocks, names))


def _plain(entry: JournalEntry) -> dict[str, object]:
    outcomes = [o.ref.model_dump() | o.model_dump(include={"result", "detail"}) for o in entry.outcomes]
    return entry.model_dump(include={*FIELDS, "mode"}, by_alias=True) | {"outcomes": outcomes}
