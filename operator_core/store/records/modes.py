"""What was chosen for the autopilot; in shadow, what it would have done; and what it did lately.

A choice is one document that is swapped whole, and holds the journal's entry about itself. So no crash parts
the two: the entry is put into the journal right after it, and by `tell` where that was missed. The brakes
count from the journal, not from what was planned.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from operator_core.domain.base import EVER
from operator_core.domain.journal import (
    Before,
    EntryState,
    JournalEntry,
    ModeChoice,
    ModeInForce,
    disabled_by_policy,
    left_enabled,
)
from operator_core.domain.mode import Mode, ShadowRecord, lesser, newest_of_each
from operator_core.domain.proposals import Proposal, ProposalAction
from operator_core.errors import LeaseLost, StaleProposal
from operator_core.policy.gates import WEEK, RecentActivity
from operator_core.store.records.state import highest_number
from operator_core.store.stores import Stores

OFF_IN = ("autopilot is off: somebody chose so", "autopilot is off in operator.toml")


@dataclass(frozen=True)
class Modes:
    """`allowed`: the most that operator.toml lets anybody choose. All raise StoreUnavailable."""

    stores: Stores
    allowed: Mode
    now: Callable[[], datetime]

    async def in_force(self) -> ModeInForce:
        """What was chosen, if only the journal has it. Else a new deployment begins in shadow, and one that
        acted alone before there were modes goes on."""
        chosen = await self.stores.mode.get()
        if chosen is None:
            entries = await self.stores.journal.since(EVER)
            began = Mode.ON if any(one.automatic for one in entries) else Mode.SHADOW
            mode, said = [(began, None), *((one.mode[1], one) for one in entries if one.mode)][-1]
            chosen = ModeChoice(mode=mode, at=self.now(), entry=said)
        return ModeInForce(mode=lesser(chosen.mode, self.allowed), chosen=chosen)

    async def not_on(self) -> str:
        """Why policy does nothing by now, in words; "" while the mode is on."""
        mode = (await self.in_force()).mode
        where = "in shadow" if mode == Mode.SHADOW else "off"
        return "" if mode == Mode.ON else f"the autopilot is {where} by now"

    async def begin(self) -> None:
        """For each start: what it begins with stays. Of several replicas one is heard."""
        await self.stores.mode.add((await self.in_force()).chosen)

    async def choose(
        self, mode: Mode, *, by: str, reason: str = "", undoes: JournalEntry | None = None, seen: int = 0
    ) -> None:
        """An approver's choice; or, with what was before it, its undo. `seen`: the version that stood when it
        was asked, if that matters.

        Raises StaleProposal: operator.toml allows less, another was faster, or it is an older choice's undo.
        """
        await self.begin()
        standing = (await self.in_force()).chosen
        if undoes is not None and (undoes.undo_of or not standing.entry or undoes.id != standing.entry.id):
            later = f"is not the last choice: somebody chose {standing.mode} since"
            why = "is an undo: choose the mode that you want" if undoes.undo_of else later
            raise StaleProposal(f"nothing changed: {undoes.id} {why}")
        if seen not in {0, standing.version}:
            raise StaleProposal(f"nothing changed: somebody chose {standing.mode} since you were asked")
        if lesser(mode, self.allowed) != mode:
            most = f"[policy] autopilot in operator.toml allows {self.allowed} at most"
            raise StaleProposal(f"nothing changed: {most}, not {mode}")
        await self.tell()
        now, undo_of = self.now(), undoes.id if undoes else None
        numbered = await highest_number(self.stores.database, "operator_journal", "_id", "J-M")
        entry_id = f"{undo_of}u1" if undo_of else f"J-M{numbered + 1}"
        said = {"id": entry_id, "by": by, "reason": reason, "undo_of": undo_of, "mode": (standing.mode, mode)}
        owned = {"proposal_id": "", "revision": 0, "provider": "", "owner": "", "state": EntryState.CLOSED}
        done = {"action": ProposalAction.ATTEND, "changes": (), "started_at": now, "closed_at": now}
        entry = JournalEntry.model_validate({**said, **owned, **done, "lease": now})
        chosen = ModeChoice(version=standing.version + 1, mode=mode, at=now, entry=entry)
        if mode != standing.mode and not await self.stores.mode.swap("", standing.version, chosen):
            raise StaleProposal("nothing changed: somebody else chose a mode in this moment")
        await self.tell()

    async def tell(self) -> None:
        """The journal has what stands, whoever died before saying so."""
        choice = await self.stores.mode.get()
        if choice is not None and choice.entry is not None:
            with suppress(LeaseLost):  # it has it already
                await self.stores.journal.open(choice.entry)

    async def would_have_done(self) -> tuple[ShadowRecord, ...]:
        """By policy alone: it counts as if it had, as long as policy doesn't act."""
        acts = (await self.in_force()).mode == Mode.ON
        return () if acts else tuple((await self.stores.shadow.all()).values())

    async def record(self, proposals: Iterable[Proposal], at: datetime) -> None:
        """What policy would have done alone of these, once for each model and streak."""
        recorded = newest_of_each(await self.would_have_done())
        for proposal in proposals:
            facts = proposal.model_dump(include={"kind", "pattern", "confidence", "suggested_by"})
            for member in proposal.shadowed:
                before = recorded.get(member.ref)
                if before is None or not before.same_streak(member.last_success):
                    one = ShadowRecord(member=member, at=at, proposal_id=proposal.id, **facts)
                    await self.stores.shadow.add(one, f"{member.ref}@{member.failing_since}", since=at)


async def read_recent_activity(modes: Modes, *, advice_complete: bool, mine: str = "") -> RecentActivity:
    """The brakes' state now. What is about to be done counts; for the entry `mine` what came before it."""
    stores, now = modes.stores, modes.now()
    before = await (stores.journal.before(mine) if mine else stores.journal.line())
    pause = await stores.pause.get()
    mode, shadow = (await modes.in_force()).mode, await modes.would_have_done()
    this_week = await stores.journal.since(now - WEEK)
    by_policy = disabled_by_policy(this_week, before)
    by_policy.update(record.member.ref.provider for record in shadow if record.at >= now - WEEK)
    return RecentActivity(
        mode=mode,
        why_off=OFF_IN[modes.allowed == Mode.OFF] if mode == Mode.OFF else "",
        shadow=shadow,
        paused=pause.with_reason("autopilot is paused") if pause else await _untold_or_uncounted(stores, now),
        advice_complete=advice_complete,
        gone_this_week=dict(left_enabled(this_week, before)),
        by_policy_this_week=dict(by_policy),
        unattended=await changes_unattended(stores, shadow, before),
    )


async def _untold_or_uncounted(stores: Stores, now: datetime) -> str:
    """What can't be told isn't done; brakes that can't be counted hold, and words that can't be read."""
    if refusal := await stores.channel_refusal.get():
        return refusal.words
    if not await stores.holds.all_readable():
        return "somebody's hold can't be read by this version, and may be on any model"
    acted = await stores.approver_action.get()
    since = min(now - WEEK, acted.at if acted else EVER)
    if await stores.journal.all_readable_since(since):
        return ""
    return "the brakes can't be counted: the journal has an entry that this version can't read"


async def changes_unattended(stores: Stores, shadow: Iterable[ShadowRecord], before: Before = None) -> int:
    """Changes that policy made (see Journal: or is about to make), or would have made in `shadow`, since an
    approver last acted in Slack."""
    acted = await stores.approver_action.get()
    would = sum(acted is None or one.at >= acted.at for one in shadow)
    return await stores.journal.changes_unattended(acted, before) + would
