"""Counts and lengths of time as people say them, for every sentence that the bot makes."""

from datetime import timedelta


def plural(count: int, word: str, many: str | None = None) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {many or word + 's'}"


def duration(length: timedelta, *, rounded: bool = False) -> str:
    """How long something has lasted, in the unit people would use: in days that have passed, or `rounded`."""
    hours = length.total_seconds() / 3600
    if hours < 1:
        return plural(max(1, round(hours * 60)), "minute")
    if hours < 48:
        return plural(round(hours), "hour")
    return plural(round(hours / 24) if rounded else int(hours // 24), "day")
