"""Why a proposal is made, in sentences that persuade: runs, days, who lists it and who else has it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.slack.views.text import code, joined, listed, outside, provider_words, quote, span
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import FINDING, Member, Proposal, ProposalAction
from operator_core.domain.situations import FLAGGED_DEPRECATED, Scope
from operator_core.words import duration, plural

MAX_NAMES = 3
MAX_PROVIDER = 60
MAX_REASONS = 2
QUOTED = 7
"""Words of a provider's within a sentence; Details have more."""
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
    if proposal.action == ProposalAction.ADD and not proposal.provider:
        return f"Add {offered(members)}?"
    if proposal.action == ProposalAction.MERGE:
        spelt = [code(ref.model_id, 60) for ref in proposal.refs]
        return f"Keep {code(members[0].successor or '', 60)} on {provider}, disable {listed(spelt)}?"
    if len(members) == 1:
        return f"{verb} {code(members[0].ref.model_id, 80)} on {provider}?"
    return f"{verb} {len(members):,} {provider} models?"


def offered(members: Sequence[Member]) -> str:
    """ "13 models, 26 offers": a model is what has a name, an offer is a provider's of it."""
    models = len({member.catalogue_name for member in members})
    offers = f", {plural(len(members), 'offer')}" if len(members) != models else ""
    return plural(models, "model") + offers


def sentences(proposal: Proposal, now: datetime) -> str:
    """The evidence, a few lines of mrkdwn."""
    by_action = {
        ProposalAction.DISABLE: _why_disable,
        ProposalAction.RENAME: _why_rename,
        ProposalAction.MERGE: _why_stated,
        ProposalAction.ENABLE: _why_stated,
        ProposalAction.ADD: _why_stated,
        ProposalAction.ATTEND: _why_attend,
    }
    finding = proposal.fingerprint.startswith(FINDING)
    why = (_why_stated if finding else by_action[proposal.action])(proposal, now)
    return joined(*why, _unseen(proposal.members), _following(proposal))


def _following(proposal: Proposal) -> str:
    if not proposal.following or proposal.action == ProposalAction.ATTEND:
        return ""
    if proposal.scope is None and proposal.action != ProposalAction.ADD:
        return f"And {proposal.following:,} more: ask again when these are done."
    return f"And {proposal.following:,} more follow when these are done."


def down_line(proposal: Proposal, now: datetime | None, models: int | None = None) -> str:
    """ "deepinfra is out of credit · 41 of 41 · 9 hours". `models`: how many, where that was counted anew."""
    count, enabled = models or len(proposal.members) + proposal.following, proposal.provider_enabled
    provider, kind = outside(proposal.provider, MAX_PROVIDER), proposal.kind or Kind.UNKNOWN
    since = _since(proposal)
    lasts = duration(now - since) if now and since else ""
    if proposal.scope == Scope.SILENCE:
        return _silent(proposal, provider, count, lasts)
    if proposal.scope == Scope.PROVIDER:
        return joined(f"*{provider}* {kind.of_provider}", f"{count:,} of {enabled:,}", lasts, by=" · ")
    return joined(f"*{provider}*: {kind.traits.words}", _names(proposal.members), lasts, by=" · ")


def _silent(proposal: Proposal, provider: str, count: int, lasts: str) -> str:
    runs = f"no runs for {lasts}" if lasts else "no runs"
    if count >= proposal.provider_enabled > 1:
        return f"*{provider}*: {runs} of any of its {count:,} models"
    if count == 1:
        return f"{code(proposal.members[0].ref.model_id, 60)} on *{provider}*: {runs}"
    return f"{_names(proposal.members)} on *{provider}*: {runs}"


def ails(scope: Scope | None, kind: Kind | None, *, whole: bool = False) -> str:
    """What is wrong, in two or three words; `whole`: said of a provider."""
    kind = kind or Kind.UNKNOWN
    if scope == Scope.SILENCE:
        return "is silent" if whole else "silent"
    return kind.of_provider if whole else kind.traits.words


def _since(proposal: Proposal) -> datetime | None:
    if proposal.scope == Scope.SILENCE:
        return max((m.last_run for m in proposal.members if m.last_run), default=None)
    return min((m.failing_since for m in proposal.members if m.failing_since), default=None)


def _why_disable(proposal: Proposal, now: datetime) -> Sequence[str]:
    if proposal.scope == Scope.FLAGGED:
        first = FLAGGED_DEPRECATED
    elif proposal.scope is None:
        first = outside(proposal.reasoning, 600)
    else:
        first = _failing_for(proposal.members, now)
    names = f"{_names(proposal.members)}." if len(proposal.members) == 2 else ""
    listing = joined(names, _offered(proposal), leave_the_site(proposal, proposal.members, why=False), by=" ")
    return (first, listing, asked_because(proposal))


def switched_off(proposal: Proposal, done: Sequence[Member], at: datetime) -> str:
    """What policy did alone, and why: a sentence, and all the names."""
    provider, several = outside(proposal.provider, MAX_PROVIDER), len(done) > 1
    said = said_of(done)
    since = [m.failing_since for m in done if m.failing_since]
    length = span(at - max(since), at - min(since)) if since else ""
    dropped = all(m.still_offered is False for m in done)
    why = joined(
        f"{length} of {said}" if length and said else length and f"failing for {length}",
        f"gone from {provider}'s list" if dropped else "",
        by=", ",
    )
    last = [m for m in done if m.elsewhere == 0]
    kept = f"{'each' if several else 'it'} has another provider" if not last and done[0].elsewhere else ""
    reasons = joined(why, kept or _leaving(last, len(done)), by="; ")
    if not several:
        what = f"{code(done[0].ref.model_id, 80)} on {provider}"
        return f"*I switched off* {what}{': ' + reasons if reasons else ''}.  {proposal.id}"
    head = (
        f"*I switched off {len(done):,} {provider} models*{': ' + reasons if reasons else ''}.  {proposal.id}"
    )
    return joined(head, listed((code(m.ref.model_id, 60) for m in done), most=MOST_NAMED))


def _why_rename(proposal: Proposal, now: datetime) -> Sequence[str]:
    pairs = [
        f"{code(m.ref.model_id, 60)} is gone; its successor {code(m.successor or '', 60)} is listed."
        for m in proposal.members[:MAX_NAMES]
    ]
    rest = len(proposal.members) - MAX_NAMES
    return (
        *pairs,
        f"And {plural(rest, 'more such model')}." if rest > 0 else "",
        _failing_for(proposal.members, now),
        "Adds the new one, disables the old one; its history stays.",
    )


def _why_stated(proposal: Proposal, now: datetime) -> Sequence[str]:
    names = _names(proposal.members) if len(proposal.members) > 1 else ""
    return (outside(proposal.reasoning, 600), names, leave_the_site(proposal, proposal.members))


def _why_attend(proposal: Proposal, now: datetime) -> Sequence[str]:
    if proposal.scope == Scope.SILENCE:
        return ()  # what it said before it fell silent explains nothing
    return (quote(next((m.sample for m in proposal.members if m.sample), "")),)


def _failing_for(members: Sequence[Member], now: datetime) -> str:
    since = [m.failing_since for m in members if m.failing_since]
    if not since:
        return ""
    runs = sum(m.failures for m in members)
    length = span(now - max(since), now - min(since))
    said = said_of(members)
    return f"{plural(runs, 'failure')} in {length}, no answer{': ' + said if said else ''}."


def said_of(members: Sequence[Member]) -> str:
    """The provider's words, in marks; "" where there are none."""
    sample = next((m.sample for m in members if m.sample), "")
    return f"“{provider_words(sample, 100, QUOTED)}”" if sample else ""


def _offered(proposal: Proposal) -> str:
    members = [m for m in proposal.members if m.still_offered is not None]
    if not members:
        return ""
    dropped = sum(not m.still_offered for m in members)
    provider = outside(proposal.provider, MAX_PROVIDER)
    if dropped == len(members):
        return f"{provider}'s list dropped {_every(dropped)}."
    if not dropped:
        return f"{provider}'s list still names {_every(len(members))}."
    return f"{provider}'s list dropped {dropped} of {len(members)}."


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
    """Which gates are closed, and for which models where not for all; and what only shadow leaves to people.

    That written rules judged is said once, above all cards.
    """
    alone = proposal.shadowed
    would = (
        "" if len(alone) in {0, len(proposal.members)} else f"Alone, I would have disabled {len(alone):,}."
    )
    by_gate: dict[str, list[Member]] = {}
    for member in proposal.members:
        if member.gate and member.gate != RULES_JUDGED:
            by_gate.setdefault(member.gate, []).append(member)
    reasons = sorted(by_gate.items(), key=lambda gate: -len(gate[1]))
    of_all = len(reasons) == 1 and len(reasons[0][1]) + len(alone) == len(proposal.members)
    said = [
        outside(gate, 120) + ("" if of_all else f" ({listed((_short(m) for m in members), most=3)})")
        for gate, members in reasons[:MAX_REASONS]
    ]
    if rest := len(reasons) - MAX_REASONS:
        said += [f"and {plural(rest, 'more reason')} in Details"] if rest > 0 else []
    return joined(would, f"Asked because {'; '.join(said)}." if said else "", by=" ")


def _short(member: Member) -> str:
    return code(member.ref.model_id, 40)


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
    if not last:
        return ""
    if len(last) == 1:
        return f"{'it' if of == 1 else code(last[0].ref.model_id, 60)} leaves the site"
    return f"{_every(of) if len(last) == of else f'{len(last):,}'} leave the site"


def kept_by(proposal: Proposal, others: int) -> str:
    """ "2 other providers that answer keep". Who answers is not looked up for a command."""
    one, many = ("that answers keeps", "that answer keep") if proposal.scope else ("runs", "run")
    if not others:
        return f"no other provider {one}"
    return plural(others, f"other provider {one}", f"other providers {many}")


def _names(members: Sequence[Member]) -> str:
    return listed((code(m.ref.model_id, 60) for m in members), most=MAX_NAMES)
