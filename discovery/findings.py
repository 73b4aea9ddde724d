"""What one look at the catalogue found, and what of it people must be told."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from discovery.advisor import Advice, Opinion
from discovery.drafts import NewModels
from discovery.matching.leaving import Departure, PlatformModel
from discovery.matching.match import Match, Matching
from discovery.sources.catalogue import Entry, KeptEntry
from discovery.sources.directories import Listing
from discovery.sources.syncs import Sync
from discovery.sources.witnesses import Snapshot
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import LlmUse
from operator_core.domain.proposals import Draft
from operator_core.domain.runs import RunOutcome
from operator_core.domain.sight import Sight
from operator_core.words import duration

UNLISTED = "no witness lists anything near it at your providers"


class DiscoveryInputs(Frozen):
    """All that is read before anything is matched, asked or proposed."""

    catalogue: Mapping[str, KeptEntry]
    listed: tuple[Entry, ...]
    """Of these, those that the last good sync had."""
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

    @property
    def new(self) -> tuple[str, ...]:
        """Catalogue models that the last good sync saw for the first time."""
        since = self.last_good.started_at if self.last_good else datetime.max.replace(tzinfo=UTC)
        return tuple(sorted(name for name, kept in self.catalogue.items() if kept.first_seen_at >= since))


class Discovery(Frozen):
    """Everything one look at the catalogue found."""

    at: datetime
    inputs: DiscoveryInputs
    matching: Matching
    matches: tuple[Match, ...] = ()
    """By rule and by the LLM."""
    unmatched: Mapping[str, str] = {}
    """The new models for which there is no id, and why."""
    new_models: NewModels = NewModels()
    leaving: tuple[Departure, ...] = ()
    drafts: tuple[Draft, ...] = ()
    llm: LlmUse
    carried_over: int = 0
    """Unresolved models that wait for the next call."""
    sight: Sight | None = None
    """What was seen of the models; None when only new ones were looked at."""
    notes: tuple[str, ...] = ()
    """What did not work as it should, a plain sentence each."""


def unmatched_in(matching: Matching, opinions: Mapping[str, Opinion], use: LlmUse) -> dict[str, str]:
    """What has no id, and why: a "no" is told from a question that nobody answered."""
    unanswered = f"not answered yet: {use.fallback or 'it did not fit into one call'}"
    reasons = dict.fromkeys(matching.unlisted, UNLISTED)
    for one in matching.unresolved:
        opinion = opinions.get(one.entry.openrouter_id)
        if opinion is None:
            reasons[one.entry.openrouter_id] = unanswered
        elif not opinion.matches:
            reasons[one.entry.openrouter_id] = f"{opinion.suggested_by}: {opinion.reasoning or 'none fits'}"
    return dict(sorted(reasons.items()))


def notes_on(inputs: DiscoveryInputs, advice: Advice, now: datetime) -> Iterator[str]:
    """What people must know before they trust the rest."""
    sync, last_good = inputs.sync, inputs.last_good
    if last_good is None:
        yield "The catalogue was never fetched: nothing is known of new models."
    if sync is not None and sync.outcome != RunOutcome.GOOD:
        shown = f" What is shown is {duration(now - last_good.started_at)} old." if last_good else ""
        yield f"The last fetch of the catalogue failed: {sync.reason or 'it did not finish'}.{shown}"
    yield from filter(None, (_note_on(snapshot, now) for snapshot in inputs.snapshots))
    if advice.carried_over:
        why = f" ({advice.use.fallback})" if advice.use.fallback else ""
        yield f"{advice.carried_over} models wait for the LLM's answer{why}."


def _note_on(snapshot: Snapshot, now: datetime) -> str:
    if snapshot.as_of is None:
        why = f" ({snapshot.problem})" if snapshot.problem else ""
        return f"{snapshot.source} was never fetched{why}: nothing is confirmed by it."
    if snapshot.problem:
        age = duration(now - snapshot.as_of)
        return f"{snapshot.source} could not be renewed ({snapshot.problem}): its copy is {age} old."
    return ""
