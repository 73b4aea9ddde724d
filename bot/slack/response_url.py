"""Answers to a gesture where it was made, also where the bot is no member: five within half an hour."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.logs import logger
from bot.slack.errors import SLACK_ERRORS, refusal_in

PATIENCE_SECONDS = 10
log = logger(__name__)


async def answered_at(url: str, said: Mapping[str, Any], *, to_all: bool) -> bool:
    """Whether Slack took it: it says no by 404 for a used URL, by 429 or 500, or by 200 with `ok: false`."""
    try:
        answer = await AsyncWebhookClient(url, timeout=PATIENCE_SECONDS).send(
            **said,
            response_type="in_channel" if to_all else "ephemeral",
            replace_original=False,
        )
    except (*SLACK_ERRORS, ValueError) as error:
        log.warning("an answer was lost", cause=refusal_in(error).code)
        return False
    body = "".join(answer.body.lower().split())
    taken = answer.status_code == 200 and body in {"", "ok", '{"ok":true}'}
    if not taken:
        log.warning("an answer was lost", cause=f"HTTP {answer.status_code}: {answer.body[:100]}")
    return taken
