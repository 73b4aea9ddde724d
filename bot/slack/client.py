"""Slack's Web API as this bot calls it: stamped, at Slack's pace, with errors that can all be read."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.monitoring.metrics import Metrics
from bot.settings import SlackOptions
from bot.slack.errors import SLACK_ERRORS, Lasts, refusal_in
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
    """Raises SLACK_ERRORS, and nothing else, whatever answers. `stamp`: the deployment's, for buttons."""

    def __init__(
        self,
        token: str,
        slack: SlackOptions,
        stamp: str = "",
        metrics: Metrics | None = None,
        pace: Pace | None = None,
        timeout: int = 30,
    ) -> None:
        super().__init__(token, slack.api_url, timeout, retry_handlers=[])
        self._stamp, self._command = stamp, slack.command
        self._metrics, self.pace = metrics or Metrics(), pace or Pace()

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        said, waits = options.get("json") or {}, api_method not in AT_ONCE
        if self._stamp and said:
            options["json"] = stamped(said, self._stamp, self._command)
        channel = str(said.get("channel", "")) if api_method == "chat.postMessage" else ""
        for tries_left in reversed(range(TRIES if waits else 1)):
            if waits:
                await self.pace.turn(api_method, channel)
            try:
                return await self._asked(api_method, options)
            except SLACK_ERRORS as error:
                refusal = refusal_in(error)
                self._metrics.refused.labels(api_method, refusal.code).inc()
                again = refusal.lasts == Lasts.PASSING and api_method not in OWED
                if wait := refusal.wait or float(again):
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
