"""App Home as it is drawn for one person: what waits, what is down, holds, and the last actions with Undo."""

from bot.logs import logger
from bot.monitoring.status import status_of
from bot.services import Services
from bot.slack.errors import slack_errors_logged
from bot.slack.posting.cards import card_of
from bot.slack.posting.told import leaks_told
from bot.slack.views.home import home
from operator_core.domain.proposals import ProposalAction, State

MOST = 5
log = logger(__name__)


async def publish(services: Services, user: str) -> None:
    """Draws this person's App Home from what is stored. What Slack refuses is logged: it is only a view."""
    waiting, standing = await services.use_cases.waiting(), await services.stores.proposals.open()
    decisions = [p for p in waiting if p.action not in {ProposalAction.ADD, ProposalAction.ATTEND}]
    attend = [p for p in standing if p.action == ProposalAction.ATTEND]
    view = home(
        await status_of(services),
        [await card_of(services.stores, p) for p in decisions],
        [await card_of(services.stores, p) for p in attend if p.state in {State.PENDING, State.TAKEN}],
        await services.stores.holds.active(),
        await services.stores.journal.recent(MOST),
        await services.stores.people.names(),
        services.now(),
        await leaks_told(services.use_cases, services.now(), look=False),
    )
    with slack_errors_logged(log.warning, "a home tab could not be drawn", user=user):
        await services.client.views_publish(user_id=user, view=view)
