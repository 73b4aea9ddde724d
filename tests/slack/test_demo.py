"""`demo`, as somebody with nothing but this folder would see it."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(
    300
)  # it starts a database, a platform and a bot, on whatever machine this is
SECRETS = {"MONGODB_URI", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "OPENAI_API_KEY"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bot", "demo", *arguments]


def demo(*arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    return subprocess.run(  # noqa: S603 - our own program
        command(*arguments),
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**environment, "COLUMNS": "200"},
        cwd=PROJECT,
        timeout=240,
    )


def test_it_plays_a_stranger_an_approval_and_an_undo_and_ends() -> None:
    shown = demo("--once")
    assert shown.returncode == 0, shown.stderr
    assert "I switched off" in shown.stdout
    assert "Nothing changed. @Ana Ruiz or @Ben Okafor can approve this." in shown.stdout
    assert "the consequences, before a click counts" in shown.stdout
    before, after = (shown.stdout.split(f"MongoDB, {when}")[1] for when in ("before", "after"))
    assert "'enabled': True" in before.split("MongoDB")[0]
    assert "'enabled': False" in after.split("Ana takes")[0]
    assert "was taken back: the document is exactly as before." in shown.stdout


def test_people_can_type_at_it() -> None:
    shown = demo("--terminal", typed="as chi\n/operator pending\ntake P-999\nhelp\nquit\n")
    assert shown.returncode == 0, shown.stderr
    assert "only Chi Tanaka sees" in shown.stdout
    assert "That can't be done: 0 elements are 'take.P-999'" in shown.stdout
    assert shown.stdout.count("You are Ana, an approver.") == 1
    assert shown.stdout.count("become somebody who may not approve") == 2


def test_a_real_llm_wants_its_key() -> None:
    ended = demo("--once", "--llm")
    assert ended.returncode == 2
    assert "OPENAI_API_KEY" in ended.stderr


def test_a_port_in_use_is_said_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = demo("--port", str(port))
    assert ended.returncode == 2
    assert f"port {port} of 127.0.0.1 is in use" in ended.stderr
    assert f"make demo ARGS='--port {port + 1}'" in ended.stderr


def test_the_page_names_a_command_of_its_own_time_and_an_interrupt_ends_all(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(  # noqa: S603 - our own program
        command("--port", str(port)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT
    ) as process:
        assert process.stdout is not None
        shown = next(line for line in process.stdout if f"http://127.0.0.1:{port}" in line)
        typed = next(line.strip() for line in process.stdout if line.endswith(" pending\n"))
        told = subprocess.run(shlex.split(typed), capture_output=True, text=True, cwd=tmp_path, check=True)  # noqa: S603
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=120)
    assert "Ctrl-C ends it" in shown
    assert "P-1 " in told.stdout
    assert not re.search(r"\b(?:hours?|days?)$", told.stdout, re.MULTILINE)
    assert (process.returncode, errors) == (0, "")
    assert "nothing of it is left" in said
