"""What is found about the catalogue itself, by every full look: how, and of whom it is no longer so. Pure.

Each finding is one offer to people; nothing of it is done without a person. Of one model's spellings only
case, separators and a maker put before it differ; another version, date, size, tuning, region or way to serve
makes another model.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby

from operator_core.domain.base import EVER, ModelRef, grouped, plain
from operator_core.domain.proposals import FINDINGS, Draft, Member, Proposal, ProposalAction
from operator_core.domain.signals import Facts, Signals
from operator_core.text.model_ids import PATTERNS, letters_of, same_maker, same_model, what_it_is

STALE = timedelta(days=1)
"""Results so much older than the others' have stopped."""
MAKERS, BY_NAME = 3, 2
"""An aggregator passes on models of so many makers that answer here themselves, and calls so many of them as
the platform does: `deepseek-ai/…` names who publishes the weights that a provider serves itself."""
Key = tuple[str, str]
SPELLING, UNLISTED, AGGREGATOR = FINDINGS


def spelt_twice(facts: Facts) -> Iterator[Draft]:
    """One draft for each model that its provider has in several spellings: keep the one with results."""
    for group in _spelt_alike(facts.signals):
        enabled = sorted((one for one in group if one.runs), key=_results, reverse=True)
        elsewhere = max((one for one in group if not one.listed), key=_results, default=None)
        if len(enabled) > 1:
            kept, action, rest = enabled[0], ProposalAction.MERGE, enabled[1:]
            has = "which has the latest results" if kept.last_success else "of which none has results"
            said = f"One model, enabled in several spellings. {{}} stays, {has}."
        elif enabled and elsewhere and _only_there(enabled[0], elsewhere):
            kept, action, rest = elsewhere, ProposalAction.RENAME, enabled
            said = "Results come as {}, which the catalogue doesn't have: under its own spelling none come."
        else:
            continue
        provider, name = kept.ref.provider, kept.ref.model_id
        members = [_member(one, successor=name) for one in rest]
        yield from _draft(f"{SPELLING}{provider}/{_parts(name)[1]}", action, members, said.format(name))


def _only_there(listed: Signals, elsewhere: Signals) -> bool:
    """It never ran in its own spelling, or fails there. What came before it was added were no runs of it, and
    spaces beside a name are no name to add."""
    since = listed.failing_since if listed.last_run else listed.created_at
    idle, name = listed.failing or not listed.last_run, elsewhere.ref.model_id
    return idle and name == name.strip() and (elsewhere.last_success or EVER) >= (since or EVER)


def answered_as(facts: Facts) -> Mapping[ModelRef, ModelRef]:
    """Of models that fail, another spelling under which their provider answered since."""
    last = {one.ref: one.last_success or EVER for one in facts.signals}
    alike = grouped(last, lambda ref: (ref.plain_provider, what_it_is(ref)))
    since = {one.ref: one.failing_since for one in facts.signals if one.runs and one.failing_since}
    pairs = ((one, other) for one in since for other in alike[one.plain_provider, what_it_is(one)])
    return {a: b for a, b in pairs if last[b] > since[a] and same_model(a.model_id, b.model_id)}


def unlisted(facts: Facts) -> Iterator[Draft]:
    """One draft for each provider of which results name models that `models` has in no spelling: add them."""
    for provider, group in groupby(facts.signals, lambda one: one.ref.provider):
        theirs = list(group)
        newest = max((one.last_success or EVER for one in theirs), default=EVER)
        lately = newest - max(STALE, facts.usual_interval or STALE)
        given = [s for s in theirs if not s.listed and not s.failing and (s.last_success or EVER) >= lately]
        if given and any(one.runs for one in theirs):
            listed = grouped((one.ref for one in theirs if one.listed), what_it_is)
            members = [
                _member(one, origin="found in results")
                for one in given
                if not any(same_model(one.ref.model_id, x.model_id) for x in listed[what_it_is(one.ref)])
            ]
            said = "The benchmark gives results, but the catalogue doesn't list the model."
            yield from _draft(f"{UNLISTED}{provider}", ProposalAction.ADD, members, said)


def passed_on(facts: Facts) -> Iterator[Draft]:
    """One draft for each aggregator: disable what it passes on of makers that answer here themselves."""
    ran = (one for one in facts.signals if one.runs and one.last_success)
    measured = {provider: list(group) for provider, group in groupby(ran, lambda one: one.ref.provider)}
    for provider, theirs in measured.items():
        of_maker = grouped(
            theirs, lambda one: one.ref.model_id.casefold().rpartition("/")[0].rpartition("/")[2]
        )
        twice = {
            (maker, name): both
            for maker in of_maker.keys() - {""}
            for name in measured.keys() - {provider}
            if same_maker(maker, name)
            if (both := _answered_by_both(of_maker[maker], measured[name]))
        }
        makers = sorted({name for _, name in twice})
        by_name = sum(letters_of(maker) == letters_of(name) for maker, name in twice)
        if len(makers) >= MAKERS and by_name >= BY_NAME:
            members = {one.ref: one for both in twice.values() for one in both}
            said = f"{provider} passes these on; {', '.join(makers)}, who make them, are measured here too."
            listed = [members[ref] for ref in sorted(members)]
            yield from _draft(f"{AGGREGATOR}{provider}", ProposalAction.DISABLE, listed, said)


def _answered_by_both(passed: Sequence[Signals], own: Sequence[Signals]) -> list[Member]:
    """Those of the first that the maker answers with too; an alias is its only checkpoint there."""
    alike = grouped(own, lambda one: what_it_is(one.ref)[:-1])
    members = list[Member]()
    for one in passed:
        *_, date = what_it_is(one.ref)
        theirs = alike[what_it_is(one.ref)[:-1]]
        same = [s for s in theirs if what_it_is(s.ref)[-1] == date or (not date and len(theirs) == 1)]
        members += [_member(one, origin=f"measured as {s.ref}") for s in same[:1] if not s.failing]
    return members


def _spelt_alike(signals: Sequence[Signals]) -> Iterator[list[Signals]]:
    """Those of a provider that are spelt alike; where the same name has two makers, nobody knows whose."""
    parts, named = {one.ref: _parts(one.ref.model_id) for one in signals}, defaultdict[Key, set[str]](set)
    for ref, (maker, name) in parts.items():
        named[ref.plain_provider, maker].add(name)
    makers = {key for key, names in named.items() if len(names) > 1 and not PATTERNS["served"].search(key[1])}

    def spelling(one: Signals) -> tuple[str, str, str]:
        maker, name = parts[one.ref]
        return one.ref.provider, "" if (one.ref.plain_provider, maker) in makers else maker, name

    measured = (one for one in signals if one.runs or (not one.listed and one.last_success))
    for group in grouped(measured, spelling).values():
        if len(group) > 1 and len({parts[one.ref][0] for one in group} - {""}) < 2:
            yield group


def _parts(model_id: str) -> Key:
    """What stands before the name, and the name; in each one kind of separator."""
    maker, _, name = PATTERNS["public"].sub("", model_id.strip().casefold()).rpartition("/")
    return PATTERNS["joint"].sub("-", maker.replace("/", "-")), PATTERNS["joint"].sub("-", name)


def _results(one: Signals) -> tuple[object, ...]:
    return one.last_success or EVER, one.last_run or EVER, one.ref.model_id


def _member(one: Signals, successor: str | None = None, origin: str = "") -> Member:
    about = {"ref": one.ref, "enabled": one.enabled, "last_success": one.last_success}
    return Member(**about, successor=successor, origin=origin)


def _draft(fingerprint: str, action: ProposalAction, members: Sequence[Member], said: str) -> Iterator[Draft]:
    if members:
        about = {"provider": members[0].ref.provider, "reasoning": said, "suggested_by": "triage"}
        yield Draft(fingerprint=fingerprint, action=action, members=tuple(members), **about)


ADDED, RUN = {"listed": False, "enabled": False}, {"enabled": True, "deprecated": False}
HOW: Mapping[str, tuple[Callable[[Facts], Iterable[Draft]], Mapping[str, bool], str]] = {
    SPELLING: (spelt_twice, RUN, "{} is off by now, or no longer the same model's name"),
    UNLISTED: (unlisted, ADDED, "no results of it come any more, or it is in the catalogue by now"),
    AGGREGATOR: (passed_on, RUN, "its maker's own provider doesn't answer with it any more"),
}
"""By how its fingerprints begin: how it is found; what its members were before anything was done about it;
and why it is no longer so."""


def findings(facts: Facts, hosts: Collection[str] = ()) -> Iterator[Draft]:
    """All that is found. `hosts`: plain names of providers with a list of their own, who pass nothing on."""
    for find, *_ in HOW.values():
        yield from (one for one in find(facts) if find != passed_on or plain(one.provider) not in hosts)


def no_longer_so(proposal: Proposal, facts: Facts) -> Mapping[ModelRef, str]:
    """The members of a finding for which it holds no more, each with why. What it has changed itself by now
    is no reason."""
    [(find, members_were, why)] = [HOW[one] for one in HOW if proposal.fingerprint.startswith(one)]
    kept_of = {m.ref: ModelRef(provider=m.ref.provider, model_id=m.successor or "") for m in proposal.members}
    before: dict[ModelRef, Mapping[str, bool]] = dict.fromkeys(kept_of, members_were)
    if proposal.action == ProposalAction.RENAME:
        before |= dict.fromkeys(kept_of.values(), ADDED)
    signals = {one.ref: one.model_copy(update=before.get(one.ref, {})) for one in facts.signals}
    alike = [
        {draft.members[0].successor or "", *(member.ref.model_id for member in draft.members)}
        for draft in find(facts.model_copy(update={"signals": tuple(signals.values())}))
        if (draft.action, draft.provider) == (proposal.action, proposal.provider)
    ]
    reasons = dict[ModelRef, str]()
    for ref, kept in kept_of.items():
        last, stays = [signals[one].last_success or EVER if one in signals else EVER for one in (ref, kept)]
        if not any({ref.model_id, kept.model_id} <= names for names in alike):
            reasons[ref] = why.format(kept.model_id)
        elif kept in signals and (signals[kept].failing or last - stays > STALE):
            reasons[ref] = f"{kept.model_id} stopped answering"
    return reasons
