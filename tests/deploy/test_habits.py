"""CI, make and pre-commit agree: one gate, one list of targets, one version of each tool."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PINNED = dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / "requirements" / "dev.txt").read_text()))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())


def read(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    return loaded


def make(*arguments: str) -> str:
    """What it says; also where make itself runs the tests, and would add which folder it enters."""
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603


def test_make_help_lists_every_target_and_no_other() -> None:
    said = make("-s", "help")
    listed = re.findall(r"(?m)^make (\S+)  +\S.*$", said)
    [phony] = re.findall(r"(?m)^\.PHONY: (.*)$", MAKEFILE)
    targets = {
        name
        for line in re.findall(r"(?m)^([a-z][a-z ]*):", MAKEFILE)
        for name in line.split()
    }  # fmt: skip
    assert sorted(listed) == sorted(phony.split()) == sorted(targets)
    assert len(listed) == len(said.splitlines())


def test_make_check_and_the_workflow_run_the_same_gate() -> None:
    dry = make("-n", "check")
    assert dry.strip() == ".ci/run"
    steps = [step for path in WORKFLOWS for job in read(path)["jobs"].values() for step in job["steps"]]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^make (\w+)", gate) == ["lint", "test"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_fits_its_public_schema_and_may_only_read(path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        checked = subprocess.run([*command, schema, str(path)], capture_output=True, text=True, check=False)  # noqa: S603
        assert checked.returncode == 0, checked.stdout
    assert read(path)["permissions"] == {"contents": "read"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for version in re.findall(r'python-version: "([\d.]+)"', path.read_text(encoding="utf-8")):
        assert Version(version) in SpecifierSet(project["requires-python"])


def test_pre_commit_has_the_tools_in_the_versions_that_make_lint_has() -> None:
    hooks = read(ROOT / ".pre-commit-config.yaml")["repos"]
    versions = {repo["repo"].rpartition("/")[2]: repo["rev"] for repo in hooks}
    assert versions == {"ruff-pre-commit": f"v{PINNED['ruff']}", "mirrors-mypy": f"v{PINNED['mypy']}"}
    for repo in hooks:
        for hook in repo["hooks"]:
            for wanted in hook.get("additional_dependencies", ()):
                name, _, version = wanted.partition("==")
                assert version == PINNED[name]


def test_editors_are_told_the_lengths_that_the_tools_hold() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    told = (ROOT / ".editorconfig").read_text(encoding="utf-8")
    assert f"[*.py]\nmax_line_length = {ruff['line-length']}\n" in told
    assert re.search(r"(?ms)^\[Makefile\]\n.*^indent_style = tab$", told)
