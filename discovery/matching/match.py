"""Catalogue × platform × providers → which models are new, and who serves them under which id. Pure.

A match is confirmed by witnesses alone: an id that one of them lists, whose identity is the model's. What has
no confirmed match is unresolved, with the ids that come nearest; rapidfuzz ranks those and decides nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from rapidfuzz import fuzz

from discovery.matching.offers import Gap, Offer, OfferIndex, by_provider, offers_of, regions_of, spelled
from discovery.sources.catalogue import Entry, left_out
from discovery.sources.directories import Listing
from operator_core.domain.base import Frozen, ModelRef
from operator_core.text.model_ids import Identity, identify

NEAR = 84.0
"""rapidfuzz's score, of 100, below which an id isn't worth a question."""
CANDIDATES = 3
RULES = "witnesses"
"""Who suggested what needed no LLM."""


class Match(Frozen):
    """A model of the catalogue, and the id under which a provider serves it."""

    openrouter_id: str
    provider: str
    model_id: str
    confidence: float
    confirmed: bool
    """A witness lists this id."""
    reasoning: str
    suggested_by: str
    alternatives: tuple[str, ...] = ()
    """Further ids of that provider for the same model, the next best first."""
    deprecated: bool = False
    """A witness says that the provider is about to drop it, or has."""
    deprecation_date: str = ""

    @property
    def ref(self) -> ModelRef:
        return ModelRef(provider=self.provider, model_id=self.model_id)


class Unresolved(Frozen):
    """A model without a confirmed match, and the listed ids that come nearest."""

    entry: Entry
    candidates: tuple[Offer, ...]


class Matching(Frozen):
    """Every entry of the catalogue is in exactly one of these."""

    matches: tuple[Match, ...] = ()
    """Confirmed ones of new models; several for one entry, one a provider."""
    unresolved: tuple[Unresolved, ...] = ()
    unlisted: tuple[str, ...] = ()
    """New models of which no witness lists anything near."""
    measured: tuple[str, ...] = ()
    """The platform has them already."""
    left_out: Mapping[str, int] = {}
    """How many entries are no models of their own, by reason."""
    running: Mapping[str, tuple[ModelRef, ...]] = {}
    """Of the measured: which models of the platform they are."""


def match(
    catalogue: Iterable[Entry],
    platform: Collection[ModelRef],
    providers: Collection[str],
    witnesses: Iterable[Listing],
    today: date,
) -> Matching:
    """Looks at every entry; nothing is asked, nothing is remembered here."""
    entries = tuple(catalogue)
    listings = tuple(listing for listing in witnesses if listing.provider in providers)
    offers = offers_of(listings)
    finder = _Finder(entries, offers, platform, today)
    matches: list[Match] = []
    unresolved: list[Unresolved] = []
    unlisted: list[str] = []
    running: dict[str, tuple[ModelRef, ...]] = {}
    reasons: Counter[str] = Counter()
    for entry in entries:
        if reason := left_out(entry):
            reasons[reason] += 1
        elif ours := finder.measured(entry):
            running[entry.openrouter_id] = ours
        elif confirmed := finder.matches(entry):
            matches += confirmed
        elif near := finder.near(entry):
            unresolved.append(Unresolved(entry=entry, candidates=near))
        else:
            unlisted.append(entry.openrouter_id)
    return Matching(
        matches=tuple(matches),
        unresolved=tuple(unresolved),
        unlisted=tuple(unlisted),
        measured=tuple(running),
        left_out=reasons,
        running=running,
    )


def spellings(entry: Entry) -> tuple[Identity, ...]:
    """The ways in which the catalogue names a model: its id, its weights, its display name.

    Where any of them says base, it is the base model.
    """
    slug, _, _ = entry.openrouter_id.partition(":")
    named = [identify(slug)]
    if entry.hugging_face_id:
        named.append(identify(entry.hugging_face_id))
    if entry.name:
        maker = named[0].maker
        named.append(spelled(entry.name).model_copy(update={"maker": maker}))
    if any(identity.tuning == "base" for identity in named):
        named = [identity.model_copy(update={"tuning": "base"}) for identity in named]
    return tuple(dict.fromkeys(identity for identity in named if identity.name))


class _Finder:
    """Fits entries to offers; an offer goes to the entry that leaves the fewest gaps."""

    def __init__(
        self, entries: Sequence[Entry], offers: Sequence[Offer], platform: Collection[ModelRef], today: date
    ) -> None:
        self._spellings = {entry.openrouter_id: spellings(entry) for entry in entries}
        every = [spelling for named in self._spellings.values() for spelling in named]
        self._offers = [offer for offer in offers if offer.text_output]
        self._regions = regions_of(platform)
        self._index = OfferIndex([o for o in self._offers if not o.contradicted], every, today)
        self._platform = OfferIndex(_as_offers(platform, offers), every, date.min)
        self._best = self._fewest_gaps(self._index)
        self._best_of_platform = self._fewest_gaps(self._platform)
        self._texts = [(_text(offer.identity), offer) for offer in self._offers]

    def measured(self, entry: Entry) -> tuple[ModelRef, ...]:
        fitting = self._fitting(entry, self._platform, self._best_of_platform)
        return tuple(sorted(offer.ref for offer, _ in fitting))

    def matches(self, entry: Entry) -> list[Match]:
        fitting = self._fitting(entry, self._index, self._best)
        gaps = {offer.ref: filled for offer, filled in fitting}
        ordered = by_provider(((offer, len(filled)) for offer, filled in fitting), self._regions)
        return [_match(entry, offers, gaps[offers[0].ref]) for offers in ordered.values()]

    def near(self, entry: Entry) -> tuple[Offer, ...]:
        """The listed ids that come nearest, the best first; one for each provider and identity."""
        named = self._spellings[entry.openrouter_id]
        scored = [
            (score, str(offer.ref), offer)
            for text, offer in self._texts
            if (score := max((_likeness(s, offer, text) for s in named), default=0.0)) >= NEAR
        ]
        distinct = {
            (offer.ref.provider, offer.identity.name, offer.identity.date): (score, offer)
            for score, _, offer in sorted(scored, key=lambda hit: (hit[0], hit[1]))
        }
        ranked = sorted(distinct.values(), key=lambda hit: -hit[0])
        return tuple(offer for _, offer in ranked[:CANDIDATES])

    def _fitting(
        self, entry: Entry, index: OfferIndex, best: Mapping[ModelRef, int]
    ) -> list[tuple[Offer, frozenset[Gap]]]:
        fitting: dict[ModelRef, tuple[Offer, frozenset[Gap]]] = {}
        for offer, gaps in self._candidates(entry.openrouter_id, index):
            if _weight(gaps) == best[offer.ref]:
                fitting.setdefault(offer.ref, (offer, gaps))
        return list(fitting.values())

    def _candidates(self, openrouter_id: str, index: OfferIndex) -> Iterable[tuple[Offer, frozenset[Gap]]]:
        for spelling in self._spellings[openrouter_id]:
            for offer in index.named(spelling.name):
                gaps = index.gaps(spelling, offer)
                if gaps is not None:
                    yield offer, gaps

    def _fewest_gaps(self, index: OfferIndex) -> dict[ModelRef, int]:
        best: dict[ModelRef, int] = {}
        for openrouter_id in self._spellings:
            for offer, gaps in self._candidates(openrouter_id, index):
                best[offer.ref] = min(_weight(gaps), best.get(offer.ref, _weight(gaps)))
        return best


def _weight(gaps: frozenset[Gap]) -> int:
    """A checkpoint that a witness calls by the plain name is that model's as much as its own."""
    return len(gaps - {Gap.DATE_HERE})


def _as_offers(platform: Collection[ModelRef], offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """The platform's own models, with what witnesses say about them."""
    listed = {offer.ref: offer for offer in offers}
    return tuple(
        listed.get(ref) or Offer(ref=ref, identity=identify(ref.model_id, ref.provider), witnesses=())
        for ref in sorted(platform)
    )


def _match(entry: Entry, offers: Sequence[Offer], gaps: frozenset[Gap]) -> Match:
    best = offers[0]
    confidence = 0.99 - 0.02 * (len(best.witnesses) == 1) - 0.03 * len(gaps)
    why = f"in {', '.join(best.witnesses)}"
    filled = "".join(f"; {gap}" for gap in sorted(gaps))
    leaving = f"; deprecated from {best.deprecation_date}" if best.deprecation_date else ""
    return Match(
        openrouter_id=entry.openrouter_id,
        provider=best.ref.provider,
        model_id=best.ref.model_id,
        confidence=round(confidence, 2),
        confirmed=True,
        reasoning=f"{why}{filled}{leaving}",
        suggested_by=RULES,
        alternatives=tuple(offer.ref.model_id for offer in offers[1:]),
        deprecated=best.deprecated,
        deprecation_date=best.deprecation_date,
    )


def _likeness(spelling: Identity, offer: Offer, text: str) -> float:
    """0 for another family: of what is near, only that is worth asking about."""
    other = offer.identity
    if not other.name or spelling.name[0] not in other.name:
        return 0.0
    if "base" in (spelling.tuning, other.tuning) and spelling.tuning != other.tuning:
        return 0.0
    if spelling.sizes and other.sizes and not spelling.sizes & other.sizes:
        return 0.0
    own = _text(spelling)
    return max(fuzz.token_sort_ratio(own, text), 0.9 * fuzz.token_set_ratio(own, text))


def _text(identity: Identity) -> str:
    return " ".join((*identity.name, *sorted(identity.sizes), identity.date)).strip()
