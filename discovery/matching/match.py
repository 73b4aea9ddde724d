"""Catalogue × platform × providers → which models are new, and who serves them under which id. Pure.

A match is confirmed by witnesses alone: an id that one of them lists, whose identity is the model's. An alias
that moves is listed, and confirms nothing. What has no match is unresolved, with the ids that come nearest;
rapidfuzz ranks those and decides nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain

from rapidfuzz import fuzz

from discovery.matching.offers import (
    UNSETTLED,
    Fit,
    Gap,
    Named,
    Offer,
    OfferIndex,
    by_provider,
    offers_of,
    regions_of,
)
from discovery.sources.catalogue import Entry, left_out
from discovery.sources.directories import Listing
from operator_core.domain.base import Frozen, ModelRef
from operator_core.text.model_ids import Identity, identify

NEAR = 84.0
"""rapidfuzz's score, of 100, below which an id isn't worth a question."""
CANDIDATES = 3
LISTED = 0.75
"""Confidence, at most, in an id that is listed while nobody says that it is this model's."""
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
    """A model, and the listed ids that come nearest at providers that have no match for it."""

    entry: Entry
    candidates: tuple[Offer, ...]


class Matching(Frozen):
    """What the platform lacks is a model at a provider: run at one, it is new at the others."""

    matches: tuple[Match, ...] = ()
    """Several for one entry, one a provider."""
    unresolved: tuple[Unresolved, ...] = ()
    unmatched: tuple[str, ...] = ()
    """New models that no witness settles at any provider, whether or not something near is listed."""
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
    entries = {entry.openrouter_id: entry for entry in catalogue}
    offers = offers_of([listing for listing in witnesses if listing.provider in providers])
    named = {name: Named.of(entry) for name, entry in entries.items()}
    no_models = {name: reason for name, entry in entries.items() if (reason := left_out(entry))}
    running = {
        n: refs for n, refs in _running(named, platform, offers).items() if refs and n not in no_models
    }
    there = {_folded(ref) for ref in platform}
    served = [offer for offer in offers if offer.text_output]
    fitting = _fits(named, [offer for offer in served if not offer.contradicted], today)
    near, regions = _unclaimed(served, chain.from_iterable(fitting.values())), regions_of(platform)
    matches, unresolved, unmatched = list[Match](), list[Unresolved](), list[str]()
    for name in [name for name in entries if name not in no_models]:
        theirs = by_provider(named[name], fitting[name].values(), regions)
        taken = {_folded(ref).provider for ref in running.get(name, ())}
        new = [fits for fits in theirs if fits[0][0].ref.provider not in taken]
        matches += [_match(entries[name], fits) for fits in new if not there & {one.ref for one, _ in fits}]
        taken.update(fits[0][0].ref.provider for fits in theirs)
        if candidates := _near(named[name].spellings, near, taken):
            unresolved.append(Unresolved(entry=entries[name], candidates=candidates))
        if not taken:
            unmatched.append(name)
    return Matching(
        matches=tuple(matches),
        unresolved=tuple(unresolved),
        unmatched=tuple(unmatched),
        left_out=Counter(no_models.values()),
        running=running,
    )


def _folded(ref: ModelRef) -> ModelRef:
    """The platform may write a provider in any case."""
    return ref.model_copy(update={"provider": ref.provider.casefold()})


def _running(
    catalogue: Mapping[str, Named], platform: Iterable[ModelRef], offers: Iterable[Offer]
) -> dict[str, tuple[ModelRef, ...]]:
    """Which of the platform's models each entry is, if any."""
    listed = {offer.ref: offer for offer in offers}
    own = [
        offer.model_copy(update={"ref": ref})
        if (offer := listed.get(_folded(ref)))
        else Offer(ref=ref, identity=identify(ref.model_id, _folded(ref).provider), witnesses=())
        for ref in sorted(platform)
    ]
    return {name: tuple(sorted(fits)) for name, fits in _fits(catalogue, own, date.min).items()}


def _fits(
    catalogue: Mapping[str, Named], offers: Iterable[Offer], today: date
) -> Mapping[str, dict[ModelRef, Fit]]:
    """For each entry its offers, by ref; an offer goes to the entries that leave the fewest gaps."""
    index = OfferIndex(offers, catalogue.values(), today)
    candidates = [
        (name, offer, gaps, len(gaps - {Gap.DATE_HERE}))
        for name, model in catalogue.items()
        for offer in index.named(model)
        if (gaps := index.gaps(model, offer)) is not None
    ]
    # A checkpoint that a witness calls by the plain name is that model's as much as its own.
    fewest: dict[ModelRef, int] = {}
    for _, offer, _, weight in candidates:
        fewest[offer.ref] = min(weight, fewest.get(offer.ref, weight))
    fits: dict[str, dict[ModelRef, Fit]] = {name: {} for name in catalogue}
    for name, offer, gaps, weight in candidates:
        if weight == fewest[offer.ref]:
            fits[name][offer.ref] = (offer, gaps)
    return fits


def _unclaimed(offers: Iterable[Offer], claimed: Iterable[ModelRef]) -> Mapping[str, list[tuple[str, Offer]]]:
    """What is no model of the catalogue yet, with its text, by each word of its name."""
    known, by_word = frozenset(claimed), defaultdict[str, list[tuple[str, Offer]]](list)
    for offer in offers:
        for word in set(offer.identity.name) if offer.ref not in known else ():
            by_word[word].append((_text(offer.identity), offer))
    return by_word


def _near(
    spelled_so: Sequence[Identity], near: Mapping[str, list[tuple[str, Offer]]], taken: Collection[str]
) -> tuple[Offer, ...]:
    """The listed ids that come nearest, the best first; one for each provider that isn't `taken`."""
    scored = [
        (score, str(offer.ref), offer)
        for spelling in spelled_so
        for text, offer in near.get(spelling.name[0], ())
        if offer.ref.provider not in taken and (score := _likeness(spelling, offer, text)) >= NEAR
    ]
    ranked = sorted(scored, key=lambda hit: (-hit[0], hit[1]))
    nearest = {offer.ref: offer for _, _, offer in ranked}
    return tuple(nearest.values())[:CANDIDATES]


def _likeness(spelling: Identity, offer: Offer, text: str) -> float:
    """0 for another version, size or tuning: of what is near, only the rest is worth asking about."""
    other = offer.identity
    base_and_tuned = spelling.tuning != other.tuning and "base" in (spelling.tuning, other.tuning)
    other_size = spelling.sizes and other.sizes and not spelling.sizes & other.sizes
    if base_and_tuned or other_size or spelling.versions != other.versions:
        return 0.0
    own = _text(spelling)
    return max(fuzz.token_sort_ratio(own, text), 0.9 * fuzz.token_set_ratio(own, text))


def _text(identity: Identity) -> str:
    return " ".join((*identity.name, *sorted(identity.sizes), identity.date)).strip()


def _match(entry: Entry, fits: Sequence[Fit]) -> Match:
    best, gaps = fits[0]
    confirmed = gaps.isdisjoint(UNSETTLED)
    against = [f"not in {source}'s list of {best.ref.provider}" for source in best.unlisted_by]
    leaving = [f"deprecated from {best.deprecation_date}"] if best.deprecation_date else []
    sure = 0.99 - 0.02 * (len(best.witnesses) == 1) - 0.03 * len(gaps) - 0.05 * len(against)
    return Match(
        openrouter_id=entry.openrouter_id,
        **best.ref.model_dump(),
        confidence=round(sure if confirmed else min(sure, LISTED), 2),
        confirmed=confirmed,
        reasoning="; ".join((f"in {', '.join(best.witnesses)}", *against, *sorted(gaps), *leaving)),
        suggested_by=RULES,
        alternatives=tuple(offer.ref.model_id for offer, _ in fits[1:]),
        deprecated=best.deprecated,
        deprecation_date=best.deprecation_date,
    )
