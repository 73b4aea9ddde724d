"""What nobody thought of: logged with its traceback, and said to the person who waits for an answer."""

import asyncio

from slack_bolt.async_app import AsyncApp

from bot.logs import logger
from bot.services import Services
from bot.slack.listeners.dispatch import OVERTAKEN_SECONDS, Body, in_dialog, replace
from bot.slack.views import replies
from operator_core.domain.base import mapping_in

log = logger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """Wires the handler of errors that no listener settled itself."""

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

    app.error(unexpected)
