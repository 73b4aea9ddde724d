"""The review of new models: grouped by model, nothing ticked, nothing happens unless somebody picks."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from slack_sdk.models.blocks import Block

from bot.slack.views import forms
from bot.slack.views.actions import Target
from bot.slack.views.card import new_models, section
from operator_core.domain.proposals import Member, Proposal
from operator_core.words import plural

MAX_GROUPS = 90
"""Slack shows 100 blocks in a modal, and some are ours."""


class Answer(StrEnum):
    """What becomes of the ticked models."""

    ADD = "add"
    NOT_NOW = "not_now"
    NEVER = "never"


WORDS = {
    Answer.ADD: "Add: benchmark them from the next run on",
    Answer.NOT_NOW: "Not now: show them again in a week",
    Answer.NEVER: "Never: don't show them again",
}


def review(proposal: Proposal) -> forms.ViewDict:
    """New models by name, each with the providers that offer it. `forms.picked` reads the ticks."""
    total = len(proposal.members)
    groups = _groups(proposal.members)
    shown = sum(len(ticks) for _, ticks in groups)
    count = plural(new_models(proposal)[0], "new model")
    head = f"{count} that you don't measure yet. Nothing happens to what you don't tick."
    blocks: list[Block] = [section(head, "head")]
    blocks += [forms.group_of(name, ticks, n, ticked=False) for n, (name, ticks) in enumerate(groups)]
    if shown < total:
        blocks.append(
            forms.small(
                f"{plural(total - shown, 'more id comes', 'more ids come')} up when these are answered.",
                "rest",
            )
        )
    blocks += [
        forms.radio("The ticked ones", {answer.value: WORDS[answer] for answer in Answer}),
        forms.note("Reason"),
    ]
    return forms.modal(
        count,
        blocks,
        form=forms.Form.REVIEW,
        target=Target.on(proposal),
        submit="Apply to ticked",
        close="Cancel",
    )


def answer_in(view: forms.ViewDict) -> Answer:
    """What the person chose. Raises ValueError for a view that is none of ours."""
    return Answer(forms.choice_in(view))


def _groups(members: Sequence[Member]) -> list[tuple[str, list[forms.Tick]]]:
    """(name, ticks) of at most ten, models of one name together."""
    order: dict[str, list[tuple[int, Member]]] = {}
    for number, member in enumerate(members):
        order.setdefault(member.display_name or member.ref.model_id, []).append((number, member))
    fit = {tick.value for tick in forms.fitting(_tick(n, m) for same in order.values() for n, m in same)}
    groups = [
        (name, [tick for tick in part if tick.value in fit])
        for name, same in order.items()
        for part in _parts([_tick(n, m) for n, m in same])
    ]
    return [(name, ticks) for name, ticks in groups[:MAX_GROUPS] if ticks]


def _parts(ticks: Sequence[forms.Tick]) -> Iterable[Sequence[forms.Tick]]:
    return (ticks[start : start + forms.GROUP] for start in range(0, len(ticks), forms.GROUP))


def _tick(number: int, member: Member) -> forms.Tick:
    return forms.Tick(
        value=str(number), text=f"{member.ref.provider}: {member.ref.model_id}", description=member.origin
    )
