"""`autopilot`: how far it goes alone, shown or chosen as `cli:<login name>`."""

from rich.console import Console

from bot.commands.shared import caller
from bot.slack.posting.digest_content import autopilot_now
from bot.slack.views.replies import autopilot_line
from bot.terminal import mrkdwn
from operator_core.domain.mode import Mode
from operator_core.use_cases import UseCases


async def autopilot(use_cases: UseCases, wanted: Mode | None, console: Console) -> None:
    """Chooses, if something is wanted, and shows what is in force. Raises StaleProposal."""
    if wanted is not None:
        await use_cases.mode.choose(wanted, by=caller())
    names = await use_cases.names()
    line = autopilot_line(await autopilot_now(use_cases), names)
    console.print(mrkdwn(line, names))
