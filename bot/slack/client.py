"""Slack's Web API as this bot calls it: stamped, at Slack's pace, with errors that can all be read."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.logs import logger
from bot.monitoring.metrics import Metrics
from bot.settings import SlackOptions
from bot.slack.errors import SLACK_ERRORS, Lasts, refusal_in
from bot.slack.views.actions import STAMPED

AT_ONCE = frozenset({"views.open", "views.push", "chat.postEphemeral", "auth.test", "apps.connections.open"})
"""Somebody waits for the answer, or a trigger_id grows old within 3 seconds: never asked again here, nor at
all where Slack wants no such call for longer than SOON."""
SOON = 1.5
"""Seconds."""
OWED = frozenset({"chat.postMessage", "chat.scheduleMessage", "files.completeUploadExternal", "chat.update"})
"""May have been done though the answer was lost, or is old by then: whoever asked looks, and asks again."""
CARRIES: Mapping[str, tuple[str, type]] = {
    "chat.postMessage": ("ts", str),
    "chat.getPermalink": ("permalink", str),
    "conversations.history": ("messages", list),
}
"""What an answer is asked for: one without that is none of Slack's, whatever it says."""
TRIES = 3
LONGEST_WAIT = 60.0
"""Seconds. Who should wait longer is told so instead."""
LONGEST_HOLD = 900.0
"""Seconds for which nobody else asks either; then one tries again, whatever was said."""
PATIENCE_SECONDS = 10
"""For answers to a gesture."""
# So many calls at once, then one after each so many seconds: never above Slack's count for a minute.
_TIER_2, _TIER_3, _TIER_4 = (8, 5.0), (20, 2.0), (40, 1.0)
LIMITS: Mapping[str, tuple[int, float]] = {
    "chat.postMessage": (3, 1.0),  # a channel; short bursts are tolerated
    **dict.fromkeys(("chat.update", "chat.scheduleMessage", "chat.deleteScheduledMessage"), _TIER_3),
    **dict.fromkeys(("chat.scheduledMessages.list", "conversations.history"), _TIER_3),
    "views.publish": _TIER_4,
    "usergroups.users.list": _TIER_2,
}
"""Methods of which we may call more than Slack likes; the others are bounded by what people do."""
OPERATOR = re.compile(r"(?<![\w/.-])/operator(?![\w/.-])")
"""How all our texts call the command."""
log = logger(__name__)


class Pace:
    """The turns of one token in this process. Other replicas' calls show in Slack's Retry-After."""

    def __init__(
        self,
        stopwatch: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now, self._sleep = stopwatch, sleep
        self._due: dict[tuple[str, str], float] = defaultdict(float)  # when what was called is worked off

    def ahead(self, method: str, channel: str = "") -> float:
        """Seconds until a call may be made; none is due where it isn't above zero."""
        at_once, seconds = LIMITS.get(method, (1, 0.0))
        return self._due[method, channel] - (at_once - 1) * seconds - self._now()

    async def free(self, method: str, channel: str = "") -> None:
        """Waits until a call may be made; whoever reads what to send after this sends the newest."""
        while (seconds := self.ahead(method, channel)) > 0:
            await self._sleep(seconds)

    async def turn(self, method: str, channel: str = "") -> None:
        """Waits for a turn, and takes it. `channel`: where calls are counted by channel."""
        await self.free(method, channel)
        due, (_, seconds) = self._due[method, channel], LIMITS.get(method, (1, 0.0))
        self._due[method, channel] = max(due, self._now()) + seconds

    def hold(self, method: str, channel: str, seconds: float) -> None:
        """Slack wants no such call for so long."""
        self._due[method, channel] += max(0.0, seconds - self.ahead(method, channel))


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
        if not waits and self.pace.ahead(api_method) > SOON:
            raise SlackApiError("not yet", {"error": "ratelimited"})  # type: ignore[no-untyped-call]
        for tries_left in reversed(range(TRIES if waits else 1)):
            try:
                await self.pace.turn(api_method, channel)
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
            answer = await super().api_call(api_method, **options)
            asked, kind = CARRIES.get(api_method, ("ok", bool))
            if not isinstance(answer.get(asked), kind):
                raise ValueError(f"there is no {asked} in it")
            return answer
        except (AttributeError, TypeError, ValueError, LookupError, RecursionError) as error:
            # What the SDK, or we, make of an answer that is no JSON object of Slack's.
            raise SlackClientError(f"{api_method} was answered by something else") from error

    async def answer_at(self, url: str, said: Mapping[str, Any], *, to_all: bool = False) -> bool:
        """Answers a gesture where it was made, also where the bot is no member: five times in half an hour.

        Whether Slack took it: it says no by 404 for a used URL, by 429 or 500, or by 200 with `ok: false`.
        """
        whose = "in_channel" if to_all else "ephemeral"
        ours = stamped(said, self._stamp, self._command) | {"response_type": whose}
        try:
            answer = await AsyncWebhookClient(url, PATIENCE_SECONDS).send(**ours, replace_original=False)
        except (*SLACK_ERRORS, ValueError) as error:
            log.warning("an answer was lost", cause=refusal_in(error).code)
            return False
        body = "".join(answer.body.lower().split())
        said_yes = body in {"", "ok"} or (body.startswith("{") and '"ok":true' in body)
        taken = answer.status_code == 200 and said_yes
        if not taken:
            log.warning("an answer was lost", cause=f"HTTP {answer.status_code}: {answer.body[:100]}")
        return taken


def stamped(content: Any, stamp: str, command: str) -> Any:
    """Blocks, a view, or a call's arguments, with the deployment's stamp on buttons, options, dialogs and
    metadata; and with the `command` as it is called in this workspace.

    Views and kept messages carry no stamp, so that they stay pure and can be moved; what comes back is
    checked against it before anything else is done with a click.
    """
    if isinstance(content, list | tuple):
        return [stamped(part, stamp, command) for part in content]
    if isinstance(content, str):
        return OPERATOR.sub(command, content)
    if not isinstance(content, dict):
        return content
    own = {name: stamped(part, stamp, command) for name, part in content.items()}
    for name in ("value" if content.get("type") == "button" else "", "private_metadata"):
        if content.get(name):
            own[name] = f"{content[name]}{STAMPED}{stamp}"
    if content.get("type") == "overflow":
        own["options"] = [{**o, "value": f"{o['value']}{STAMPED}{stamp}"} for o in content["options"]]
    if content.get("event_payload"):
        own["event_payload"] = {**content["event_payload"], "deployment": stamp}
    return own
