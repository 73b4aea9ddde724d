"""Which AI Operator this is, how far it goes by itself, and what stops it."""

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


NAMED = 32
"""Characters of a database's name in a stamp: Slack takes 75 in a menu's option."""


class Deployment(Frozen):
    """The bot on one database, from its first start on."""

    id: str
    database: str
    collection: str = ""
    """The UUID of the collection that this is kept in: a restored copy of the database has another."""
    restored_from: str = ""
    unasked: bool = False
    """Nobody could be asked yet whether the bot may act on this copy."""
    made_at: datetime

    @property
    def stamp(self) -> str:
        """What buttons and dialogs carry: whose they are, and what people call it."""
        return f"{self.id}.{self.database[:NAMED]}"

    def drew(self, stamp: str) -> bool:
        """By the id alone: how much of the name a stamp carries differs between versions."""
        return stamp.partition(".")[0] == self.id
