"""What the demo plays on: the database, the stand-ins, the bot's process, and what is shown of them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from bot.settings import secret
from bot.terminal import as_rich as rendered
from sandbox.catalogue.server import platform_catalogue
from sandbox.database import embedded_server, marked_database
from sandbox.demo.dialogs import dialog
from sandbox.digest import CHANNEL, digest_in
from sandbox.judge import STAND_IN, whatever_is_asked
from sandbox.llm import llm_server, scripted
from sandbox.platform.build import build_platform, fill
from sandbox.serving import environment, sandboxed, serving_in_own_folder
from sandbox.slack import Message, SlackStandIn, slack_stand_in

APPROVER, STRANGER = "U0ANA", "U0CHI"
PATIENCE = 60.0
"""Seconds for the first digest: a run over the whole platform."""
Document = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """Everything the demo plays on."""

    slack: SlackStandIn
    database: AsyncDatabase[Document]
    console: Console
    names: Mapping[str, str]
    bot: asyncio.subprocess.Process

    @property
    def bot_ended(self) -> bool:
        return self.bot.returncode is not None

    def show(self, message: Message, title: str) -> None:
        """The message as people see it."""
        body = rendered(self.now(message).blocks, self.names)
        self.console.print(Panel(body, title=title, title_align="left"))

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
async def opened(*, llm: bool, port: int, console: Console) -> AsyncIterator[Stage]:
    """Everything, running. Raises OperatorError when something doesn't come up."""
    async with AsyncExitStack() as stack:
        with console.status("Starting an embedded database…"):
            uri = stack.enter_context(embedded_server())
            name = stack.enter_context(marked_database(uri))
        with console.status("Filling it with 523 models and 30 days of results…"):
            platform = build_platform(datetime.now(UTC))
            await asyncio.to_thread(fill, uri, name, platform)
        slack = await stack.enter_async_context(slack_stand_in(port=port))
        catalogue = await stack.enter_async_context(platform_catalogue(platform))
        settings = sandboxed(name, slack, catalogue, [APPROVER, "U0BEN"]) | {"discovery_at": "00:00"}
        secrets = environment(uri, slack)
        if llm:
            secrets["OPENAI_API_KEY"] = secret("OPENAI_API_KEY")
        else:
            stand_in = await stack.enter_async_context(llm_server(scripted(whatever_is_asked)))
            settings |= {"model": STAND_IN, "base_url": stand_in.base_url}
            secrets["OPENAI_API_KEY"] = "sk-sandbox"
        console.print("A new bot begins in shadow. So first, as an operator would: ai-operator autopilot on")
        process = await stack.enter_async_context(serving_in_own_folder(settings, secrets, mode="on"))
        client = await stack.enter_async_context(AsyncMongoClient[Document](uri, tz_aware=True))
        names = {p.id: p.real_name for p in slack.workspace.people.values()}
        yield Stage(slack, client[name], console, names, process)


async def first_digest(stage: Stage) -> Message:
    """Waits for the digest and shows it. Raises AssertionError when the bot ends without one."""
    with stage.console.status("The bot looks at the results and writes its digest…"):
        await stage.slack.until(lambda: digest_in(stage.slack) is not None or stage.bot_ended, PATIENCE)
        await stage.slack.settled(PATIENCE)
    digest = digest_in(stage.slack)
    if digest is None:
        raise AssertionError(f"it ended with {stage.bot.returncode}")
    stage.show(digest, f"#{stage.slack.workspace.channel(CHANNEL).name}")
    for reply in stage.slack.thread(CHANNEL, digest.ts):
        if reply.blocks:
            stage.show(reply, "in its thread")
    return digest
