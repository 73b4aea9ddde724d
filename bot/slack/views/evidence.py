"""Why a proposal is made, in sentences that persuade: runs, days, who lists it and who else has it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.slack.views.text import code, joined, listed, outside, provider_words, quote, span
from operator_core.domain.base import ModelRef
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import Member, Proposal, ProposalAction
from operator_core.domain.situations import FLAGGED_DEPRECATED, Scope
from operator_core.words import duration, plural

MAX_NAMES = 3
MAX_PROVIDER = 60
MAX_REASONS = 2
LEAVES = "†"
"""Behind the name of a model that no other provider keeps."""
MOST_NAMED = 40
"""Models in one message: beyond that, Details list them."""
RULES_JUDGED = "written rules judged, not an LLM"
"""A gate that is the same for every card of a run."""


def title(proposal: Proposal) -> str:
    """What is asked, as a question."""
    verb = proposal.action.capitalize()
    provider, members = outside(proposal.provider, MAX_PROVIDER), proposal.members
    if proposal.action == ProposalAction.RENAME:
        return f"Rename on {provider}?"
    if proposal.action == ProposalAction.ATTEND:
        return down_line(proposal, None)
    if proposal.review:
        return f"Add {offered(members)}?"
    if proposal.action == ProposalAction.MERGE:
        kept = code(members[0].successor or "", 60)
        return f"Keep {kept} on {provider}, disable {named(proposal.refs)}?"
    if len(members) == 1:
        return f"{verb} {code(members[0].ref.model_id, 80)} on {provider}?"
    return f"{verb} {len(members):,} {provider} models?"


def in_short(proposal: Proposal) -> str:
    """The same where nothing else is said of it: what becomes of what."""
    if proposal.action != ProposalAction.RENAME:
        return title(proposal).rstrip("?")
    pairs = (f"{code(m.ref.model_id, 60)} to {code(m.successor or '', 60)}" for m in proposal.members)
    return f"Rename {listed(pairs, most=2)} on {outside(proposal.provider, MAX_PROVIDER)}"


def named(refs: Iterable[ModelRef], most: int = 5) -> str:
    """The models' ids, each once; beyond `most` the rest is counted."""
    return listed((code(one, 60) for one in dict.fromkeys(ref.model_id for ref in refs)), most=most)


def on_provider(ref: ModelRef) -> str:
    """ "`llama-2` on groq"."""
    return f"{code(ref.model_id, 80)} on {outside(ref.provider, MAX_PROVIDER)}"


def models_in(members: Iterable[Member]) -> int:
    """How many models these are, whoever serves them."""
    return len({member.catalogue_name for member in members})


def offered(members: Sequence[Member]) -> str:
    """ "13 models, 26 offers": a model is what has a name, an offer is a provider's of it."""
    models = models_in(members)
    offers = f", {plural(len(members), 'offer')}" if len(members) != models else ""
    return plural(models, "model") + offers


def reviewed(members: Sequence[Member]) -> str:
    """ "13 new models, 26 offers on providers you run, 12 confirmed." """
    confirmed = models_in(member for member in members if member.still_offered)
    new = offered(members).replace("model", "new model", 1)
    return f"{new} on providers you run, {confirmed:,} confirmed."


def sentences(proposal: Proposal, now: datetime) -> str:
    """The evidence, a few lines of mrkdwn."""
    action, members, rest = proposal.action, proposal.members, proposal.following
    failing = None if proposal.finding else action
    if failing == ProposalAction.DISABLE:
        why = _why_disable(proposal, now)
    elif failing == ProposalAction.RENAME:
        why = _why_rename(members, now)
    elif failing == ProposalAction.ATTEND:  # what it said before it fell silent explains nothing
        why = [quote(sample_of(members))] if proposal.scope != Scope.SILENCE else []
    else:
        names = _names(members) if len(members) > 1 else ""
        why = [outside(proposal.reasoning, 600), names, leave_the_site(proposal, members)]
    asked = proposal.scope is None and not proposal.finding and not proposal.review
    more = f"And {rest:,} more{': ask again' if asked else ' follow'} when these are done."
    return joined(*why, _unseen(members), more if rest and action != ProposalAction.ATTEND else "")


def down_line(proposal: Proposal, now: datetime | None, models: int | None = None) -> str:
    """ "deepinfra is out of credit · 41 of 41 · 9 hours". `models`: how many, where that was counted anew."""
    count, enabled = models or len(proposal.members) + proposal.following, proposal.provider_enabled
    provider, kind = f"*{outside(proposal.provider, MAX_PROVIDER)}*", proposal.kind or Kind.UNKNOWN
    if proposal.scope == Scope.SILENCE:
        last = max((m.last_run for m in proposal.members if m.last_run), default=None)
        runs = f"no runs for {duration(now - last)}" if now and last else "no runs"
        if count >= enabled > 1:
            return f"{provider}: {runs} of any of its {count:,} models"
        return f"{_names(proposal.members[:1] if count == 1 else proposal.members)} on {provider}: {runs}"
    since = min((m.failing_since for m in proposal.members if m.failing_since), default=None)
    lasts = duration(now - since) if now and since else ""
    if proposal.scope == Scope.PROVIDER:
        return joined(f"{provider} {kind.of_provider}", f"{count:,} of {enabled:,}", lasts, by=" · ")
    return joined(f"{provider}: {kind.traits.words}", _names(proposal.members), lasts, by=" · ")


def ails(scope: Scope | None, kind: Kind | None, *, whole: bool = False) -> str:
    """What is wrong, in two or three words; `whole`: said of a provider."""
    kind = kind or Kind.UNKNOWN
    if scope == Scope.SILENCE:
        return "is silent" if whole else "silent"
    said = "flagged deprecated" if scope == Scope.FLAGGED else kind.traits.words
    return kind.of_provider if whole else said


def _why_disable(proposal: Proposal, now: datetime) -> list[str]:
    members = proposal.members
    if proposal.scope == Scope.FLAGGED:
        first = FLAGGED_DEPRECATED
    elif proposal.scope is None:
        first = outside(proposal.reasoning, 600)
    else:
        first = _failing_for(members, now)
    names = f"{_names(members)}." if len(members) == 2 else ""
    asked = asked_because(proposal)
    why = len(members) == 1 and kept_by(proposal, 0) not in asked  # once is enough
    listing = joined(names, _listing(proposal), leave_the_site(proposal, members, why=why), by=" ")
    return [first, listing, asked]


def switched_off(proposal: Proposal, done: Sequence[Member], at: datetime) -> str:
    """What policy did alone, and why: a sentence, and all the names."""
    provider, several = outside(proposal.provider, MAX_PROVIDER), len(done) > 1
    said, length = said_of(done), _length(done, at)
    last = [m for m in done if m.elsewhere == 0]
    kept = f"{'each' if several else 'it'} has another provider" if done[0].elsewhere else ""
    why = joined(
        length and (f"{length} of {said}" if said else f"failing for {length}"),
        f"gone from {provider}'s list" if all(m.still_offered is False for m in done) else "",
        by=", ",
    )
    reasons = joined(why, _leaving(last, len(done)) or kept, by="; ")
    what = f"*I switched off* {on_provider(done[0].ref)}"
    if several:
        what = f"*I switched off {len(done):,} {provider} models*"
    head = f"{what}{f': {reasons}' if reasons else ''}.  {proposal.id}"
    return joined(head, named((m.ref for m in done), MOST_NAMED) if several else "")


def _why_rename(members: Sequence[Member], now: datetime) -> list[str]:
    rest = len(members) - MAX_NAMES
    return [
        *(
            f"{code(m.ref.model_id, 60)} is gone; its successor {code(m.successor or '', 60)} is listed."
            for m in members[:MAX_NAMES]
        ),
        f"And {plural(rest, 'more such model')}." if rest > 0 else "",
        _failing_for(members, now),
        "Adds the new one, disables the old one; its history stays.",
    ]


def _length(members: Sequence[Member], until: datetime) -> str:
    """How long they have failed: "3–6 days"."""
    since = [m.failing_since for m in members if m.failing_since]
    return span(until - max(since), until - min(since)) if since else ""


def _failing_for(members: Sequence[Member], now: datetime) -> str:
    length, said = _length(members, now), said_of(members)
    failures = plural(sum(m.failures for m in members), "failure")
    return f"{failures} in {length}, no answer{f': {said}' if said else ''}." if length else ""


def sample_of(members: Sequence[Member]) -> str:
    """The provider's words, as they came; "" where there are none."""
    return next((m.sample for m in members if m.sample), "")


def said_of(members: Sequence[Member]) -> str:
    """The provider's first words, in marks; "" where there are none. Details have more."""
    sample = sample_of(members)
    return f"“{provider_words(sample, 100, most=7)}”" if sample else ""


def _listing(proposal: Proposal) -> str:
    listing = [m.still_offered for m in proposal.members if m.still_offered is not None]
    if not listing:
        return ""
    dropped = listing.count(False)
    which = _every(len(listing)) if dropped in {0, len(listing)} else f"{dropped} of {len(listing)}"
    did = "dropped" if dropped else "still names"
    return f"{outside(proposal.provider, MAX_PROVIDER)}'s list {did} {which}."


def _unseen(members: Sequence[Member]) -> str:
    """Evidence that can't be renewed is said to be old."""
    unseen = [m for m in members if m.unseen_days is not None]
    if not unseen:
        return ""
    which = "" if len(unseen) == len(members) else f" of {_names(unseen)}"
    return f"No runs{which} within the last {unseen[0].unseen_days} days: this is what was seen last."


def _every(count: int) -> str:
    return {1: "it", 2: "both"}.get(count, f"all {count}")


def asked_because(proposal: Proposal) -> str:
    """Which gates are closed (but that rules judged), for which models; what shadow leaves to people."""
    members, alone = proposal.members, len(proposal.shadowed)
    would = f"Alone, I would have disabled {alone:,}." if alone not in {0, len(members)} else ""
    gates: dict[str, list[str]] = {}
    for member in members:
        if member.gate and member.gate != RULES_JUDGED:
            gates.setdefault(member.gate, []).append(code(member.ref.model_id, 40))
    reasons = sorted(gates.items(), key=lambda gate: -len(gate[1]))
    of_all = len(reasons) == 1 and len(reasons[0][1]) + alone == len(members)
    said = [
        outside(gate, 120) + ("" if of_all else f" ({listed(names, most=3)})")
        for gate, names in reasons[:MAX_REASONS]
    ]
    if (rest := len(reasons) - MAX_REASONS) > 0:
        said.append(f"and {plural(rest, 'more reason')} in Details")
    return joined(would, f"Asked because {'; '.join(said)}." if said else "", by=" ")


def leave_the_site(proposal: Proposal, members: Sequence[Member], *, why: bool = True) -> str:
    """Those of its members that no other provider keeps when they are disabled; "" if none."""
    last = [m for m in members if m.elsewhere == 0]
    if not last or proposal.action != ProposalAction.DISABLE:
        return ""
    leaving = _leaving(last, len(members))
    because = f": {kept_by(proposal, 0)} {'it' if len(last) == 1 else 'them'}" if why else ""
    return f"{leaving[:1].upper()}{leaving[1:]}{because}."


def in_whose_words(kinds: Iterable[Kind]) -> str:
    """ "gone or not allowed by their providers' own words"."""
    words = {kind: "gone" if kind == Kind.HARD_MODEL else kind.traits.words for kind in kinds}
    whose = " by their providers' own words" if all(kind.traits.definite for kind in words) else ""
    return listed(words.values(), last="or") + whose


def switched_off_briefly(proposal: Proposal, done: Sequence[Member]) -> str:
    """The names alone, where several batches stand below one heading."""
    names = (code(m.ref.model_id, 60) + LEAVES * (m.elsewhere == 0) for m in done)
    head = f"*{len(done):,} {outside(proposal.provider, MAX_PROVIDER)}*"
    return f"{head}: {listed(names, most=MOST_NAMED)}  {proposal.id}"


def _leaving(last: Sequence[Member], of: int) -> str:
    """ "it leaves the site", "both leave the site", "`a` leaves the site" or "2 leave the site"."""
    if len(last) < 2:
        return f"{'it' if of == 1 else code(last[0].ref.model_id, 60)} leaves the site" if last else ""
    return f"{_every(of) if len(last) == of else f'{len(last):,}'} leave the site"


def kept_by(proposal: Proposal, others: int) -> str:
    """ "2 other providers that answer keep". Who answers is not looked up for a command."""
    one, many = ("that answers keeps", "that answer keep") if proposal.scope else ("runs", "run")
    words = plural(others, f"other provider {one}", f"other providers {many}")
    return words if others else f"no other provider {one}"


def _names(members: Sequence[Member]) -> str:
    return named((m.ref for m in members), MAX_NAMES)
