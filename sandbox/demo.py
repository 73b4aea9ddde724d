"""The whole thing on this machine: a platform in an embedded database, stand-ins around it, the real bot.

`ai-operator serve` runs as its own process, as in production; everything outside it is the sandbox's. Nothing
of the user's own database or secrets is read; only --llm asks for OPENAI_API_KEY.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from rich.console import Console
from rich.panel import Panel
from rich.pretty import Pretty
from rich.table import Table
from rich.text import Text

from bot.settings import secret
from bot.slack.posting.digests import EVENT
from bot.terminal import as_rich as rendered
from bot.terminal import view_as_rich
from operator_core.errors import OperatorError
from sandbox.catalogue.data import litellm_answer, models_dev_answer, openrouter_answer
from sandbox.catalogue.server import CatalogueServer, catalogue_server
from sandbox.database import embedded_server, free_port, marked_database
from sandbox.judge import STAND_IN, whatever_is_asked
from sandbox.llm import LlmServer, llm_server, scripted
from sandbox.platform.build import Platform, build_platform, fill
from sandbox.serving import environment, serving, settings_text
from sandbox.slack import Message, SlackStandIn, slack_stand_in

CHANNEL = "C0OPS"
APPROVER, STRANGER = "U0ANA", "U0CHI"
ANSWER_SECONDS = 20.0
PATIENCE = 60.0
"""Seconds for the first digest: a run over the whole platform."""
Document = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """Everything the demo plays on."""

    slack: SlackStandIn
    database: AsyncDatabase[Document]
    platform: Platform
    console: Console
    names: Mapping[str, str]
    bot: asyncio.subprocess.Process

    @property
    def bot_ended(self) -> bool:
        return self.bot.returncode is not None

    def show(self, message: Message, title: str) -> None:
        """The message as people see it."""
        newest = self.slack.message(message) or message
        self.console.print(Panel(rendered(newest.blocks, self.names), title=title, title_align="left"))

    def show_private(self, message: Message, person: str) -> None:
        """What nobody but this person sees."""
        text = {"type": "section", "text": {"type": "mrkdwn", "text": message.text}}
        body = rendered(message.blocks or [text], self.names)
        self.console.print(Panel(body, title=f"only {self.names[person]} sees", title_align="left"))

    def show_view(self, person: str, title: str) -> None:
        view = self.slack.person(person).view
        if view is not None:
            self.console.print(f"{title}:", style="dim")
            self.console.print(view_as_rich(view, self.names))


async def demo(*, once: bool, llm: bool, port: int, console: Console) -> None:
    """Plays the demo. `once`: without a person. Raises OperatorError when something doesn't come up."""
    if llm:
        secret("OPENAI_API_KEY")
    async with _stage(llm=llm, port=port, console=console) as stage:
        digest = await _first_digest(stage)
        if once:
            await _play(stage, digest)
        else:
            await _converse(stage, digest)


@asynccontextmanager
async def _stage(*, llm: bool, port: int, console: Console) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        with console.status("Starting an embedded database…"):
            uri = stack.enter_context(embedded_server())
            name = stack.enter_context(marked_database(uri))
        with console.status("Filling it with 523 models and 30 days of results…"):
            platform = build_platform(datetime.now(UTC))
            await asyncio.to_thread(fill, uri, name, platform)
        slack = await stack.enter_async_context(slack_stand_in(port=port))
        catalogue = await stack.enter_async_context(
            catalogue_server(
                openrouter=openrouter_answer(platform),
                models_dev=models_dev_answer(platform),
                litellm=litellm_answer(platform),
            )
        )
        stand_in = None if llm else await stack.enter_async_context(llm_server(scripted(whatever_is_asked)))
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ai-operator-demo-")))
        settings = folder / "operator.toml"
        settings.write_text(_settings(name, slack, catalogue, stand_in))
        secrets = environment(uri, slack) | {
            "OPENAI_API_KEY": secret("OPENAI_API_KEY") if stand_in is None else "sk-sandbox"
        }
        process = await stack.enter_async_context(serving(settings, secrets, folder / "serve.log"))
        client = await stack.enter_async_context(AsyncMongoClient[Document](uri, tz_aware=True))
        names = {p.id: p.real_name for p in slack.workspace.people.values()}
        yield Stage(slack, client[name], platform, console, names, process)


def _settings(
    database: str, slack: SlackStandIn, catalogue: CatalogueServer, stand_in: LlmServer | None
) -> str:
    llm = {} if stand_in is None else {"model": f'"{STAND_IN}"', "base_url": f'"{stand_in.base_url}"'}
    return settings_text(
        llm
        | {
            "database": f'"{database}"',
            "api_url": f'"{slack.api_url}"',
            "health_port": str(free_port()),
            "channel": f'"{CHANNEL}"',
            "approvers": f'["{APPROVER}", "U0BEN"]',
            "digest_at": '"00:00"',
            "discovery_at": '"00:00"',
            "openrouter_url": f'"{catalogue.openrouter_url}"',
            "models_dev_url": f'"{catalogue.models_dev_url}"',
            "litellm_url": f'"{catalogue.litellm_url}"',
        }
    )


async def _first_digest(stage: Stage) -> Message:
    with stage.console.status("The bot looks at the results and writes its digest…"):
        await stage.slack.until(lambda: _digest(stage) is not None or stage.bot_ended, PATIENCE)
        await stage.slack.settled(PATIENCE)
    digest = _digest(stage)
    if digest is None:
        raise AssertionError(f"it ended with {stage.bot.returncode}")
    stage.show(digest, f"#{stage.slack.workspace.channel(CHANNEL).name}")
    for reply in stage.slack.thread(CHANNEL, digest.ts):
        if reply.blocks:
            stage.show(reply, "in its thread")
    return digest


def _digest(stage: Stage) -> Message | None:
    return next((m for m in stage.slack.messages(CHANNEL) if m.event == EVENT), None)


async def _play(stage: Stage, digest: Message) -> None:
    """Approves one proposal by a real click, shows what changed, and takes it back."""
    ana = stage.slack.person(APPROVER)
    card = _first_with("approve", stage, digest)
    if not card:
        raise OperatorError("the digest shows no decision")
    proposal = await stage.database["operator_proposals"].find_one({"_id": card})
    if proposal is None:
        raise OperatorError(f"{card} is on the digest, but not in MongoDB")
    ref = proposal["members"][0]["ref"]
    before = await _model(stage, ref)
    stage.console.rule(f"Chi, who may not, clicks Approve on {card}")
    await stage.slack.person(STRANGER).click(_current(stage, digest), f"approve.{card}")
    await stage.slack.until(lambda: stage.slack.ephemerals(STRANGER), PATIENCE)
    stage.show_private(stage.slack.ephemerals(STRANGER)[-1], STRANGER)
    stage.console.rule(f"Ana clicks Approve on {card}")
    await ana.click(_current(stage, digest), f"approve.{card}")
    if len(proposal["members"]) > 1:
        await stage.slack.until(lambda: ana.view and ana.view.get("submit"), PATIENCE)
        stage.show_view(APPROVER, "the consequences, before a click counts")
        await ana.submit()
    await _until_state(stage, card, {"executed", "partly"})
    await stage.slack.settled(PATIENCE)
    _show_change(stage, before, await _model(stage, ref), "before", "after")
    stage.show(_current(stage, digest), "the redrawn digest")
    stage.console.rule(f"Ana takes {card} back")
    await ana.close()
    journal_id = (await stage.database["operator_proposals"].find_one({"_id": card}) or {})["journal_ids"][-1]
    await ana.click(_current(stage, digest), f"undo.{card}")
    await stage.slack.until(lambda: ana.view and ana.view.get("submit"), PATIENCE)
    await ana.submit(texts={"note": "just trying"})
    await _until_state(stage, card, {"undone"})
    await stage.slack.settled(PATIENCE)
    after = await _model(stage, ref)
    if after != before:
        raise OperatorError(f"undo of {journal_id} did not restore the document exactly")
    stage.console.print(f"{journal_id} was taken back: the document is exactly as before.", style="green")
    if stage.slack.rejections:
        raise OperatorError(f"Slack refused: {'; '.join(stage.slack.rejections[:3])}")


def _first_with(verb: str, stage: Stage, digest: Message) -> str:
    """The first card in the digest with this button; "" without one."""
    for block in _current(stage, digest).blocks:
        for element in (*block.get("elements", ()), block.get("accessory", {})):
            action, _, card = str(element.get("action_id", "")).partition(".")
            if action == verb:
                return card
    return ""


def _current(stage: Stage, digest: Message) -> Message:
    return stage.slack.message(digest) or digest


async def _until_state(stage: Stage, proposal_id: str, states: set[str]) -> None:
    with stage.console.status(f"Waiting until {proposal_id} is {' or '.join(sorted(states))}…"):
        for _ in range(int(PATIENCE * 5)):
            found = await stage.database["operator_proposals"].find_one({"_id": proposal_id})
            if found and found["state"] in states:
                return
            await asyncio.sleep(0.2)
    raise AssertionError(f"{proposal_id} never became {' or '.join(sorted(states))}")


async def _model(stage: Stage, ref: Mapping[str, str]) -> Document:
    found = await stage.database["models"].find_one(
        {"provider": ref["provider"], "model_id": ref["model_id"]}
    )
    if found is None:
        raise OperatorError(f"{ref} is not in `models`")
    return found


def _show_change(stage: Stage, before: Document, after: Document, *titles: str) -> None:
    for document_, title in zip((before, after), titles, strict=True):
        stage.console.print(Panel(Pretty(document_), title=f"MongoDB, {title}", title_align="left"))


async def _converse(stage: Stage, digest: Message) -> None:
    """Waits for clicks from the terminal."""
    stage.console.print("You are Ana, an approver. Type one of these, or help:")
    stage.console.print(_help(stage, digest))
    person = APPROVER
    while True:
        try:
            line = await asyncio.to_thread(input, f"{stage.names[person]}> ")
        except (EOFError, KeyboardInterrupt):
            return
        words = line.split()
        if words[:1] == ["quit"]:
            return
        if words[:1] == ["as"] and len(words) == 2:
            person = {"ana": APPROVER, "ben": "U0BEN", "chi": STRANGER}.get(words[1].lower(), person)
            continue
        try:
            await _obey(stage, digest, person, words)
        except AssertionError as error:
            stage.console.print(f"That can't be done: {error}", style="yellow", markup=False)


BUTTONS = {
    "approve": "approve a decision; of several models, first see the consequences",
    "reject": "reject it, with a reason if you like",
    "undo": "take back what was done",
    "take": "say that you look after what is down",
    "review": "pick among the new models",
}
"""What people try, in this order, where the digest has such a button."""
OTHERWISE = {
    "submit [3 …] [+0 …]": "send the open dialog; unticks box 3, ticks box 0",
    "close": "close it",
    "/operator status": "any slash command; /operator help lists them",
    "as chi": "become somebody who may not approve; as ana, as ben: who may",
    "show": "the digest as it is now",
    "quit": "",
}


def _help(stage: Stage, digest: Message) -> Table:
    """What can be typed, with the ids that the digest shows now."""
    table = Table.grid(padding=(0, 3))
    buttons = {verb: _first_with(verb, stage, digest) for verb in BUTTONS}
    words = {f"{verb} {card}": BUTTONS[verb] for verb, card in buttons.items() if card} | OTHERWISE
    for typed, does in words.items():
        table.add_row(Text(typed, style="bold"), does)
    return table


async def _obey(stage: Stage, digest: Message, person: str, words: list[str]) -> None:
    someone = stage.slack.person(person)
    seen, calls = len(stage.slack.ephemerals(person)), _said(stage)
    match words:
        case []:
            return
        case ["show"]:
            stage.show(_current(stage, digest), "the digest now")
            return
        case ["submit", *values]:
            tick = {value[1:] for value in values if value.startswith("+")}
            await someone.submit(tick=tick, untick={value for value in values if value[0] != "+"})
        case ["close"]:
            await someone.close()
        case [command, *rest] if command.startswith("/"):
            await someone.command(command, " ".join(rest), CHANNEL)
        case [verb, card]:
            where = _message_with(stage, card.upper())
            await someone.click(where or _current(stage, digest), f"{verb}.{card.upper()}")
        case _:
            stage.console.print(_help(stage, digest))
            return
    with stage.console.status("…"):
        await _answered(stage, calls)
        with suppress(AssertionError):
            await stage.slack.until(lambda: not _busy(someone.view), ANSWER_SECONDS)
    for private in stage.slack.ephemerals(person)[seen:]:
        stage.show_private(private, person)
    stage.show_view(person, "a dialog")
    card = words[-1].upper()
    if shown := _message_with(stage, card):
        blocks = [block for block in shown.blocks if _card_id(block) == card]
        stage.console.print(Panel(rendered(blocks, stage.names), title="the card now", title_align="left"))


def _busy(view: Mapping[str, Any] | None) -> bool:
    """The dialog says that something is under way."""
    return view is not None and view["title"]["text"] == "One moment"


async def _answered(stage: Stage, calls: int) -> None:
    """The bot said something and then nothing more; it may look at the results before it does."""
    with suppress(AssertionError):
        await stage.slack.until(lambda: _said(stage) > calls, ANSWER_SECONDS)
    await stage.slack.settled(PATIENCE)


def _said(stage: Stage) -> int:
    """How often the bot said something; asking who it is doesn't count."""
    return sum(call.method != "auth.test" for call in stage.slack.calls)


def _card_id(block: Mapping[str, Any]) -> str:
    return str(block.get("block_id", "")).split(".")[0]


def _message_with(stage: Stage, card: str) -> Message | None:
    """The newest message that shows this card."""
    everything = stage.slack.messages(CHANNEL)
    replies = [reply for root in everything for reply in stage.slack.thread(CHANNEL, root.ts)]
    for message in reversed([*everything, *replies]):
        if any(_card_id(block) == card for block in message.blocks):
            return message
    return None
