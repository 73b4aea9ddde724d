"""What automation did lately: the brakes count from the journal, not from what was planned."""

from datetime import UTC, datetime, timedelta

from operator_core.domain.pause import Pause
from operator_core.policy.gates import RecentActivity
from operator_core.store.stores import Stores

WEEK = timedelta(days=7)
EVER = datetime(2000, 1, 1, tzinfo=UTC)


async def read_recent_activity(stores: Stores, now: datetime, *, advice_complete: bool) -> RecentActivity:
    """The brakes' state at `now` (UTC)."""
    pause = await stores.pause.get()
    return RecentActivity(
        paused=_paused(pause) if pause else await _uncounted(stores, now),
        advice_complete=advice_complete,
        gone_this_week=dict(await stores.journal.left_since(now - WEEK)),
        by_policy_this_week=dict(await stores.journal.disabled_by_policy_since(now - WEEK)),
        unattended=await changes_unattended(stores),
    )


async def _uncounted(stores: Stores, now: datetime) -> str:
    """Brakes that can't be counted hold."""
    acted = await stores.approver_action.get()
    since = min(now - WEEK, acted.at if acted else EVER)
    if await stores.journal.all_readable_since(since):
        return ""
    return "the brakes can't be counted: the journal has an entry that this version can't read"


async def changes_unattended(stores: Stores) -> int:
    """Changes that policy made since an approver last acted in Slack."""
    acted = await stores.approver_action.get()
    return await stores.journal.changes_by_policy_since(acted.at if acted else EVER)


def _paused(pause: Pause) -> str:
    """Not by whom: ids mean nothing to people, and the pause is named wherever it is shown."""
    return f"autopilot is paused: {pause.reason}" if pause.reason else "autopilot is paused"
