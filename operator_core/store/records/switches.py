"""What people switched, in operator_state: the pause; and when an approver last acted in Slack."""

from datetime import datetime

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.base import to_utc
from operator_core.domain.switches import ApproverAction, Pause
from operator_core.store.mongo import Document
from operator_core.store.records.state import StateRecords


class Switches:
    """Read between any two changes of a batch, by every replica. Raises StoreUnavailable."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._pause = StateRecords(database, "pause", Pause)
        self._action = StateRecords(database, "last_approver_action", ApproverAction)

    async def pause(self) -> Pause | None:
        """The pause that stands now."""
        return await self._pause.get()

    async def set_pause(self, by: str, at: datetime, reason: str = "") -> Pause:
        """Pauses; the newest word replaces an older one."""
        return await self._pause.put(Pause(by=by, at=to_utc(at), reason=reason))

    async def resume(self) -> Pause | None:
        """Ends the pause and returns it; None when there was none."""
        return await self._pause.take()

    async def last_approver_action(self) -> ApproverAction | None:
        return await self._action.get()

    async def approver_acted(self, by: str, at: datetime) -> ApproverAction:
        """Notes that an approver acted in Slack: the brake on unattended changes counts from here."""
        return await self._action.put(ApproverAction(by=by, at=to_utc(at)))
