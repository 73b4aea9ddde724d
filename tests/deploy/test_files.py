"""What stands in `deploy/` is valid, and names only what the code has."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bot.monitoring.health import health_endpoint
from bot.monitoring.metrics import Metrics
from bot.settings import PURPOSES
from documents.reading import fenced
from sandbox.database import free_port
from sandbox.serving import settings_text

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(one for one in DEPLOY.iterdir() if one.is_file())
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "operator.toml").read_text())
SAFE_ENOUGH = 20
"""Of systemd's ten points of exposure, in tenths: "OK" ends at 49."""


INSTALLED = re.compile(r"--require-hashes|--no-deps")
"""Nothing is installed that isn't pinned, or ours."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_its_first_lines_say_how_to_run_it(file: Path) -> None:
    first = file.read_text().splitlines()[:15]
    assert all(line.startswith("#") for line in first[:2])
    said = "\n".join(line for line in first if line.startswith("#"))
    assert re.search(r"docker build -f deploy/|docker compose up|systemctl enable --now", said)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_it_names_is_there(file: Path) -> None:
    """Variables, files of ours, endpoints, settings: none that the code doesn't have."""
    text = file.read_text()
    variables = set(re.findall(r"\b(?:[A-Z]+_)+(?:URI|TOKEN|SECRET|KEY)\b", text))
    assert variables <= set(PURPOSES)
    ours = r"(?:deploy|requirements|docs|bot|tests)/[\w./-]+\w|operator\.toml|manifest\.yaml|pyproject\.toml"
    for name in re.findall(rf"(?<![\w/.*~-])({ours})", text):
        assert (ROOT / name).is_file(), name
    for command, *_ in re.findall(r"(?<![\w/-])ai-operator ((?!\.)[a-z]+)( --[a-z]+)?", text):
        assert run(sys.executable, "-m", "bot", command, "--help").returncode == 0, command
    told = {line.strip("# ") for line in text.splitlines() if line.startswith("#")}
    assert not [line for line in told if "pip install" in line and not INSTALLED.search(line)]
    served = (ROOT / "bot" / "monitoring" / "health.py").read_text()
    for path in re.findall(r"/(?:[a-z]+z|metrics)\b", text):
        assert f'"{path}"' in served, path
    for section, key in re.findall(r"\[(\w+)\] (\w+)", text):
        assert key in SETTINGS[section], (section, key)


def test_what_is_started_is_a_command_that_the_code_has() -> None:
    dockerfile, unit = (DEPLOY / "Dockerfile").read_text(), (DEPLOY / "ai-operator.service").read_text()
    [program] = json.loads(re.findall(r"(?m)^ENTRYPOINT (.*)$", dockerfile)[0])
    [started] = re.findall(r"(?m)^ExecStart=\S*/(.*)$", unit)
    assert program in PROJECT["project"]["scripts"]
    for command in ([program, *json.loads(re.findall(r"(?m)^CMD (.*)$", dockerfile)[-1])], started.split()):
        assert command[0] == program
        assert command[-1] == "serve"
        assert run(sys.executable, "-m", "bot", *command[1:], "--help").returncode == 0
    assert run(sys.executable, "-m", "bot", "--config", "x", "nosuch", "--help").returncode == 2


def test_versions_are_those_that_the_project_supports() -> None:
    """Python's is looked at below; MongoDB's is the oldest that our page names, or newer."""
    page = (ROOT / "docs" / "mongodb.md").read_text(encoding="utf-8")
    [oldest] = re.findall(r"MongoDB from\s+(\d+\.\d+) on", page)
    images = [service["image"] for service in compose()["services"].values()]
    for image in images:
        name, _, version = image.partition(":")
        assert name in {"ai-operator", "mongo"}
        assert name != "mongo" or Version(version) >= Version(oldest)


def test_each_secret_has_its_place_in_compose_and_none_its_value() -> None:
    environment = compose()["services"]["bot"]["environment"]
    assert set(environment) == set(PURPOSES)
    assert all(value.startswith("${") for value in environment.values())


def test_ports_are_those_that_operator_toml_has() -> None:
    """In the image, in compose, and where a page shows which of them a proxy needs."""
    ports = {name: str(SETTINGS["slack"][name]) for name in ("health_port", "http_port")}
    [exposed] = re.findall(r"(?m)^EXPOSE (.*)$", (DEPLOY / "Dockerfile").read_text())
    assert sorted(exposed.split()) == sorted(ports.values())
    published = re.compile(r'- ("127\.0\.0\.1:(\d+):(\d+)") # \[slack\] (\w+): .*')
    page = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    files = ((DEPLOY / "compose.yaml").read_text(), page)
    lines = [line for text in files for line in published.finditer(text)]
    assert {line[4]: line[3] for line in lines} == {line[4]: line[2] for line in lines} == ports
    [override] = [yaml.safe_load(one) for one in fenced(ROOT / "docs" / "slack.md", "yaml")]
    assert override == {"services": {"bot": {"ports": [json.loads(lines[1][1])]}}}
    assert f"http://127.0.0.1:{ports['http_port']}" in page
    assert f"http://bot:{ports['http_port']}" in page
    assert [json.loads(line[1]) for line in lines][:1] == compose()["services"]["bot"]["ports"]


async def test_the_containers_health_check_asks_at_the_port_that_operator_toml_says(tmp_path: Path) -> None:
    told = (DEPLOY / "Dockerfile").read_text().replace("\\\n", "")
    [check] = re.findall(r"(?m)^HEALTHCHECK .*?CMD (\[.*\])$", told)
    settings, free = tmp_path / "operator.toml", free_port()
    [_, *arguments] = json.loads(check.replace("/etc/ai-operator/operator.toml", str(settings)))
    settings.write_text(settings_text({"health_port": free}))
    assert (await asyncio.to_thread(run, sys.executable, *arguments)).returncode == 1
    async with health_endpoint(free, {}, Metrics()):
        assert (await asyncio.to_thread(run, sys.executable, *arguments)).returncode == 0


def test_the_oldest_compose_that_will_do_is_named_alike() -> None:
    """Its file has a dependency that isn't required: what an older one refuses."""
    told = [re.findall(r"Docker\s+Compose (\d+\.\d+) or newer", path.read_text(encoding="utf-8"))
            for path in (DEPLOY / "compose.yaml", ROOT / "docs" / "slack.md")]  # fmt: skip
    assert told == [["2.20"], ["2.20"]]


def test_the_base_is_a_python_that_the_project_runs_on() -> None:
    [base] = re.findall(r"^ARG BASE=python:([\d.]+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert Version(base) in SpecifierSet(PROJECT["project"]["requires-python"])


def test_the_image_is_made_of_all_that_the_wheel_holds() -> None:
    copied = set(re.findall(r"^COPY (?!--)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))
    names = {name.split("/")[0] for line in copied for name in line.split()}
    packages = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packages < names
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == names


def test_what_builds_the_wheel_is_pinned_by_hash() -> None:
    text = (ROOT / "requirements" / "build.txt").read_text()
    pinned = dict(re.findall(r"^([a-z-]+)==(\S+)", text, re.MULTILINE))
    for wanted in PROJECT["build-system"]["requires"]:
        name, version = re.split(r">=", wanted)
        assert Version(pinned[name]) >= Version(version)
    assert text.count("--hash=sha256:") >= len(pinned)


def test_compose_fits_its_public_schema() -> None:
    checked = run(
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(DEPLOY / "compose.yaml"),
    )
    assert checked.returncode == 0, checked.stdout


def test_the_database_in_compose_is_started_only_for_who_asks_for_it() -> None:
    services = compose()["services"]
    [profile] = services["mongodb"]["profiles"]
    assert services["bot"]["depends_on"]["mongodb"]["required"] is False
    assert "profiles" not in services["bot"]
    assert f"docker compose --profile {profile} up" in (DEPLOY / "compose.yaml").read_text()


def test_the_bot_in_compose_can_write_nothing_and_be_nobody_else() -> None:
    bot = compose()["services"]["bot"]
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze checks units; it isn't here")
def test_the_unit_is_valid_and_hardened(tmp_path: Path) -> None:
    text = (DEPLOY / "ai-operator.service").read_text()
    unit = tmp_path / "ai-operator.service"
    # The program that it starts is not installed here: any other stands in for it.
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={sys.executable}", text))
    verified = run("systemd-analyze", "verify", str(unit))
    assert [line for line in verified.stderr.splitlines() if unit.name in line] == []
    safety = run("systemd-analyze", "security", "--offline=true", f"--threshold={SAFE_ENOUGH}", str(unit))
    assert safety.returncode == 0, safety.stdout[-300:]


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read
