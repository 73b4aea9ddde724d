"""App Home: drawn when somebody opens it."""

from slack_bolt.async_app import AsyncApp

from bot.homes import publish
from bot.listeners.clicks import Body
from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    async def opened(event: Body) -> None:
        if event.get("tab", "home") == "home":
            await publish(services, event["user"])

    app.event("app_home_opened")(opened)
