"""Who may change things, and who was here."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import logger
from bot.slack.errors import SLACK_ERRORS, refusal_in
from operator_core.domain.base import to_utc
from operator_core.domain.mode import ApproverAction
from operator_core.store.stores import Stores

FRESH_SECONDS = 300.0
PATIENCE_SECONDS = 1.5
"""For the list of a group: whoever clicked waits for it, and their dialog opens within 3 seconds or never."""
KEPT_SECONDS = 3600.0
"""While Slack won't list a group, its members as last read may go on for so long."""
NEVER: tuple[float, frozenset[str]] = (-math.inf, frozenset())
KEPT = "its members as last read may approve, for up to an hour"
LOST = "nobody may approve as a member of it"
NEWS_AFTER = timedelta(seconds=10)
"""Somebody who clicks through a digest is noted once: what policy does meanwhile counts as unattended."""
log = logger(__name__)


@dataclass
class Approvers:
    """The people of `[slack] approvers`; groups are looked up, kept for a while, and looked up again."""

    client: AsyncWebClient
    configured: Sequence[str]
    stopwatch: Callable[[], float]
    _read: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)
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
        of_groups = [user for group in self._groups for user in sorted(await self._of(group))]
        named = [one for one in self.configured if one not in self._groups]
        return tuple(dict.fromkeys((*named, *of_groups)))

    async def trouble(self) -> tuple[str, ...]:
        """A sentence for each group that Slack won't list, and what that means for its members."""
        members = {group: await self._of(group) for group in self._groups}
        return tuple(f"{why}: {KEPT if members[group] else LOST}" for group, why in self._refused.items())

    @property
    def _groups(self) -> list[str]:
        return [approver for approver in self.configured if approver.startswith("S")]

    async def _of(self, group: str) -> frozenset[str]:
        """Its members; nobody when they were not read for too long."""
        (read_at, members), now = self._read.get(group, NEVER), self.stopwatch()
        if now - read_at < FRESH_SECONDS:
            return members
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self.client.usergroups_users_list(usergroup=group)
        except SLACK_ERRORS as error:
            cause = refusal_in(error).code
            self._refused[group] = f"The approvers' group {group} can't be read ({cause})"
            log.warning("a group of approvers could not be read", group=group, cause=cause)
            return members if now - read_at < KEPT_SECONDS else frozenset()
        self._refused.pop(group, None)
        self._read[group] = now, frozenset(answer.get("users") or ())
        return self._read[group][1]


@dataclass
class People:
    """What this process noted already, so that most clicks cost no write."""

    stores: Stores
    _names: dict[str, str] = field(default_factory=dict)
    _acted: dict[str, datetime] = field(default_factory=dict)

    async def met(self, user: str, name: str) -> None:
        """Remembers the name that Slack sent along, for everybody's messages."""
        if name and self._names.get(user) != name:
            await self.stores.people.name(user, name)
            self._names[user] = name

    async def acted(self, user: str, at: datetime) -> None:
        """An approver looked at things: the brake on unattended changes counts anew."""
        noted = self._acted.get(user)
        if noted is None or not noted <= at < noted + NEWS_AFTER:
            await self.stores.approver_action.put(ApproverAction(by=user, at=to_utc(at)))
            self._acted[user] = at
