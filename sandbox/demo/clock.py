"""The demo's time: the machine's, put on or back. It stands in a file, for the page and the bot to share."""

import os
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from bot.wiring import utc_now

MORNING = time(8)
JUST_AFTER = timedelta(seconds=5)


@dataclass(frozen=True)
class Clock:
    """Calling it gives the time, in UTC. `file`: holds the seconds that it is ahead of the machine's."""

    file: Path

    def __call__(self) -> datetime:
        return utc_now() + timedelta(seconds=float(self.file.read_text(encoding="ascii")))

    def set_to(self, moment: datetime) -> timedelta:
        """Says by how much it went on."""
        before = self() if self.file.exists() else utc_now()
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str((moment - utc_now()).total_seconds()), encoding="ascii")
        os.replace(fresh, self.file)  # whoever reads meanwhile reads a whole number
        return moment - before


def next_morning(now: datetime) -> datetime:
    """The next time that it is eight, and some seconds, where this machine stands."""
    local = now.astimezone()
    day = local.date() + timedelta(days=local.time() >= MORNING)
    return datetime.combine(day, MORNING).astimezone() + JUST_AFTER


def this_monday() -> datetime:
    """This week's Monday, eight o'clock where this machine stands."""
    today = datetime.now().astimezone()
    monday = today - timedelta(days=today.weekday())
    return datetime.combine(monday.date(), MORNING).astimezone()
