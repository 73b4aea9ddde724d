"""Who was here: names for messages, and when an approver last acted. Written down only when it is news."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from operator_core.domain.base import to_utc
from operator_core.domain.pause import ApproverAction
from operator_core.store.stores import Stores

NEWS_AFTER = timedelta(seconds=10)
"""Somebody who clicks through a digest is noted once: what policy does meanwhile counts as unattended."""


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
