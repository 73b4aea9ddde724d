"""Commands that change something: `execute`, `undo` and `autopilot`."""

from collections.abc import Sequence

from rich.console import Console

from bot.commands.shared import caller, confirmed, show, show_entry
from bot.slack.posting.digest_content import autopilot_now
from bot.slack.views.evidence import in_short
from bot.slack.views.replies import autopilot_line, entry_line
from bot.terminal import mrkdwn
from operator_core.as_typed import there_are, unmarked
from operator_core.domain.base import ModelRef
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import Proposal, ProposalAction, State
from operator_core.errors import NotFound, StaleProposal
from operator_core.use_cases import UseCases

Picked = Sequence[tuple[Proposal, Sequence[ModelRef]]]
"""Proposals, and which of their models are meant."""


async def execute(
    use_cases: UseCases, console: Console, ids: Sequence[str], *, yes: bool, only: Sequence[str] = ()
) -> None:
    """Approves and carries out the given proposals, or `only` these of their models; without ids, what policy
    allows by itself. Raises NotFound or StaleProposal before anything is changed."""
    if ids:
        picked = _picked([await use_cases.stores.proposals.meant(one) for one in ids], only)
        for proposal, refs in picked if _confirmed(picked, console, yes=yes) else ():
            execution = await use_cases.approve(
                proposal.id, proposal.revision, by=caller(), refs=refs, rest_waits=bool(only)
            )
            show_entry(execution.entry, await use_cases.names(), use_cases.now(), console)
        return
    await use_cases.deployment()  # it pauses a restored copy
    with console.status("Looking at the results…"):
        run, _ = await use_cases.run(caller())
    waiting = [(p, [member.ref for member in p.automatic]) for p in await use_cases.automatic(run.id)]
    if not waiting:
        console.print("Nothing to do without a person.")
        await autopilot(use_cases, console)
    elif _confirmed(waiting, console, yes=yes):
        for execution in await use_cases.act_alone(run):
            show_entry(execution.entry, await use_cases.names(), use_cases.now(), console)


def _picked(proposals: Sequence[Proposal], only: Sequence[str]) -> Picked:
    """By "MODEL" or "PROVIDER/MODEL"; all if none is named. Raises NotFound, listing what there is."""
    for proposal in proposals:
        if proposal.action == ProposalAction.ATTEND:
            raise NotFound(f"{proposal.id} is for somebody outside the database: there is nothing to execute")
        if proposal.state != State.PENDING:
            raise StaleProposal(f"{proposal.id} is {proposal.state}: only what is pending can be approved")
    if not only:
        return [(proposal, proposal.refs) for proposal in proposals]
    picked = [
        (one, [ref for ref in one.refs if any(_names(name, ref) for name in only)]) for one in proposals
    ]
    listed = sorted(str(ref) for proposal in proposals for ref in proposal.refs)
    unknown = [name for name in only if not any(_names(name, ref) for _, refs in picked for ref in refs)]
    empty = [proposal.id for proposal, refs in picked if not refs]
    if unknown or empty:
        wrong = f"no model {', '.join(unknown)}" if unknown else f"no model of {', '.join(empty)} is named"
        raise NotFound(f"{wrong}: {there_are(listed)}")
    return picked


def _names(name: str, ref: ModelRef) -> bool:
    return unmarked(name).casefold() in {ref.model_id.casefold(), str(ref).casefold()}


def _confirmed(picked: Picked, console: Console, *, yes: bool) -> bool:
    """Shows what is meant; whether it shall be done."""
    for proposal, refs in picked:
        head = mrkdwn(f"*{proposal.id}*  {in_short(proposal)}", {})
        show(console, head, *(ref.model_id if proposal.provider else str(ref) for ref in refs))
    return confirmed(console, yes=yes)


async def undo(use_cases: UseCases, console: Console, journal_id: str, *, yes: bool) -> None:
    """Takes a batch back. Raises NotFound or StaleProposal."""
    entry = await use_cases.stores.journal.meant(journal_id)
    names = await use_cases.names()
    head = mrkdwn(entry_line(entry, names, use_cases.now()), names)
    if entry.mode:
        show(console, head)
        if confirmed(console, yes=yes):
            await use_cases.mode.choose(entry.mode[0], by=caller(), undoes=entry)
        await autopilot(use_cases, console)
        return
    if entry.undo_of is not None:
        raise StaleProposal(f"{entry.id} is an undo: release the hold, and it is proposed again")
    if not entry.standing:
        raise StaleProposal(f"nothing of {entry.id} is left to take back")
    show(console, head, "To be put back, where it is not already:", *(c.ref.model_id for c in entry.standing))
    if confirmed(console, yes=yes):
        undone = await use_cases.undo(entry.id, by=caller())
        show_entry(undone.entry, names, use_cases.now(), console)


async def autopilot(use_cases: UseCases, console: Console, mode: Mode | None = None) -> None:
    """Chooses the mode, if one is given, and shows what is in force. Raises StaleProposal."""
    if mode is not None:
        await use_cases.mode.choose(mode, by=caller())
    names = await use_cases.names()
    console.print(mrkdwn(autopilot_line(await autopilot_now(use_cases), names), names))
