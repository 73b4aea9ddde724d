"""The image is built as written and works: a digest, probes, and an end in good time.

The base is made by debootstrap, as a test can't count on a registry; chroot isolation needs no daemon.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.database import free_port
from sandbox.serving import environment, settings_text
from sandbox.slack import SlackStandIn
from support.world import ANA, CHANNEL, Clock, Database, World

ROOT = Path(__file__).parents[2]
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
MOST_MB = 250
PATIENCE = 90.0
MISSING = [tool for tool in ("buildah", "debootstrap") if not shutil.which(tool)]
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="debootstrap and chroot want root"),
    pytest.mark.timeout(900),
]
UNREACHABLE = "http://127.0.0.1:9/"


class Buildah:
    """buildah with a store of its own, which is gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self.store = (
            "--storage-driver",
            "vfs",
            "--root",
            str(folder / "root"),
            "--runroot",
            str(folder / "run"),
        )

    def __call__(self, *arguments: str) -> str:
        command = ["buildah", *self.store, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    def size_mb(self, image: str) -> float:
        return float(self("inspect", "--type", "image", "--format", "{{.Docker.Size}}", image) or 0) / 1e6


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    """With two images: a Debian with Python, and on it the bot."""
    folder = tmp_path_factory.mktemp("image")
    debian = folder / "debian"
    packages = "--include=python3,python3-venv,ca-certificates"
    command = ["debootstrap", "--variant=minbase", packages, "bookworm", str(debian)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode:
        pytest.skip(f"debootstrap made no base: {made.stdout[-300:]}")
    tool = Buildah(folder)
    base = tool("from", "scratch")
    tool("add", "-q", base, str(debian), "/")
    tool("commit", "-q", base, "base:local")
    shutil.rmtree(debian)
    hosts = [f"--volume={one}:{one}:ro" for one in (CERTIFICATES, "/etc/resolv.conf") if Path(one).exists()]
    tool("bud", "--network=host", "--isolation=chroot", *hosts, "--build-arg=BASE=localhost/base:local",
         "--tag=ai-operator", "--file=deploy/Dockerfile", ".")  # fmt: skip
    yield tool
    shutil.rmtree(folder, ignore_errors=True)


async def test_the_image_serves_as_nobody_and_ends_when_told(
    buildah: Buildah, mongodb_uri: str, database: Database, slack: SlackStandIn, tmp_path: Path
) -> None:
    world = World(database, Clock(datetime.now(UTC)))
    await world.gone("bedrock", 1, 2)
    port = free_port()
    values = {"database": database.name, "api_url": slack.api_url, "health_port": port, "channel": CHANNEL,
              "approvers": [ANA], "digest_at": "00:00", "openrouter_url": UNREACHABLE,
              "models_dev_url": UNREACHABLE, "litellm_url": UNREACHABLE}  # fmt: skip
    settings = tmp_path / "operator.toml"
    settings.write_text(settings_text(values))
    settings.chmod(0o644)
    container = buildah("from", "ai-operator")
    buildah("copy", container, str(settings), "/etc/ai-operator/operator.toml")
    secrets = {name: value for name, value in environment(mongodb_uri, slack).items() if "_" in name}
    told = [f"--env={name}={value}" for name, value in secrets.items() if name != "PYTHONPATH"]
    run = ("run", "--network=host", "--isolation=chroot", *told, container, "--", "ai-operator")
    process = await asyncio.create_subprocess_exec(
        "buildah", *buildah.store, *run, "--config", "/etc/ai-operator/operator.toml", "serve",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    await slack.until(lambda: bool(slack.messages(CHANNEL)) or process.returncode is not None, PATIENCE)
    assert process.returncode is None
    probe = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{port}/healthz').status)"
    assert buildah(*run[:-1], "python3", "-c", probe) == "200"
    assert buildah(*run[:-1], "python3", "-c", "import os; print(os.getuid())") == "10001"
    os.killpg(process.pid, 15)
    await asyncio.wait_for(process.wait(), PATIENCE)


def test_the_image_is_small(buildah: Buildah) -> None:
    folder = buildah("mount", buildah("from", "ai-operator"))
    files = (
        file
        for file in Path(folder, "opt/ai-operator").rglob("*")
        if file.is_file() and not file.is_symlink()
    )
    assert sum(file.stat().st_size for file in files) < MOST_MB * 1e6


def test_the_image_says_its_version(buildah: Buildah) -> None:
    said = buildah(
        "run", "--isolation=chroot", buildah("from", "ai-operator"), "--", "ai-operator", "--version"
    )
    assert said.startswith("ai-operator ")
    assert sys.version_info >= (3, 11)
