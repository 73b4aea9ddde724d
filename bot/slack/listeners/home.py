"""App Home: drawn when somebody opens it."""

from slack_bolt.async_app import AsyncApp

from bot.services import Services
from bot.slack.listeners.dispatch import Body
from bot.slack.posting.app_home import publish


def register(app: AsyncApp, services: Services) -> None:
    async def opened(event: Body) -> None:
        if event.get("tab", "home") == "home":
            await publish(services, event["user"])

    app.event("app_home_opened")(opened)
