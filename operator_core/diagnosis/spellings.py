"""What the catalogue says twice, or otherwise than the results do: one model in several spellings.

Only case, separators and a maker put before it make a spelling; another version, date, size, tuning, region
or way of serving makes another model. So nothing here is done without a person.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from operator_core.domain.base import EVER, ModelRef
from operator_core.domain.proposals import FINDING, Draft, Member, Proposal, ProposalAction
from operator_core.domain.signals import Facts, Signals

SEPARATORS = re.compile(r"(?:[-_@\s]|(?<!\d)\.|\.(?!\d))+")
"""Others stay: `command-r+`, `c#`, `x:free`, and the point that makes `gemma-2.9b` no `gemma-2-9b`."""
SERVED = re.compile(
    r"(?<![^-])(us|eu|ap|apac|jp|au|ca|in|sa|me|af|uk|emea|asia|europe|global|region|west|east|north|south"
    r"|central|gov|batch|free|loras?|adapters|fast|flex|priority|cached|beta|preview|test|staging|dev)(?![^-])"
)
"""Words of what stands before a name and is no maker: where or how the model is served."""
STALE = timedelta(days=1)
"""Results so much older than the other spelling's have stopped."""
Key = tuple[str, str]


def spelt_twice(facts: Facts) -> Iterator[Draft]:
    """One draft for each model that its provider has in several spellings: keep the one with results."""
    for group in _groups(facts.signals):
        enabled = sorted((one for one in group if one.runs), key=_results, reverse=True)
        elsewhere = max((one for one in group if not one.listed), key=_results, default=None)
        if len(enabled) > 1:
            yield _draft(ProposalAction.MERGE, enabled[1:], enabled[0])
        elif enabled and elsewhere and enabled[0].last_run is None:
            added = enabled[0].created_at or EVER  # results from before that were no runs of it
            if (elsewhere.last_success or EVER) >= added:
                yield _draft(ProposalAction.RENAME, enabled, elsewhere)


def no_longer_twice(proposal: Proposal, facts: Facts) -> Mapping[ModelRef, str]:
    """The members of such a finding for which it holds no more, each with why. What it has changed itself
    by now is no reason."""
    kept_of = {m.ref: ModelRef(provider=m.ref.provider, model_id=m.successor or "") for m in proposal.members}
    before = {ref: {"enabled": True, "deprecated": False} for ref in kept_of}
    if proposal.action == ProposalAction.RENAME:
        before |= {kept: {"listed": False, "enabled": False} for kept in kept_of.values()}
    signals = {one.ref: one.model_copy(update=before.get(one.ref, {})) for one in facts.signals}
    as_found = facts.model_copy(update={"signals": tuple(signals.values())})
    alike = [
        {draft.members[0].successor, *(member.ref.model_id for member in draft.members)}
        for draft in spelt_twice(as_found)
        if draft.action == proposal.action
    ]
    reasons = dict[ModelRef, str]()
    for ref, kept in kept_of.items():
        last, stays = [signals[one].last_success or EVER if one in signals else EVER for one in (ref, kept)]
        if not any({ref.model_id, kept.model_id} <= names for names in alike):
            reasons[ref] = f"{kept.model_id} is off by now, or no longer the same model's name"
        elif signals[kept].failing or last - stays > STALE:
            reasons[ref] = f"{kept.model_id} stopped answering"
    return reasons


def _groups(signals: Sequence[Signals]) -> Iterator[list[Signals]]:
    """Those of a provider that are spelt alike; where the same name has two makers, nobody knows whose."""
    parts, named = {one.ref: _parts(one.ref.model_id) for one in signals}, defaultdict[Key, set[str]](set)
    for ref, (maker, name) in parts.items():
        named[ref.provider, maker].add(name)
    makers = {key for key, names in named.items() if len(names) > 1 and not SERVED.search(key[1])}
    alike = defaultdict[tuple[str, str, str], list[Signals]](list)
    for one in signals:
        maker, name = parts[one.ref]
        if one.runs or (not one.listed and one.last_success):
            alike[one.ref.provider, "" if (one.ref.provider, maker) in makers else maker, name].append(one)
    for group in alike.values():
        if len(group) > 1 and len({parts[one.ref][0] for one in group} - {""}) < 2:
            yield group


def _parts(model_id: str) -> Key:
    """What stands before the name, and the name; in each one kind of separator."""
    maker, _, name = model_id.casefold().rpartition("/")
    return SEPARATORS.sub("-", maker.replace("/", "-")), SEPARATORS.sub("-", name)


def _results(one: Signals) -> tuple[object, ...]:
    return one.last_success or EVER, one.last_run or EVER, one.ref.model_id


def _draft(action: ProposalAction, members: Sequence[Signals], kept: Signals) -> Draft:
    provider, name = kept.ref.provider, kept.ref.model_id
    has = "which has the latest results" if kept.last_success else "of which none has results"
    said = {
        ProposalAction.MERGE: f"One model, enabled in several spellings. {name} stays, {has}.",
        ProposalAction.RENAME: f"The results come as {name}, which the catalogue doesn't have: under its own "
        "spelling none came.",
    }
    return Draft(
        fingerprint=f"{FINDING}{provider}/{_parts(name)[1]}",
        action=action,
        provider=provider,
        members=tuple(
            Member(ref=one.ref, enabled=True, last_success=one.last_success, successor=name)
            for one in members
        ),
        reasoning=said[action],
        suggested_by="triage",
    )
