"""One step of the world: an act is done, in trouble or not, and what it did is held against the truths."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from model.laboratory import Laboratory, View
from model.plain import Plain, members_of
from model.platform import START, SUCCESSORS, Edit, Ref, edit_of, ref_of, results, runs
from model.settled_truths import Settled, wrong_when_settled
from model.step_truths import Act, wrong_in_step
from model.wire import Trouble, TroubledWire
from operator_core.errors import LeaseLost, NotFound, OperatorError, StaleProposal
from operator_core.use_cases import UseCases

Call = Callable[[UseCases], Awaitable[Any]]
PATIENCE = 20
"""Seconds of real time: nothing that is not held takes so long."""
LATEST = timedelta(hours=20)
"""A write may be that long on its way; later than a day, nobody looks for it any more."""


@dataclass
class UnderWay:
    """A write that left its process and didn't arrive yet."""

    act: Act
    wire: TroubledWire
    task: "asyncio.Task[Any]"
    since: datetime


class World:
    """The laboratory, the plain model, and what is under way between them."""

    def __init__(self, lab: Laboratory) -> None:
        self.lab = lab
        self.plain = Plain()
        self.view = View({}, {}, {}, {}, None)
        self.settled = Settled({}, {})
        self.under_way: UnderWay | None = None
        self.unsettled = False
        """Something was left unfinished, or may have landed late, since recovery looked last."""
        self.wrong = ""
        self.landed: datetime | None = None
        """When something landed late, and nobody looked since; it had left before then."""
        self.processes = 0
        self.edits = 0

    def begin(self, moods: dict[Ref, Any]) -> None:
        self.lab.clock.now = START
        self.lab.run(self.lab.begin(self.plain.begin(moods, START)))
        self.view = self.lab.run(self.lab.view())
        self.settled = Settled.at(self.view)

    def act(self, name: str, by: str, call: Call, trouble: Trouble | None = None, **may: Any) -> Any:
        """Does it, by a process of its own; what it gave back, or None where it didn't get so far."""
        self.lab.clock.advance(seconds=1)
        act = Act(name, by, self.plain.start(self.view, self.lab.clock.now), **may)
        result = self._done(self._act(act, call, trouble))
        self._look(act, [])
        return result

    def _done(self, doing: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self.lab.run(doing)
        except Exception as error:
            self.wrong = repr(error)
            raise

    async def _act(self, act: Act, call: Call, trouble: Trouble | None) -> Any:
        busy = self.under_way.wire if self.under_way is not None else None
        wire, database = next((wire, way) for wire, way in self.lab.wires if wire is not busy)
        wire.expect(trouble)
        self.processes += 1
        process = self.lab.replica(f"process-{self.processes}", database if trouble else self.lab.database)
        task = asyncio.ensure_future(call(process))
        struck = asyncio.ensure_future(wire.struck.wait())
        await asyncio.wait({task, struck}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        struck.cancel()
        if wire.struck.is_set():
            self.unsettled = True
            if trouble and trouble.what == "dies after":
                await asyncio.wait_for(wire.fault.landed.wait(), PATIENCE)
            if trouble and trouble.dies:
                await _killed(task)
            if not wire.fault.arrives.is_set():
                await self._lost()  # two on their way would be one too many for the two wires
                self.under_way = UnderWay(act, wire, task, self.lab.clock.now)
                return None
        return await self._ended(task, act, in_trouble=wire.struck.is_set())

    async def _ended(self, task: "asyncio.Task[Any]", act: Act, *, in_trouble: bool) -> Any:
        """What came of it. Only what may be answered is answered: all else is a fault."""
        try:
            return await asyncio.wait_for(task, PATIENCE)
        except asyncio.CancelledError:
            return None
        except (StaleProposal, NotFound):
            act.refused = not in_trouble
        except OperatorError as error:
            if not in_trouble and not (self.unsettled and isinstance(error, LeaseLost)):
                raise
        return None

    def lands(self) -> None:
        """What was under way arrives; a process that waited for it goes on."""
        assert self.under_way is not None
        self.lab.clock.advance(seconds=1)
        landing, self.under_way = self.under_way, None
        self.landed = landing.since
        self._done(self._lands(landing))
        self._look(landing.act, [])

    async def _lands(self, landing: UnderWay) -> None:
        landing.wire.fault.arrives.set()
        await asyncio.wait_for(landing.wire.fault.landed.wait(), PATIENCE)
        await self._ended(landing.task, landing.act, in_trouble=True)

    def take_over(self, seconds: int) -> None:
        """Another process looks for what was left unfinished, and finishes it."""
        self.lab.clock.advance(seconds=seconds)
        unfinished = [e for e in self.view.journal.values() if e["state"] != "closed"]
        approved = self.view.in_state("approved")
        refs = {
            (c["ref"]["provider"], c["ref"]["model_id"]) for entry in unfinished for c in entry["changes"]
        }
        refs |= {ref for proposal in approved for ref in with_successors(members_of(proposal))}

        async def recover(process: UseCases) -> tuple[str, ...]:
            await process.recover()
            return process.stores.notes.lines

        left = self.act("recovery", "nobody", recover, may_change=frozenset(refs), recovers=True)
        if left:
            self._wrong([f"recovery could not finish: {line}" for line in left])
        if seconds > 30 and self.under_way is None:
            self.unsettled, self.landed = False, None
            self._look(None, [])

    def time_passes(self, hours: int) -> None:
        since = self.lab.clock.now
        refs = sorted({ref_of(one) for one in self.view.models.values() if runs(one)})
        rows = self.plain.heard(results(refs, self.plain.moods, since, hours))
        self.lab.run(self.lab.results(rows))
        self.lab.clock.advance(hours=hours)

    def may_pass(self, hours: int) -> bool:
        """What is on its way, or has just landed, is looked for within a day."""
        since = self.under_way.since if self.under_way is not None else self.landed
        return since is None or self.lab.clock.now + timedelta(hours=hours) - since < LATEST

    def edited(self, kind: Any, document_id: object) -> None:
        """A stranger does something to a document of `models`."""
        self.lab.clock.advance(seconds=1)
        document = self.view.models[document_id]
        self.edits += 1
        edit = edit_of(kind, document, self.edits)
        if edit is None or not self.lab.run(self._edited(edit)):
            return
        self.plain.edits.append(edit)
        if edit.removed:
            self.plain.removed_outside.add(ref_of(document))
        if edit.set.get("enabled") is True:
            self.plain.enabled_outside.add(ref_of(document))
        self._look(None, [edit])

    async def _edited(self, edit: Edit) -> bool:
        """False where a name that is unique was taken already."""
        models = self.lab.database["models"]
        if edit.removed:
            await models.delete_one({"_id": edit.document_id})
        elif edit.whole is None:
            await models.update_one({"_id": edit.document_id}, {"$set": edit.set})
        elif await models.count_documents({"display_name": edit.whole["display_name"]}):
            return False
        else:
            await models.insert_one(edit.whole)
        return True

    def _look(self, act: Act | None, edits: list[Edit]) -> None:
        before, self.view = self.view, self.lab.run(self.lab.view())
        wrong = list(wrong_in_step(before, self.view, act, edits, self.plain))
        if not self.unsettled and self.under_way is None:
            wrong += wrong_when_settled(self.settled, self.view, self.plain.edits)
            self.settled = Settled.at(self.view)
            self.plain.edits.clear()
        self._wrong(wrong)

    def end(self) -> None:
        """Whatever is under way lands, and recovery looks twice: then all must be settled."""
        if self.under_way is not None:
            self.lands()
        self.take_over(31)
        self.take_over(31)

    def leave(self) -> None:
        """Leaves nothing under way for the next example."""
        self.lab.run(self._lost())

    async def _lost(self) -> None:
        """What is under way never arrives, and its process dies."""
        lost, self.under_way = self.under_way, None
        if lost is not None:
            lost.wire.fault.lands = False
            lost.wire.fault.arrives.set()
            await _killed(lost.task)

    def _wrong(self, what: list[str]) -> None:
        if what:
            self.wrong = "\n".join(what)
            raise AssertionError(self.wrong)


def with_successors(refs: list[Ref]) -> list[Ref]:
    return [*refs, *((ref[0], SUCCESSORS[ref]) for ref in refs if ref in SUCCESSORS)]


async def _killed(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
