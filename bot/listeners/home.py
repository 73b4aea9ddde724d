"""App Home: what waits, what is down, holds, and the last actions with Undo."""

from slack_bolt.async_app import AsyncApp

from bot.listeners.clicks import Body
from bot.services import Services
from bot.status import status_of
from bot.views.home import home
from operator_core.proposals import ProposalAction, State

MOST = 5


def register(app: AsyncApp, services: Services) -> None:
    async def opened(event: Body) -> None:
        if event.get("tab", "home") == "home":
            await publish(services, event["user"])

    app.event("app_home_opened")(opened)


async def publish(services: Services, user: str) -> None:
    """Draws this person's App Home from what is stored."""
    stores = services.operations.stores
    waiting = [p for p in await stores.proposals.waiting() if p.action != ProposalAction.ADD]
    decisions = [p for p in waiting if p.action != ProposalAction.ATTEND]
    down = [
        p
        for p in await stores.proposals.open()
        if p.action == ProposalAction.ATTEND and p.state in {State.PENDING, State.TAKEN}
    ]
    view = home(
        await status_of(services),
        [await services.board.card_of(p) for p in decisions],
        [await services.board.card_of(p) for p in down],
        await stores.holds.active(),
        await stores.journal.recent(MOST),
        await stores.state.names(),
        services.now(),
    )
    await services.client.views_publish(user_id=user, view=view)
