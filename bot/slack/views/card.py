"""One proposal as a card, through its whole life."""

from collections.abc import Callable, Sequence
from datetime import datetime

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    SectionBlock,
)

from bot.slack.views import evidence
from bot.slack.views.actions import Later, Target, Verb, action_id
from bot.slack.views.text import (
    Names,
    because,
    bulleted,
    code,
    cut,
    cut_drawn,
    day,
    day_and_clock,
    joined,
    listed,
    outside,
    who,
)
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.changes import Outcome, Result
from operator_core.domain.proposals import POLICY, Member, Proposal, ProposalAction, State, Transition
from operator_core.words import duration

TEXT_LIMIT = 2900
"""Slack allows 3,000 characters in a section."""
UNTIL_RELEASED = "I won't touch or ask about these until somebody releases them or they fail in another way."

DONE_WORDS = {
    ProposalAction.DISABLE: "disabled",
    ProposalAction.ENABLE: "enabled",
    ProposalAction.RENAME: "renamed",
    ProposalAction.MERGE: "merged",
    ProposalAction.ADD: "added",
    ProposalAction.ATTEND: "attended to",
}
"""How people call what was done to a batch of models."""


class Card(Frozen):
    """What a card shows: the proposal, and what became of each model."""

    proposal: Proposal
    outcomes: tuple[Outcome, ...] = ()
    undo: Target | None = None
    """The entry that Undo would take back."""
    restored: tuple[ModelRef, ...] = ()
    """What was taken back."""
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


def button(
    text: str, verb: Verb, about: Proposal | Target, *, at: str = "", style: str | None = None
) -> ButtonElement:
    """`about`: what the click is about. `at`: what makes the button unique in its message, if not that."""
    target = Target.on(about) if isinstance(about, Proposal) else about
    return ButtonElement(
        text=cut(text, 75), action_id=action_id(verb, at or target.id), value=str(target), style=style
    )


def section(
    text: str, block_id: str, accessory: ButtonElement | OverflowMenuElement | None = None
) -> SectionBlock:
    return SectionBlock(
        text=MarkdownTextObject(text=cut_drawn(text, TEXT_LIMIT)), block_id=block_id, accessory=accessory
    )


def _pending(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal = shown.proposal
    if proposal.action == ProposalAction.ATTEND:
        take = button("I'm on it", Verb.TAKE, proposal)
        return [section(evidence.down_line(proposal, now, shown.models), proposal.id, take)]
    if proposal.action == ProposalAction.ADD:
        return [review_row(proposal)]
    waiting = now - proposal.created_at
    waits = f"  ·  waits for {duration(waiting)}" if waiting.days else ""
    all_alone = len(proposal.shadowed) == len(proposal.members)
    alone = "  Alone, I would have." if all_alone else ""
    head = f"*{evidence.title(proposal)}*  {proposal.id}{waits}{alone}"
    return [
        section(joined(head, evidence.sentences(proposal, now)), proposal.id),
        ActionsBlock(block_id=f"{proposal.id}.actions", elements=_choices(proposal)),
    ]


def review_row(review: Proposal) -> SectionBlock:
    """New models are not asked about one by one: people pick."""
    _, confirmed = new_models(review)
    new = evidence.offered(review.members).replace("model", "new model", 1)
    text = f"{new} on providers you run, {confirmed:,} confirmed."
    return section(text, review.id, button("Review…", Verb.REVIEW, review))


def new_models(review: Proposal) -> tuple[int, int]:
    """How many models a review is about, whoever serves them, and how many of them are confirmed."""
    confirmed = {member.catalogue_name for member in review.members if member.still_offered}
    return len({member.catalogue_name for member in review.members}), len(confirmed)


def _choices(proposal: Proposal) -> list[ButtonElement | OverflowMenuElement]:
    count = len(proposal.members)
    verb = proposal.action.value
    many = f" {count}" if count > 1 else ""
    approve = f"Approve: {verb}{many}{'…' if count > 1 else ''}"
    keep = {
        ProposalAction.DISABLE: f"keep{many}",
        ProposalAction.RENAME: f"keep{many}",
        ProposalAction.MERGE: "keep all" if many else "keep both",
    }.get(proposal.action, f"leave{many}")
    return [
        button(approve, Verb.APPROVE, proposal, style="primary"),
        button(f"Reject: {keep}", Verb.REJECT, proposal),
        more(proposal),
    ]


def more(proposal: Proposal) -> OverflowMenuElement:
    """Later, in three ways, and Details."""
    words = {
        Later.TOMORROW: "Later: tomorrow's digest",
        Later.MONDAY: "Later: next Monday",
        Later.CHANGE: "Later: when it changes",
        Later.DETAILS: "Details",
    }
    options = [Option(text=text, value=str(Target.on(proposal, choice))) for choice, text in words.items()]
    return OverflowMenuElement(action_id=action_id(Verb.MORE, proposal.id), options=options)


def _running(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal, transition = shown.proposal, shown.proposal.last_transition
    done = sum(outcome.result != Result.PENDING for outcome in shown.outcomes)
    progress = f"{done} of {len(proposal.approved or proposal.members)} done"
    return [section(f"⏳ *{proposal.id}* · {progress} · {_by(transition, names)}", proposal.id)]


def _executed(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal = shown.proposal
    done = {outcome.ref for outcome in shown.outcomes if outcome.result == Result.DONE}
    members = [member for member in proposal.members if member.ref in done]
    transition = _last(proposal, State.APPROVED)
    alone = transition is not None and transition.by == POLICY and members
    text = joined(
        evidence.switched_off_briefly(proposal, members)
        if alone and shown.brief
        else evidence.switched_off(proposal, members, transition.at)
        if alone and transition
        else _done_by_a_person(shown, members, transition, names),
        *kept(shown.outcomes),
        "" if shown.brief else _unticked(proposal, transition),
        f"↩ Taken back: {_models(sorted(shown.restored))}" if shown.restored else "",
        *_not_restored(shown),
    )
    if not done or shown.undo is None:
        return [section(text, proposal.id)]
    undo = button("Undo…", Verb.UNDO, shown.undo, at=proposal.id)
    details = button("Details", Verb.DETAILS, proposal)
    return [
        section(text, proposal.id),
        ActionsBlock(block_id=f"{proposal.id}.actions", elements=[undo, details]),
    ]


def _done_by_a_person(
    shown: Card, members: Sequence[Member], transition: Transition | None, names: Names
) -> str:
    proposal = shown.proposal
    mark = "✅" if proposal.state == State.EXECUTED else "⚠"
    what = done_to(shown.outcomes, proposal.provider)
    if proposal.action == ProposalAction.ADD:
        what = evidence.offered(members)
    before, by = proposal.provider_enabled, {ProposalAction.DISABLE: -1, ProposalAction.ENABLE: 1}
    after = before + by.get(proposal.action, 0) * len(members)
    counts = (
        f" · {outside(proposal.provider, 60)} {before:,} → {after:,}" if before and after != before else ""
    )
    return joined(
        f"{mark} *{proposal.id}* · {what} {DONE_WORDS[proposal.action]} · {_by(transition, names)}{counts}",
        evidence.leave_the_site(proposal, members),
    )


def _conflicted(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal = shown.proposal
    click = _by(_last(proposal, State.APPROVED), names)
    text = joined(
        f"⚠ *{proposal.id}* · nothing changed · {click}",
        *kept(shown.outcomes),
        "At the next check I look again, and ask anew where something is left to do.",
    )
    return [section(text, proposal.id)]


def _undone(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal, transition = shown.proposal, shown.proposal.last_transition
    before = _last(proposal, State.APPROVED)
    head = f"↩ *{proposal.id}* · {DONE_WORDS[proposal.action]} by {_by(before, names, comma=False)}"
    back = f"taken back by {_by(transition, names, comma=False)}{_reason(transition)}"
    held = "Other holds on it stand." if shown.held_besides else "Nothing of it is on hold."
    if shown.on_hold:
        held = f"On hold: {UNTIL_RELEASED}"
    lines = [f"{head} · {back}", *kept(shown.outcomes), *_not_restored(shown), f"Restored exactly. {held}"]
    release = button("Release", Verb.RELEASE, proposal) if shown.on_hold else None
    return [section("\n".join(lines), proposal.id, release)]


def _answered(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal, transition = shown.proposal, shown.proposal.last_transition
    if proposal.state == State.REJECTED:
        mark, word = "🚫", "rejected: nothing changes, and I won't ask again before it fails in another way"
    elif proposal.snoozed_until is None:
        mark, word = "💤", "later: when it changes"
    else:
        mark, word = "💤", f"later: {day(proposal.snoozed_until)}"
    whose = f"{_by(transition, names)}{_reason(transition)}"
    text = f"{mark} *{proposal.id}* · {_short(proposal)} · {word} · {whose}"
    return [section(text, proposal.id, button("Reopen", Verb.REOPEN, proposal))]


def _taken(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal, transition = shown.proposal, shown.proposal.last_transition
    owner = who(transition.by, names) if transition else "somebody"
    text = f"{evidence.down_line(proposal, now, shown.models)} · 👀 {owner}"
    back = button("Give back", Verb.GIVE_BACK, proposal)
    return [
        section(text, proposal.id),
        ActionsBlock(
            block_id=f"{proposal.id}.actions", elements=[button("Details", Verb.DETAILS, proposal), back]
        ),
    ]


def _cleared(shown: Card, names: Names, now: datetime) -> list[Block]:
    proposal, transition = shown.proposal, shown.proposal.last_transition
    lasted = f" after {duration(transition.at - proposal.created_at)}" if transition else ""
    text = f"✔ *{proposal.id}* · {_short(proposal)} · over{lasted}{_reason(transition)}"
    return [section(text, proposal.id)]


def folded_line(proposal: Proposal, link: str) -> str:
    """Yesterday's card, shrunk: one line with a link to where the live one stands."""
    return f"*{proposal.id}* · {_short(proposal)} · <{link}|moved to the newest digest>"


def _short(proposal: Proposal) -> str:
    return evidence.title(proposal).rstrip("?")


def done_to(outcomes: Sequence[Outcome], provider: str) -> str:
    """ "`llama-2` on groq", "6 groq models" or "5 of 6 groq models".

    `provider`: empty where the batch is about several.
    """
    done = sum(outcome.result == Result.DONE for outcome in outcomes)
    if done == len(outcomes) == 1:
        ref = outcomes[0].ref
        return f"{code(ref.model_id, 80)} on {outside(ref.provider, evidence.MAX_PROVIDER)}"
    count = f"{done:,} of {len(outcomes):,}" if done < len(outcomes) else f"{done:,}"
    noun = "model" if len(outcomes) == 1 else "models"
    return f"{count} {outside(provider, evidence.MAX_PROVIDER)} {noun}" if provider else f"{count} {noun}"


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
    left = f"{'Left for a person' if waits else 'Kept'}: {_models(unticked)}"
    return f"{left} ({note})" if note else left


def _not_restored(shown: Card) -> list[str]:
    """What Undo left alone, because somebody changed it since."""
    lines = kept(shown.not_restored)
    return ["⚠ Not taken back:", *lines] if lines else []


def _models(refs: Sequence[ModelRef]) -> str:
    return listed(code(ref.model_id, 60) for ref in refs)


def _last(proposal: Proposal, target: State) -> Transition | None:
    return next((transition for transition in reversed(proposal.moves) if transition.target == target), None)


def _by(transition: Transition | None, names: Names, *, comma: bool = True) -> str:
    if transition is None:
        return ""
    return f"{who(transition.by, names)}{',' if comma else ''} {day_and_clock(transition.at)}"


def _reason(transition: Transition | None) -> str:
    return because(transition.reason) if transition else ""
