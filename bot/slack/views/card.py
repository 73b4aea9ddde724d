"""One proposal as a card, through its whole life."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from bot.slack.views import evidence
from bot.slack.views.actions import Later, Target, Verb, action_id
from bot.slack.views.blocks import Block, button, plain, section, with_buttons
from bot.slack.views.text import bulleted, code, joined, listed, outside
from bot.slack.views.who_and_when import Names, because, day, day_and_clock, who
from operator_core.domain.base import Frozen
from operator_core.domain.changes import Outcome, Result
from operator_core.domain.proposals import (
    POLICY,
    RETURNED,
    Member,
    Proposal,
    ProposalAction,
    State,
    Transition,
)
from operator_core.words import duration, plural

UNTIL_RELEASED = "I won't touch or ask about these until somebody releases them or they fail in another way."

DONE_WORDS = {action: f"{action.removesuffix('e')}ed" for action in ProposalAction}
"""How people call what was done to a batch of models."""
BECOMES = {ProposalAction.RENAME: "to", ProposalAction.MERGE: "into"}
MAX_TRANSITIONS = 12
LATER_WORDS = {
    Later.TOMORROW: "Later: tomorrow's digest",
    Later.MONDAY: "Later: next Monday",
    Later.CHANGE: "Later: when it changes",
    Later.DETAILS: "Details",
}


class Card(Frozen):
    """What a card shows: the proposal, and what became of each model."""

    proposal: Proposal
    outcomes: tuple[Outcome, ...] = ()
    undo: Target | None = None
    """The entry that Undo would take back."""
    restored: tuple[Outcome, ...] = ()
    """What Undo put back, or found so already."""
    settled: int = 0
    not_restored: tuple[Outcome, ...] = ()
    """What the latest Undo left alone, and why."""
    on_hold: bool = True
    """What was taken back is held still."""
    held_besides: bool = False
    """Another word than that undo's holds some of these models."""
    brief: bool = False
    """Of what was done alone: it stands below a heading with others."""
    models: int | None = None
    """Of what is down: how many, where that was counted anew."""


def card(shown: Card, names: Names, now: datetime) -> list[Block]:
    """The blocks of one proposal in whatever state it is."""
    draw: dict[State, Callable[[Card, Names, datetime], list[Block]]] = {
        State.DRAFT: _pending,
        State.PENDING: _pending,
        State.APPROVED: _running,
        State.EXECUTED: _executed,
        State.PARTLY: _executed,
        State.CONFLICTED: _conflicted,
        State.FAILED: _conflicted,
        State.UNDONE: _undone,
        State.REJECTED: _answered,
        State.SNOOZED: _answered,
        State.TAKEN: _taken,
        State.CLEARED: _cleared,
    }
    return draw[shown.proposal.state](shown, names, now)


def _pending(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal = shown.proposal
    if proposal.action == ProposalAction.ATTEND:
        down = evidence.down_line(proposal, now, shown.models)
        return with_buttons(down, proposal.id, button("I'm on it", Verb.TAKE, proposal))
    if proposal.review:
        return [review_row(proposal)]
    waiting = now - proposal.created_at
    waits = f"  ·  waits for {duration(waiting)}" if waiting.days else ""
    alone = "  Alone, I would have." if len(proposal.shadowed) == len(proposal.members) else ""
    head = f"*{evidence.title(proposal)}*  {proposal.id}{waits}{alone}"
    many = f" {len(proposal.members)}" if len(proposal.members) > 1 else ""
    keeps = {"disable": f"keep{many}", "rename": f"keep{many}", "merge": f"keep {'all' if many else 'both'}"}
    on_trial = proposal.fingerprint.startswith(RETURNED)
    approve = "Enable for one day" if on_trial else f"Approve: {proposal.action}{many and f'{many}…'}"
    keep = keeps.get(proposal.action, f"leave{many}")
    return with_buttons(
        joined(head, evidence.sentences(proposal, now)),
        proposal.id,
        button(approve, Verb.APPROVE, proposal, style="primary"),
        button(f"Reject: {keep}", Verb.REJECT, proposal),
        more(proposal),
    )


def review_row(review: Proposal) -> Block:
    """New models are not asked about one by one: people pick."""
    return section(evidence.reviewed(review.members), review.id, button("Review…", Verb.REVIEW, review))


def more(proposal: Proposal) -> Block:
    """Later, in three ways, and Details."""
    options = [{"text": plain(text), "value": str(Target.on(proposal, c))} for c, text in LATER_WORDS.items()]
    return {"type": "overflow", "action_id": action_id(Verb.MORE, proposal.id), "options": options}


def _running(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal = shown.proposal
    done = sum(outcome.result != Result.PENDING for outcome in shown.outcomes)
    progress = f"{done} of {len(proposal.approved or proposal.members)} done"
    by = _by(proposal.last_transition, names)
    return [section(f"⏳ *{proposal.id}* · {progress} · {by}", proposal.id)]


def _executed(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal, approval = shown.proposal, _last(shown.proposal, State.APPROVED)
    done = {outcome.ref for outcome in shown.outcomes if outcome.result == Result.DONE}
    members = [member for member in proposal.members if member.ref in done]
    if not (approval and approval.by == POLICY and members):
        told = _done_by_a_person(shown, members, approval, names)
    elif shown.brief:
        told = evidence.switched_off_briefly(proposal, members)
    else:
        told = evidence.switched_off(proposal, members, approval.at)
    text = joined(
        told,
        *kept(shown.outcomes),
        "" if shown.brief else _unticked(proposal, approval),
        f"↩ Taken back: {back}" if (back := _restored(shown, Result.DONE)) else "",
        f"↩ Back already: {so}" if (so := _restored(shown, Result.ALREADY)) else "",
        *_not_restored(shown),
    )
    if not done or shown.undo is None:
        return [section(text, proposal.id)]
    undo = button("Undo…", Verb.UNDO, shown.undo, at=proposal.id)
    return with_buttons(text, proposal.id, undo, button("Details", Verb.DETAILS, proposal))


def _done_by_a_person(shown: Card, done: Sequence[Member], approval: Transition | None, names: Names) -> str:
    proposal, what = shown.proposal, done_to(shown.outcomes, shown.proposal.provider)
    mark = "✅" if proposal.state == State.EXECUTED else "⚠"
    if proposal.action == ProposalAction.ADD:
        what = evidence.offered(done)
    what += f" {DONE_WORDS[proposal.action]}{becomes(proposal.action, (m.successor for m in done))}"
    before, by = proposal.provider_enabled, {ProposalAction.DISABLE: -1, ProposalAction.ENABLE: 1}
    after = before + by.get(proposal.action, 0) * len(done)
    counts = f" · {outside(proposal.provider, 60)} {before:,} → {after:,}"
    return joined(
        f"{mark} *{proposal.id}* · {what} · {_by(approval, names)}"
        + (counts if before and after != before else ""),
        evidence.leave_the_site(proposal, done),
    )


def _conflicted(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal = shown.proposal
    text = joined(
        f"⚠ *{proposal.id}* · nothing changed · {_by(_last(proposal, State.APPROVED), names)}",
        *kept(shown.outcomes),
        "At the next check I look again, and ask anew where something is left to do.",
    )
    return with_buttons(text, proposal.id, button("Ask again now", Verb.REOPEN, proposal))


def _undone(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal, undo = shown.proposal, shown.proposal.last_transition
    before = _by(_last(proposal, State.APPROVED), names, " ")
    head = f"↩ *{proposal.id}* · {DONE_WORDS[proposal.action]} by {before}"
    exactly = "The rest is restored exactly" if shown.not_restored else "Restored exactly"
    so = sum(one.result == Result.ALREADY for one in shown.restored)
    taken = so < len(shown.restored) or not so
    end = joined(exactly if taken else "", f"{so:,} stood so already" if so else "", by="; ")
    held = "Other holds on it stand." if shown.held_besides else "Nothing of it is on hold."
    text = joined(
        f"{head} · {'taken' if taken else 'wanted'} back by {_by(undo, names, ' ')}{_reason(undo)}",
        *kept(shown.outcomes),
        *_not_restored(shown),
        f"{end}. {f'On hold: {UNTIL_RELEASED}' if shown.on_hold else held}",
    )
    return with_buttons(text, proposal.id, *[button("Release", Verb.RELEASE, proposal)] * shown.on_hold)


def _answered(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal, answer = shown.proposal, shown.proposal.last_transition
    if proposal.state == State.REJECTED:
        until = "until somebody reopens it" if proposal.finding else "before it fails in another way"
        mark, word = "🚫", f"rejected: nothing changes, and I won't ask again {until}"
    else:
        date = proposal.snoozed_until
        mark, word = "💤", f"later: {day(date) if date else 'when it changes'}"
    what = f"{mark} *{proposal.id}* · {evidence.in_short(proposal)}"
    text = f"{what} · {word} · {_by(answer, names)}{_reason(answer)}"
    return with_buttons(text, proposal.id, button("Reopen", Verb.REOPEN, proposal))


def _taken(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal, taken = shown.proposal, shown.proposal.last_transition
    return with_buttons(
        f"{evidence.down_line(proposal, now, shown.models)} · 👀 {who(taken.by if taken else '', names)}",
        proposal.id,
        button("Details", Verb.DETAILS, proposal),
        button("Give back", Verb.GIVE_BACK, proposal),
    )


def _cleared(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal, over = shown.proposal, shown.proposal.last_transition
    since = min((m.failing_since for m in proposal.members if m.failing_since), default=proposal.created_at)
    lasted = f" after {duration(over.at - since)}: {outside(over.reason, 80)}" if over else ""
    text = f"✔ *{proposal.id}* · {evidence.in_short(proposal)} · over{lasted}"
    return [section(text, proposal.id)]


def folded_line(proposal: Proposal, link: str) -> str:
    """Yesterday's card, shrunk: one line with a link, if there is any, to where the live one stands."""
    moved = f"<{link}|moved to the newest digest>" if link else "moved to the newest digest"
    return f"*{proposal.id}* · {evidence.in_short(proposal)} · {moved}"


def done_to(outcomes: Sequence[Outcome], provider: str) -> str:
    """ "`llama-2` on groq", "6 groq models" or "5 of 6 groq models"; of several providers "2 offers"."""
    done = sum(outcome.result == Result.DONE for outcome in outcomes)
    if done == len(outcomes) == 1:
        return evidence.on_provider(outcomes[0].ref)
    count = f"{done:,} of {len(outcomes):,}" if done < len(outcomes) else f"{done:,}"
    noun = ("model" if provider else "offer") + "s" * (len(outcomes) != 1)
    return joined(count, outside(provider, evidence.MAX_PROVIDER), noun, by=" ")


def becomes(action: ProposalAction, successors: Iterable[object]) -> str:
    """What stands in the place of what was renamed or merged: " to `gpt-4.5`"."""
    names = dict.fromkeys(code(str(one), 60) for one in successors if one)
    return f" {BECOMES[action]} {listed(names)}" if action in BECOMES and names else ""


def steps(proposal: Proposal, names: Names) -> str:
    """What people and policy did with it, the newest last."""
    earlier = len(proposal.moves) - MAX_TRANSITIONS
    left_out = f"{plural(earlier, 'earlier step')} left out" if earlier > 0 else ""
    told = (
        f"{day_and_clock(m.at)} · {'submitted' if m.source == State.DRAFT else m.target.said} · "
        f"{who(m.by, names)}{because(m.reason, 120)}"
        for m in proposal.moves[-MAX_TRANSITIONS:]
    )
    return joined(left_out, *told)


def kept(outcomes: Sequence[Outcome], most: int = 5) -> list[str]:
    """What was left alone, and why: a line each."""
    left = [outcome for outcome in outcomes if outcome.result not in {Result.DONE, Result.PENDING}]
    return bulleted([f"{code(o.ref.model_id, 60)}: {outside(o.detail or o.result, 160)}" for o in left], most)


def _unticked(proposal: Proposal, approval: Transition | None) -> str:
    """What was not approved, with the note about it; or the note alone."""
    note = _reason(approval).removeprefix(": ")
    unticked = [ref for ref in proposal.refs if proposal.approved and ref not in proposal.approved]
    if not unticked or proposal.action == ProposalAction.ADD:  # what wasn't picked comes up again
        return f"Note: {note}" if note else ""
    waits = approval is not None and (approval.by == POLICY or approval.rest_waits)
    left = f"{'Left for a person' if waits else 'Kept'}: {evidence.named(unticked)}"
    return f"{left} ({note})" if note else left


def _restored(shown: Card, result: Result) -> str:
    return evidence.named(sorted({one.ref for one in shown.restored if one.result == result}))


def _not_restored(shown: Card) -> list[str]:
    """What Undo left alone, because somebody changed it since."""
    lines = kept(shown.not_restored)
    return ["⚠ Not taken back:", *lines] if lines else []


def _last(proposal: Proposal, target: State) -> Transition | None:
    return next((move for move in reversed(proposal.moves) if move.target == target), None)


def _by(transition: Transition | None, names: Names, between: str = ", ") -> str:
    return f"{who(transition.by, names)}{between}{day_and_clock(transition.at)}" if transition else ""


def _reason(transition: Transition | None) -> str:
    return because(transition.reason) if transition else ""
