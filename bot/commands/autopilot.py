"""`autopilot`: how far it goes alone, shown or chosen as `cli:<login name>`."""

from rich.console import Console

from bot.commands.shared import caller
from bot.slack.posting.digest_content import autopilot_now
from bot.slack.views.replies import autopilot_line
from bot.terminal import mrkdwn
from operator_core.domain.mode import Mode
from operator_core.use_cases import UseCases


async def autopilot(use_cases: UseCases, console: Console, mode: Mode | None = None) -> None:
    """Chooses the mode, if one is given, and shows what is in force. Raises StaleProposal."""
    if mode is not None:
        await use_cases.mode.choose(mode, by=caller())
    names = await use_cases.names()
    console.print(mrkdwn(autopilot_line(await autopilot_now(use_cases), names), names))
