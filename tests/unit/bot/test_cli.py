"""The command line as a program: what it prints where, and its exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from operator_core.text.failures import read_failure

PROJECT = Path(__file__).parents[3]


def run(*arguments: str, stdin: str = "", folder: Path = PROJECT) -> "subprocess.CompletedProcess[str]":
    """Runs the program in an environment without any secret."""
    secrets = {"MONGODB_URI", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "OPENAI_API_KEY"}
    environment = {name: value for name, value in os.environ.items() if name not in secrets}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**environment, "PYTHONPATH": str(PROJECT)},
        cwd=folder,
        timeout=60,
        check=False,
    )


def test_help_lists_the_commands() -> None:
    ended = run("--help")
    assert ended.returncode == 0
    assert "classify" in ended.stdout
    assert "doctor" in ended.stdout


@pytest.mark.parametrize(
    "arguments",
    [(), ("nonsense",), ("doctor", "--nonsense"), ("classify", "extra"), ("execute", "--only", "x")],
)
def test_wrong_usage_ends_with_2_and_explains_itself_on_stderr(arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert "Usage: ai-operator" in ended.stdout + ended.stderr
    assert arguments == () or ended.stdout == ""


URI = "mongodb://reader:s3cr3tpw@host:27017/?authSource=admin"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--config", URI, "doctor"),
        ("analyze", "--config", URI.replace("mongodb", "mongodb+srv")),
        ("init", "--config", "https://ana:s3cr3tpw@example.com/operator.toml"),
        ("autopilot", URI),
        (URI,),
        ("analyze", URI),
        (f"--{URI}", "doctor"),
        ("init", "--mode", "xoxb-s3cr3tpw12-123456789012-AbCdEfGhIjKlMnOpQrStUvWx"),
        ("demo", "--port", "sk-proj-s3cr3tpw12345678901234567890abcdefgh"),
    ],
)
def test_a_secret_that_was_typed_in_a_wrong_place_isnt_repeated(arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert "Error: " in ended.stderr
    assert "s3cr3tpw" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("order", [("--config", "{}", "doctor"), ("doctor", "--config", "{}")])
def test_a_missing_settings_file_ends_with_2_wherever_it_is_named(order: tuple[str, ...]) -> None:
    ended = run(*(word.format("/nowhere/operator.toml") for word in order))
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        "ai-operator: /nowhere/operator.toml: no such file; ai-operator init writes one, "
        "or name yours with --config"
    ]


def test_without_config_the_settings_are_those_of_the_current_folder(tmp_path: Path) -> None:
    ended = run("doctor", folder=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("ai-operator: operator.toml: no such file")


def test_wrong_settings_end_with_2_and_every_problem(tmp_path: Path) -> None:
    (tmp_path / "operator.toml").write_text("[llm]\nmodle = 'x'\n")
    ended = run("doctor", folder=tmp_path)
    assert ended.returncode == 2
    assert "[llm] modle: unknown; did you mean model?" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_secret_that_somebody_wrote_into_the_settings_is_not_repeated(tmp_path: Path) -> None:
    text = (PROJECT / "operator.toml").read_text()
    for right, wrong in (
        ('channel = "C0000000000"', 'channel = "xoxb-1234567890-hush-hush"\nbot_token = "hush"'),
        ('approvers = ["U0000000000"]', 'approvers = ["xapp-1-A0HUSH-hush-hush"]'),
        ("health_port = 8080", 'health_port = "mongodb://bot:hush@db/"'),
        ('timezone = "UTC"', 'timezone = "sk-proj-hush-hush-0123456789"'),
        ("[discovery]", '[discovery]\n"gsk_hushhushhush0123" = 1'),
    ):
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    (tmp_path / "operator.toml").write_text(text)
    ended = run("pending", folder=tmp_path)
    assert ended.returncode == 2
    assert "7 problems\n  [" in ended.stderr
    assert "hush" not in ended.stderr.casefold()
    assert "[slack] bot_token: unknown; remove it: secrets belong into the environment" in ended.stderr


def test_classify_answers_a_line_for_a_line() -> None:
    failures: list[dict[str, str | int]] = [
        {"provider": "groq", "message": "The model `llama-3.1-70b` has been decommissioned"},
        {"provider": "openai", "message": "You exceeded your current quota", "http_status": 429},
        {"provider": "bedrock", "message": "Überlastet <!channel>", "model_id": "x", "http_status": 503},
    ]
    ended = run("classify", stdin="".join(json.dumps(failure) + "\n" for failure in failures))
    assert (ended.returncode, ended.stderr) == (0, "")
    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [answer["kind"] for answer in answers] == ["hard_model", "billing", "transient_provider"]
    reading = read_failure(str(failures[0]["message"]), provider="groq")
    assert answers[0] == {"kind": "hard_model", "evidence": "words", "pattern": reading.pattern}


def test_classify_passes_over_what_else_a_row_carries_and_over_blank_lines() -> None:
    ended = run("classify", stdin='\n{"provider": "x", "message": "timed out", "ts": 1, "stage": "chat"}\n\n')
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["kind"] == "timeout"


def test_classify_names_each_bad_line_reads_the_rest_and_fails() -> None:
    good = '{"provider": "x", "message": "timed out"}'
    ended = run("classify", stdin="\n".join(["{", good, '{"message": "x"}', "[]", good]))
    assert ended.returncode == 1
    assert len(ended.stdout.splitlines()) == 2
    said = ended.stderr.splitlines()
    assert [line.split(":")[0] for line in said] == ["line 1", "line 3", "line 4"]
    assert "provider: Field required" in said[1]


def test_classify_reads_every_real_error_message(real_data: Path) -> None:
    rows = (real_data / "provider_errors.jsonl").read_text(encoding="utf-8")
    ended = run("classify", stdin=rows)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(ended.stdout.splitlines()) == len(rows.splitlines())


def test_doctor_names_every_missing_secret_and_fails() -> None:
    ended = run("doctor")
    assert ended.returncode == 1
    for mark, name in zip(
        "✗✗✗⚠", ("MONGODB_URI", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "OPENAI_API_KEY"), strict=True
    ):
        assert f"{mark} {name}" in ended.stdout
        assert f"→ export {name}=…" in ended.stdout
    assert "SLACK_SIGNING_SECRET" not in ended.stdout
    assert ended.stderr.splitlines() == ["ai-operator: 5 of 6 checks failed"]


def test_the_version_is_told_without_any_settings(tmp_path: Path) -> None:
    ended = run("--version", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "ai-operator 0.1.0\n"
