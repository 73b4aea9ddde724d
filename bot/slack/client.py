"""Slack's Web API as this bot calls it: stamped, at Slack's pace, with errors that can all be read."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.monitoring.metrics import Metrics
from bot.slack.errors import SLACK_ERRORS, Lasts, refusal_in, retry_after, slack_error_code
from bot.slack.pace import Pace
from bot.slack.stamp import stamped

AT_ONCE = frozenset({"views.open", "views.push", "chat.postEphemeral", "auth.test", "apps.connections.open"})
"""Somebody waits for the answer, or a trigger_id grows old within 3 seconds: never asked again here."""
OWED = frozenset({"chat.postMessage", "chat.scheduleMessage", "files.completeUploadExternal", "chat.update"})
"""May have been done though the answer was lost, or is old by then: whoever asked looks, and asks again."""
TRIES = 3
LONGEST_WAIT = 60.0
"""Seconds. Who should wait longer is told so instead."""
LONGEST_HOLD = 900.0
"""Seconds for which nobody else asks either; then one tries again, whatever was said."""


class SlackClient(AsyncWebClient):
    """Raises SLACK_ERRORS, and nothing else, whatever answers."""

    def __init__(
        self,
        *,
        command: str,
        stamp: str = "",
        metrics: Metrics | None = None,
        pace: Pace | None = None,
        **options: Any,
    ) -> None:
        super().__init__(retry_handlers=[], **options)
        self._stamp, self._command = stamp, command
        self._metrics = metrics or Metrics()
        self.pace = pace or Pace()

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        if self._stamp and options.get("json"):
            options["json"] = stamped(options["json"], self._stamp, self._command)
        channel = _channel_in(options)
        for tries_left in reversed(range(1 if api_method in AT_ONCE else TRIES)):
            if api_method not in AT_ONCE:
                await self.pace.turn(api_method, channel)
            try:
                return await self._asked(api_method, options)
            except SLACK_ERRORS as error:
                wait = _wait_after(error, api_method)
                self._metrics.refused.labels(api_method, slack_error_code(error)).inc()
                if wait:
                    self.pace.hold(api_method, channel, min(wait, LONGEST_HOLD))
                if not tries_left or not 0 < wait <= LONGEST_WAIT:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _asked(self, api_method: str, options: Mapping[str, Any]) -> AsyncSlackResponse:
        try:
            return await super().api_call(api_method, **options)
        except (AttributeError, TypeError, ValueError, LookupError, RecursionError) as error:
            # What the SDK makes of an answer that is no JSON object.
            raise SlackClientError(f"{api_method} was answered by something else") from error


def _wait_after(error: BaseException, api_method: str) -> float:
    """Seconds until it may be asked again; 0: not here."""
    if (seconds := retry_after(error)) is not None:
        return max(seconds, 0.1)
    return 1.0 if refusal_in(error).lasts == Lasts.PASSING and api_method not in OWED else 0.0


def _channel_in(options: Mapping[str, Any]) -> str:
    given = options.get("json") or options.get("params") or options.get("data") or {}
    return str(given.get("channel", "")) if isinstance(given, Mapping) else ""
