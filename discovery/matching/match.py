"""Catalogue × platform × providers → which models are new, and who serves them under which id. Pure.

A match is confirmed by witnesses alone: an id that one of them lists, whose identity is the model's. An alias
that moves is listed, and confirms nothing. What has no match is unresolved, with the ids that come nearest;
rapidfuzz ranks those and decides nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
from operator_core.text.model_ids import Identity, dates_agree, identify

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
    offers = offers_of([one for one in witnesses if one.provider in providers])
    named = {name: Named.of(entry) for name, entry in entries.items()}
    no_models = {name: reason for name, entry in entries.items() if (reason := left_out(entry))}
    ours = _fits(named, _own(platform, offers), date.min)
    running = {name: tuple(sorted(fits)) for name, fits in ours.items() if fits and name not in no_models}
    there = frozenset(map(_as_listed, platform))
    served = [offer for offer in offers if offer.text_output and not offer.private]
    fitting = _fits(named, [offer for offer in served if not offer.contradicted], today)
    near, regions = _unclaimed(served, chain.from_iterable(fitting.values())), regions_of(platform)
    matches, unresolved, unmatched = list[Match](), list[Unresolved](), list[str]()
    for name in [name for name in entries if name not in no_models]:
        fits = fitting[name].values()
        taken = {ref.provider.casefold() for ref in running.get(name, ())}
        taken |= {offer.ref.provider for offer, _ in fits if offer.ref in there}
        new = [fit for fit in fits if fit[0].ref.provider not in taken]
        matches += [_match(entries[name], theirs) for theirs in by_provider(named[name], new, regions)]
        taken |= {offer.ref.provider for offer, _ in new}
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


def _as_listed(ref: ModelRef) -> ModelRef:
    return ref.model_copy(update={"provider": ref.provider.casefold()})


def _own(platform: Iterable[ModelRef], offers: Iterable[Offer]) -> Iterator[Offer]:
    """The platform's models, which may write a provider in any case, with the names that witnesses know."""
    names = {offer.ref: offer.names for offer in offers}
    for ref, listed in ((ref, _as_listed(ref)) for ref in platform):
        yield Offer(ref=ref, identity=identify(ref.model_id, listed.provider), names=names.get(listed, ()))


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


def _unclaimed(offers: Iterable[Offer], claimed: Iterable[ModelRef]) -> Mapping[str, list[Offer]]:
    """What is no model of the catalogue yet, by each word of its name."""
    settled, by_word = frozenset(claimed), defaultdict[str, list[Offer]](list)
    for offer in offers:
        for word in set(offer.identity.name) if offer.ref not in settled else ():
            by_word[word].append(offer)
    return by_word


def _near(
    spelled_so: Sequence[Identity], near: Mapping[str, list[Offer]], taken: Collection[str]
) -> tuple[Offer, ...]:
    """The listed ids that come nearest, the best first, of providers that aren't `taken`."""
    likeness = {
        offer.ref: (-score, offer.ref, offer)
        for spelling in spelled_so
        for offer in near.get(spelling.name[0], ())
        if offer.ref.provider not in taken and (score := _likeness(spelling, offer.identity)) >= NEAR
    }
    return tuple(offer for _, _, offer in sorted(likeness.values(), key=lambda hit: hit[:2])[:CANDIDATES])


def _likeness(spelling: Identity, other: Identity) -> float:
    """0 for another version, date, size or tuning: of what is near, only the rest is worth asking about."""
    base_and_tuned = spelling.tuning != other.tuning and "base" in (spelling.tuning, other.tuning)
    other_size = spelling.sizes and other.sizes and not spelling.sizes & other.sizes
    other_date = spelling.date and other.date and not dates_agree(spelling.date, other.date)
    if base_and_tuned or other_size or other_date or spelling.versions != other.versions:
        return 0.0
    own, text = _text(spelling), _text(other)
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
