"""`undo`: taking a batch back, as `cli:<login name>`; without --yes it only shows."""

from rich.console import Console

from bot.commands.autopilot import autopilot
from bot.commands.shared import caller, confirmed, show_execution
from operator_core.errors import StaleProposal
from operator_core.text.as_typed import as_id
from operator_core.use_cases import UseCases


async def undo(use_cases: UseCases, console: Console, journal_id: str, *, yes: bool) -> None:
    """Takes a batch back. Raises NotFound or StaleProposal."""
    entry = await use_cases.stores.journal.get(as_id(journal_id, "J-"))
    if entry.mode:
        console.print(f"{journal_id}: autopilot from {' to '.join(entry.mode)}, by {entry.by}", markup=False)
        if yes:
            await use_cases.mode.choose(entry.mode[0], by=caller(), undoes=entry)
        await autopilot(use_cases, console)
        return
    if entry.undo_of is not None:
        raise StaleProposal(f"{journal_id} is an undo: release the hold, and it is proposed again")
    if not entry.standing:
        raise StaleProposal(f"nothing of {journal_id} is left to take back")
    console.print(f"{journal_id}: {entry.action} on {entry.provider}, by {entry.by}", markup=False)
    for change in entry.standing:
        console.print(f"  would be restored: {change.ref.model_id}", markup=False)
    if confirmed(console, yes=yes):
        show_execution(await use_cases.undo(journal_id, by=caller(), reason="from the command line"), console)
