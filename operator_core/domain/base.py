"""What all values are made of: frozen models, a model's name, times.

All times are timezone-aware UTC, truncated to milliseconds, because that is what MongoDB keeps.
"""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: it never changes, and it refuses fields it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelRef(Frozen):
    """A model as the platform names it: provider and model_id."""

    provider: str
    model_id: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model_id}"

    def __lt__(self, other: "ModelRef") -> bool:
        return (self.provider, self.model_id) < (other.provider, other.model_id)


def to_utc(moment: datetime) -> datetime:
    """Aware UTC in whole milliseconds; a naive time is read as UTC, as the platform's are."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(microsecond=aware.microsecond // 1000 * 1000)


def hours_between(earlier: datetime, later: datetime) -> float:
    return (later - earlier).total_seconds() / 3600
