"""No secret reaches the log, whoever logs it and however."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot.logs import logger, set_up_logs

SECRET = "hunter22-the-password"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Logs as JSON into memory, and puts the standard library's logging back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    set_up_logs((SECRET,), json=True, level="DEBUG", stream=written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def last(stream: io.StringIO) -> dict[str, object]:
    entry: dict[str, object] = json.loads(stream.getvalue().splitlines()[-1])
    return entry


def test_an_entry_is_one_line_with_time_level_and_source(stream: io.StringIO) -> None:
    logger("bot.test").info("posted", proposals=3)
    entry = last(stream)
    assert (entry["event"], entry["proposals"], entry["level"]) == ("posted", 3, "info")
    assert entry["logger"] == "bot.test"
    assert str(entry["timestamp"]).endswith("Z")


@pytest.mark.parametrize(
    "said",
    [
        {"detail": f"it was {SECRET}!"},
        {"nested": {"list": ["a", (f"b {SECRET}",)]}},
        {"value": ValueError(SECRET)},
        {"raw": SECRET.encode()},
        {"api_key": "no-pattern-knows-this"},
        {"headers": {"Authorization": "no-pattern-knows-this"}},
        {"text": "sk-proj-abcdefghijklmnopqrstuv"},
        {"text": "xoxb-123456789012-abcdefghijkl"},
        {"uri": "mongodb://bot:no-pattern-knows-this@db/"},
    ],
)
def test_a_secret_is_masked_wherever_it_stands(stream: io.StringIO, said: dict[str, object]) -> None:
    logger("bot.test").warning("look", **said)
    written = stream.getvalue()
    for word in (SECRET, "no-pattern-knows-this", "abcdefghijkl"):
        assert word not in written
    assert "look" in written


def test_numbers_keep_their_value_whatever_they_are_called(stream: io.StringIO) -> None:
    logger("bot.test").info("asked", prompt_tokens=610, token=7, cost_usd=0.004, fallback=None, cut=False)
    entry = last(stream)
    assert [entry[name] for name in ("prompt_tokens", "token", "cost_usd", "fallback", "cut")] == [
        610,
        7,
        0.004,
        None,
        False,
    ]


def test_what_libraries_log_passes_the_same_gate(stream: io.StringIO) -> None:
    logging.getLogger("slack_bolt").warning("token %s of %s", SECRET, "xoxb-123456789012-abcdefghijkl")
    entry = last(stream)
    assert entry["event"] == "token <secret> of <key>"
    assert entry["logger"] == "slack_bolt"


def test_a_traceback_keeps_its_lines_but_no_secret(stream: io.StringIO) -> None:
    try:
        raise ValueError(
            f"bad password {SECRET}\n-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----"
        )
    except ValueError:
        logger("bot.test").exception("failed")
    traceback = str(last(stream)["exception"])
    assert traceback.startswith("Traceback")
    assert '\n  File "' in traceback
    assert traceback.endswith("ValueError: bad password <secret>\n<key>")


def test_text_from_outside_cant_forge_an_entry(stream: io.StringIO) -> None:
    logger("bot.test").info("read", message="first\n2026-11-23 [critical] all is lost\x1b[31m")
    assert last(stream)["message"] == "first 2026-11-23 [critical] all is lost[31m"


def test_for_people_an_entry_is_plain_text(stream: io.StringIO) -> None:
    written = io.StringIO()
    set_up_logs((SECRET,), json=False, level="INFO", stream=written)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger("bot.test").exception("failed", job="digest")
    assert "failed" in written.getvalue()
    assert "job=digest" in written.getvalue()
    assert "ValueError: <secret>" in written.getvalue()
    assert stream.getvalue() == ""


def test_less_than_the_level_is_not_written(stream: io.StringIO) -> None:
    logging.getLogger().setLevel("WARNING")
    logger("bot.test").info("small talk")
    assert stream.getvalue() == ""


def test_a_crash_is_logged_without_its_secret() -> None:
    program = (
        "from bot.logs import log_crashes, set_up_logs\n"
        f"set_up_logs(({SECRET[:11]!r} + {SECRET[11:]!r},), json=True)\n"
        "log_crashes()\n"
        f"raise RuntimeError({SECRET[:11]!r} + {SECRET[11:]!r})\n"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert ended.returncode == 1
    assert SECRET not in ended.stderr
    assert "RuntimeError: <secret>" in json.loads(ended.stderr)["exception"]
