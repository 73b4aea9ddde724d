"""`ai-operator serve` as its own process, as in production, pointed at the sandbox's stand-ins.

Nothing of the user's own database or secrets is read, but for what a caller hands over.
"""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from operator_core.errors import OperatorError
from sandbox.catalogue.server import CatalogueServer
from sandbox.database import free_port
from sandbox.digest import CHANNEL
from sandbox.slack import SlackStandIn

KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH")
STOP_SECONDS = 10.0


def settings_text(changes: Mapping[str, object]) -> str:
    """The project's own operator.toml with other values: text, numbers, booleans, or lists of these.

    Raises ValueError for a key that it doesn't have, or has in two sections.
    """
    text = (Path(__file__).parents[1] / "operator.toml").read_text(encoding="utf-8")
    for key, value in changes.items():
        text, lines = re.subn(rf"(?m)^{key} = .*$", f"{key} = {json.dumps(value)}", text)
        if lines != 1:
            raise ValueError(f"operator.toml has {lines} keys named {key}")
    return text


def sandboxed(
    database: str, slack: SlackStandIn, catalogue: CatalogueServer, approvers: Sequence[str]
) -> dict[str, object]:
    """The settings of a bot among the stand-ins, whose digest is due at once."""
    return {
        "database": database,
        "api_url": slack.api_url,
        "health_port": free_port(),
        "channel": CHANNEL,
        "approvers": approvers,
        "digest_at": "00:00",
        **catalogue.urls,
    }


def environment(uri: str, slack: SlackStandIn) -> dict[str, str]:
    """What the bot's process sees: nothing of ours but the path, and the sandbox's own secrets."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "MONGODB_URI": uri,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
    }


@asynccontextmanager
async def serving(
    settings: Path, secrets: Mapping[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`ai-operator serve`, stopped at the end.

    Raises OperatorError with the end of its log for an AssertionError within: the bot was waited for in vain.
    """
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "--config", str(settings), "serve",
            env=dict(secrets), stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield process
    except AssertionError as error:
        raise OperatorError(f"the bot did not do its part ({error}); its log: {_tail(log)}") from error
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


@asynccontextmanager
async def serving_in_own_folder(
    settings: Mapping[str, object], secrets: Mapping[str, str], *, mode: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`serving`, with the project's settings but for these, and files that are gone afterwards.

    `mode`: chosen for the autopilot first, as an operator would; else it begins in shadow.
    """
    with TemporaryDirectory(prefix="ai-operator-") as name:
        file = Path(name) / "operator.toml"
        file.write_text(settings_text(settings), encoding="utf-8")
        if mode:
            await _choose(mode, file, secrets)
        async with serving(file, secrets, Path(name) / "serve.log") as process:
            yield process


async def _choose(mode: str, settings: Path, secrets: Mapping[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "--config", str(settings), "autopilot", mode,
        env=dict(secrets), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode:
        raise OperatorError(f"`ai-operator autopilot {mode}` failed: {said.decode(errors='replace')}")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-1500:].strip() or "empty"
