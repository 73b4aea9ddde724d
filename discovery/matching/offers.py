"""What providers offer, with the witnesses for it, and how well an offer fits a model's spelling. Pure.

An id may leave something out that another spells: the size, the date, the tuning. Such a gap is filled only
where nothing else could be meant; the rules for that are here, one function each.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise

from discovery.sources.catalogue import without_maker
from discovery.sources.directories import Listing
from operator_core.domain.base import Frozen, ModelRef
from operator_core.text.model_ids import REGIONS, Identity, dates_agree, identify, same_maker

OWN_NAMES = frozenset({"fireworks", "together", "deepinfra"})
"""They publish weights under the weights' own names: there, no "instruct" means base."""

USUAL_REGIONS = ("us", "global", "")
"""Bedrock serves newer models only through an inference profile: a listed profile works where the bare id may
not. The platform's own habit comes before this."""


class Gap(StrEnum):
    """What one of two spellings leaves out."""

    SIZE_THERE = "the provider's id names no size"
    SIZE_HERE = "the only size there is"
    DATE_THERE = "the provider's id names no date"
    DATE_HERE = "its only checkpoint"
    TUNING_THERE = "the provider serves only the instruct model"
    TUNING_HERE = "the instruct model is meant"


class Offer(Frozen):
    """A provider's id, and every witness that lists it."""

    ref: ModelRef
    identity: Identity
    witnesses: tuple[str, ...]
    names: tuple[str, ...] = ()
    deprecated: bool = False
    deprecation_date: str = ""
    text_output: bool = True

    @property
    def contradicted(self) -> bool:
        """A witness's name for it states another version than the id: `deepseek.v3-v1:0` is V3.1."""
        own = self.identity.versions
        named = [identify(name).versions for name in self.names]
        return any(own and other and not (own <= other or other <= own) for other in named)

    @property
    def shorthand(self) -> bool:
        """Vertex asks for Claude with an @: `claude-opus-4-6@default`. Without, it is a short form."""
        claude = self.identity.name[:1] == ("claude",)
        return self.ref.provider == "vertex" and claude and "@" not in self.ref.model_id


Fit = tuple[Offer, frozenset[Gap]]
"""An offer that is a model of the catalogue, and the gaps that had to be filled for it."""


class OfferIndex:
    """All offers and all spellings, by name: what else a gap could mean."""

    def __init__(self, offers: Iterable[Offer], spellings: Iterable[Identity], today: date) -> None:
        self._today = today.isoformat()
        self._offers: dict[tuple[str, ...], list[Offer]] = defaultdict(list)
        self._spellings: dict[tuple[str, ...], list[Identity]] = defaultdict(list)
        for spelling in spellings:
            self._spellings[spelling.name].append(spelling)
        self._plainly_named: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for one in offers:
            # A serving word is part of the name where the catalogue has a model of that name.
            whole = identify(one.ref.model_id) if one.identity.serving else one.identity
            offer = one.model_copy(update={"identity": whole}) if whole.name in self._spellings else one
            self._offers[offer.identity.name].append(offer)
            if offer.identity.date and not all(spelled(name).date for name in offer.names):
                self._plainly_named[offer.identity.name].add(offer.identity.date)

    def named(self, name: tuple[str, ...]) -> Sequence[Offer]:
        return self._offers.get(name, ()) if name else ()

    def gaps(self, spelling: Identity, offer: Offer) -> frozenset[Gap] | None:
        """What had to be filled in for them to be one model; None where they aren't, or it isn't certain."""
        other = offer.identity
        gaps = compared(spelling, other)
        if gaps is None or not same_maker(spelling, other):
            return None
        if gaps - {Gap.DATE_HERE} and "" < offer.deprecation_date < self._today:
            return None  # an id that has run out, and doesn't even name the model in full
        return gaps if all(self._certain(gap, spelling, offer) for gap in gaps) else None

    def _certain(self, gap: Gap, spelling: Identity, offer: Offer) -> bool:
        named = self.named(spelling.name)
        if gap == Gap.SIZE_HERE:
            return _chain(o.identity.sizes for o in named if compared(spelling, o.identity) is not None)
        if gap == Gap.SIZE_THERE:
            return _chain(s.sizes for s in self._spellings.get(spelling.name, ()))
        if gap == Gap.DATE_HERE:
            # A full date that a witness calls by the model's plain name, and no other date is called so.
            day = offer.identity.date
            return len(day) == 8 and self._plainly_named.get(spelling.name) == {day}
        if gap == Gap.DATE_THERE:
            # Where some provider lists it both with and without a date, these are two models.
            alike = (o for o in named if o.identity.sizes & spelling.sizes)
            dated = {(o.ref.provider, bool(o.identity.date)) for o in alike}
            apart = len(dated) > len({provider for provider, _ in dated})
            return bool(spelling.sizes & offer.identity.sizes) and not apart
        if gap == Gap.TUNING_THERE:
            return offer.ref.provider not in OWN_NAMES
        return spelling.tuning == ""


def compared(one: Identity, other: Identity) -> frozenset[Gap] | None:
    """`one` as the catalogue spells it, `other` as a provider does: None if they contradict each other."""
    gaps: set[Gap] = set()
    if one.name != other.name:
        return None
    if one.sizes != other.sizes:
        if not (one.sizes < other.sizes or other.sizes < one.sizes):
            return None
        gaps.add(Gap.SIZE_HERE if one.sizes < other.sizes else Gap.SIZE_THERE)
    if not dates_agree(one.date, other.date):
        if one.date and other.date:
            return None
        gaps.add(Gap.DATE_THERE if one.date else Gap.DATE_HERE)
    if one.tuning != other.tuning:
        if "base" in (one.tuning, other.tuning):
            return None
        gaps.add(Gap.TUNING_THERE if one.tuning else Gap.TUNING_HERE)
    return frozenset(gaps)


def spelled(name: str) -> Identity:
    """A display name as an identity: "Anthropic: Claude 3.5 Haiku" without its maker."""
    return identify(without_maker(name).strip().replace("/", " ").replace(" ", "-"))


def offers_of(listings: Iterable[Listing]) -> tuple[Offer, ...]:
    """One offer for each id, whoever lists it. What ends for one spelling of an id ends for the others."""
    by_ref: dict[ModelRef, list[Listing]] = defaultdict(list)
    for listing in listings:
        by_ref[listing.ref].append(listing)
    offers = [
        Offer(
            ref=ref,
            identity=identify(ref.model_id, ref.provider),
            witnesses=tuple(sorted({listing.source for listing in listed}, reverse=True)),
            names=tuple(listing.name for listing in listed if listing.name),
            deprecated=any(listing.deprecated for listing in listed),
            deprecation_date=min((x.deprecation_date for x in listed if x.deprecation_date), default=""),
            text_output=all(listing.text_output for listing in listed),
        )
        for ref, listed in sorted(by_ref.items(), key=lambda one: one[0])
    ]
    last_first = sorted(offers, key=lambda one: one.deprecation_date, reverse=True)
    ends = {(o.ref.provider, o.identity): o.deprecation_date for o in last_first if o.deprecation_date}
    return tuple(
        offer.model_copy(update={"deprecation_date": offer.deprecation_date or end})
        if (end := ends.get((offer.ref.provider, offer.identity)))
        else offer
        for offer in offers
    )


def by_provider(fitting: Iterable[Fit], regions: Sequence[str]) -> list[list[Offer]]:
    """Each provider's fitting offers, the best id first. `regions`: the platform's, the most usual first."""
    order = tuple(dict.fromkeys((*regions, *USUAL_REGIONS)))

    def preference(fit: Fit) -> tuple[object, ...]:
        offer, gaps = fit
        region = _region(offer.ref)
        return (
            order.index(region) if region in order else len(order),
            offer.shorthand,
            -len(offer.witnesses),
            len(gaps),
            len(offer.identity.serving),
            bool(offer.identity.date),
            len(offer.ref.model_id),
            offer.ref.model_id,
        )

    offers: dict[str, list[Offer]] = defaultdict(list)
    for offer, _ in sorted(fitting, key=preference):
        offers[offer.ref.provider].append(offer)
    return [offers[provider] for provider in sorted(offers)]


def regions_of(platform: Iterable[ModelRef]) -> tuple[str, ...]:
    """The regions through which the platform asks Bedrock, the most usual first."""
    used = Counter(_region(ref) for ref in platform if ref.provider == "bedrock")
    return tuple(region for region, _ in used.most_common())


def _region(ref: ModelRef) -> str:
    return prefix[1] if (prefix := REGIONS.match(ref.model_id)) else ""


def _chain(sizes: Iterable[frozenset[str]]) -> bool:
    """Each names the same size, in more or less detail."""
    distinct = sorted(set(sizes), key=len)
    return all(smaller <= larger for smaller, larger in pairwise(distinct))
