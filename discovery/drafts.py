"""What discovery puts to people: a review of what is new, what returned, and wrong ids. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from discovery.matching.leaving import PlatformModel
from discovery.matching.match import Match
from discovery.sources.catalogue import Entry, without_maker
from discovery.sources.directories import Listing
from operator_core.domain.base import ModelRef, grouped
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import RETURNED, Draft, Member, ProposalAction
from operator_core.domain.signals import Facts
from operator_core.policy.drafts import within_bounds
from operator_core.words import plural

REVIEW = "discovery-review"
"""The one open review's fingerprint: tomorrow's new models join it."""
WRONG_ID = "wrong-id-"
CATALOGUE = "openrouter"
"""The provider under which offers are held; earlier versions held whole models."""
DISCOVERY = "discovery"


def worth_adding(
    matches: Iterable[Match], *, min_confidence: float, left_alone: frozenset[str], today: date
) -> tuple[Match, ...]:
    """What a review may propose: sure enough, not on its way out, not held (`left_alone`)."""
    return tuple(
        match
        for match in matches
        if match.confidence >= min_confidence
        and not match.deprecated
        and (not match.deprecation_date or match.deprecation_date > today.isoformat())
        and not left_alone & {match.openrouter_id, str(match.ref), offer_of(match)}
    )


def offer_of(one: Match | Member) -> str:
    """ "openai/gpt-5 on azure", whatever id it has there."""
    return f"{one.openrouter_id or one.ref} on {one.ref.provider}"


def review(
    matches: Sequence[Match],
    entries: Mapping[str, Entry],
    successors: Mapping[ModelRef, ModelRef],
    listings: Sequence[Listing],
) -> Draft | None:
    """One draft for all additions, best first, a model's providers together; None when there are none.

    `successors`: an id to add → the leaving model that it replaces; `listings`: the better kept ones first.
    """
    listed = grouped(listings, lambda listing: listing.ref)
    groups = grouped(matches, lambda match: match.openrouter_id)

    def rank(name: str) -> tuple[bool, float, float, str]:
        unconfirmed = not any(match.confirmed for match in groups[name])
        return unconfirmed, -max(match.confidence for match in groups[name]), entries[name].age, name

    ranked = [match for name in sorted(groups, key=rank) for match in groups[name]]
    members = [_member(match, entries[match.openrouter_id], listed[match.ref]) for match in ranked]
    refs = {member.ref for member in members}
    members += [
        Member(ref=ref, enabled=False, display_name=ref.model_id, origin=f"successor of {leaving.model_id}")
        for ref, leaving in sorted(successors.items())
        if ref not in refs
    ]
    confirmed = len({match.openrouter_id for match in matches if match.confirmed})
    draft = Draft(
        fingerprint=REVIEW,
        action=ProposalAction.ADD,
        provider="",
        members=tuple(members),
        reasoning=f"{plural(len(groups), 'new model')}, {confirmed} confirmed on providers you run",
        suggested_by=DISCOVERY,
    )
    return within_bounds(draft) if members else None


def returned(model: PlatformModel, openrouter_id: str) -> Draft:
    """A model that we disabled is listed again."""
    member = Member(
        ref=model.ref,
        enabled=False,
        deprecated=model.deprecated,
        display_name=model.display_name,
        still_offered=True,
        openrouter_id=openrouter_id,
    )
    return Draft(
        fingerprint=f"{RETURNED}{model.ref}",
        action=ProposalAction.ENABLE,
        provider=model.ref.provider,
        members=(member,),
        reasoning="It had left OpenRouter's list and is there again. If its provider says nothing for a day "
        "but that it is gone, I switch it off again.",
        suggested_by=DISCOVERY,
    )


def wrong_ids(
    models: Iterable[PlatformModel], facts: Facts, candidates: Mapping[ModelRef, Sequence[str]]
) -> Iterator[Draft]:
    """Models we added whose first runs all say that the id is wrong, with the next candidate, if any."""
    by_ref = {signals.ref: signals for signals in facts.signals}
    for model in models:
        signals = by_ref.get(model.ref) if model.added_by_us and model.runs else None
        cause = signals.streak[0] if signals and signals.streak and not signals.last_success else None
        if cause is None or cause.kind != Kind.HARD_MODEL:
            continue
        following = next(iter(candidates.get(model.ref, ())), None)
        member = Member(
            ref=model.ref,
            enabled=True,
            failures=cause.count,
            failing_since=cause.first,
            last_failure=cause.last,
            sample=cause.sample,
            successor=following,
            display_name=model.display_name,
        )
        yield Draft(
            fingerprint=f"{WRONG_ID}{model.ref}",
            action=ProposalAction.RENAME if following else ProposalAction.DISABLE,
            provider=model.ref.provider,
            kind=Kind.HARD_MODEL,
            members=(member,),
            reasoning="Added, but its first runs say that the provider doesn't know this id.",
            suggested_by=DISCOVERY,
        )


def _member(match: Match, entry: Entry, listings: Sequence[Listing]) -> Member:
    """Beside its name and provider: context and price there, since when, and who confirms the id."""
    terms = [(x.context_length, x.price, "") for x in listings]
    theirs = (entry.price_in * 1e6, entry.price_out * 1e6)
    terms.append((entry.context_length, theirs if min(theirs) >= 0 else None, " at OpenRouter"))
    size, of_size = next(((size, whose) for size, _, whose in terms if size), (0, ""))
    price, of_price = next(((price, whose) for _, price, whose in terms if price), (None, ""))
    context = f"{size // 1000}k context" if size < 1_000_000 else f"{size / 1_000_000:.3g}M context"
    priced = f"${price[0]:.4g}/${price[1]:.4g} per M" if price and any(price) else "free"
    parts = (  # little room cuts the end
        "" if match.confirmed else "unconfirmed",
        context + of_size if size else "",
        priced + of_price if price else "price unknown",
        match.reasoning,
        f"since {entry.created:%Y-%m-%d}" if entry.created else "",
    )
    return Member(
        ref=match.ref,
        enabled=False,
        display_name=without_maker(entry.name) or entry.openrouter_id,
        origin=" · ".join(filter(None, parts)),
        openrouter_id=entry.openrouter_id,
        still_offered=match.confirmed or None,
    )
