"""Slack's events → use cases: acknowledge, parse, call, render; and nothing else."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.services import Services
from bot.slack.listeners import (
    analysis,
    commands,
    digest,
    incidents,
    pause,
    proposals,
    review,
    undo,
    unexpected,
)
from bot.slack.posting.app_home import publish


def register(app: AsyncApp, services: Services) -> None:
    """Wires all listeners."""
    for module in (proposals, review, undo, pause, digest, incidents, analysis, commands, unexpected):
        module.register(app, services)

    async def home_opened(event: dict[str, Any]) -> None:
        if event.get("tab", "home") == "home":
            await publish(services, event["user"])

    app.event("app_home_opened")(home_opened)
