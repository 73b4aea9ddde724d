"""The demo with a person, who types at the terminal what others would click in Slack."""

import asyncio
from contextlib import suppress

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.terminal import as_rich
from sandbox.demo.stage import APPROVER, PATIENCE, STRANGER, Stage
from sandbox.digest import CHANNEL, cards_with
from sandbox.slack import Message

ANSWER_SECONDS = 20.0
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
PEOPLE = {"ana": APPROVER, "ben": "U0BEN", "chi": STRANGER}


async def converse(stage: Stage, digest: Message) -> None:
    """Waits for clicks from the terminal."""
    stage.console.print(
        "You are Ana, an approver. Type one of these, or help:", _help(stage, digest), sep="\n"
    )
    person = APPROVER
    while True:
        try:
            words = (await asyncio.to_thread(input, f"{stage.names[person]}> ")).split() or ["help"]
        except (EOFError, KeyboardInterrupt):
            return
        if words[0] == "quit":
            return
        if words[0] == "as":
            person = PEOPLE.get(words[-1].lower(), person)
            continue
        try:
            await _obey(stage, digest, person, words)
        except AssertionError as error:
            stage.console.print(f"That can't be done: {error}", style="yellow", markup=False)


def _help(stage: Stage, digest: Message) -> Table:
    """What can be typed, with the ids that the digest shows now."""
    table = Table.grid(padding=(0, 3))
    buttons = {verb: cards_with(verb, stage.now(digest)) for verb in BUTTONS}
    words = {f"{verb} {cards[0]}": BUTTONS[verb] for verb, cards in buttons.items() if cards} | OTHERWISE
    for typed, does in words.items():
        table.add_row(Text(typed, style="bold"), does)
    return table


async def _obey(stage: Stage, digest: Message, person: str, words: list[str]) -> None:
    someone, card = stage.slack.person(person), words[-1].upper()
    seen, calls = len(stage.slack.ephemerals(person)), _said(stage)
    match words:
        case ["show"]:
            stage.show(stage.now(digest), "the digest now")
            return
        case ["submit", *values]:
            tick = {value[1:] for value in values if value.startswith("+")}
            await someone.submit(tick=tick, untick={value for value in values if value[0] != "+"})
        case ["close"]:
            await someone.close()
        case [command, *rest] if command.startswith("/"):
            await someone.command(command, " ".join(rest), CHANNEL)
        case [verb, _]:
            await someone.click(_message_with(stage, card) or stage.now(digest), f"{verb}.{card}")
        case _:
            stage.console.print(_help(stage, digest))
            return
    with stage.console.status("…"), suppress(AssertionError):
        await stage.slack.until(lambda: _said(stage) > calls, ANSWER_SECONDS)
        await stage.slack.settled(PATIENCE)
        waits = {"One moment"}  # the title of a dialog while something is under way
        await stage.slack.until(
            lambda: not someone.view or someone.view["title"]["text"] not in waits, ANSWER_SECONDS
        )
    for private in stage.slack.ephemerals(person)[seen:]:
        stage.show_private(private, person)
    stage.show_view(person, "a dialog")
    if shown := _message_with(stage, card):
        blocks = [block for block in shown.blocks if str(block.get("block_id")).split(".")[0] == card]
        stage.console.print(Panel(as_rich(blocks, stage.names), title="the card now", title_align="left"))


def _said(stage: Stage) -> int:
    """How often the bot said something; asking who it is doesn't count."""
    return sum(call.method != "auth.test" for call in stage.slack.calls)


def _message_with(stage: Stage, card: str) -> Message | None:
    """The newest message that shows this card."""
    everything = stage.slack.messages(CHANNEL)
    replies = [reply for root in everything for reply in stage.slack.thread(CHANNEL, root.ts)]
    shown = (
        message
        for message in reversed([*everything, *replies])
        if any(str(block.get("block_id")).split(".")[0] == card for block in message.blocks)
    )
    return next(shown, None)
