"""How far the autopilot goes, and what it would have done where it only says so."""

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
