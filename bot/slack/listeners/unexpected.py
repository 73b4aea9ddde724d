"""What nobody thought of: logged with its traceback, and said to the person who waits for an answer."""

import asyncio

from slack_bolt.async_app import AsyncApp

from bot.logs import logger
from bot.services import Services
from bot.slack.listeners.dispatch import OVERTAKEN_SECONDS, Body, in_dialog, replace
from bot.slack.views import replies

log = logger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """Wires the handler of errors that no listener settled itself."""

    async def unexpected(error: Exception, body: Body) -> None:
        log.error("a listener failed", cause=type(error).__name__, exc_info=error)
        message = replies.unexpected(error)
        user = body["user"]["id"] if "user" in body else body.get("user_id", "")
        channel = body["channel"]["id"] if "channel" in body else body.get("channel_id", "")
        view = body.get("view") or {}
        if view.get("type") == "modal":
            await asyncio.sleep(OVERTAKEN_SECONDS)
            await replace(services, view["id"], in_dialog(message))
        elif user and channel:
            await services.tell(user, channel, message)

    app.error(unexpected)
