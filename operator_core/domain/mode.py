"""How far the autopilot goes, what it would have done where it only says so, and what stops it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import Member


class Mode(StrEnum):
    """From the least to the most."""

    OFF = "off"
    SHADOW = "shadow"
    """It asks as ever, says what it would have done alone, and counts as if it had."""
    ON = "on"


def lesser(one: Mode, other: Mode) -> Mode:
    return min(one, other, key=list(Mode).index)


class ShadowRecord(Frozen):
    """A model that policy would have disabled alone, with the evidence then: once for each streak."""

    member: Member
    at: datetime
    proposal_id: str
    kind: Kind | None
    pattern: str
    confidence: float
    suggested_by: str

    def same_streak(self, last_success: datetime | None) -> bool:
        """Whether a model that succeeded last then has failed ever since this was recorded."""
        since = self.member.failing_since
        return last_success is None or since is None or last_success < since


def newest_of_each(records: Iterable[ShadowRecord]) -> Mapping[ModelRef, ShadowRecord]:
    return {record.member.ref: record for record in sorted(records, key=lambda record: record.at)}


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

    @property
    def words(self) -> str:
        return f"Slack refused my last message to the channel: {self.code}"


class ApproverAction(Frozen):
    """The last time an approver acted in Slack: the brake on unattended changes counts from here."""

    by: str
    at: datetime
