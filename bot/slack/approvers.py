"""Who may change things: user ids, and the members of user groups as Slack lists them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import logger
from bot.slack.errors import SLACK_ERRORS, slack_error_code

FRESH_SECONDS = 300.0
KEPT_SECONDS = 3600.0
"""While Slack won't list a group, its members as last read may go on for so long."""
log = logger(__name__)


@dataclass
class Approvers:
    """The people of `[slack] approvers`; groups are looked up, kept for a while, and looked up again."""

    client: AsyncWebClient
    configured: Sequence[str]
    stopwatch: Callable[[], float]
    _members: dict[str, frozenset[str]] = field(default_factory=dict)
    _read_at: dict[str, float] = field(default_factory=dict)
    _refused: dict[str, str] = field(default_factory=dict)

    async def may(self, user_id: str) -> bool:
        """Whether this person may approve."""
        if user_id in self.configured:
            return True
        for group in self._groups:
            if user_id in await self._of(group):
                return True
        return False

    async def people(self) -> tuple[str, ...]:
        """All of them, each once."""
        of_groups = [sorted(await self._of(group)) for group in self._groups]
        named = [one for one in self.configured if one not in self._groups]
        return tuple(dict.fromkeys((*named, *(user for users in of_groups for user in users))))

    async def trouble(self) -> tuple[str, ...]:
        """A sentence for each group that Slack won't list, and what that means for its members."""
        for group in self._groups:
            await self._of(group)
        kept = "its members as last read may approve, for up to an hour"
        lost = "nobody may approve as a member of it"
        refused = self._refused.items()
        return tuple(f"{why}: {kept if self._age(g) < KEPT_SECONDS else lost}" for g, why in refused)

    @property
    def _groups(self) -> list[str]:
        return [approver for approver in self.configured if approver.startswith("S")]

    async def _of(self, group: str) -> frozenset[str]:
        """Its members; nobody when they were not read for too long."""
        if self._age(group) < FRESH_SECONDS:
            return self._members[group]
        try:
            answer = await self.client.usergroups_users_list(usergroup=group)
        except SLACK_ERRORS as error:
            self._refused[group] = f"The approvers' group {group} can't be read ({slack_error_code(error)})"
            log.warning("a group of approvers could not be read", group=group, cause=slack_error_code(error))
            return self._members[group] if self._age(group) < KEPT_SECONDS else frozenset()
        self._refused.pop(group, None)
        self._members[group] = frozenset(answer.get("users") or ())
        self._read_at[group] = self.stopwatch()
        return self._members[group]

    def _age(self, group: str) -> float:
        """Seconds since it was read."""
        return self.stopwatch() - self._read_at.get(group, -math.inf)
