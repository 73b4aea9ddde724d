"""What one look at the catalogue found: as a value, as notes for people, and as plain data for programs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from discovery.advisor import Advice, Opinion
from discovery.drafts import REVIEW
from discovery.matching.leaving import Departure, PlatformModel
from discovery.matching.match import Match, Matching
from discovery.sources.catalogue import Entry, KeptEntry
from discovery.sources.directories import Listing
from discovery.sources.syncs import Sync
from discovery.sources.witnesses import Snapshot
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import LlmUse
from operator_core.domain.proposals import Draft, Member
from operator_core.domain.runs import RunOutcome, Sight
from operator_core.words import duration, plural

Data = dict[str, object]
UNREPORTED = {"alternatives", "deprecated", "deprecation_date"}
UNLISTED = "no witness lists anything near it at your providers"


class DiscoveryInputs(Frozen):
    """All that is read before anything is matched, asked or proposed."""

    listed: tuple[KeptEntry, ...]
    vanished: tuple[Entry, ...]
    models: tuple[PlatformModel, ...]
    snapshots: tuple[Snapshot, ...]
    sync: Sync | None
    """The last attempt, good or not; None: it was never fetched."""
    last_good: Sync | None

    @property
    def listings(self) -> tuple[Listing, ...]:
        return tuple(listing for snapshot in self.snapshots for listing in snapshot.listings)

    @property
    def refs(self) -> tuple[ModelRef, ...]:
        return tuple(model.ref for model in self.models)


class Discovery(Frozen):
    """Everything one look at the catalogue found."""

    at: datetime
    inputs: DiscoveryInputs
    matching: Matching
    matches: tuple[Match, ...] = ()
    unmatched: Mapping[str, str] = {}
    """The new models for which there is no id, and why."""
    leaving: tuple[Departure, ...] = ()
    drafts: tuple[Draft, ...] = ()
    llm: LlmUse
    carried_over: int = 0
    sight: Sight | None = None
    """What was seen of the models; None when only new ones were looked at."""
    notes: tuple[str, ...] = ()

    @property
    def to_review(self) -> tuple[Member, ...]:
        return next((draft.members for draft in self.drafts if draft.fingerprint == REVIEW), ())


def unmatched_in(matching: Matching, opinions: Mapping[str, Opinion], use: LlmUse) -> dict[str, str]:
    """What has no id, and why: a "no" is told from a question that nobody answered."""
    unanswered = f"not answered yet: {use.fallback or 'it did not fit into one call'}"
    reasons = dict.fromkeys(matching.unmatched, UNLISTED)
    for name in reasons.keys() & {one.entry.openrouter_id for one in matching.unresolved}:
        opinion = opinions.get(name)
        said = f"{opinion.suggested_by}: {opinion.reasoning or 'none fits'}" if opinion else unanswered
        reasons[name] = "" if opinion and opinion.matches else said
    return {name: why for name, why in sorted(reasons.items()) if why}


def notes_on(inputs: DiscoveryInputs, advice: Advice, now: datetime) -> Iterator[str]:
    """What people must know before they trust the rest."""
    sync, last_good = inputs.sync, inputs.last_good
    if last_good is None:
        yield "The catalogue was never fetched: nothing is known of new models."
    if sync is not None and sync.outcome != RunOutcome.GOOD:
        shown = f" What is shown is {duration(now - last_good.started_at)} old." if last_good else ""
        yield f"The last fetch of the catalogue failed: {sync.reason or 'it did not finish'}.{shown}"
    for one in inputs.snapshots:
        problem = f" ({one.problem})" if one.problem else ""
        if one.as_of is None:
            yield f"{one.source} was never fetched{problem}: nothing is confirmed by it."
        elif problem:
            yield f"{one.source} could not be renewed{problem}: its copy is {duration(now - one.as_of)} old."
        if one.partial:
            yield f"{one.source} lists {one.partial}."
    if advice.carried_over:
        why = f" ({advice.use.fallback})" if advice.use.fallback else ""
        yield f"{plural(advice.carried_over, 'model waits', 'models wait')} for the LLM's answer{why}."


def report(discovery: Discovery) -> Data:
    """The object that `discover report --json` prints."""
    return {
        "sync": _sync(discovery.inputs.sync) | {"notes": list(discovery.notes)},
        "matches": [m.model_dump(exclude=UNREPORTED) for m in discovery.matches],
        "unmatched": [{"openrouter_id": n, "reasoning": why} for n, why in discovery.unmatched.items()],
        "llm": discovery.llm.model_dump(),
    }


def stats(discovery: Discovery) -> Data:
    """Counts of everything: each entry of the catalogue is in one of them."""
    last_good = discovery.inputs.last_good
    return {
        "sync": _sync(discovery.inputs.sync),
        "last_good": _sync(last_good),
        "witnesses": [
            {"source": copy.source, "listings": len(copy.listings)}
            | copy.model_dump(mode="json", exclude={"listings"})
            for copy in discovery.inputs.snapshots
        ],
        "new_since_last_sync": last_good.new if last_good else 0,
        "already_measured": len(discovery.matching.running),
        "left_out": dict(sorted(discovery.matching.left_out.items())),
        "matched": len({m.openrouter_id for m in discovery.matches}),
        "confirmed": len({m.openrouter_id for m in discovery.matches if m.confirmed}),
        "matches_by_provider": dict(sorted(Counter(m.provider for m in discovery.matches).items())),
        "unmatched": len(discovery.unmatched),
        "waiting_for_the_llm": discovery.carried_over,
        "leaving": len(discovery.leaving),
        "offers_to_review": len(discovery.to_review),
        "llm": discovery.llm.model_dump(),
        "notes": list(discovery.notes),
    }


def _sync(sync: Sync | None) -> Data:
    return sync.model_dump(mode="json", exclude={"copy_id"}) if sync else {"outcome": "never"}
