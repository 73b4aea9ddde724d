"""People and moments as they are named: nobody is woken, and times are the reader's own."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.slack.views.text import escape, outside
from operator_core.domain.signals import Maintenance

Names = Mapping[str, str]
"""Slack user id → the name that Slack sent with that person's last click."""
JUDGES = {"rules": "the written rules", "triage": "a fixed rule", "memory": "an earlier judgement"}


def clock(moment: datetime) -> str:
    """A time in the reader's own zone. For mrkdwn only."""
    return _local(moment, "{time}", "%H:%M UTC")


def day(moment: datetime) -> str:
    """A date in the reader's own zone. For mrkdwn only."""
    return _local(moment, "{date_short_pretty}", "%Y-%m-%d")


def day_and_clock(moment: datetime) -> str:
    """A date and time in the reader's own zone. For mrkdwn only."""
    return _local(moment, "{date_short_pretty} {time}", "%Y-%m-%d %H:%M UTC")


def _local(moment: datetime, shown: str, fallback: str) -> str:
    return f"<!date^{int(moment.timestamp())}^{shown}|{moment:{fallback}}>"


def who(by: str, names: Names) -> str:
    """A person's name without waking them; `policy` is the autopilot. What is no Slack id mentions nobody."""
    if by == "policy" or by in JUDGES:
        return JUDGES.get(by, "autopilot")
    if by.startswith("cli:"):
        return f"{escape(by.removeprefix('cli:'))} (command line)"
    name = names.get(by) or ("" if re.fullmatch(r"[UW][A-Z0-9]+", by) else by or "somebody")
    return outside(name, 100) if name else f"<@{by}>"


def mention(ids: Sequence[str]) -> str:
    """Wakes these people and user groups, by their Slack ids; from operator.toml only, never from outside."""
    return " ".join(f"<!subteam^{one}>" if one.startswith("S") else f"<@{one}>" for one in ids)


def maintained(one: Maintenance, names: Names) -> str:
    """ "groq is in maintenance until 18:00 · Ana: “new region”"."""
    until = f"{outside(one.provider, 60)} is in maintenance until {day_and_clock(one.until)}"
    return f"{until} · {who(one.by, names)}{because(one.reason)}"


def because(reason: str, limit: int = 200) -> str:
    """A person's words, to stand behind what they did; nothing where they said nothing."""
    return f": “{outside(reason, limit)}”" if reason else ""
