"""All that a person or the schedule can ask for, one method each: run, look, act alone, act for people.

Slack's listeners and the terminal's commands call these, and render what comes back.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from operator_core.as_typed import as_meant, models_meant
from operator_core.diagnosis.incidents import Observation, observe
from operator_core.diagnosis.outages import provider_health
from operator_core.diagnosis.situations import diagnose
from operator_core.diagnosis.story import Story
from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.holds import Hold, HoldDraft, Origin, by_answers_to
from operator_core.domain.journal import Leases
from operator_core.domain.mode import Deployment, Pause
from operator_core.domain.proposals import POLICY, RENAMES, Proposal, ProposalAction, State, situation_of
from operator_core.domain.runs import Run, new_run_id
from operator_core.domain.signals import Facts, ProviderDay
from operator_core.engine import Resources, Tell, closed_gates, generate_decisions, no_progress
from operator_core.errors import FactsUnreadable, NotFound, StaleProposal, StoreUnavailable
from operator_core.execution import manual_switch
from operator_core.execution.aftermath import notice_reenabled, put_to_people
from operator_core.execution.executor import Execution, Executor, OnProgress, unheard
from operator_core.execution.plan import evidence_changed
from operator_core.judgement.rules import rule_verdict
from operator_core.policy.reconcile import Published
from operator_core.store.platform.catalogue import listed_among, offered_among
from operator_core.store.platform.history import model_days, provider_history, providers_of
from operator_core.store.platform.model_status import Status
from operator_core.store.platform.reading import Use
from operator_core.store.records.modes import Modes
from operator_core.store.records.state import ensure_deployment
from operator_core.store.stores import Stores
from operator_core.text.masking import in_words
from operator_core.text.model_ids import same_model

LEAKS_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class UseCases:
    """The use cases over one database and LLM. `owner`: this process, different at each start.

    Whatever names a proposal, a batch or a hold raises NotFound; whatever answers a proposal, StaleProposal
    with the proposal as it is now; all of them StoreUnavailable.
    """

    resources: Resources
    owner: str
    clock: Callable[[], datetime]
    leases: Leases

    @property
    def stores(self) -> Stores:
        return self.resources.stores

    def now(self) -> datetime:
        return to_utc(self.clock())

    async def deployment(self) -> Deployment:
        """Which AI Operator this is. In a restored copy of a database it is a new one, and paused."""
        await self.mode.begin()
        return await ensure_deployment(self.resources.database, self.now())

    @property
    def mode(self) -> Modes:
        """Off, shadow or on: looked up, chosen, taken back."""
        return Modes(self.stores, self.resources.options.policy.autopilot, self.now)

    # Runs

    async def analyse(self, trigger: str, providers: Sequence[str] = (), tell: Tell = no_progress) -> Run:
        """One run that writes nothing. Raises FactsUnreadable or NotFound."""
        now, providers = self.now(), await self.providers_meant(providers)
        return await generate_decisions(
            self.resources, now, run_id=new_run_id(now), trigger=trigger, providers=providers, tell=tell
        )

    async def run(
        self, trigger: str, providers: Sequence[str] = (), tell: Tell = no_progress
    ) -> tuple[Run, Published]:
        """One run, recorded: ledger, verdicts, proposals, model_status. It executes nothing.

        Raises NotFound of an unknown provider; or FactsUnreadable: then the ledger says why the run failed.
        """
        now, providers = self.now(), await self.providers_meant(providers)
        run_id, use = await self.stores.runs.new_id(now), Use.PROVE if trigger == "schedule" else Use.KEEP
        await self.stores.runs.start(run_id, trigger, now)
        try:
            await notice_reenabled(self.stores, now)
            run = await generate_decisions(
                self.resources, now, run_id=run_id, trigger=trigger, providers=providers, tell=tell, use=use
            )
            tell("keeping what was found")
            published = await put_to_people(run, self.mode)
            await self.stores.runs.finish(run, self.now())
        except Exception as error:
            with suppress(StoreUnavailable):  # what is raised is the cause
                await self.stores.runs.fail(run_id, in_words(error), self.now())
            raise
        return run, published

    async def providers_meant(self, typed: Sequence[str]) -> tuple[str, ...]:
        """The catalogue's providers that people named. Raises NotFound, offering what comes near."""
        listed = await providers_of(self.stores.models) if typed else frozenset[str]()
        return tuple(dict.fromkeys(as_meant(one, listed, "provider") for one in typed))

    async def last_good_run(self) -> Run | None:
        """The newest run over all providers that judged, without its decisions and drafts."""
        record = await self.stores.runs.last_good()
        return record.run if record else None

    # Looking

    async def waiting(self) -> tuple[Proposal, ...]:
        """What somebody has to look at, oldest first: nothing a look asked of a provider in maintenance."""
        away = {one.provider for one in await self.stores.maintenance.current(self.now())}
        waiting = await self.stores.proposals.waiting()
        return tuple(one for one in waiting if one.scope is None or one.provider not in away)

    async def automatic(self, run_id: str = "") -> tuple[Proposal, ...]:
        """Pending proposals with members that policy may change by itself; of one run if named."""
        pending = [one for one in await self.waiting() if one.state == State.PENDING and one.automatic]
        return tuple(one for one in pending if run_id in {"", one.run_id})

    async def names(self) -> dict[str, str]:
        """What people call each other, by Slack user id."""
        return await self.stores.people.names()

    async def days_of(self, refs: Sequence[ModelRef]) -> Mapping[ModelRef, Sequence[bool | None]]:
        """For each model the last days, today last: answered, only failed, or did not run (None)."""
        return await model_days(self.resources.database, self.resources.options.mongodb, refs, self.now())

    async def evidence_changed(self, proposal: Proposal) -> Mapping[ModelRef, str]:
        """Which members' evidence no longer holds, and why. Raises FactsUnreadable."""
        if proposal.scope is None and not proposal.finding:
            return {}
        provider = "" if proposal.finding else proposal.provider
        return evidence_changed(proposal, await self.resources.shared_facts(self.now, provider))

    async def facts(self, providers: Sequence[str] = ()) -> Facts:
        """What the results say now, of some providers or all. Raises FactsUnreadable."""
        return await self.resources.facts(self.now(), providers)

    async def observe(self) -> tuple[Observation, ...]:
        """Trouble that must not wait for the next digest. Asks no LLM. Raises FactsUnreadable."""
        seen = await self.resources.collected(self.now(), use=Use.KEEP)
        health = provider_health(seen.facts, self.resources.options.analysis)
        return observe(seen.facts, health, seen.leaks(seen.now - LEAKS_WITHIN))

    async def provider_days(self) -> tuple[ProviderDay, ...]:
        """How many of each provider's models answered on each of the last days. Raises FactsUnreadable."""
        return await provider_history(self.resources.database, self.resources.options.mongodb, self.now())

    async def story(self, typed: str) -> Story:
        """What became of a provider's models, or of one, as somebody typed it. Raises NotFound, offering what
        comes near, and FactsUnreadable."""
        facts, stores, options = await self.facts(), self.stores, self.resources.options
        about, refs = models_meant(typed, (one.ref for one in facts.signals), await self.waiting())
        diagnosis, run = diagnose(facts, options.analysis), await self.last_good_run()
        mine = {one.id: part for one in diagnosis.situations if (part := one.only(refs)).affected}
        judged = [(one.judged_at, one.verdict) for one in (await stores.memory.recall(mine)).values()]
        judged += [(run.started_at, one.verdict) for one in run.situations if one.id in mine] if run else []
        now, hours = facts.now, options.policy.min_failing_hours  # who only reads keeps no run
        judged = judged or [(now, rule_verdict(one, now, hours)) for one in mine.values()]
        offered = await offered_among(self.resources.database, refs, diagnosis.triage.answering, now)
        ran, own = {one.ref for one in facts.signals if one.last_run} - {*refs}, refs[0]
        alike = (r for r in ran if refs[1:] or same_model(r.model_id, own.model_id))
        return Story(
            about=about,
            now=now,
            looked_since=now - timedelta(days=options.analysis.window_days),
            min_failing_hours=hours,
            signals=[one for one in facts.signals if one.ref in refs],
            settled=[one for one in diagnosis.triage.settled if one.ref in refs],
            situations=mine.values(),
            verdicts=[(at, verdict) for at, verdict in judged if at and verdict],
            proposals=await stores.proposals.naming("members.ref", refs, "created_at"),
            entries=await stores.journal.naming("changes.member", refs, "started_at"),
            holds=[h for h in await stores.holds.active() if h.ref in refs or h.fingerprint in mine],
            own_list=offered.values(),
            in_catalogues=len(await listed_among(self.resources.database, options.mongodb, refs)),
            elsewhere=[one for one in alike if one.plain_provider == own.plain_provider],
        )

    # Acting

    async def act_alone(self, run: Run) -> tuple[Execution, ...]:
        """Carries out what the gates let through, of this run and once more now; what they held back is put
        to people at once.

        Each proposal by itself: of a batch that fails the notes tell, and recovery finishes it. The facts are
        read once for all of them; what was done meanwhile is counted from the journal.
        """
        await self.deployment()
        done: list[Execution] = []
        facts: Facts | None = None
        for one in await self.automatic(run.id):
            if await self.mode.not_on():
                break
            try:
                facts = facts or await self.facts()
                done.append(await self._executor(facts=facts).execute(one.id, one.revision, by=POLICY))
            except StaleProposal:
                continue  # a person was faster, which is what they are asked for
            except Exception as error:  # noqa: BLE001 – whatever it is, it concerns this one alone
                why = f"could not be carried out: {in_words(error)}"
                self.stores.notes.add("operator_proposals", one.id, why)
        return tuple(done)

    async def approve(
        self, proposal_id: str, revision: int, *, on_progress: OnProgress = unheard, **said: Any
    ) -> Execution:
        """A person's Approve, for `refs` or all. The evidence is looked at again; what changed is left alone.

        `said`: as the executor takes it; `rest_waits`: nothing was said of the others. Raises LeaseLost too.
        """
        execution = await self._executor(on_progress).execute(proposal_id, revision, **said)
        await self._remember(execution.proposal, "approve", execution.entry.by, execution.entry.reason)
        return execution

    async def undo(self, journal_id: str, *, on_progress: OnProgress = unheard, **said: Any) -> Execution:
        """Takes a batch back, for `refs` or all of it, and holds what was taken back."""
        execution = await self._executor(on_progress).undo(journal_id, **said)
        await self._remember(execution.proposal, "undo", execution.entry.by, execution.entry.reason)
        return execution

    async def recover(self) -> tuple[Execution, ...]:
        """Finishes what dead processes left undone. Where something waits for them, the facts are read first:
        nothing slow is done while a lease is ours."""
        await self.mode.tell()
        facts: Facts | None = None
        if await self.stores.proposals.approved_before(self.now()):
            with suppress(FactsUnreadable):  # then who needs them says so, and people's batches go on
                facts = await self.facts()
        return await self._executor(facts=facts).recover()

    async def switch(self, action: ProposalAction, wanted: str, *, by: str) -> Proposal:
        """A draft to enable or disable `wanted`, "PROVIDER" or "PROVIDER/MODEL", on a person's own word.
        Nobody is asked before `submit`. Raises NotFound naming what doesn't exist, or if nothing is to do."""
        name = (await self.names()).get(by, by)
        return await manual_switch.propose(self.stores, action, wanted, by=by, name=name, now=self.now())

    # Answers other than Approve. The transition comes first: it is what two people can race for. What follows
    # can be said again without harm.

    async def reject(
        self, proposal_id: str, revision: int, *, by: str, reason: str = "", right: bool = False
    ) -> Proposal:
        """No, and not again until the evidence changes in kind. `right`: to ask was right all the same."""
        now = self.now()
        rejected = await self.stores.proposals.transition(
            proposal_id, revision, State.REJECTED, by=by, at=now, reason=reason, right=right
        )
        if rejected.scope is not None:
            about = rejected.model_dump(include={"provider", "fingerprint", "kind"})
            said = {"origin": Origin.REJECTED, "by": by, "at": now, "reason": reason}
            await self.stores.holds.add(HoldDraft(**about, **said, proposal_id=rejected.id))
        await self.stores.status.write(rejected, dict.fromkeys(rejected.refs, Status.REJECTED), now)
        await self._remember(rejected, "reject", by, reason)
        return rejected

    async def snooze(self, proposal_id: str, revision: int, *, by: str, until: datetime | None) -> Proposal:
        """Later: at a time, or (None) when the evidence changes."""
        return await self.stores.proposals.transition(
            proposal_id, revision, State.SNOOZED, by=by, at=self.now(), snoozed_until=until
        )

    async def take(self, proposal_id: str, revision: int, *, by: str) -> Proposal:
        """ "I'm on it": only for what asks for attention."""
        move = self.stores.proposals.transition
        return await move(proposal_id, revision, State.TAKEN, by=by, at=self.now())

    async def reopen(self, proposal_id: str, revision: int, *, by: str) -> Proposal:
        """Takes back Reject, Later or "I'm on it": pending again, and no longer on hold."""
        now = self.now()
        reopened = await self.stores.proposals.transition(proposal_id, revision, State.PENDING, by=by, at=now)
        for hold in by_answers_to(reopened, await self.stores.holds.active()):
            if hold.fingerprint is not None:
                await self.stores.holds.release(hold.id, by, now)
        await self.stores.status.write(reopened, dict.fromkeys(reopened.refs, Status.PENDING), now)
        return reopened

    async def drafted(self, proposal_id: str) -> Proposal:
        """What an open dialog is about. Raises NotFound when that was a command too long ago."""
        try:
            proposal = await self.stores.proposals.get(proposal_id)
        except NotFound as gone:
            forgotten = "nothing changed. A command whose dialog was open for too long has to be given again"
            raise NotFound(f"{gone} any more: {forgotten}") from None
        if proposal.expires_at is not None and self.now() >= proposal.expires_at:
            raise NotFound("nothing changed: this dialog was open for too long. Give the command again")
        return proposal

    async def submit(self, proposal_id: str, revision: int, *, by: str) -> Proposal:
        """Its dialog was submitted: a draft becomes a proposal; what is one already stays as it is. Raises
        NotFound as `drafted` does."""
        proposal, to = await self.drafted(proposal_id), State.PENDING
        if proposal.state != State.DRAFT:
            return proposal
        try:
            return await self.stores.proposals.transition(proposal_id, revision, to, by=by, at=self.now())
        except StaleProposal as stale:
            if stale.proposal is None or stale.proposal.state == State.DRAFT:
                raise
            return stale.proposal  # submitted twice: who approves it first is seen then

    async def release(self, hold_id: str, *, by: str) -> Hold:
        """Ends a hold, and nobody else's; a situation that nobody rejects any more is put to people again."""
        hold = await self.stores.holds.release(hold_id, by, self.now())
        held = {one.fingerprint for one in await self.stores.holds.active()}
        for fingerprint in (hold.fingerprint, hold.fingerprint + RENAMES) if hold.fingerprint else ():
            rejected = await self.stores.proposals.by_fingerprint(fingerprint)
            if rejected is not None and rejected.state == State.REJECTED and hold.fingerprint not in held:
                await self.reopen(rejected.id, rejected.revision, by=by)
        return hold

    async def release_all_of(self, proposal_id: str, *, by: str) -> Proposal:
        """Ends the holds that a proposal's undo or reject made; the proposal as it is then."""
        answered, holds = await self.stores.proposals.get(proposal_id), await self.stores.holds.active()
        for hold in by_answers_to(answered, holds):
            await self.release(hold.id, by=by)
        return await self.stores.proposals.get(proposal_id)

    async def pause(self, *, by: str, reason: str = "") -> Pause:
        """Stops the autopilot, and whatever batch is running between two changes."""
        return await self.stores.pause.put(Pause(by=by, at=self.now(), reason=reason))

    def _executor(self, on_progress: OnProgress = unheard, facts: Facts | None = None) -> Executor:
        return Executor(
            self.stores,
            owner=self.owner,
            clock=self.clock,
            leases=self.leases,
            on_progress=on_progress,
            recheck=self.evidence_changed,
            gates=lambda proposal: closed_gates(self.resources, proposal, self.now(), facts),
            not_on=self.mode.not_on,
        )

    async def _remember(self, proposal: Proposal, answer: str, by: str, reason: str) -> None:
        """A person's answer reaches the next prompt about the situation."""
        if proposal.scope is not None:
            situation, memory = situation_of(proposal.fingerprint), self.stores.memory
            await memory.remember_answer(situation, answer, by=by, at=self.now(), reason=reason)
