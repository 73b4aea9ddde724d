"""A restored copy of a database: the bot asks in the channel before it does anything by itself there."""

from bot.logs import logger
from bot.services import Services
from bot.slack.errors import SLACK_ERRORS, slack_error_code
from bot.slack.views.replies import restored
from operator_core.domain.proposals import POLICY

log = logger(__name__)


async def ask_before_acting(services: Services) -> None:
    """Pauses the autopilot, and says why; an approver's Resume ends it.

    What Slack refuses is logged: the pause stands all the same, and `/operator status` names it.
    """
    await services.use_cases.pause(by=POLICY, reason="this database looks like a restored copy")
    try:
        await services.cards.say(services.settings.slack.channel, restored(services.deployment))
    except SLACK_ERRORS as error:
        log.error("nobody could be asked about a restored copy", cause=slack_error_code(error))
