"""Why a proposal is made, in sentences that persuade: runs, days, who lists it and who else has it."""

from collections.abc import Sequence
from datetime import datetime

from bot.slack.views.text import code, joined, listed, outside, quote, span
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import Member, Proposal, ProposalAction
from operator_core.domain.situations import FLAGGED_DEPRECATED, Scope
from operator_core.words import duration, plural

MAX_NAMES = 3
MAX_PROVIDER = 60


def title(proposal: Proposal) -> str:
    """What is asked, as a question."""
    verb = proposal.action.capitalize()
    provider, members = outside(proposal.provider, MAX_PROVIDER), proposal.members
    if proposal.action == ProposalAction.RENAME:
        return f"Rename on {provider}?"
    if proposal.action == ProposalAction.ATTEND:
        return down_line(proposal, None)
    if len(members) == 1:
        return f"{verb} {code(members[0].ref.model_id, 80)} on {provider}?"
    return f"{verb} {len(members):,} {provider} models?"


def sentences(proposal: Proposal, now: datetime) -> str:
    """The evidence, a few lines of mrkdwn."""
    by_action = {
        ProposalAction.DISABLE: _why_disable,
        ProposalAction.RENAME: _why_rename,
        ProposalAction.ENABLE: _why_stated,
        ProposalAction.ADD: _why_stated,
        ProposalAction.ATTEND: _why_attend,
    }
    why = by_action[proposal.action](proposal, now)
    return joined(*why, _unseen(proposal.members), _following(proposal))


def _following(proposal: Proposal) -> str:
    if not proposal.following or proposal.action == ProposalAction.ATTEND:
        return ""
    if proposal.scope is None and proposal.action != ProposalAction.ADD:
        return f"And {proposal.following:,} more: ask again when these are done."
    return f"And {proposal.following:,} more follow when these are done."


def down_line(proposal: Proposal, now: datetime | None) -> str:
    """ "deepinfra is out of credit · 41 of 41 models fail · 9 hours"."""
    count, enabled = len(proposal.members) + proposal.following, proposal.provider_enabled
    provider = outside(proposal.provider, MAX_PROVIDER)
    kind = proposal.kind or Kind.UNKNOWN
    if proposal.scope == Scope.SILENCE:
        silent = "is silent" if count == enabled else f"is silent about {count} of {enabled} models"
        what = f"*{provider}* {silent}: neither results nor failures"
    elif proposal.scope == Scope.PROVIDER:
        what = f"*{provider}* {kind.of_provider} · {count} of {enabled} models fail"
    else:
        what = f"*{provider}*: {kind.traits.words} · {_names(proposal.members)}"
    since = _since(proposal)
    return f"{what} · {duration(now - since)}" if now and since else what


def _since(proposal: Proposal) -> datetime | None:
    if proposal.scope == Scope.SILENCE:
        return max((m.last_success for m in proposal.members if m.last_success), default=None)
    return min((m.failing_since for m in proposal.members if m.failing_since), default=None)


def _why_disable(proposal: Proposal, now: datetime) -> Sequence[str]:
    if proposal.scope == Scope.FLAGGED:
        first = FLAGGED_DEPRECATED
    elif proposal.scope is None:
        first = outside(proposal.reasoning, 600)
    else:
        first = _failing_for(proposal.members, now)
    return (
        first,
        quote(proposal.members[0].sample),
        _names(proposal.members) if 1 < len(proposal.members) <= MAX_NAMES else "",
        _offered(proposal),
        _asked_because(proposal),
        leave_the_site(proposal, proposal.members),
    )


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
        quote(proposal.members[0].sample),
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
    answered = [m.last_success for m in members if m.last_success]
    never = "; none has answered since" if len(members) > 1 else "; it has not answered since"
    first = f"For {length} every run failed ({plural(runs, 'failure')}){never if answered else ''}."
    others = sorted({cause for m in members for cause in m.other_causes})
    return f"{first} Besides: {outside(listed(others), 300)}." if others else first


def _offered(proposal: Proposal) -> str:
    members = [m for m in proposal.members if m.still_offered is not None]
    if not members:
        return ""
    dropped = sum(not m.still_offered for m in members)
    provider = outside(proposal.provider, MAX_PROVIDER)
    if dropped == len(members):
        return f"{provider}'s own list has dropped {_every(dropped)}."
    if not dropped:
        return f"{provider}'s own list still names {_every(len(members))}."
    return f"{provider}'s own list has dropped {dropped} of {len(members)}."


def _unseen(members: Sequence[Member]) -> str:
    """Evidence that can't be renewed is said to be old."""
    unseen = [m for m in members if m.unseen_days is not None]
    if not unseen:
        return ""
    which = "" if len(unseen) == len(members) else f" of {_names(unseen)}"
    return f"No runs{which} within the last {unseen[0].unseen_days} days: this is what was seen last."


def _every(count: int) -> str:
    return {1: "it", 2: "both"}.get(count, f"all {count}")


def _asked_because(proposal: Proposal) -> str:
    """Which gates are closed; and what only shadow leaves to people."""
    reasons = list(dict.fromkeys(m.gate for m in proposal.members if m.gate))
    rest = [f"and {len(reasons) - 3} more"] if len(reasons) > 3 else []
    asked = f"Asked because {outside('; '.join([*reasons[:3], *rest]), 300)}." if reasons else ""
    alone = proposal.shadowed
    which = "" if len(alone) == len(proposal.members) else f" disabled {len(alone)}: {_names(alone)}"
    return f"Alone, I would have{which}. {asked}".strip() if alone else asked


def leave_the_site(proposal: Proposal, members: Sequence[Member]) -> str:
    """Those of its members that no other provider keeps when they are disabled; "" if none."""
    last = [m for m in members if m.elsewhere == 0]
    if not last or proposal.action != ProposalAction.DISABLE:
        return ""
    one = len(last) == 1
    which = f"{code(last[0].ref.model_id, 60)} leaves" if one else f"{plural(len(last), 'model')} leave"
    return f"{which} the site: {kept_by(proposal, 0)} {'it' if one else 'them'}."


def kept_by(proposal: Proposal, others: int) -> str:
    """ "2 other providers that answer keep". Who answers is not looked up for a command."""
    one, many = ("that answers keeps", "that answer keep") if proposal.scope else ("runs", "run")
    if not others:
        return f"no other provider {one}"
    return plural(others, f"other provider {one}", f"other providers {many}")


def _names(members: Sequence[Member]) -> str:
    return listed((code(m.ref.model_id, 60) for m in members), most=MAX_NAMES)
