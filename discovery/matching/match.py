"""Catalogue × platform × providers → which models are new, and who serves them under which id. Pure.

A match is confirmed by witnesses alone: an id that one of them lists, whose identity is the model's. What has
no confirmed match is unresolved, with the ids that come nearest; rapidfuzz ranks those and decides nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain

from rapidfuzz import fuzz

from discovery.matching.offers import Fit, Gap, Offer, OfferIndex, by_provider, offers_of, regions_of, spelled
from discovery.sources.catalogue import Entry, left_out
from discovery.sources.directories import Listing
from operator_core.domain.base import Frozen, ModelRef
from operator_core.text.model_ids import Identity, identify

NEAR = 84.0
"""rapidfuzz's score, of 100, below which an id isn't worth a question."""
CANDIDATES = 3
RULES = "witnesses"


class Match(Frozen):
    """A model of the catalogue, and the id under which a provider serves it."""

    openrouter_id: str
    provider: str
    model_id: str
    confidence: float
    confirmed: bool
    reasoning: str
    suggested_by: str
    alternatives: tuple[str, ...] = ()
    """Further ids of that provider for the same model, the next best first."""
    deprecated: bool = False
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
    left_out: Mapping[str, int] = {}
    """How many entries are no models of their own, by reason."""
    running: Mapping[str, tuple[ModelRef, ...]] = {}
    """Those that the platform has already, and which of its models they are."""


def match(
    catalogue: Iterable[Entry],
    platform: Collection[ModelRef],
    providers: Collection[str],
    witnesses: Iterable[Listing],
    today: date,
) -> Matching:
    """Looks at every entry; nothing is asked, nothing is remembered here."""
    entries = tuple(catalogue)
    offers = offers_of(listing for listing in witnesses if listing.provider in providers)
    spelled_as = {entry.openrouter_id: spellings(entry) for entry in entries}
    listed = {offer.ref: offer for offer in offers}
    own = [
        listed.get(ref) or Offer(ref=ref, identity=identify(ref.model_id, ref.provider), witnesses=())
        for ref in sorted(platform)
    ]
    ours = _fits(spelled_as, own, date.min)
    served = [offer for offer in offers if offer.text_output]
    theirs = _fits(spelled_as, (offer for offer in served if not offer.contradicted), today)
    texts, regions = [(_text(offer.identity), offer) for offer in served], regions_of(platform)
    no_models = {entry.openrouter_id: reason for entry in entries if (reason := left_out(entry))}
    running = {name: tuple(sorted(refs)) for name, refs in ours.items() if refs and name not in no_models}
    settled = no_models.keys() | running
    new = {one.openrouter_id: one for one in entries if one.openrouter_id not in settled}
    near = {name: _near(spelled_as[name], texts) for name in new if not theirs[name]}
    return Matching(
        matches=tuple(
            _match(new[name], offers, theirs[name][offers[0].ref][1])
            for name in new
            for offers in by_provider(theirs[name].values(), regions)
        ),
        unresolved=tuple(Unresolved(entry=new[name], candidates=ids) for name, ids in near.items() if ids),
        unlisted=tuple(name for name, ids in near.items() if not ids),
        left_out=Counter(no_models.values()),
        running=running,
    )


def spellings(entry: Entry) -> tuple[Identity, ...]:
    """How the catalogue names a model: by id, weights and display name. Any may say that it is base."""
    own = identify(entry.openrouter_id.partition(":")[0])
    shown = spelled(entry.name).model_copy(update={"maker": own.maker})
    named = [own, identify(entry.hugging_face_id), shown]
    if any(identity.tuning == "base" for identity in named):
        named = [identity.model_copy(update={"tuning": "base"}) for identity in named]
    return tuple(dict.fromkeys(identity for identity in named if identity.name))


def _fits(
    spelled_as: Mapping[str, Sequence[Identity]], offers: Iterable[Offer], today: date
) -> Mapping[str, dict[ModelRef, Fit]]:
    """For each entry its offers, by ref; an offer goes to the entries that leave the fewest gaps."""
    index = OfferIndex(offers, chain.from_iterable(spelled_as.values()), today)
    candidates = [
        (name, offer, gaps, len(gaps - {Gap.DATE_HERE}))
        for name, spelled_so in spelled_as.items()
        for spelling in spelled_so
        for offer in index.named(spelling.name)
        if (gaps := index.gaps(spelling, offer)) is not None
    ]
    # A checkpoint that a witness calls by the plain name is that model's as much as its own.
    fewest: dict[ModelRef, int] = {}
    for _, offer, _, weight in candidates:
        fewest[offer.ref] = min(weight, fewest.get(offer.ref, weight))
    fits: dict[str, dict[ModelRef, Fit]] = {name: {} for name in spelled_as}
    for name, offer, gaps, weight in candidates:
        if weight == fewest[offer.ref]:
            fits[name].setdefault(offer.ref, (offer, gaps))
    return fits


def _near(spelled_so: Sequence[Identity], texts: Iterable[tuple[str, Offer]]) -> tuple[Offer, ...]:
    """The listed ids that come nearest, the best first; one for each provider and identity."""
    scored = [
        (score, str(offer.ref), offer)
        for text, offer in texts
        if (score := max((_likeness(s, offer, text) for s in spelled_so), default=0.0)) >= NEAR
    ]
    distinct = {
        (offer.ref.provider, offer.identity.name, offer.identity.date): (score, offer)
        for score, _, offer in sorted(scored, key=lambda hit: hit[:2])
    }
    ranked = sorted(distinct.values(), key=lambda hit: -hit[0])
    return tuple(offer for _, offer in ranked[:CANDIDATES])


def _likeness(spelling: Identity, offer: Offer, text: str) -> float:
    """0 for another family: of what is near, only that is worth asking about."""
    other = offer.identity
    if not other.name or spelling.name[0] not in other.name:
        return 0.0
    base_and_tuned = spelling.tuning != other.tuning and "base" in (spelling.tuning, other.tuning)
    if base_and_tuned or (spelling.sizes and other.sizes and not spelling.sizes & other.sizes):
        return 0.0
    own = _text(spelling)
    return max(fuzz.token_sort_ratio(own, text), 0.9 * fuzz.token_set_ratio(own, text))


def _text(identity: Identity) -> str:
    return " ".join((*identity.name, *sorted(identity.sizes), identity.date)).strip()


def _match(entry: Entry, offers: Sequence[Offer], gaps: frozenset[Gap]) -> Match:
    best = offers[0]
    leaving = f"; deprecated from {best.deprecation_date}" if best.deprecation_date else ""
    return Match(
        openrouter_id=entry.openrouter_id,
        **best.ref.model_dump(),
        confidence=round(0.99 - 0.02 * (len(best.witnesses) == 1) - 0.03 * len(gaps), 2),
        confirmed=True,
        reasoning="; ".join((f"in {', '.join(best.witnesses)}", *sorted(gaps))) + leaving,
        suggested_by=RULES,
        alternatives=tuple(offer.ref.model_id for offer in offers[1:]),
        deprecated=best.deprecated,
        deprecation_date=best.deprecation_date,
    )
