"""operator_proposals: what is put to people, and its life. Each move is one conditional update."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from operator_core.domain.base import ModelRef, to_utc
from operator_core.domain.holds import Hold
from operator_core.domain.proposals import (
    DRAFT_KEPT,
    OPEN_STATES,
    POLICY,
    WAITING_STATES,
    Draft,
    Proposal,
    ShownIn,
    State,
    Transition,
    may_transition,
)
from operator_core.domain.runs import Sight, run_number
from operator_core.domain.situations import WIDE
from operator_core.errors import StaleProposal, Unreadable
from operator_core.policy.reconcile import Published, asked_from_now, reaction
from operator_core.store.mongo import Document, T
from operator_core.store.own_documents import Records, document_of, write
from operator_core.store.records.state import catch_up, next_number

REVISED_FIELDS = frozenset(Draft.model_fields) | {"run_id", "updated_at", "revision", "earlier"}
REOPENED_FIELDS = REVISED_FIELDS | {"state", "snoozed_until", "approved", "moves"}

_DRAWN_DIFFERS = {
    "$anyElementTrue": {
        "$map": {
            "input": {"$cond": [{"$isArray": "$drawn"}, "$drawn", []]},
            "in": {"$or": [{"$ne": ["$$this.revision", "$revision"]}, {"$ne": ["$$this.state", "$state"]}]},
        }
    }
}


class Proposals(Records[Proposal]):
    """At most one open proposal for each fingerprint; whoever comes second is told who was first."""

    collection, model = "operator_proposals", Proposal

    async def get(self, proposal_id: str) -> Proposal:
        """Raises NotFound, or Unreadable."""
        return await self._named(proposal_id, "proposal")

    async def meant(self, typed: str) -> Proposal:
        """As `get`, by what a person typed; NotFound lists what there is."""
        return await self._as_typed(typed, "P-", "proposal")

    async def readable(self, proposal_ids: Iterable[str]) -> tuple[Proposal, ...]:
        """Of these, those that can be read, in their order."""
        wanted = tuple(proposal_ids)
        read = await self._all({"_id": {"$in": list(wanted)}})
        return tuple(sorted(read, key=lambda proposal: wanted.index(proposal.id)))

    async def open(self) -> tuple[Proposal, ...]:
        """All that are not over, the oldest first."""
        return await self._in(OPEN_STATES)

    async def waiting(self) -> tuple[Proposal, ...]:
        """Those that somebody has to look at, the oldest first."""
        return await self._in(WAITING_STATES)

    async def approved_before(self, moment: datetime) -> tuple[Proposal, ...]:
        """Approved until then, and neither carried out nor failed yet: their executor may be gone."""
        where = {"state": State.APPROVED, "updated_at": {"$lte": to_utc(moment)}}
        return await self._all(where, {"updated_at": 1, "_id": 1})

    async def by_fingerprint(self, fingerprint: str) -> Proposal | None:
        """The open proposal about this; None when there is none. Raises Unreadable."""
        return await self._one({"fingerprint": fingerprint, **_in_or_unknown(OPEN_STATES)})

    async def recent(self, limit: int = 100, since: datetime | None = None) -> tuple[Proposal, ...]:
        """Whatever their state but draft, those that changed last first; `since` bounds that change."""
        where: Document = {"state": {"$ne": State.DRAFT}}
        where |= {} if since is None else {"updated_at": {"$gte": to_utc(since)}}
        return await self._all(where, {"updated_at": -1}, limit)

    async def insert(
        self, draft: Draft, now: datetime, run_id: str = "", *, state: State = State.PENDING
    ) -> Proposal:
        """A new proposal, pending or still to be submitted. Without a fingerprint it gets its own id as one.
        Raises StaleProposal, with the other, when there is an open one about the same."""
        number = await next_number(self._database, "proposals")
        proposal_id, moment = f"P-{number}", to_utc(now)
        proposal = Proposal(
            **draft.asked | {"fingerprint": draft.fingerprint or proposal_id},
            id=proposal_id,
            state=state,
            run_id=run_id,
            created_at=moment,
            updated_at=moment,
            expires_at=moment + DRAFT_KEPT if state == State.DRAFT else None,
        )
        try:
            document = {**document_of(proposal), **as_stored(state)}
            await self._past_older_versions(lambda: self._collection.insert_one(document))
        except DuplicateKeyError as error:
            if await self._collection.find_one({"_id": proposal_id}, {"_id": 1}):  # the counter is behind
                await catch_up(self._database, "proposals")
                return await self.insert(draft, now, run_id, state=state)
            other = await self.by_fingerprint(proposal.fingerprint)
            name_of_other = other.id if other else "another proposal"
            raise StaleProposal(f"{name_of_other} is about the same, and still open", other) from error
        return proposal

    async def forget_draft(self, proposal_id: str) -> None:
        """As if the command had not been given; what was submitted stays."""
        await self._collection.delete_one({"_id": proposal_id, "state": State.DRAFT})

    async def transition(
        self,
        proposal_id: str,
        revision: int,
        target: State,
        *,
        by: str,
        at: datetime,
        approved: Sequence[ModelRef] = (),
        snoozed_until: datetime | None = None,
        journal_id: str | None = None,
        of_run: str | None = None,
        read: Proposal | None = None,
        **said: Any,
    ) -> Proposal:
        """One step of its life, if it is still as it was read. What it is approved for stays with it.

        `of_run`: only while it is that run's. `read`: it, where it was read just now. `said`: further fields
        of the Transition. Raises NotFound, or StaleProposal with the proposal as it is now.
        """
        current = read or await self.get(proposal_id)
        if current.revision != revision or not may_transition(current.state, target, current.action):
            raise StaleProposal(_what_happened(current, revision, target), current)
        step = Transition(source=current.state, target=target, by=by, at=to_utc(at), **said)
        snoozed = None if snoozed_until is None else to_utc(snoozed_until)
        fields = as_stored(target) | {"updated_at": step.at, "snoozed_until": snoozed, "expires_at": None}
        if target in {State.APPROVED, State.PENDING}:
            fields["approved"] = [ref.model_dump() for ref in approved]
        pushed = {"moves": step.model_dump()} | ({"journal_ids": journal_id} if journal_id else {})
        as_read = {"_id": proposal_id, "state": current.state, "revision": revision}
        as_read |= {} if of_run is None else {"run_id": of_run}
        moved = await self._past_older_versions(
            lambda: self._updated(as_read, {"$set": fields, "$push": pushed})
        )
        if moved is None:
            newest = await self.get(proposal_id)
            raise StaleProposal(_what_happened(newest, revision, target), newest)
        return moved

    async def record_drawn(self, proposal_id: str, drawn: ShownIn) -> None:
        """A Slack message shows it now as `drawn` says."""
        message = {"channel": drawn.channel, "ts": drawn.ts}
        redrawn = {"drawn.$.revision": drawn.revision, "drawn.$.state": drawn.state}
        if not await self._set({"_id": proposal_id, "drawn": {"$elemMatch": message}}, redrawn):
            unknown = {"_id": proposal_id, "drawn": {"$not": {"$elemMatch": message}}}
            await self._collection.update_one(unknown, {"$push": {"drawn": drawn.model_dump()}})

    async def forget_drawn(self, proposal_id: str, channel: str, ts: str) -> None:
        """That message shows it no longer: it was deleted, or shrank to a link."""
        message = {"channel": channel, "ts": ts}
        await self._collection.update_one({"_id": proposal_id}, {"$pull": {"drawn": message}})

    async def draw_again(self, proposal_id: str) -> None:
        """Its cards are to show more than its revision and state: whoever looks next redraws them."""
        await self._set({"_id": proposal_id, "drawn.0": {"$exists": True}}, {"drawn.$[].revision": 0})

    async def needing_redraw(self) -> tuple[Proposal, ...]:
        """Those that some message shows in another revision or state than they are."""
        where = {"drawn.0": {"$exists": True}, "$expr": _DRAWN_DIFFERS}
        return await self._all(where, {"updated_at": 1})

    async def publish(
        self,
        drafts: Sequence[Draft],
        *,
        sight: Sight,
        holds: Collection[Hold] = (),
        now: datetime,
        run_id: str,
    ) -> Published:
        """Brings the open proposals up to a run's drafts, and clears those whose evidence went away.

        `sight`: what the run saw; what it can't see any more stays, with its last evidence.
        `holds`: those that stand now; what was held while the run was under way is not asked about.
        What a later run wrote stays as it is.
        """
        told: list[Proposal] = []
        standing = [p for p in await self.open() if run_number(p.run_id) <= run_number(run_id)]
        asked, gone = asked_from_now(standing, drafts, sight, holds)
        for draft in asked:
            with suppress(Unreadable):  # another version's stands, and is named
                told.append(await self.put(draft, now=now, run_id=run_id))
        well = sight.last_runs.keys() - {member.ref for draft in drafts for member in draft.members}
        why = {p.id: "answers again" for p in gone if p.scope in WIDE and not well.isdisjoint(p.refs)}
        over = [await self.clear(p, now, why.get(p.id, "its evidence went away")) for p in gone]
        return Published(
            told=tuple(proposal for proposal in told if proposal.run_id == run_id),
            cleared=tuple(proposal for proposal in over if proposal),
        )

    async def put(self, draft: Draft, *, now: datetime, run_id: str) -> Proposal:
        """Revises the open proposal about this, or makes a new one; safe against others who do the same. The
        one there is where it is left alone."""
        moment = to_utc(now)
        while True:
            standing = await self.by_fingerprint(draft.fingerprint)
            if standing is None:
                try:
                    return await self.insert(draft, moment, run_id)
                except StaleProposal:
                    continue  # somebody else was first: revise theirs
            newer = reaction(standing, draft, moment, run_id)
            if newer is None or await self._revise(standing, newer):
                return newer or standing

    async def clear(self, proposal: Proposal, now: datetime, reason: str) -> Proposal | None:
        """Its evidence is gone. None when somebody acted on it in this moment: the next run looks again."""
        as_read: dict[str, Any] = {"of_run": proposal.run_id, "read": proposal}
        try:
            return await self.transition(
                proposal.id, proposal.revision, State.CLEARED, by=POLICY, at=now, reason=reason, **as_read
            )
        except StaleProposal:
            return None

    async def _in(self, states: Collection[State]) -> tuple[Proposal, ...]:
        proposals = await self._all(_in_or_unknown(states))
        return tuple(sorted(proposals, key=lambda proposal: (proposal.created_at, proposal.number)))

    async def _revise(self, standing: Proposal, newer: Proposal) -> bool:
        """Only what a run knows is written: what people and cards did meanwhile stays."""
        names = REVISED_FIELDS if newer.state == standing.state else REOPENED_FIELDS
        as_it_was = standing.model_dump(include={"state", "revision", "run_id"}) | {"_id": standing.id}
        return await self._past_older_versions(
            lambda: write(self._collection, as_it_was, newer, only=names, also=as_stored(newer.state))
        )

    async def settle(self, now: datetime) -> None:
        """Makes `open` true to the state; older versions don't write it. Of two that ask the same one is
        cleared: what is carried out goes on, or was answered, or is older."""
        await self._close_what_is_over()
        going_on: dict[str, Proposal] = {}
        answered_first = {State.APPROVED: 0, State.PENDING: 2}
        for proposal in sorted(await self.open(), key=lambda one: answered_first.get(one.state, 1)):
            first = going_on.setdefault(proposal.fingerprint, proposal)
            if first is not proposal:
                await self.clear(proposal, now, f"{first.id} asks the same")
        standing = [{"_id": one.id, "fingerprint": one.fingerprint} for one in going_on.values()]
        said_open = self._collection.find({"open": True}, ["fingerprint"], sort=["created_at", "_id"])
        standing += await said_open.to_list()
        await self._set_aside(standing, ["fingerprint"], {"open": False})
        where = {"_id": {"$in": [one.id for one in going_on.values()]}, "state": {"$in": sorted(OPEN_STATES)}}
        await self._collection.update_many(where, {"$set": {"open": True}})

    async def _past_older_versions(self, write_it: Callable[[], Awaitable[T]]) -> T:
        """Writes; once more when what stood in its way was closed by a version that doesn't write `open`."""
        try:
            return await write_it()
        except DuplicateKeyError:
            if not await self._close_what_is_over():
                raise
            return await write_it()

    async def _close_what_is_over(self) -> int:
        over = {"state": {"$in": sorted(set(State) - OPEN_STATES)}, "open": {"$ne": False}}
        return (await self._collection.update_many(over, {"$set": {"open": False}})).modified_count


def as_stored(state: State) -> Document:
    """A state's fields: whether it is open stands beside it, for an index that filters by equality only."""
    return {"state": state, "open": state in OPEN_STATES}


def _in_or_unknown(states: Collection[State]) -> Document:
    """Also in one that only a newer version knows, and that isn't over: it can't be read, and is named."""
    unknown = {"state": {"$nin": sorted(State)}, "open": {"$ne": False}}
    return {"$or": [{"state": {"$in": sorted(states)}}, unknown]}


def _what_happened(current: Proposal, revision: int, target: State) -> str:
    transition = current.last_transition
    if current.state != State.PENDING and transition is not None:
        return f"{current.id} is {current.state} already, by {transition.by}"
    if current.revision != revision:
        return f"{current.id} changed since you read it: look at it as it is now"
    return f"{current.id} is {current.state}, and can't become {target}"
