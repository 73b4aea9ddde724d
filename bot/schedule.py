"""When things are due. Pure: a tick each minute asks; a claim in MongoDB sees to it that one replica acts.

A job is due from its time of day on, once for each local date. So a time that spring skips comes a little
later, one that autumn repeats comes once, a restart catches up, and any number of replicas post one digest.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def due(now: datetime, at: str, zone: ZoneInfo) -> date | None:
    """The local date whose `at` (HH:MM) has come by `now`; None while it is still ahead today."""
    today = now.astimezone(zone).date()
    return today if now >= moment(today, at, zone) else None


def moment(day: date, at: str, zone: ZoneInfo) -> datetime:
    """When `at` is on that local date, in UTC; a time that the clock skips is read as before the jump."""
    hour, minute = map(int, at.split(":"))
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


def upcoming(now: datetime, at: str, zone: ZoneInfo) -> datetime:
    """The next time that `at` comes, in UTC."""
    today = now.astimezone(zone).date()
    first = moment(today, at, zone)
    return first if first > now else moment(today + timedelta(days=1), at, zone)


def next_monday(now: datetime, at: str, zone: ZoneInfo) -> datetime:
    """`at` on the Monday after today, in UTC."""
    today = now.astimezone(zone).date()
    return moment(today + timedelta(days=7 - today.weekday()), at, zone)


def watch_slot(now: datetime, every_minutes: int) -> int:
    """Which interval since the epoch this is: each is watched once."""
    return int(now.timestamp() // (every_minutes * 60))
