"""What stops the autopilot: a person, or a channel that takes no message; and when an approver last acted."""

from datetime import datetime

from operator_core.domain.base import Frozen


class Pause(Frozen):
    """A person stopped the autopilot, and whatever batch was running."""

    by: str
    at: datetime
    reason: str = ""

    def with_reason(self, what: str) -> str:
        """`what` it does, and why. Not by whom: ids mean nothing to people, and every view names them."""
        return f"{what}: {self.reason}" if self.reason else what


class ChannelRefusal(Frozen):
    """Slack did not take our last message to the channel: what can't be told isn't done."""

    code: str
    """Slack's own word, or what kept us from Slack."""
    at: datetime
    since: datetime | None = None
    """When that began; None where an older version kept it."""
    why: str = ""
    """The word, and what to do about it."""
    passing: bool = False
    """It may be over soon."""

    @property
    def words(self) -> str:
        return f"Slack refused my last message to the channel: {self.code}"


class ApproverAction(Frozen):
    """The last time an approver acted in Slack: the brake on unattended changes counts from here."""

    by: str
    at: datetime
