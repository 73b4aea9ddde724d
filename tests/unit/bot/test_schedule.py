"""Due once a day, whatever daylight saving does to the clocks."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.schedule import due, ending, moment, next_monday, tomorrow, upcoming, watch_slot

BERLIN = ZoneInfo("Europe/Berlin")
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),  # 02:00 → 03:00
    ("Europe/Berlin", date(2026, 10, 25)),  # 03:00 → 02:00
    ("Africa/Cairo", date(2026, 4, 24)),  # 00:00 → 01:00
    ("Africa/Cairo", date(2026, 10, 30)),  # 00:00 → 23:00 of the day before
    ("America/Santiago", date(2026, 9, 6)),  # 00:00 → 01:00
    ("America/Santiago", date(2026, 4, 5)),  # 00:00 → 23:00 of the day before
    ("Asia/Beirut", date(2026, 3, 29)),  # 00:00 → 01:00
    ("Asia/Beirut", date(2026, 10, 25)),  # 00:00 → 23:00 of the day before
    ("America/Nuuk", date(2026, 3, 28)),  # 23:00 → 00:00 of the day after
    ("Australia/Lord_Howe", date(2026, 10, 4)),  # 02:00 → 02:30
    ("UTC", date(2026, 3, 29)),
]


@pytest.mark.parametrize(("name", "change"), CHANGES)
@pytest.mark.parametrize("at", ["00:00", "00:30", "02:15", "08:00", "23:30"])
def test_every_date_comes_due_once_and_in_order(name: str, change: date, at: str) -> None:
    zone = ZoneInfo(name)
    start = datetime.combine(change - timedelta(days=3), datetime.min.time(), UTC)
    first_due: dict[date, datetime] = {}
    for ticks in range(8 * 24 * 12):
        now = start + timedelta(minutes=5 * ticks)
        day = due(now, at, zone)
        if day is not None:
            first_due.setdefault(day, now)
    whole_days = [change + timedelta(days=days) for days in range(-2, 3)]
    seen = [day for day in first_due if whole_days[0] <= day <= whole_days[-1]]
    assert seen == whole_days
    late = {day: first_due[day] - moment(day, at, zone) for day in whole_days}
    assert all(timedelta(0) <= delay < timedelta(hours=1, minutes=5) for delay in late.values()), late


def test_an_hour_that_autumn_repeats_makes_no_second_date() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert first.astimezone(BERLIN).time() == second.astimezone(BERLIN).time()
    assert due(first, "02:30", BERLIN) == due(second, "02:30", BERLIN) == date(2026, 10, 25)
    assert due(first - timedelta(minutes=1), "02:30", BERLIN) is None


def test_a_time_that_spring_skips_comes_after_the_jump_on_the_same_date() -> None:
    jump = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert due(jump, "02:30", BERLIN) is None
    assert due(jump + timedelta(minutes=30), "02:30", BERLIN) == date(2026, 3, 29)


@pytest.mark.parametrize(
    ("name", "midnight"),
    [
        ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
        ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),
    ],
)
def test_a_midnight_that_spring_skips_loses_no_day(name: str, midnight: datetime) -> None:
    zone = ZoneInfo(name)
    day = midnight.astimezone(zone).date()
    assert midnight.astimezone(zone).hour == 1
    assert due(midnight - timedelta(minutes=1), "00:00", zone) == day - timedelta(days=1)
    assert due(midnight, "00:00", zone) == day


def test_what_was_due_in_an_evening_hour_that_spring_skips_is_done_after_midnight() -> None:
    nuuk = ZoneInfo("America/Nuuk")
    midnight = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert midnight.astimezone(nuuk).date() == date(2026, 3, 29)
    assert due(midnight, "23:30", nuuk) is None
    assert upcoming(midnight, "23:30", nuuk) == midnight + timedelta(minutes=30)
    assert due(midnight + timedelta(minutes=30), "23:30", nuuk) == date(2026, 3, 28)


def test_a_bot_that_was_down_in_the_morning_catches_up_the_same_day_only() -> None:
    assert due(datetime(2026, 11, 23, 22, 0, tzinfo=UTC), "08:00", BERLIN) == date(2026, 11, 23)
    assert due(datetime(2026, 11, 24, 6, 0, tzinfo=UTC), "08:00", BERLIN) is None


def test_the_next_time_is_today_until_it_has_come() -> None:
    eight = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert upcoming(eight - timedelta(minutes=1), "08:00", BERLIN) == eight
    assert upcoming(eight, "08:00", BERLIN) == eight + timedelta(days=1)


def test_tomorrow_and_monday_keep_the_time_on_the_wall_when_the_clocks_change() -> None:
    friday = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
    assert tomorrow(friday + timedelta(days=1), "08:00", BERLIN) == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
    assert next_monday(friday, "08:00", BERLIN) == datetime(2026, 3, 30, 6, 0, tzinfo=UTC)


def test_next_monday_is_never_today() -> None:
    monday = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    assert monday.weekday() == 0
    assert next_monday(monday, "08:00", BERLIN) == datetime(2026, 11, 30, 7, 0, tzinfo=UTC)


def test_tomorrow_is_counted_in_the_peoples_own_zone() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # already the 24th in Berlin
    assert tomorrow(late, "08:00", BERLIN) == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


def test_each_interval_is_one_slot() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    slots = Counter(watch_slot(start + timedelta(minutes=minute), 60) for minute in range(180))
    assert sorted(slots.values()) == [60, 60, 60]


@pytest.mark.parametrize(
    ("typed", "until", "rest"),
    [
        ("until 18:00", "2026-11-20 18:00", ""),
        ("UNTIL 18:00 new region, Ana's", "2026-11-20 18:00", "new region, Ana's"),
        ("until 7:30", "2026-11-21 07:30", ""),
        ("until 2026-11-22 09:15 upgrade", "2026-11-22 09:15", "upgrade"),
        ("until 2026-11-22T09:15", "2026-11-22 09:15", ""),
        ("for 2h", "2026-11-20 11:00", ""),
        ("for 90m a blip", "2026-11-20 10:30", "a blip"),
        ("for 2 hours", "2026-11-20 11:00", ""),
        ("for 3 days moving", "2026-11-23 09:00", "moving"),
        ("until 18:00 PMs decide", "2026-11-20 18:00", "PMs decide"),
        ("until 18:00 amazon's move", "2026-11-20 18:00", "amazon's move"),
        ("until 18:00 3 nodes, 40 models", "2026-11-20 18:00", "3 nodes, 40 models"),
        ("until 18:00 Zurich and ETL", "2026-11-20 18:00", "Zurich and ETL"),
        ("for 2h monitoring", "2026-11-20 11:00", "monitoring"),
    ],
)
def test_an_end_is_read_in_the_peoples_own_time(typed: str, until: str, rest: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 11, 20, 9, tzinfo=zone)
    ends, said = ending(typed.split(), now, zone)
    assert (f"{ends.astimezone(zone):%Y-%m-%d %H:%M}", said) == (until, rest)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "it needs an end"),
        ("18:00", "“18:00” names no end"),
        ("until 6pm", "“until 6pm” names no end"),
        ("until 25:00", "there is no 25:00"),
        ("until 2026-11-31 10:00", "there is no 2026-11-31 10:00"),
        ("until 2026-11-19 10:00", "2026-11-19 10:00 is over already"),
        ("until 2027-11-21 10:00", "is more than 14 days ahead"),
        ("for 0h", "is over already"),
        ("for 400d", "is more than 14 days ahead"),
        ("for 2 weeks", "names no end"),
        ("until tomorrow", "names no end"),
        ("until 6:00 pm", "“pm” isn't read there"),
        ("until 6:00 P.M. upgrade", "“P.M” isn't read there"),
        ("until 18:00 CET", "“CET” isn't read there"),
        ("until 18:00 UTC+2 x", "“UTC” isn't read there"),
        ("until 18:00 PDT", "“PDT” isn't read there"),
        ("until 18:00 tomorrow", "“tomorrow” isn't read there"),
        ("until 18:00 on Monday", "“on Monday” isn't read there"),
        ("until 18:00 2026-11-22", "“2026-11-22” isn't read there"),
        ("for 2h 30m", "“30m” isn't read there"),
        ("for 1 day and 2 hours", "“and 2 hours” isn't read there"),
    ],
)
def test_an_end_that_is_none_is_named_with_what_to_write(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"write until 18:00, until 2026-11-28 18:00, or for 2h") as raised:
        ending(typed.split(), datetime(2026, 11, 20, 9, tzinfo=UTC), ZoneInfo("UTC"))
    assert why in str(raised.value)
