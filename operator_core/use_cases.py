"""What the bot and the command line do: run and record, let policy act, act for people.

Each use case is one method; Slack and the terminal render what it returns.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from operator_core.answers import Answers
from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.changes import Change, Op
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import POLICY, Proposal, State
from operator_core.domain.runs import Run
from operator_core.engine import Resources, Tell, generate_decisions
from operator_core.errors import OperatorError, StaleProposal
from operator_core.execution.executor import Execution, Executor, OnProgress, unheard
from operator_core.execution.recheck import evidence_changed
from operator_core.policy.reconcile import Published, carry_over
from operator_core.store.platform.signals import read_facts
from operator_core.store.records.memory import remember_answer, remember_verdicts
from operator_core.store.records.recent_activity import EVER
from operator_core.store.stores import Stores
from operator_core.text.model_ids import same_model

OUTSIDE = "somebody outside this bot"


def silent(phrase: str) -> None:
    """For whoever needs no progress."""


@dataclass(frozen=True)
class UseCases:
    """The use cases over one house. `owner`: this process, different at each start."""

    resources: Resources
    stores: Stores
    owner: str
    clock: Callable[[], datetime]

    def now(self) -> datetime:
        return to_utc(self.clock())

    @property
    def answers(self) -> Answers:
        return Answers(self.stores)

    async def analyse(
        self, trigger: str, providers: Sequence[str] = (), tell: Tell = silent, *, at: datetime | None = None
    ) -> Run:
        """One run that writes nothing. Raises FactsUnreadable or NotFound."""
        now = at or self.now()
        return await generate_decisions(
            self.resources, now, run_id=new_run_id(now), trigger=trigger, providers=providers, tell=tell
        )

    async def run(
        self, trigger: str, providers: Sequence[str] = (), tell: Tell = silent
    ) -> tuple[Run, Published]:
        """One run, recorded: ledger, verdicts, proposals, model_status. It executes nothing.

        Raises FactsUnreadable or NotFound; then the ledger says that the run failed, and nothing changed.
        """
        now = self.now()
        run_id = new_run_id(now)
        await self.stores.runs.start(run_id, trigger, now)
        try:
            await self.notice_reenabled()
            run = await generate_decisions(
                self.resources, now, run_id=run_id, trigger=trigger, providers=providers, tell=tell
            )
            tell("keeping what was found")
            await remember_verdicts(self.resources.database, run.to_remember)
            published = await self._publish(run)
            await self.stores.runs.finish(run, self.now())
        except OperatorError as error:
            await self.stores.runs.fail(run_id, str(error), self.now())
            raise
        return run, published

    async def _publish(self, run: Run) -> Published:
        if run.runner_down:
            return Published()
        published = await self.stores.proposals.publish(
            run.drafts,
            judged=run.judged_refs,
            holds=await self.stores.holds.active(),
            now=run.started_at,
            run_id=run.id,
        )
        asked = (*published.new, *published.revised, *published.unchanged, *published.reopened)
        await self.stores.status.suggest([p for p in asked if p.state == State.PENDING], run.started_at)
        await self.stores.status.clear(published.cleared, run.started_at)
        return published

    async def automatic(self, run_id: str = "") -> tuple[Proposal, ...]:
        """Pending proposals with members that policy may change by itself; of one run if named."""
        return tuple(
            proposal
            for proposal in await self.stores.proposals.waiting()
            if proposal.state == State.PENDING
            and proposal.automatic
            and (not run_id or proposal.run_id == run_id)
        )

    async def act_alone(self, run: Run) -> tuple[Execution, ...]:
        """Carries out what this run's gates let through; what they held back is put to people at once."""
        done: list[Execution] = []
        for proposal in await self.automatic(run.id):
            try:
                execution = await self.executor().execute(proposal.id, proposal.revision, by=POLICY)
            except StaleProposal:
                continue  # a person was faster, which is what they are asked for
            done.append(execution)
            if (rest := carry_over(execution.proposal)) is not None:
                await self.stores.proposals.put(rest, now=self.now(), run_id=run.id)
        return tuple(done)

    async def approve(
        self,
        proposal_id: str,
        revision: int,
        *,
        by: str,
        refs: Sequence[ModelRef] | None = None,
        reason: str = "",
        on_progress: OnProgress = unheard,
    ) -> Execution:
        """A person's Approve. The evidence is looked at again; what moved is left alone.

        Raises StaleProposal, NotFound, LeaseLost or StoreUnavailable, as the executor does.
        """
        execution = await self.executor(on_progress).execute(
            proposal_id, revision, by=by, refs=refs, reason=reason
        )
        await self._remember(execution.proposal, "approve", by, reason)
        return execution

    async def reject(self, proposal_id: str, revision: int, *, by: str, reason: str = "") -> Proposal:
        rejected = await self.answers.reject(proposal_id, revision, by=by, at=self.now(), reason=reason)
        await self._remember(rejected, "reject", by, reason)
        return rejected

    async def undo(
        self,
        journal_id: str,
        *,
        by: str,
        refs: Sequence[ModelRef] | None = None,
        reason: str = "",
        on_progress: OnProgress = unheard,
    ) -> Execution:
        execution = await self.executor(on_progress).undo(journal_id, by=by, refs=refs, reason=reason)
        await self._remember(execution.proposal, "undo", by, reason)
        return execution

    async def recover(self) -> tuple[Execution, ...]:
        """Finishes what dead processes left undone."""
        return await self.executor().recover()

    def executor(self, on_progress: OnProgress = unheard) -> Executor:
        return Executor(
            self.stores,
            owner=self.owner,
            clock=self.clock,
            on_progress=on_progress,
            recheck=self.evidence_changed,
            same_model=same_model,
        )

    async def evidence_changed(self, proposal: Proposal) -> Mapping[ModelRef, str]:
        """Which members' evidence no longer holds. Raises FactsUnreadable."""
        if proposal.scope is None:
            return {}
        facts = await read_facts(
            self.resources.database,
            self.resources.mongo,
            self.resources.analysis,
            self.now(),
            (proposal.provider,),
        )
        return evidence_changed(proposal, facts)

    async def notice_reenabled(self) -> tuple[ModelRef, ...]:
        """Models we disabled that somebody enabled without us: their word is a hold, noticed once."""
        entries = [e for e in await self.stores.journal.since(EVER) if e.undo_of is None and e.closed]
        off = [
            (entry, position, change)
            for entry in entries
            for position, change in enumerate(entry.changes)
            if change.stands and change.op == Op.SET and change.after.values.get("enabled") is False
        ]
        ids = [change.document_id for _, _, change in off]
        on_again = {
            document["_id"]
            async for document in self.stores.models.find({"_id": {"$in": ids}, "enabled": True}, {"_id": 1})
        }
        noticed = [one for one in off if one[2].document_id in on_again]
        for entry, position, change in noticed:
            await self._hold_reenabled(entry, position, change)
        return tuple(change.ref for _, _, change in noticed)

    async def _hold_reenabled(self, entry: JournalEntry, position: int, change: Change) -> None:
        proposal = await self.stores.proposals.get(entry.proposal_id)
        await self.stores.holds.add(
            HoldDraft.on(
                change.ref,
                kind=proposal.kind,
                by=OUTSIDE,
                at=self.now(),
                origin=Origin.REENABLED,
                reason=f"enabled again after {entry.id}",
            )
        )
        await self.stores.journal.mark_undone(entry.id, [position], "outside")

    async def _remember(self, proposal: Proposal, answer: str, by: str, reason: str) -> None:
        if proposal.scope is not None:
            await remember_answer(
                self.resources.database,
                proposal.fingerprint.removesuffix("-rename"),
                answer,
                by=by,
                at=self.now(),
                reason=reason,
            )


def new_run_id(now: datetime) -> str:
    return f"R-{now:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"
