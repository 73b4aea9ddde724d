"""What people do in Slack while things fail: they press, fill in and submit what they see, or give up.

Remembered is what each meant to do, and only that: whoever is named in the journal must have meant it.
"""

import asyncio
import copy
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faults.scenario import STRANGER
from faults.stage import Stage
from sandbox.slack import Message
from support.world import CHANNEL, cards

FORM_SECONDS = 5.0
FOREIGN = "T0ELSEWHERE"
_busy: defaultdict[tuple[int, str], asyncio.Lock] = defaultdict(asyncio.Lock)


@asynccontextmanager
async def at_the_screen(stage: Stage, who: str) -> AsyncIterator[None]:
    """One thing at a time, and each begins with no dialog open. What can't be done any more is left."""
    async with _busy[id(stage), who]:
        try:
            person = stage.slack.person(who)
            person.screen.stack.clear()
            yield
        except AssertionError:  # the screen doesn't offer it, or the bot did not answer in time
            pass


def shown(stage: Stage, verb: str) -> list[tuple[Message, str]]:
    """Every button of this kind in the channel: where, and on which proposal."""
    roots = stage.slack.messages(CHANNEL)
    messages = [*roots, *(reply for root in roots for reply in stage.slack.thread(CHANNEL, root.ts))]
    return [(message, card) for message in messages for card in cards(message, verb)]


async def _filled_in(stage: Stage, who: str, *, untick: int = 0) -> None:
    """Submits the dialog that opens, if one does, and waits a while for what it says."""
    person = stage.slack.person(who)
    await stage.slack.until(lambda: (person.view or {}).get("submit"), FORM_SECONDS)
    await person.submit(untick={"0"} if untick else ())
    await stage.slack.until(lambda: person.view is None or not in_progress(person.view), FORM_SECONDS)


def in_progress(view: dict[str, object]) -> bool:
    """It says that something is under way, and nothing else."""
    blocks = view.get("blocks")
    return isinstance(blocks, list) and any(one.get("block_id", "").startswith("progress") for one in blocks)


async def approve(stage: Stage, who: str, pick: int, untick: int) -> None:
    await _press_and_submit(stage, who, "approve", pick, untick=untick)


async def take_back(stage: Stage, who: str, pick: int) -> None:
    await _press_and_submit(stage, who, "undo", pick)


async def reject(stage: Stage, who: str, pick: int) -> None:
    await _press_and_submit(stage, who, "reject", pick)


async def _press_and_submit(stage: Stage, who: str, verb: str, pick: int, *, untick: int = 0) -> None:
    """One of the cards with such a button, and the dialog that it opens."""
    async with at_the_screen(stage, who):
        buttons = shown(stage, verb)
        if not buttons:
            return
        message, card = buttons[pick % len(buttons)]
        stage.words.add((who, verb, card))
        await stage.slack.person(who).click(message, f"{verb}.{card}")
        await _filled_in(stage, who, untick=untick)


async def command(stage: Stage, who: str, text: str) -> None:
    """`/operator disable …` or `enable …`, and its dialog."""
    async with at_the_screen(stage, who):
        stage.words.add((who, "command", text.split()[1]))
        await stage.slack.person(who).command("/operator", text, CHANNEL)
        await _filled_in(stage, who)


async def said(stage: Stage, who: str, text: str) -> None:
    """A command without a dialog."""
    async with at_the_screen(stage, who):
        await stage.slack.person(who).command("/operator", text, CHANNEL)


async def stranger(stage: Stage, pick: int) -> None:
    """Somebody who may look, and changes nothing, whatever they press."""
    async with at_the_screen(stage, STRANGER):
        verb = ("approve", "undo", "reject")[pick % 3]
        buttons = shown(stage, verb)
        if buttons:
            stage.struck.note("people: a stranger's click")
            message, card = buttons[pick % len(buttons)]
            await stage.slack.person(STRANGER).click(message, f"{verb}.{card}")
            await _filled_in(stage, STRANGER)


async def pressed_by_a_foreigner(stage: Stage, pick: int, verb: int) -> None:
    """An envelope from another workspace, in which somebody has the id of one of our approvers."""
    wanted = ("approve", "undo", "reject")[verb]
    buttons = shown(stage, wanted)
    if not buttons:
        return
    message, card = buttons[pick % len(buttons)]
    body = copy.deepcopy(stage.slack.person("U0ANA").pressed(message, f"{wanted}.{card}"))
    body["team"] = {"id": FOREIGN, "domain": "elsewhere"}
    body["user"] |= {"team_id": FOREIGN}
    stage.struck.note("envelope: another workspace")
    await stage.slack.courier.deliver("interactive", body)
