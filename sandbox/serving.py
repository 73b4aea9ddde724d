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
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
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


class BotProcess:
    """The bot in a process of its own, which can be killed and started again."""

    def __init__(self, arguments: Sequence[str], secrets: Mapping[str, str], log: Path) -> None:
        """`arguments`: of Python."""
        self.log = log
        self._arguments = arguments
        self._secrets = dict(secrets)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._process.returncode if self._process else None

    async def start(self, *more: str) -> None:
        """In a session of its own: what ends the demo at the terminal doesn't reach it."""
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *self._arguments, *more, env=self._secrets,
                stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    async def kill(self) -> None:
        """At once, with all that it was doing."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """Asks it to end, and waits for that as long as it is patient."""
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            await self.kill()

    @property
    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-1500:].strip() or "empty"


@asynccontextmanager
async def running(process: BotProcess, *more: str) -> AsyncIterator[BotProcess]:
    """Started, and stopped at the end.

    Raises OperatorError with the end of its log for an AssertionError within: the bot was waited for in vain.
    """
    await process.start(*more)
    try:
        yield process
    except AssertionError as error:
        raise OperatorError(
            f"the bot did not do its part ({error}); its log: {process.last_words}"
        ) from error
    finally:
        await process.stop()


def serving(settings: Path, secrets: Mapping[str, str], log: Path) -> AbstractAsyncContextManager[BotProcess]:
    """`ai-operator serve`, with these settings; see `running`."""
    return running(BotProcess(("-m", "bot", "--config", str(settings), "serve"), secrets, log))


@asynccontextmanager
async def serving_in_own_folder(
    settings: Mapping[str, object], secrets: Mapping[str, str]
) -> AsyncIterator[BotProcess]:
    """`serving`, with the project's settings but for these, and files that are gone afterwards."""
    with TemporaryDirectory(prefix="ai-operator-") as name:
        file = Path(name) / "operator.toml"
        file.write_text(settings_text(settings), encoding="utf-8")
        async with serving(file, secrets, Path(name) / "serve.log") as process:
            yield process
