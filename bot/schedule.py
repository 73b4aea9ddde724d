"""When things are due. Pure: a tick each minute asks; a claim in MongoDB sees to it that one replica acts.

A job is due from its time of day on, once for each local date. So a time that spring skips comes a little
later, one that autumn repeats comes once, a restart catches up, and any number of replicas post one digest.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
LONGEST = timedelta(days=14)
"""Of a maintenance: what is away for longer is rather disabled."""
FOR = re.compile(
    r"for\s+(\d{1,4})\s*(m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)(?:\s+|$)", re.IGNORECASE
)
UNTIL = re.compile(r"until\s+(?:(\d{4}-\d\d-\d\d)[ T]+)?(\d{1,2}):(\d\d)(?:\s+|$)", re.IGNORECASE)
MORE = re.compile(
    r"(?i:[ap]\.?m\b|(?:on\s+|next\s+)?(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|today|tonight"
    r"|(?:and\s+)?\d+\s*(?:[mhd]|min\w*|hours?|days?)\b|\d{4}-\d\d-\d\d|utc|gmt|cest\b|cet\b|[+-]\d)"
    r"|(?:A?[ECMPW]|CE|EE|WE|B|I|J|K|AE)[SD]?T\b|MSK\b|Z\b"
)
"""What would make it another end: half a day, a day, a zone, a further length."""
ENDINGS = "write until 18:00, until 2026-11-28 18:00, or for 2h"


def due(now: datetime, at: str, zone: ZoneInfo) -> date | None:
    """The local date whose `at` (HH:MM) has come by `now`; None while today's is still ahead.

    It is today's date, but for one case: where spring skips the last hour of a day, what was due in that
    hour is done on the next.
    """
    today = now.astimezone(zone).date()
    for day in (today, today - ONE_DAY):
        came = moment(day, at, zone)
        if came <= now and came.astimezone(zone).date() == today:
            return day
    return None


def moment(day: date, at: str, zone: ZoneInfo) -> datetime:
    """When `at` is on that local date, in UTC: of a repeated time the first, of a skipped one as long after
    the jump as it would have been after midnight without it."""
    return datetime.combine(day, time.fromisoformat(at), zone).astimezone(UTC)


def upcoming(now: datetime, at: str, zone: ZoneInfo) -> datetime:
    """The next time that `at` comes, in UTC."""
    today = now.astimezone(zone).date()
    moments = (moment(today + days * ONE_DAY, at, zone) for days in (-1, 0, 1))
    return next(ahead for ahead in moments if ahead > now)


def ending(words: Sequence[str], now: datetime, zone: ZoneInfo) -> tuple[datetime, str]:
    """The moment that "until 18:00", "until 2026-11-28 18:00" or "for 2h" names, in UTC, and what follows it.

    Raises ValueError, saying what to write.
    """
    text = " ".join(words)
    if length := FOR.match(text):
        seconds = {"m": 60, "h": 3600, "d": 86_400}[length[2][0].lower()] * int(length[1])
        until, rest = now + timedelta(seconds=seconds), text[length.end() :]
    elif named := UNTIL.match(text):
        at, rest = f"{named[2]:0>2}:{named[3]}", text[named.end() :]
        try:
            until = moment(date.fromisoformat(named[1]), at, zone) if named[1] else upcoming(now, at, zone)
        except ValueError:
            raise ValueError(f"there is no {named[0].strip().partition(' ')[2]}; {ENDINGS}") from None
    else:
        raise ValueError(f"{f'“{text[:60]}” names no end' if text else 'it needs an end'}; {ENDINGS}")
    if more := MORE.match(rest):
        raise ValueError(f"“{more[0]}” isn't read there: times are of 24 hours, in {zone}; {ENDINGS}")
    if not now < until <= now + LONGEST:
        off = "is over already" if until <= now else f"is more than {LONGEST.days} days ahead"
        raise ValueError(f"{until.astimezone(zone):%Y-%m-%d %H:%M} {off}; {ENDINGS}")
    return until, rest


def tomorrow(now: datetime, at: str, zone: ZoneInfo) -> datetime:
    """`at` on the day after today, in UTC."""
    return moment(now.astimezone(zone).date() + ONE_DAY, at, zone)


def next_monday(now: datetime, at: str, zone: ZoneInfo) -> datetime:
    """`at` on the Monday after today, in UTC; on a Monday, a week later."""
    today = now.astimezone(zone).date()
    return moment(today + (7 - today.weekday()) * ONE_DAY, at, zone)


def watch_slot(now: datetime, every_minutes: int) -> int:
    """Which interval since the epoch this is: each is watched once."""
    return int(now.timestamp() // (every_minutes * 60))
