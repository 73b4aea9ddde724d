"""A person stopped the autopilot; and when an approver last acted in Slack."""

from datetime import datetime

from operator_core.domain.base import Frozen


class Pause(Frozen):
    """A person stopped the autopilot, and whatever batch was running."""

    by: str
    at: datetime
    reason: str = ""


class ApproverAction(Frozen):
    """The last time an approver acted in Slack: the brake on unattended changes counts from here."""

    by: str
    at: datetime
