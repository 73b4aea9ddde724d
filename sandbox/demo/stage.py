"""What the demo plays on: the database, the stand-ins, the bot's process, and what is shown of them."""

import asyncio
import shlex
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from bot.settings import PURPOSES, secret
from bot.terminal import as_rich as rendered
from sandbox.catalogue.new_models import FEW
from sandbox.catalogue.server import CatalogueServer, platform_catalogue
from sandbox.database import embedded_server, marked_database
from sandbox.demo.clock import Clock, this_monday
from sandbox.demo.dialogs import dialog
from sandbox.digest import CHANNEL, digest_in
from sandbox.judge import STAND_IN, whatever_is_asked
from sandbox.llm import llm_server, scripted
from sandbox.platform.build import Platform, build_platform, fill
from sandbox.serving import BotProcess, environment, running, sandboxed, settings_text
from sandbox.slack import Message, SlackStandIn, slack_stand_in

APPROVER, STRANGER = "U0ANA", "U0CHI"
APPROVERS = (APPROVER, "U0BEN")
PATIENCE = 600.0
"""Seconds for an answer, on a machine that does much else."""
ROOT = Path(__file__).parents[2]
Document = dict[str, Any]


@dataclass
class Asked:
    """What the LLM's stand-in was asked, and what it answered, oldest first."""

    said: list[tuple[str, object]] = field(default_factory=list)

    def answer(self, prompt: str) -> object:
        answer = whatever_is_asked(prompt)
        self.said.append((prompt, answer))
        return answer


@dataclass(frozen=True)
class Stage:
    """Everything the demo plays on."""

    slack: SlackStandIn
    database: AsyncDatabase[Document]
    console: Console
    names: Mapping[str, str]
    bot: BotProcess
    clock: Clock
    platform: Platform
    catalogue: CatalogueServer
    llm: Asked
    typed: str
    """How a command of the terminal is called on this database, but for its name."""

    def show(self, message: Message, title: str) -> None:
        """The message as people see it."""
        body = rendered(self.now(message).blocks, self.names)
        self.console.print(Panel(body, title=title, title_align="left"))

    def show_all(self, digest: Message) -> None:
        """The digest and what stands in its thread."""
        self.show(digest, f"#{self.slack.workspace.channel(CHANNEL).name}")
        for reply in self.slack.thread(CHANNEL, digest.ts):
            if reply.blocks:
                self.show(reply, "in its thread")

    def now(self, message: Message) -> Message:
        """The message as it is now."""
        return self.slack.message(message) or message

    def show_private(self, message: Message, person: str) -> None:
        """An ephemeral message, which only this person sees."""
        text = {"type": "section", "text": {"type": "mrkdwn", "text": message.text}}
        body = rendered(message.blocks or [text], self.names)
        self.console.print(Panel(body, title=f"only {self.names[person]} sees", title_align="left"))

    def show_view(self, person: str, title: str) -> None:
        """A modal in its frame, with its buttons below."""
        view = self.slack.person(person).view
        if view is not None:
            self.console.print(f"{title}:", style="dim")
            buttons = "  ".join(f"[{view[key]['text']}]" for key in ("close", "submit") if view.get(key))
            body = Group(dialog(view["blocks"], self.names), Text(buttons, style="bold", justify="right"))
            self.console.print(Panel(body, title=view["title"]["text"], width=80))


@asynccontextmanager
async def opened(*, llm: bool, console: Console) -> AsyncIterator[Stage]:
    """Everything, running; the bot has just begun. Raises OperatorError when something doesn't come up."""
    if llm:
        secret("OPENAI_API_KEY")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ai-operator-")))
        clock = Clock(folder / "clock")
        clock.set_to(this_monday())
        console.print("A database, with 523 models and 30 days of results …")
        uri, name, platform = await asyncio.to_thread(_filled, stack, clock)
        slack = await stack.enter_async_context(slack_stand_in())
        slack.pass_time(clock().timestamp() - slack.workspace.now())
        catalogue = await stack.enter_async_context(platform_catalogue(platform, FEW))
        asked, secrets = Asked(), environment(uri, slack)
        settings = sandboxed(name, slack, catalogue, APPROVERS)
        settings |= dict.fromkeys(("digest_at", "discovery_at"), f"{platform.now:%H:%M}")
        if llm:
            secrets["OPENAI_API_KEY"] = secret("OPENAI_API_KEY")
        else:
            stand_in = await stack.enter_async_context(llm_server(scripted(asked.answer)))
            settings |= {"model": STAND_IN, "base_url": stand_in.base_url}
            secrets["OPENAI_API_KEY"] = "sk-sandbox"
        (folder / "operator.toml").write_text(settings_text(settings), encoding="utf-8")
        console.print(
            "The bot, in a process of its own; a new one begins in shadow, this one with autopilot on …"
        )
        command = ("-m", "sandbox.demo.bot", str(folder / "operator.toml"), str(clock.file))
        bot = BotProcess(command, secrets, folder / "bot.log")
        await stack.enter_async_context(running(bot, "on"))
        client = await stack.enter_async_context(AsyncMongoClient[Document](uri, tz_aware=True))
        names = {person.id: person.real_name for person in slack.workspace.people.values()}
        typed = _for_the_terminal(folder, clock, secrets if not llm else {**secrets, "OPENAI_API_KEY": ""})
        yield Stage(slack, client[name], console, names, bot, clock, platform, catalogue, asked, str(typed))


def _for_the_terminal(folder: Path, clock: Clock, secrets: Mapping[str, str]) -> Path:
    """`ai-operator` for this demo: a script that hands over its settings, its secrets and its time."""
    python = ("-m", "sandbox.demo.typed", clock.file, "--config", folder / "operator.toml")
    words = shlex.join(map(str, (sys.executable, *python)))
    given = shlex.join(f"{name}={secrets[name]}" for name in PURPOSES if secrets.get(name))
    script = folder / "ai-operator"
    script.write_text(
        f'#!/bin/sh\ncd {shlex.quote(str(ROOT))} && exec env {given} {words} "$@"\n', encoding="utf-8"
    )
    script.chmod(0o700)
    return script


def _filled(stack: AsyncExitStack, clock: Clock) -> tuple[str, str, Platform]:
    """A database server, and a database that holds the platform."""
    uri = stack.enter_context(embedded_server())
    name = stack.enter_context(marked_database(uri))
    platform = build_platform(clock().astimezone(UTC), trouble="believable")
    fill(uri, name, platform)
    return uri, name, platform


async def first_digest(stage: Stage) -> Message:
    """Waits for the digest as long as the bot is at it, and says how it goes. Raises AssertionError when it
    ends without one."""
    began = time.monotonic()
    with stage.console.status("The bot looks at the results and writes its digest …") as status:
        while digest_in(stage.slack) is None and stage.bot.returncode is None:
            await stage.slack.workspace.changed(1)
            seconds = time.monotonic() - began
            status.update(f"The bot looks at the results and writes its digest … {seconds:.0f} s")
    digest = digest_in(stage.slack)
    if digest is None:
        raise AssertionError(f"it ended with {stage.bot.returncode}")
    await stage.slack.settled(PATIENCE)
    return digest
