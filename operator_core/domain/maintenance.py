"""A provider's maintenance, as a person announced it: until it ends its results are no evidence."""

from datetime import datetime

from operator_core.domain.base import Frozen


class Maintenance(Frozen):
    """What was measured of the provider within it counts neither now nor later."""

    provider: str
    since: datetime
    until: datetime
    """It ends by itself."""
    by: str
    reason: str = ""

    @property
    def key(self) -> str:
        return f"{self.provider}@{self.since:%Y%m%d%H%M%S}"

    def lasts(self, now: datetime) -> bool:
        return self.since <= now < self.until


def kept_out(windows: tuple[Maintenance, ...], provider: str, now: datetime) -> datetime | None:
    """Until when, at most now, the provider was last in maintenance: silence is counted from there."""
    return max(
        (min(w.until, now) for w in windows if w.provider == provider and w.since <= now), default=None
    )
