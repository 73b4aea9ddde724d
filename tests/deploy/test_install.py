"""The wheel is the whole tool: it runs where nothing of the repository is; the sdist builds the same."""

import importlib.metadata
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import yaml

from bot.settings import load_settings

ROOT = Path(__file__).parents[2]
LINE = '{"provider": "groq", "model_id": "m-1", "message": "The model `m-1` has been decommissioned"}\n'


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    [built] = folder.glob("*.whl")
    return built


def run(*arguments: str, cwd: Path, said: str = "", program: str | Path = sys.executable) -> str:
    command = [str(program), *arguments]
    done = subprocess.run(command, cwd=cwd, input=said, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_it_holds_every_data_file_that_the_code_reads(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for package in ("bot", "discovery", "operator_core"):
        wanted = {
            str(file.relative_to(ROOT))
            for file in (ROOT / package).rglob("*")
            if file.is_file() and file.suffix in {".py", ".toml", ".txt", ".json"}
        }
        assert wanted - packed == set(), package
    assert packed >= {"bot/operator.toml", "bot/manifest.yaml"}


def test_it_runs_from_a_folder_that_has_nothing_of_ours(wheel: Path, tmp_path: Path) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    run("-m", "pip", "install", "-q", "--no-deps", "--target", str(installed), str(wheel), cwd=elsewhere)
    start = f"import sys; sys.path.insert(0, {str(installed)!r}); from bot.cli import main; main()"
    assert '"kind": "hard_model"' in run("-c", start, "classify", cwd=elsewhere, said=LINE)
    where = f"import sys; sys.path.insert(0, {str(installed)!r}); import bot; print(bot.__file__)"
    assert run("-c", where, cwd=elsewhere).startswith(str(installed))


def test_in_a_fresh_environment_the_installed_command_begins_from_nothing(
    wheel: Path, tmp_path: Path
) -> None:
    """As `pipx install` does it. What the wheel wants is this environment's: there may be no registry."""
    program, elsewhere = tmp_path / "venv" / "bin" / "ai-operator", tmp_path / "elsewhere"
    elsewhere.mkdir()
    run("-m", "venv", "--without-pip", str(tmp_path / "venv"), cwd=tmp_path)
    python = str(tmp_path / "venv" / "bin" / "python")
    run("-m", "pip", "--python", python, "install", "-q", "--no-deps", str(wheel), cwd=elsewhere)
    [packages] = (tmp_path / "venv").glob("lib/python3*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))

    version = importlib.metadata.version("ai-operator")
    assert run("--version", cwd=elsewhere, program=program) == f"ai-operator {version}\n"
    assert "operator.toml: written" in run("init", "--mode", "http", cwd=elsewhere, program=program)
    manifest = yaml.safe_load((elsewhere / "manifest.yaml").read_text(encoding="utf-8"))
    assert manifest["settings"]["socket_mode_enabled"] is False
    assert load_settings(elsewhere / "operator.toml").slack.mode == "http"
    where = run("-c", "import bot; print(bot.__file__)", cwd=elsewhere, program=python)
    assert where.startswith(str(packages))
    call = [str(program), "doctor"]
    looked = subprocess.run(call, cwd=elsewhere, capture_output=True, text=True, check=False)  # noqa: S603
    assert looked.returncode == 1
    for said in ("✗ [slack] channel  C0000000000 is the example's", "SLACK_SIGNING_SECRET is not set"):
        assert said in looked.stdout
    assert re.fullmatch(r"ai-operator: \d of \d checks failed\n", looked.stderr)


def test_what_the_pages_install_in_a_clone_is_the_wheel_that_is_built_here(
    wheel: Path, tmp_path: Path
) -> None:
    """By the options of README and of day 0; without a registry, for what it wants is this environment's."""
    pages = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/day-0.md")]
    lines = {line.strip() for page in pages for line in page.splitlines() if line.endswith("--no-deps .")}
    [line] = lines
    options = [one for one in line.split() if one.startswith("--")]
    run("-m", "pip", "wheel", "-q", *options, "-w", str(tmp_path), str(ROOT), cwd=tmp_path)
    [again] = tmp_path.glob("*.whl")
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


def test_the_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    run("-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path), cwd=ROOT)
    [sdist] = tmp_path.glob("*.tar.gz")
    run(
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
        str(sdist),
        cwd=tmp_path,
    )
    [again] = tmp_path.glob("*.whl")
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())
