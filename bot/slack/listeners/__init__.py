"""Slack's events → use cases: acknowledge, parse, call, render; and nothing else."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.logs import logger
from bot.services import Services
from bot.slack.listeners import commands, digest, proposals
from bot.slack.listeners.dispatch import OVERTAKEN_SECONDS, WIRED, Body, in_dialog, replace
from bot.slack.posting.outcomes import publish
from bot.slack.views import replies
from operator_core.domain.base import mapping_in

WITH_BUTTONS = (commands, digest, proposals)
"""They name their buttons and dialogs when they are imported."""
log = logger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """Wires all listeners, and what is said to people when one fails as nobody thought of."""

    async def home_opened(event: dict[str, Any]) -> None:
        if event.get("tab", "home") == "home":
            await publish(services, event["user"])

    async def unexpected(error: Exception, body: Body) -> None:
        log.error("a listener failed", cause=type(error).__name__, exc_info=error)
        message = replies.unexpected(error)
        user = mapping_in(body.get("user")).get("id") or body.get("user_id")
        channel = mapping_in(body.get("channel")).get("id") or body.get("channel_id") or ""
        view = mapping_in(body.get("view"))
        if view.get("type") == "modal":
            await asyncio.sleep(OVERTAKEN_SECONDS)
            await replace(services, view["id"], in_dialog(message))
        elif user:
            await services.tell(user, channel, message, body.get("response_url") or "")

    for wire in WIRED:
        wire(app, services)
    commands.register(app, services)
    app.event("app_home_opened")(home_opened)
    app.error(unexpected)
