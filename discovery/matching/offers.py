"""What providers offer, with the witnesses for it, and how well an offer fits a model of the catalogue. Pure.

An id may leave something out that the catalogue spells, or the other way round: the size, the date, the
tuning. Such a gap is filled only where nothing else could be meant; the rules for that are here.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import chain, pairwise, takewhile

from discovery.sources.catalogue import Entry, without_maker
from discovery.sources.directories import Listing
from operator_core.domain.base import Frozen, ModelRef, grouped
from operator_core.text.model_ids import PATTERNS, Identity, dates_agree, identify, same_maker

ONLY_INSTRUCT = frozenset({"bedrock", "cerebras", "groq", "vertex"})
"""They serve no base models: there, an id of weights without "instruct" means it all the same."""
USUAL_REGIONS = ("us", "global", "")
"""Bedrock serves newer models only through an inference profile: a listed profile works where the bare id may
not. The platform's own habit comes before this."""
PUBLISHED_WITHIN = timedelta(days=31)
"""So long after a checkpoint's date it is in the catalogue at the latest."""
MOVING = re.compile(r"[-@:]latest$")


class Gap(StrEnum):
    """What one of two spellings leaves out."""

    SIZE_THERE = "the provider's id names no size"
    SIZE_HERE = "the only size there is"
    DATE_THERE = "the provider's id names no date"
    DATE_HERE = "its only checkpoint"
    TUNING_THERE = "the provider serves only the instruct model"
    TUNING_HERE = "the instruct model is meant"
    ORDER = "the same words in another order"
    ALIAS = "an alias that moves from model to model"
    ENDED = "the id has run out"


UNSETTLED = frozenset({Gap.ORDER, Gap.ALIAS, Gap.ENDED})
"""With one of these an id is listed, and may be the model's; nobody says that it is."""


class Named(Frozen):
    """How the catalogue names one model: by id, weights and display name. Any may say that it is base."""

    spellings: tuple[Identity, ...]
    ids: frozenset[str] = frozenset()
    """Its own id and that of its weights, as a provider may list them word for word."""
    checkpoint: str = ""
    """The date of the exact model that the catalogue's id stands for, where it says so."""
    moves: bool = False
    """The catalogue's id is an alias itself: what it stands for has a longer name."""
    created: date | None = None

    @classmethod
    def of(cls, entry: Entry) -> "Named":
        slug = entry.openrouter_id.casefold()
        own, exact = identify(slug.partition(":")[0]), identify(entry.canonical_slug)
        shown = spelled(entry.name).model_copy(update={"maker": own.maker})
        spellings = [own, identify(entry.hugging_face_id), shown]
        if any(identity.tuning == "base" for identity in spellings):
            spellings = [identity.model_copy(update={"tuning": "base"}) for identity in spellings]
        return cls(
            spellings=tuple(dict.fromkeys(one for one in spellings if one.name)),
            ids=frozenset(filter(None, (slug, entry.hugging_face_id.casefold()))),
            checkpoint=own.date or (exact.date if sorted(exact.name) == sorted(own.name) else ""),
            moves=set(exact.name) > set(own.name),
            created=entry.created and entry.created.date(),
        )

    def verbatim(self, ref: ModelRef) -> bool:
        """A provider may leave out whose model it is."""
        plain = PATTERNS["region"].sub("", PATTERNS["route"].sub("", ref.model_id.casefold()))
        return plain in self.ids or ("/" not in plain and any(one.endswith(f"/{plain}") for one in self.ids))


class Offer(Frozen):
    """A provider's id, and every witness that lists it."""

    ref: ModelRef
    identity: Identity
    witnesses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    deprecated: bool = False
    deprecation_date: str = ""
    text_output: bool = True
    unlisted_by: tuple[str, ...] = ()
    """Better witnesses that list this provider, but not this id."""

    @property
    def contradicted(self) -> bool:
        """A witness's name for it states another version than the id: `deepseek.v3-v1:0` is V3.1."""
        own = self.identity.versions
        named = [identify(name).versions for name in self.names]
        return any(own and other and not (own <= other or other <= own) for other in named)

    @property
    def private(self) -> bool:
        """Somebody's own fine-tune or deployment; a provider's own account is nobody's."""
        elsewhere = self.ref.model_id.replace(f"accounts/{self.ref.provider}/", "")
        return bool(PATTERNS["private"].search(elsewhere))

    @property
    def shorthand(self) -> bool:
        """Vertex asks for Claude with an @: `claude-opus-4-6@default`. Without, it is a short form."""
        claude = self.identity.name[:1] == ("claude",)
        return self.ref.provider == "vertex" and claude and "@" not in self.ref.model_id


Fit = tuple[Offer, frozenset[Gap]]
"""An offer that is a model of the catalogue, and the gaps that had to be filled for it."""


class OfferIndex:
    """All offers and all that the catalogue names, by name: what else a gap could mean."""

    def __init__(self, offers: Iterable[Offer], catalogue: Iterable[Named], today: date) -> None:
        self._today = today.isoformat()
        self._offers: dict[tuple[str, ...], list[Offer]] = defaultdict(list)
        self._spellings = grouped(chain.from_iterable(model.spellings for model in catalogue), _key)
        self._plainly_named: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for listed in offers:
            # A serving word is part of the name where the catalogue has a model of that name.
            whole = identify(listed.ref.model_id) if listed.identity.serving else listed.identity
            named = _key(whole) in self._spellings
            offer = listed.model_copy(update={"identity": whole}) if named else listed
            self._offers[_key(offer.identity)].append(offer)
            if offer.identity.date and not all(spelled(name).date for name in offer.names):
                self._plainly_named[_key(offer.identity)].add(offer.identity.date)
        self._finer: dict[tuple[str, ...], set[str]] = defaultdict(set)
        offered = (offer.identity for offers in self._offers.values() for offer in offers)
        for one in chain(offered, *self._spellings.values()):
            if any("." in part for part in one.name):
                self._finer[_key(one, coarse=True)] |= one.sizes

    def named(self, model: Named) -> Iterable[Offer]:
        return chain.from_iterable(self._offers.get(key, ()) for key in {_key(s) for s in model.spellings})

    def gaps(self, model: Named, offer: Offer) -> frozenset[Gap] | None:
        """What had to be filled in for them to be one model; None where they aren't, or it isn't certain."""
        alike = [s for s in model.spellings if _key(s) == _key(offer.identity)]
        between = [(spelling, compared(spelling, offer.identity)) for spelling in alike]
        certain = [
            gaps
            for spelling, gaps in between
            if gaps is not None
            and same_maker(spelling.maker, offer.identity.maker)
            and all(self._certain(gap, model, spelling, offer) for gap in gaps)
        ]
        if not certain or any(gaps is None for _, gaps in between) or self._another_version(model, offer):
            return None
        fewest = min(certain, key=len)
        ended = fewest - {Gap.DATE_HERE} and "" < offer.deprecation_date < self._today
        doubts = {Gap.ENDED: ended, Gap.ALIAS: self._moves(model, offer)}
        return fewest | {doubt for doubt, applies in doubts.items() if applies}

    def _certain(self, gap: Gap, model: Named, spelling: Identity, offer: Offer) -> bool:
        named, day = self._offers[_key(spelling)], offer.identity.date
        sizes = [s.sizes for s in self._spellings.get(_key(spelling), ())]
        listed = [o.identity.sizes for o in named if compared(spelling, o.identity) is not None]
        if gap == Gap.SIZE_HERE:
            # Where the weights' own name has no size, one with a size is distilled: `deepseek-r1:1.5b`.
            return _chain(listed) and (len(model.ids) < 2 or any(s.sizes for s in model.spellings))
        if gap == Gap.SIZE_THERE:
            return _chain(sizes if offer.identity.sizes else [*sizes, *listed])
        if gap == Gap.DATE_HERE:
            # A full date that a witness calls by the model's plain name, and no other date is called so.
            plain = len(day) == 8 and self._plainly_named.get(_key(spelling)) == {day}
            return plain or dates_agree(model.checkpoint, day) or self._published(model, offer, named)
        if gap == Gap.DATE_THERE:
            # Where some provider lists it both with and without a date, these are two models.
            alike = (o for o in named if o.identity.sizes & spelling.sizes)
            dated = {(o.ref.provider, bool(o.identity.date)) for o in alike}
            apart = len(dated) > len({provider for provider, _ in dated})
            return bool(spelling.sizes & offer.identity.sizes) and not apart
        if gap == Gap.TUNING_THERE:
            return offer.ref.provider in ONLY_INSTRUCT
        return gap == Gap.ORDER or not spelling.sizes

    def _published(self, model: Named, offer: Offer, named: Sequence[Offer]) -> bool:
        """The catalogue has the model since just after this checkpoint, and after no other, and its plain
        name hasn't moved on since."""
        days, created = {o.identity.date for o in named if len(o.identity.date) == 8}, model.created
        first, last = (f"{created - PUBLISHED_WITHIN:%Y%m%d}", f"{created:%Y%m%d}") if created else ("", "")
        within = {day for day in days if first <= day <= last}
        theirs = [one for one in named if one.ref.provider == offer.ref.provider]
        plain = any(not one.identity.date and not MOVING.search(one.ref.model_id) for one in theirs)
        return within == {offer.identity.date} and not (plain and len(days) > 1)

    def _moves(self, model: Named, offer: Offer) -> bool:
        """The id stands for whatever is newest, and the catalogue's model is a fixed one."""
        key, provider = _key(offer.identity), offer.ref.provider
        if model.moves and key == _key(model.spellings[0]):
            return True
        if offer.identity.date or model.verbatim(offer.ref):
            return False
        beside = {one.identity.date for one in self._offers[key] if one.ref.provider == provider}
        return bool(MOVING.search(offer.ref.model_id)) or len(beside - {""}) > 1

    def _another_version(self, model: Named, offer: Offer) -> bool:
        """Its provider writes "3" for 3.1: one of its ids of that name has a size that only 3.1 has."""
        key, provider = _key(offer.identity), offer.ref.provider
        here, elsewhere = set[str](), {size for s in self._spellings.get(key, ()) for size in s.sizes}
        for one in self._offers[key]:
            (here if one.ref.provider == provider else elsewhere).update(one.identity.sizes)
        return bool((here - elsewhere) & self._finer[key]) and not model.verbatim(offer.ref)


def _key(identity: Identity, *, coarse: bool = False) -> tuple[str, ...]:
    """`claude-3.5-sonnet` and `claude-sonnet-3.5` are one name. `coarse`: of version 3."""
    return tuple(sorted(part.partition(".")[0] if coarse else part for part in identity.name))


def compared(one: Identity, other: Identity) -> frozenset[Gap] | None:
    """`one` as the catalogue spells it, `other` as a provider does, both of one name: None if they contradict
    each other."""
    gaps: set[Gap] = set()
    if one.name != other.name:
        gaps.add(Gap.ORDER)
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


def offers_of(listings: Collection[Listing]) -> tuple[Offer, ...]:
    """One offer for each id, whoever lists it; the better kept list comes first. What ends for one spelling
    of an id ends for the others."""
    by_source = grouped(listings, lambda listing: listing.source)
    sources = {source: {_plain(one.ref) for one in theirs} for source, theirs in by_source.items()}
    providers = {source: {provider for provider, _ in theirs} for source, theirs in sources.items()}

    def without(ref: ModelRef) -> tuple[str, ...]:
        better = takewhile(lambda source: _plain(ref) not in sources[source], sources)
        return tuple(source for source in better if ref.provider in providers[source])

    offers = [
        Offer(
            ref=ref,
            identity=identify(ref.model_id, ref.provider),
            witnesses=tuple(dict.fromkeys(listing.source for listing in listed)),
            unlisted_by=without(ref),
            names=tuple(listing.name for listing in listed if listing.name),
            deprecated=any(listing.deprecated for listing in listed),
            deprecation_date=min((x.deprecation_date for x in listed if x.deprecation_date), default=""),
            text_output=all(listing.text_output for listing in listed),
        )
        for ref, listed in sorted(grouped(listings, lambda listing: listing.ref).items())
    ]
    last_first = sorted(offers, key=lambda one: one.deprecation_date, reverse=True)
    ends = {(o.ref.provider, o.identity): o.deprecation_date for o in last_first if o.deprecation_date}
    return tuple(
        offer.model_copy(update={"deprecation_date": offer.deprecation_date or end})
        if (end := ends.get((offer.ref.provider, offer.identity)))
        else offer
        for offer in offers
    )


def _plain(ref: ModelRef) -> tuple[str, str]:
    """A listed id, whatever region it is asked through."""
    return ref.provider, PATTERNS["region"].sub("", ref.model_id.casefold())


def by_provider(model: Named, fitting: Iterable[Fit], regions: Sequence[str]) -> list[list[Fit]]:
    """Each provider's fitting offers, the best id first. `regions`: the platform's, the most usual first."""
    order = tuple(dict.fromkeys((*regions, *USUAL_REGIONS)))

    def preference(fit: Fit) -> tuple[object, ...]:
        offer, gaps = fit
        region = _region(offer.ref)
        return (
            bool(offer.unlisted_by),
            not gaps.isdisjoint(UNSETTLED),
            order.index(region) if region in order else len(order),
            offer.shorthand,
            not model.verbatim(offer.ref),
            -len(offer.witnesses),
            len(gaps),
            len(offer.identity.serving),
            bool(offer.identity.date),
            len(offer.ref.model_id),
            offer.ref.model_id,
        )

    fits = grouped(sorted(fitting, key=preference), lambda fit: fit[0].ref.provider)
    return [fits[provider] for provider in sorted(fits)]


def regions_of(platform: Iterable[ModelRef]) -> tuple[str, ...]:
    """The regions through which the platform asks Bedrock, the most usual first."""
    used = Counter(_region(ref) for ref in platform if ref.provider == "bedrock")
    return tuple(region for region, _ in used.most_common())


def _region(ref: ModelRef) -> str:
    return prefix[1] if (prefix := PATTERNS["region"].match(ref.model_id)) else ""


def _chain(sizes: Iterable[frozenset[str]]) -> bool:
    """Each names the same size, in more or less detail."""
    distinct = sorted(set(sizes), key=len)
    return all(smaller <= larger for smaller, larger in pairwise(distinct))
