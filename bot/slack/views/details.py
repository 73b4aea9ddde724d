"""Everything known about one proposal, for whoever wants to check it: models, samples, judge, history."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, DividerBlock

from bot.slack.views import evidence
from bot.slack.views.card import section
from bot.slack.views.forms import ViewDict, modal, small
from bot.slack.views.text import Names, code, cut, day_and_clock, escape, listed, quote, who
from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import Member, Proposal, State, Transition
from operator_core.words import duration, plural

Timeline = Sequence[bool | None]
"""One model, day by day, the oldest first: it answered, it failed, or it did not run."""

MAX_MODELS = 40
MAX_TRANSITIONS = 12
MARKS = {True: "✓", False: "✗", None: "·"}
SAMPLE = 300
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
    blocks: list[Block] = [section(_head(proposal, now), "head"), small(_judge(proposal), "judge")]
    blocks.append(DividerBlock())
    if any(ref in timelines for ref in proposal.refs):
        blocks.append(small("Day by day, the last is today:  ✓ answered  ✗ failed  · did not run", "legend"))
    for number, member in enumerate(proposal.members[:MAX_MODELS]):
        text = _member(member, proposal, timelines.get(member.ref, ()), now)
        blocks.append(section(text, f"model.{number}"))
    rest = proposal.members[MAX_MODELS:]
    if rest:
        named = listed((code(m.ref.model_id, 40) for m in rest), most=20)
        blocks.append(small(f"And {plural(len(rest), 'model')}: {named}", "rest"))
    if proposal.moves:
        blocks += [DividerBlock(), section(_history(proposal.moves, names), "history")]
    return modal(f"{proposal.id} in detail", blocks)


def _head(proposal: Proposal, now: datetime) -> str:
    first = f"Found {duration(now - proposal.created_at)} ago"
    since = f"{first}, last looked at {day_and_clock(proposal.updated_at)}."
    lines = (f"*{evidence.title(proposal)}*", evidence.sentences(proposal, now), since)
    return "\n".join(line for line in lines if line)


def _judge(proposal: Proposal) -> str:
    judges = {"rules": "the written rules", "triage": "a fixed rule", "memory": "an earlier judgement"}
    judge = judges.get(proposal.suggested_by) or who_judged(proposal.suggested_by)
    reasoning = f": “{escape(cut(proposal.reasoning, 600))}”" if proposal.reasoning else "."
    return f"Judged by {judge}, {proposal.confidence:.0%} sure{reasoning}"


def who_judged(name: str) -> str:
    """A person who gave a command, or the LLM."""
    is_person = name.startswith(("U", "W")) and name.isalnum() and name.isupper()
    return f"<@{name}>" if is_person else escape(name)


def _member(member: Member, proposal: Proposal, timeline: Timeline, now: datetime) -> str:
    lines = (
        code(member.ref.model_id, 100),
        _streak(member, now),
        code("".join(MARKS[day] for day in timeline[-14:])) if timeline else "",
        quote(member.sample, SAMPLE) if member.sample else "",
        f"Besides: {escape(listed(cut(c, 80) for c in member.other_causes))}." if member.other_causes else "",
        _standing(member, proposal),
        f"Not done by the autopilot: {escape(cut(member.gate, 200))}." if member.gate else "",
    )
    return "\n".join(line for line in lines if line)


def _streak(member: Member, now: datetime) -> str:
    answered = (
        f"last answer {duration(now - member.last_success)} ago"
        if member.last_success
        else "no answer on record"
    )
    if member.failing_since is None:
        return f"{answered[:1].upper()}{answered[1:]}."
    length = duration(now - member.failing_since)
    return f"{plural(member.failures, 'failure')} in {length}, {answered}."


def _standing(member: Member, proposal: Proposal) -> str:
    kept = "" if member.elsewhere is None else f"{evidence.kept_by(proposal, member.elsewhere)} it."
    elsewhere = f"{kept[:1].upper()}{kept[1:]}"
    offered = {
        True: "The provider's own list still names it.",
        False: "The provider's own list has dropped it.",
    }
    flagged = "Flagged deprecated." if member.deprecated else ""
    successor = f"Successor: {code(member.successor, 80)}." if member.successor else ""
    listed_by = offered[member.still_offered] if member.still_offered is not None else ""
    return " ".join(part for part in (listed_by, elsewhere, flagged, successor) if part)


def _history(moves: Sequence[Transition], names: Names) -> str:
    lines = [_moved(transition, names) for transition in moves[-MAX_TRANSITIONS:]]
    earlier = len(moves) - MAX_TRANSITIONS
    return "\n".join([f"{plural(earlier, 'earlier step')} left out", *lines] if earlier > 0 else lines)


def _moved(transition: Transition, names: Names) -> str:
    reason = f": “{escape(cut(transition.reason, 120))}”" if transition.reason else ""
    moved = "submitted" if transition.source == State.DRAFT else MOVED[transition.target]
    return f"{day_and_clock(transition.at)} · {moved} · {who(transition.by, names)}{reason}"
