"""What automation did lately: the brakes count from the journal, not from what was planned."""

from datetime import UTC, datetime, timedelta

from operator_core.domain.pause import Pause
from operator_core.policy.gates import RecentActivity
from operator_core.store.stores import Stores

WEEK = timedelta(days=7)
EVER = datetime(2000, 1, 1, tzinfo=UTC)


async def read_recent_activity(
    stores: Stores, now: datetime, *, advice_complete: bool, besides: str = ""
) -> RecentActivity:
    """The brakes' state at `now` (UTC). What is about to be done counts, but by the entry `besides`."""
    pause = await stores.pause.get()
    return RecentActivity(
        paused=_paused(pause) if pause else await _untold_or_uncounted(stores, now),
        advice_complete=advice_complete,
        gone_this_week=dict(await stores.journal.left_since(now - WEEK, besides)),
        by_policy_this_week=dict(await stores.journal.disabled_by_policy_since(now - WEEK, besides)),
        unattended=await changes_unattended(stores, besides),
    )


async def _untold_or_uncounted(stores: Stores, now: datetime) -> str:
    """What can't be told isn't done, and brakes that can't be counted hold."""
    if refusal := await stores.channel_refusal.get():
        return refusal.words
    acted = await stores.approver_action.get()
    since = min(now - WEEK, acted.at if acted else EVER)
    if await stores.journal.all_readable_since(since):
        return ""
    return "the brakes can't be counted: the journal has an entry that this version can't read"


async def changes_unattended(stores: Stores, besides: str | None = None) -> int:
    """Changes that policy made (see Journal: or is about to make) since an approver last acted in Slack."""
    acted = await stores.approver_action.get()
    return await stores.journal.changes_by_policy_since(acted.at if acted else EVER, besides)


def _paused(pause: Pause) -> str:
    """Not by whom: ids mean nothing to people, and the pause is named wherever it is shown."""
    return f"autopilot is paused: {pause.reason}" if pause.reason else "autopilot is paused"
