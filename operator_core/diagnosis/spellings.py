"""What the catalogue says twice, or otherwise than the results do: one model in several spellings.

Only case, separators and a maker put before it make a spelling; another version, date, size, tuning or way of
serving makes another model. So nothing here is done without a person.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from operator_core.domain.base import EVER
from operator_core.domain.proposals import FINDING, Draft, Member, ProposalAction
from operator_core.domain.signals import Facts, Signals

TOKENS = re.compile(r"[^\W_]+\+*")
"""`command-r+` is not `command-r`."""
Name = tuple[str, ...]


def spelt_twice(facts: Facts) -> Iterator[Draft]:
    """One draft for each model that its provider has in several spellings: keep the one with results."""
    for group in _groups(one for one in facts.signals if one.runs or (not one.listed and one.last_success)):
        enabled = sorted((one for one in group if one.runs), key=_results, reverse=True)
        elsewhere = max((one for one in group if not one.listed), key=_results, default=None)
        if len(enabled) > 1:
            yield _draft(ProposalAction.MERGE, enabled[1:], enabled[0])
        elif enabled and elsewhere and enabled[0].last_run is None:
            yield _draft(ProposalAction.RENAME, enabled, elsewhere)


def same_spelling(one: str, other: str) -> bool:
    """Whether two ids of one provider differ in nothing but case, separators and a maker before the one."""
    (maker, name), (maker_too, name_too) = _parts(one), _parts(other)
    return name == name_too and (maker == maker_too or not maker or not maker_too)


def _groups(signals: Iterable[Signals]) -> Iterator[list[Signals]]:
    """Those of a provider that are spelt alike; where the same name has two makers, nobody knows whose."""
    alike: dict[tuple[str, Name], list[Signals]] = defaultdict(list)
    for one in signals:
        alike[one.ref.provider, _parts(one.ref.model_id)[1]].append(one)
    for group in alike.values():
        makers = {_parts(one.ref.model_id)[0] for one in group} - {()}
        if len(group) > 1 and len(makers) < 2:
            yield group


def _parts(model_id: str) -> tuple[Name, Name]:
    maker, _, name = model_id.casefold().rpartition("/")
    return tuple(TOKENS.findall(maker)), tuple(TOKENS.findall(name))


def _results(one: Signals) -> tuple[object, ...]:
    return one.last_success or EVER, one.last_run or EVER, one.ref.model_id


def _draft(action: ProposalAction, members: list[Signals], kept: Signals) -> Draft:
    provider, name = kept.ref.provider, kept.ref.model_id
    has = "which has the latest results" if kept.last_success else "of which none has results"
    said = f"One model in several spellings, on together. {name} stays, {has}."
    if action == ProposalAction.RENAME:
        said = (
            f"The results come as {name}, which the catalogue doesn't have: under its own spelling none came."
        )
    return Draft(
        fingerprint=f"{FINDING}{provider}/{'-'.join(_parts(name)[1])}",
        action=action,
        provider=provider,
        members=tuple(
            Member(ref=one.ref, enabled=True, last_success=one.last_success, successor=name)
            for one in members
        ),
        reasoning=said,
        suggested_by="triage",
    )
