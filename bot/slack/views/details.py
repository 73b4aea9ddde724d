"""Everything known about one proposal, for whoever wants to check it: models, samples, judge, history."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.slack.views import evidence
from bot.slack.views.blocks import DIVIDER, section, small
from bot.slack.views.forms import ViewDict, modal
from bot.slack.views.text import code, joined, listed, outside, quote
from bot.slack.views.who_and_when import Names, because, day_and_clock, who
from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import Member, Proposal, State, Transition
from operator_core.words import duration, plural

Timeline = Sequence[bool | None]
"""One model, day by day, the oldest first: it answered, it failed, or it did not run."""

MAX_MODELS = 40
MAX_TRANSITIONS = 12
MARKS = {True: "✓", False: "✗", None: "·"}
SAMPLE = 300
JUDGES = {"rules": "the written rules", "triage": "a fixed rule", "memory": "an earlier judgement"}
"""Others are the LLM, or a person who gave a command."""
OFFERED = {
    None: "",
    True: "The provider's own list still names it.",
    False: "The provider's own list has dropped it.",
}
MOVED = {
    State.PENDING: "opened again",
    State.APPROVED: "approved",
    State.REJECTED: "rejected",
    State.SNOOZED: "put off",
    State.TAKEN: "took it on",
    State.CLEARED: "over",
    State.EXECUTED: "done",
    State.PARTLY: "done in part",
    State.CONFLICTED: "not done: something had changed",
    State.FAILED: "failed",
    State.UNDONE: "taken back",
}


def details(
    proposal: Proposal, timelines: Mapping[ModelRef, Timeline], names: Names, now: datetime
) -> ViewDict:
    """A modal to read; nothing can be done in it."""
    age, looked = duration(now - proposal.created_at), day_and_clock(proposal.updated_at)
    since = f"Found {age} ago, last looked at {looked}."
    head = joined(f"*{evidence.title(proposal)}*", evidence.sentences(proposal, now), since)
    judge = JUDGES.get(proposal.suggested_by) or who(proposal.suggested_by, {})
    why = because(proposal.reasoning, 600) or "."
    blocks = [
        section(head, "head"),
        small(f"Judged by {judge}, {proposal.confidence:.0%} sure{why}", "judge"),
        DIVIDER,
    ]
    if any(ref in timelines for ref in proposal.refs):
        blocks.append(small("Day by day, the last is today:  ✓ answered  ✗ failed  · did not run", "legend"))
    blocks += [
        section(_member(member, proposal, timelines.get(member.ref, ()), now), f"model.{number}")
        for number, member in enumerate(proposal.members[:MAX_MODELS])
    ]
    if rest := proposal.members[MAX_MODELS:]:
        named = listed((code(m.ref.model_id, 40) for m in rest), most=20)
        blocks.append(small(f"And {plural(len(rest), 'model')}: {named}", "rest"))
    if moves := proposal.moves:
        earlier = len(moves) - MAX_TRANSITIONS
        left_out = f"{plural(earlier, 'earlier step')} left out" if earlier > 0 else ""
        history = joined(left_out, *(_moved(transition, names) for transition in moves[-MAX_TRANSITIONS:]))
        blocks += [DIVIDER, section(history, "history")]
    return modal(f"{proposal.id} in detail", blocks)


def _member(member: Member, proposal: Proposal, timeline: Timeline, now: datetime) -> str:
    success, since = member.last_success, member.failing_since
    streak = f"last answer {duration(now - success)} ago." if success else "no answer on record."
    if since is not None:
        streak = f"{plural(member.failures, 'failure')} in {duration(now - since)}, {streak}"
    kept = "" if member.elsewhere is None else f"{evidence.kept_by(proposal, member.elsewhere)} it."
    standing = joined(
        OFFERED[member.still_offered],
        kept[:1].upper() + kept[1:],
        "Flagged deprecated." if member.deprecated else "",
        f"Successor: {code(member.successor, 80)}." if member.successor else "",
        by=" ",
    )
    return joined(
        code(member.ref.model_id, 100),
        streak[:1].upper() + streak[1:],
        code("".join(MARKS[day] for day in timeline[-14:])) if timeline else "",
        quote(member.sample, SAMPLE),
        f"Evidence: {member.evidence.sentence}." if member.evidence else "",
        f"Besides: {listed(outside(c, 80) for c in member.other_causes)}." if member.other_causes else "",
        standing,
        f"Not done by the autopilot: {outside(member.gate, 200)}." if member.gate else "",
    )


def _moved(transition: Transition, names: Names) -> str:
    moved = "submitted" if transition.source == State.DRAFT else MOVED[transition.target]
    whose = f"{who(transition.by, names)}{because(transition.reason, 120)}"
    return f"{day_and_clock(transition.at)} · {moved} · {whose}"
