"""sync → diff → match → memory → one LLM call → what is put to people.

Reading and deciding write nothing but memory; `publish` makes the proposals.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from discovery import drafts as drafting
from discovery.advisor import Advice, Opinion, advise
from discovery.drafts import CATALOGUE, REVIEW, WRONG_ID
from discovery.findings import Discovery, DiscoveryInputs, notes_on, unmatched_in
from discovery.matching.leaving import Departure, departures, returning
from discovery.matching.match import Match, Matching, Unresolved, match
from discovery.options import DiscoveryOptions
from discovery.sources.catalogue import Entry
from discovery.sources.directories import Listing, Source
from discovery.sources.fetching import Sleep
from discovery.sources.openrouter import Catalogue
from discovery.sources.syncs import Ledger, Lists, Sync
from discovery.sources.witnesses import SOURCES, Witnesses
from discovery.store import keep_results, platform_models, recall, remember
from operator_core.domain.base import EVER, Frozen, ModelRef, to_utc
from operator_core.domain.changes import Result
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import RETURNED, Draft, Member, Proposal, ProposalAction
from operator_core.domain.runs import Sight
from operator_core.domain.signals import Facts
from operator_core.engine import Resources
from operator_core.policy.reconcile import last_seen
from operator_core.store.records.state import StateRecords
from operator_core.store.stores import Stores

ASKED_AGAIN_AFTER = timedelta(days=7)
NEW_FOR = timedelta(days=90)
"""So long after the catalogue has it a model is new; what is older is put to people on request."""
ReadFacts = Callable[[], Awaitable[Facts]]


class Returned(Frozen):
    """When a model that came back was last proposed to be enabled."""

    at: datetime
    confirmed: str = ""
    """The batch that enabled it, once its runs confirmed that."""


class AskedFor(Frozen):
    """How old models people asked to see last, of one provider or of all."""

    at: datetime
    since: datetime
    """What the catalogue has since then."""


@dataclass(frozen=True)
class Discoverer:
    """Discovery over one database and LLM. `client` is opened and closed by whoever made it; `within`: from
    now on what is so old is reviewed too, at `provider` or, where that is empty, at all."""

    resources: Resources
    options: DiscoveryOptions
    client: httpx.AsyncClient
    sleep: Sleep = asyncio.sleep
    within: timedelta | None = None
    provider: str = ""
    accepted_by: str = ""
    """Who believes the lists, however much they shrank."""
    sources: tuple[Source, ...] = SOURCES

    @property
    def stores(self) -> Stores:
        return self.resources.stores

    @property
    def lists(self) -> Lists:
        return Lists(
            Ledger(self.resources.database, self.stores.notes), self.client, self.sleep, self.accepted_by
        )

    @property
    def catalogue(self) -> Catalogue:
        collection = self.resources.options.mongodb.openrouter_catalog
        return Catalogue(self.resources.database, collection, self.lists, self.options.openrouter_url)

    @property
    def witnesses(self) -> Witnesses:
        return Witnesses(self.resources.database, self.lists, self.options, self.sources)

    @property
    def _returned(self) -> StateRecords[Returned]:
        return self.stores.records("discovery:returned:", Returned)

    @property
    def _asked_for(self) -> StateRecords[AskedFor]:
        return self.stores.records("discovery:asked:", AskedFor)

    async def fetch(self, now: datetime) -> tuple[Sync, ...]:
        """Renews the catalogue and its witnesses, each by itself. Raises StoreUnavailable."""
        catalogue, witnesses = await asyncio.gather(self.catalogue.sync(now), self.witnesses.sync(now))
        return (catalogue, *witnesses)

    async def discover(
        self, now: datetime, *, read_facts: ReadFacts | None = None, ask: bool = True, keep: bool = True
    ) -> Discovery:
        """One look at what was fetched. `read_facts`: to see whether ids that we added turned out wrong;
        `ask` the LLM, too; `keep` what was found. Raises FactsUnreadable or StoreUnavailable."""
        inputs = await self._read()
        added = any(model.added_by_us for model in inputs.models)
        facts = await read_facts() if read_facts and added else None
        matching = await self._match(inputs.listed, inputs.refs, inputs.listings, now)
        opinions, advice = await self._opinions(matching.unresolved, ask, keep, now)
        matches = (*matching.matches, *(m for opinion in opinions.values() for m in opinion.matches))
        unmatched = unmatched_in(matching, opinions, advice.use)
        collection = self.resources.options.mongodb.openrouter_catalog
        if keep:
            await self.stores.holds.expire(now)
            await keep_results(self.resources.database, collection, matches, unmatched)
        standing = {m.ref for p in await self.stores.proposals.waiting() if p.review for m in p.members}
        created = {x.openrouter_id: x.created for x in inputs.listed if x.created}
        usual, since = to_utc(now) - NEW_FOR, await self._since(now)
        new = [
            one
            for one in matches
            if created.get(one.openrouter_id, usual) >= min(usual, since.get(one.provider, usual))
            # What was put to people stays until somebody answers, or asks for another age.
            or (one.ref in standing and (self.within is None or self.provider not in {"", one.provider}))
        ]
        drafts, going = await self._drafts(inputs, matching, new, facts, now)
        return Discovery(
            at=to_utc(now),
            inputs=inputs,
            matching=matching,
            matches=matches,
            unmatched=unmatched,
            leaving=going,
            drafts=drafts,
            llm=advice.use,
            carried_over=advice.carried_over,
            sight=Sight.of(facts, self.resources.options.analysis.window_days) if facts is not None else None,
            notes=tuple(notes_on(inputs, advice, now)),
        )

    async def publish(self, discovery: Discovery, now: datetime) -> tuple[Proposal, ...]:
        """Puts the drafts to people, and clears an empty review and ids that were wrong and work now. The age
        that was asked for is kept: what had no room, or is put off, comes up with the new ones."""
        for provider, asked in self._asked_now(now).items():
            await self._asked_for.put(asked, provider)
        published = [await self.stores.proposals.put(one, now=now, run_id="") for one in discovery.drafts]
        for draft in discovery.drafts:
            if draft.action == ProposalAction.ENABLE:
                await self._returned.put(Returned(at=to_utc(now)), str(draft.members[0].ref))
        drawn_up = {draft.fingerprint for draft in discovery.drafts}
        for standing in await self.stores.proposals.waiting():
            if standing.fingerprint not in drawn_up:
                await self._settle(standing, discovery.sight, now)
        return tuple(published)

    async def on_trial(self) -> Mapping[ModelRef, JournalEntry]:
        """The models that came back, with the batch that enabled each for one day; not those of which its
        runs, or a person or batch since, had the last word."""
        trials, all_returned = dict[ModelRef, JournalEntry](), await self._returned.all()
        holds = await self.stores.holds.active() if all_returned else ()
        for name, returned in all_returned.items():
            ref = ModelRef(provider=name.partition("/")[0], model_id=name.partition("/")[2])
            entries = await self.stores.journal.naming("changes.member", [ref], "started_at")
            last = next((x for x in entries if any(o.result != Result.SKIPPED for o in x.outcomes)), None)
            if not last or not last.closed or not last.standing or last.id == returned.confirmed:
                continue
            asked = await self.stores.proposals.readable([last.proposal_id])
            held = [hold for hold in holds if hold.ref == ref and hold.at > last.started_at]
            if [x.fingerprint for x in asked] == [f"{RETURNED}{ref}"] and not last.undo_of and not held:
                trials[ref] = last
        return trials

    async def confirm(self, ref: ModelRef, trial: JournalEntry) -> None:
        """It answered: its trial is over."""
        await self._returned.put(Returned(at=trial.started_at, confirmed=trial.id), str(ref))

    async def leave_alone(
        self, member: Member, origin: Origin, *, by: str, at: datetime, reason: str = ""
    ) -> None:
        """A person's word: this offer is not proposed again before somebody releases it; of "not now" before
        a week has passed. It says nothing about other providers'."""
        ref = ModelRef(provider=CATALOGUE, model_id=drafting.offer_of(member))
        until = at + ASKED_AGAIN_AFTER if origin == Origin.NOT_NOW else None
        said = HoldDraft.on(ref, origin=origin, by=by, at=at, until=until, reason=reason)
        await self.stores.holds.add(said)

    def _asked_now(self, now: datetime) -> dict[str, AskedFor]:
        within = self.within
        return {} if within is None else {self.provider: AskedFor(at=now, since=to_utc(now) - within)}

    async def _since(self, now: datetime) -> dict[str, datetime]:
        """By provider: of what is asked for, since when the catalogue has it. The last word counts."""
        asked = {**await self._asked_for.all(), **self._asked_now(now)}
        in_turn = sorted(asked.items(), key=lambda named: named[1].at)
        return {
            one: word.since for name, word in in_turn for one in ([name] if name else self.options.providers)
        }

    async def _read(self) -> DiscoveryInputs:
        last_good = await self.lists.ledger.last_good("openrouter")
        gone_before = await self.catalogue.vanished_before()
        kept = await self.catalogue.kept_entries()
        listed = tuple(one for one in kept if last_good and one.last_seen_at >= last_good.started_at)
        staying, unseen = {one.exact for one in listed}, gone_before or EVER
        return DiscoveryInputs(
            listed=listed,
            vanished=tuple(one for one in kept if one.last_seen_at < unseen and one.exact not in staying),
            models=await platform_models(self.resources.database, self.resources.options.mongodb.models),
            snapshots=await self.witnesses.snapshots(),
            sync=await self.lists.ledger.latest("openrouter"),
            last_good=last_good,
        )

    async def _match(
        self, entries: Sequence[Entry], refs: Sequence[ModelRef], listings: Sequence[Listing], now: datetime
    ) -> Matching:
        """In a thread: seconds for 50,000 models, in which the bot goes on answering."""
        if not entries:
            return Matching()
        return await asyncio.to_thread(match, entries, refs, self.options.providers, listings, now.date())

    async def _opinions(
        self, unresolved: Sequence[Unresolved], ask: bool, keep: bool, now: datetime
    ) -> tuple[dict[str, Opinion], Advice]:
        """What is said about each model, before or now; what is new is remembered."""
        asked = {one.entry.openrouter_id: one for one in unresolved}
        opinions = await recall(self.resources.database, unresolved)
        advice = await advise(
            [one for name, one in asked.items() if name not in opinions],
            advisor=self.resources.advisor if ask else None,
            no_advisor=self.resources.no_advisor if ask else "not asked",
            model=self.resources.options.llm.model,
        )
        if keep:
            await remember(self.resources.database, advice.opinions, asked, now)
        return opinions | {opinion.openrouter_id: opinion for opinion in advice.opinions}, advice

    async def _drafts(
        self,
        inputs: DiscoveryInputs,
        matching: Matching,
        matches: Sequence[Match],
        facts: Facts | None,
        now: datetime,
    ) -> tuple[tuple[Draft, ...], tuple[Departure, ...]]:
        gone = await self._match(inputs.vanished, inputs.refs, (), now)
        going = departures(inputs.models, matching.running, inputs.listed, gone.running, inputs.listings)
        present = frozenset(inputs.refs)
        named = {one.ref.model_copy(update={"model_id": one.successor}): one.ref for one in going}
        successors = {new: old for new, old in named.items() if new.model_id and new not in present}
        left_alone = await self._left_alone()
        sure = self.options.min_confidence
        worth = drafting.worth_adding(matches, min_confidence=sure, left_alone=left_alone, today=now.date())
        entries = {one.openrouter_id: one for one in inputs.listed}
        proposed = await self._returned.all()
        lately = {ref for ref, one in proposed.items() if now - one.at < ASKED_AGAIN_AFTER}
        back = returning(inputs.models, matching.running, entries, lately)
        drafts = [drafting.review(worth, entries, successors, inputs.listings)]
        drafts += [drafting.returned(model, entry) for model, entry in back]
        if facts is not None:
            candidates = await self._next_candidates(inputs, matching, now)
            drafts += drafting.wrong_ids(inputs.models, facts, candidates)
        return tuple(draft for draft in drafts if draft), going

    async def _next_candidates(
        self, inputs: DiscoveryInputs, matching: Matching, now: datetime
    ) -> dict[ModelRef, tuple[str, ...]]:
        """For each measured model, the further ids under which its provider may serve it."""
        entries = [entry for entry in inputs.listed if entry.openrouter_id in matching.running]
        others = (await self._match(entries, (), inputs.listings, now)).matches
        served = {(one.openrouter_id, one.provider): (one.model_id, *one.alternatives) for one in others}
        present = {(ref.provider, ref.model_id) for ref in inputs.refs}
        return {
            ref: tuple(
                one for one in served.get((name, ref.provider), ()) if (ref.provider, one) not in present
            )
            for name, refs in matching.running.items()
            for ref in refs
        }

    async def _left_alone(self) -> frozenset[str]:
        return frozenset(
            hold.model_id if hold.provider == CATALOGUE else f"{hold.provider}/{hold.model_id}"
            for hold in await self.stores.holds.active()
            if hold.model_id
        )

    async def _settle(self, standing: Proposal, sight: Sight | None, now: datetime) -> None:
        """A wrong id is over when its runs say so; where the window holds none, it stays as last seen."""
        wrong_id = standing.fingerprint.startswith(WRONG_ID)
        if wrong_id and sight and any(map(sight.aged_out, standing.members)):
            seen = last_seen(standing, standing.members, sight)
            if seen.members != standing.members:
                await self.stores.proposals.put(seen, now=now, run_id=standing.run_id)
        elif standing.fingerprint == REVIEW or (wrong_id and sight):
            await self.stores.proposals.clear(standing, now, "settled")
