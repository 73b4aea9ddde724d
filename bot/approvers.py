"""Who may change things: user ids, and the members of user groups as Slack lists them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import logger
from bot.refusals import TROUBLE, why

FRESH_SECONDS = 300.0
log = logger(__name__)


@dataclass
class Approvers:
    """The people of `[slack] approvers`; groups are looked up, kept for a while, and looked up again."""

    client: AsyncWebClient
    configured: Sequence[str]
    ticking: Callable[[], float] = time.monotonic
    _members: dict[str, frozenset[str]] = field(default_factory=dict)
    _read_at: dict[str, float] = field(default_factory=dict)

    async def may(self, user_id: str) -> bool:
        """Whether this person may approve. A group that can't be read lets nobody in."""
        if user_id in self.configured:
            return True
        for group in self.configured:
            if group.startswith("S") and user_id in await self._of(group):
                return True
        return False

    def mention(self) -> str:
        """All who may, as mentions: for ephemeral answers, which wake nobody else."""
        words = [f"<!subteam^{a}>" if a.startswith("S") else f"<@{a}>" for a in self.configured]
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

    async def _of(self, group: str) -> frozenset[str]:
        if self.ticking() - self._read_at.get(group, -FRESH_SECONDS) < FRESH_SECONDS:
            return self._members.get(group, frozenset())
        try:
            answer = await self.client.usergroups_users_list(usergroup=group)
        except TROUBLE as error:
            log.warning("a group of approvers could not be read", group=group, cause=why(error))
            return self._members.get(group, frozenset())
        self._members[group] = frozenset(answer["users"])
        self._read_at[group] = self.ticking()
        return self._members[group]
