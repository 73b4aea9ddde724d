"""How often Slack lets us call: who is due waits for their turn, and nobody hammers at a closed door."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping

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
