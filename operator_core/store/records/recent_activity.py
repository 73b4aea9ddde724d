"""What automation did lately: the brakes count from the journal, not from what was planned."""

from collections.abc import Iterable
from datetime import datetime

from operator_core.domain.base import EVER
from operator_core.domain.journal import Before, disabled_by_policy, left_enabled
from operator_core.domain.mode import Mode, ShadowRecord
from operator_core.policy.gates import WEEK, RecentActivity
from operator_core.store.records.modes import Modes
from operator_core.store.stores import Stores

OFF_IN = ("autopilot is off: somebody chose so", "autopilot is off in operator.toml")


async def read_recent_activity(modes: Modes, *, advice_complete: bool, mine: str = "") -> RecentActivity:
    """The brakes' state now. What is about to be done counts; for the entry `mine` what came before it."""
    stores, now = modes.stores, modes.now()
    before = await (stores.journal.before(mine) if mine else stores.journal.line())
    pause = await stores.pause.get()
    mode, shadow = (await modes.in_force()).mode, await modes.would_have_done()
    this_week = await stores.journal.since(now - WEEK)
    by_policy = disabled_by_policy(this_week, before)
    by_policy.update(record.member.ref.provider for record in shadow if record.at >= now - WEEK)
    return RecentActivity(
        mode=mode,
        why_off=OFF_IN[modes.allowed == Mode.OFF] if mode == Mode.OFF else "",
        shadow=shadow,
        paused=pause.with_reason("autopilot is paused") if pause else await _untold_or_uncounted(stores, now),
        advice_complete=advice_complete,
        gone_this_week=dict(left_enabled(this_week, before)),
        by_policy_this_week=dict(by_policy),
        unattended=await changes_unattended(stores, shadow, before),
    )


async def _untold_or_uncounted(stores: Stores, now: datetime) -> str:
    """What can't be told isn't done; brakes that can't be counted hold, and words that can't be read."""
    if refusal := await stores.channel_refusal.get():
        return refusal.words
    if not await stores.holds.all_readable():
        return "somebody's hold can't be read by this version, and may be on any model"
    acted = await stores.approver_action.get()
    since = min(now - WEEK, acted.at if acted else EVER)
    if await stores.journal.all_readable_since(since):
        return ""
    return "the brakes can't be counted: the journal has an entry that this version can't read"


async def changes_unattended(stores: Stores, shadow: Iterable[ShadowRecord], before: Before = None) -> int:
    """Changes that policy made (see Journal: or is about to make), or would have made in `shadow`, since an
    approver last acted in Slack."""
    acted = await stores.approver_action.get()
    would = sum(acted is None or one.at >= acted.at for one in shadow)
    return await stores.journal.changes_unattended(acted, before) + would
