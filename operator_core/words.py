"""Counts and lengths of time as people say them, for every sentence that the bot makes."""

from datetime import timedelta
from math import floor


def plural(count: int, word: str, many: str | None = None) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {many or word + 's'}"


def below(value: float, limit: float, digits: int = 0) -> tuple[str, str]:
    """Both in words that say it too: the value cut, never rounded up to the limit, and the limit in full."""
    cut = floor(value * 10**digits + 1e-9) / 10**digits  # 0.29 * 100 is 28.999… in floating point
    return f"{cut:.{digits}f}", max(f"{limit:.{digits}f}", f"{limit:g}", key=len)


def ago(length: timedelta) -> str:
    """How long since, as people say it: "just now", "3 hours ago"."""
    return "just now" if length < timedelta(seconds=90) else f"{duration(length)} ago"


def duration(length: timedelta) -> str:
    """How long something has lasted, in the unit people would use: so many as have passed, never rounded."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return plural(max(1, minutes), "minute")
    return plural(minutes // 60, "hour") if minutes < 48 * 60 else plural(minutes // 1440, "day")
