"""What each step does on the stage. A step that makes no sense by now is passed over."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bson.errors import InvalidDocument
from pymongo.errors import PyMongoError

from faults.gestures import (
    approve,
    command,
    pressed_by_a_foreigner,
    reject,
    said,
    stranger,
    take_back,
)
from faults.mongo_wire import Armed
from faults.odd_documents import future_document, odd_document
from faults.outside_world import results
from faults.scenario import PEOPLE, Step
from faults.slack_wire import ArmedCall
from faults.stage import LOOK_SECONDS, Stage
from faults.truths import begun
from model.platform import Edit

SETTLED_SECONDS = 6.0
Document = dict[str, Any]
Doer = Callable[[Stage, Step], Awaitable[None]]


async def done(stage: Stage, step: Step) -> None:
    """One step. What it begins may go on beside the next ones."""
    await DOERS[step.what](stage, step)
    await asyncio.sleep(0.05)


async def _wire(stage: Stage, step: Step) -> None:
    stage.armed.append(
        Armed(step["befalls"], step["skip"], tuple(step["collections"]), step["code"], step["seconds"])
    )


async def _slack(stage: Stage, step: Step) -> None:
    code = step["code"] if step["befalls"] == "refused" else ""
    stage.wire.calls.append(ArmedCall(step["befalls"], step["skip"], frozenset(step["methods"]), code))


async def _slack_away(stage: Stage, step: Step) -> None:
    stage.struck.note("slack: away")
    stage.wire.down_until = time.monotonic() + step["seconds"]


async def _away(stage: Stage, step: Step) -> None:
    stage.struck.note("mongodb: cut off")
    stage.wires[step["replica"] % len(stage.wires)].cut_off(step["seconds"])


async def _slowed(stage: Stage, step: Step) -> None:
    stage.struck.note("mongodb: slow")
    stage.wires[step["replica"] % len(stage.wires)].slowed(step["each"], 3.0)


async def _sockets(stage: Stage, step: Step) -> None:
    stage.struck.note(f"socket: {step['how']}")
    if step["how"] == "dropped":
        await stage.wire.drop_sockets()
    elif stage.slack.courier.connections:
        await stage.slack.courier.disconnect(step["how"])


async def _envelope(stage: Stage, step: Step) -> None:
    stage.wire.envelopes.append((step["how"], step["seconds"]))


async def _foreign(stage: Stage, step: Step) -> None:
    stage.soon(pressed_by_a_foreigner(stage, step["pick"], step["verb"]))


async def _llm(stage: Stage, step: Step) -> None:
    stage.outside.mood = step["mood"]


async def _catalogue(stage: Stage, step: Step) -> None:
    """A part of the list is gone, on the next day; it is no evidence of anything."""
    stage.listed |= {one["_id"] async for one in stage.database["openrouter_catalog"].find({}, {"_id": 1})}
    stage.outside.shrunk(step["share"])
    await _day(stage, step)
    if "openrouter" in stage.outside.lists.requests:
        stage.struck.note("catalogue: shrunk")


async def _kill(stage: Stage, step: Step) -> None:
    if stage.replicas[step["replica"] % len(stage.replicas)].killed():
        stage.struck.note("process: SIGKILL")


async def _sleep(stage: Stage, step: Step) -> None:
    stage.struck.note("process: SIGSTOP")
    stage.slept(step["replica"] % len(stage.replicas), step["seconds"])


async def _restart(stage: Stage, step: Step) -> None:
    replica = stage.replicas[step["replica"] % len(stage.replicas)]

    async def again() -> None:
        await replica.stopped()
        stage.supervised()

    stage.struck.note("process: restarted")
    stage.soon(again())


async def _clock(stage: Stage, step: Step) -> None:
    stage.struck.note("process: clock set")
    stage.replicas[step["replica"] % len(stage.replicas)].offset.value += step["seconds"]


async def _odd(stage: Stage, step: Step) -> None:
    collection, document = odd_document(step["type"], step["place"], step["field"], stage.now())
    if await _planted(stage, collection, document):
        stage.struck.note(f"odd: {step['type']}")


async def _future(stage: Stage, step: Step) -> None:
    document = future_document(step["collection"], step["shape"], stage.now())
    if await _planted(stage, step["collection"], document):
        stage.struck.note(f"future: {step['collection']}")


async def _planted(stage: Stage, collection: str, document: Document) -> bool:
    """Remembered as the server keeps it; False where it takes no such thing."""
    planted = (collection, document)
    stage.planted.append(planted)
    try:
        await stage.database[collection].insert_one(document)
    except (PyMongoError, InvalidDocument):
        stage.planted.remove(planted)
        return False
    kept = await stage.database[collection].find_one({"_id": document["_id"]})
    stage.planted[stage.planted.index(planted)] = (collection, kept or {})
    return True


async def _outside(stage: Stage, step: Step) -> None:
    """Somebody else's hand on one document of `models`."""
    documents = list((await stage.view()).models.values())
    if not documents:
        return
    one = documents[step["pick"] % len(documents)]["_id"]
    number = len(stage.edits)
    by_hand = {"disabled_by": "ops", "disabled_reason": f"by hand {number}"}
    edit = {
        "disable": Edit(one, set={"enabled": False, **by_hand}),
        "enable": Edit(one, set={"enabled": True}),
        "touch": Edit(one, set={"note": f"looked at {number}"}),
        "flag": Edit(one, set={"deprecated": True}),
        "remove": Edit(one, removed=True),
    }[step["how"]]
    stage.edits.append(edit)
    stage.struck.note(f"outside: {step['how']}")
    if edit.removed:
        await stage.database["models"].delete_one({"_id": one})
    else:
        await stage.database["models"].update_one({"_id": one}, {"$set": edit.set})


async def _day(stage: Stage, step: Step) -> None:
    """A day passes for everybody: the platform ran on, and the next digest is due.

    Not while somebody waits: nobody is told a day later what came of a click.
    """
    if not await stage.until(lambda: settled(stage), SETTLED_SECONDS):
        return
    for replica in stage.replicas:
        replica.offset.value += 86400.0
    stage.days += 1
    await results(stage.database, stage.gone, stage.now(), 1)
    stage.struck.note("a day passes")
    await asyncio.sleep(1.0)


async def settled(stage: Stage) -> bool:
    return all(task.done() for task in stage.doing) and not list(begun(await stage.view()))


async def _approve(stage: Stage, step: Step) -> None:
    stage.soon(approve(stage, step["who"], step["pick"], step["untick"]))


async def _both(stage: Stage, step: Step) -> None:
    for who in PEOPLE:
        stage.soon(approve(stage, who, step["pick"], 0))


async def _undo(stage: Stage, step: Step) -> None:
    stage.soon(take_back(stage, step["who"], step["pick"]))


async def _reject(stage: Stage, step: Step) -> None:
    stage.soon(reject(stage, step["who"], step["pick"]))


async def _command(stage: Stage, step: Step) -> None:
    documents = list((await stage.view()).models.values())
    one = documents[step["pick"] % len(documents)]
    verb = "enable" if step["on"] else "disable"
    stage.soon(command(stage, step["who"], f"{verb} {one['provider']}/{one['model_id']}"))


async def _pause(stage: Stage, step: Step) -> None:
    stage.soon(said(stage, step["who"], "pause wait"))


async def _look(stage: Stage, step: Step) -> None:
    stage.soon(said(stage, step["who"], step["text"]))


async def _stranger(stage: Stage, step: Step) -> None:
    stage.soon(stranger(stage, step["pick"]))


async def _wait(stage: Stage, step: Step) -> None:
    ends = time.monotonic() + step["seconds"]
    while (left := ends - time.monotonic()) > 0:
        stage.supervised()
        await asyncio.sleep(min(left, LOOK_SECONDS))


DOERS: dict[str, Doer] = {
    "wire": _wire,
    "slack": _slack,
    "slack away": _slack_away,
    "away": _away,
    "slowed": _slowed,
    "sockets": _sockets,
    "envelope": _envelope,
    "foreign": _foreign,
    "llm": _llm,
    "catalogue": _catalogue,
    "kill": _kill,
    "sleep": _sleep,
    "restart": _restart,
    "clock": _clock,
    "odd": _odd,
    "future": _future,
    "outside": _outside,
    "day": _day,
    "approve": _approve,
    "both": _both,
    "undo": _undo,
    "reject": _reject,
    "command": _command,
    "pause": _pause,
    "look": _look,
    "stranger": _stranger,
    "wait": _wait,
}
