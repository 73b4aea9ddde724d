import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.slack.views.text import code, cut, cut_drawn, escape, listed, money, outside, quote, span
from bot.slack.views.who_and_when import clock, who
from operator_core.words import duration, plural
from support.view_values import HOSTILE, NAMES


def test_nothing_from_outside_is_markup() -> None:
    assert escape("<!channel> & <https://x|y>") == "&lt;!channel&gt; &amp; &lt;https://x|y&gt;"
    assert "<" not in code(HOSTILE)
    assert "`" not in code(HOSTILE)[1:-1]
    assert "\n" not in quote("one\ntwo\n<!here>")


@pytest.mark.parametrize(
    "name",
    [
        "m\n*Nothing waits for you*",
        "m\r\n✅ *P-1* · approved\n",
        "m\u2028_slanted_ and ~gone~",
        "`code` *bold*\t_a_b_",
        "* _ ~ `",
    ],
)
def test_no_name_from_outside_forges_a_line_or_is_formatted(name: str) -> None:
    for drawn in (outside(name, 100), code(name)[1:-1]):
        assert len(drawn.splitlines()) == 1
        assert "`" not in drawn
    assert not set(outside(name, 100)) & set("*~`")
    assert not re.search(r"(?<!\w)_|_(?!\w)", outside(name, 100))
    assert outside("llama_3_70b-it", 100) == "llama_3_70b-it", "an underscore within a name stays"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=5), "1 minute"),
        (timedelta(minutes=40), "40 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=9), "9 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=4, hours=20), "4 days"),
        (timedelta(seconds=3599), "59 minutes"),
        (timedelta(hours=7, minutes=36), "7 hours"),
        (timedelta(hours=47, minutes=59), "47 hours"),
        (timedelta(days=2, hours=23), "2 days"),
    ],
)
def test_durations_are_said_as_people_say_them(length: timedelta, words: str) -> None:
    assert duration(length) == words


def test_a_span_is_one_duration_where_both_ends_read_the_same() -> None:
    assert span(timedelta(days=3), timedelta(days=6)) == "3–6 days"
    assert span(timedelta(days=4), timedelta(days=4, hours=3)) == "4 days"
    assert span(timedelta(hours=30), timedelta(days=3)) == "30 hours to 3 days"


@pytest.mark.parametrize(
    ("items", "words"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abcdefg"), "a, b, c, d and 3 more")],
)
def test_lists_end_with_and_or_with_what_is_left(items: list[str], words: str) -> None:
    assert listed(items) == words


def test_plural_forms() -> None:
    assert plural(1, "model") == "1 model"
    assert plural(0, "model") == "0 models"
    assert plural(1200, "batch", "batches") == "1,200 batches"


def test_cut_never_exceeds_its_limit() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("ab cdef", 4) == "ab…"


def test_finished_text_is_never_cut_inside_an_escape_a_date_or_a_link() -> None:
    assert cut_drawn("a &lt;!channel&gt; b", 5) == "a…"
    assert cut_drawn("a &lt;!channel&gt; b", 8) == "a &lt;!…"
    assert cut_drawn(f"at {clock(datetime(2026, 11, 20, 8, tzinfo=UTC))} sharp", 20) == "at…"


def test_people_are_named_without_waking_them() -> None:
    assert who("U0ANA", NAMES) == "Ana"
    assert who("U0BEN", NAMES) == "Ben &lt;!here&gt;"
    assert who("U0NEW", NAMES) == "<@U0NEW>"
    assert who("policy", NAMES) == "autopilot"
    assert who("cli:root", NAMES) == "root (command line)"


@pytest.mark.parametrize("by", ["!channel", "U0ANA> <!here", "somebody", "C0OPS", "u0ana", "", "@here"])
def test_what_is_no_slack_id_mentions_nobody(by: str) -> None:
    assert "<" not in who(by, {})


def test_a_time_is_shown_in_the_readers_zone_with_a_fallback() -> None:
    moment = datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert clock(moment) == f"<!date^{int(moment.timestamp())}^{{time}}|08:00 UTC>"


def test_an_unknown_price_is_not_zero() -> None:
    assert money(None) == "cost unknown"
    assert money(0.004) == "$0.004"
    assert money(3.5) == "$3.50"


@pytest.mark.parametrize(
    "named",
    ["trace 8f115ee19f92a9d4", "(2E5CD3D0A18117EB)", "id: 4bf92f3577b34da6a3ce929d0e0e4736", "req_0a1b2c3d"],
)
def test_a_quote_leaves_out_what_names_one_request(named: str) -> None:
    shown = quote(f"The service can't be reached, {named}")
    assert shown.startswith("> The service can't be reached, ")
    assert not re.search(r"[0-9a-fA-F]{4}", shown.removeprefix("> The service can't be reached, "))


@pytest.mark.parametrize(
    "text",
    [
        "deadbeef and cafebabe are no models; accede to 1234567890123456",
        "Request id required",
        "the request identifier is model-9b",
        "no trace of gpt-4o-2024-11-20",
        "catalog_id: gpt-4-turbo",
        "the operation timed out after 600000 ms",
        "the array id 1234567 is unknown",
    ],
)
def test_a_quote_keeps_what_names_no_request(text: str) -> None:
    assert quote(text) == f"> {outside(text, 200)}"
