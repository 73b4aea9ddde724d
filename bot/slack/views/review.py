"""The review of new models: grouped by model, nothing ticked, nothing happens unless somebody picks."""

from collections.abc import Sequence
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


WORDS: dict[str, str] = {
    Answer.ADD: "Add: benchmark them from the next run on",
    Answer.NOT_NOW: "Not now: show them again in a week",
    Answer.NEVER: "Never: don't show them again",
}


def review(proposal: Proposal) -> forms.ViewDict:
    """New models by name, each with the providers that offer it. `forms.picked` reads the ticks."""
    groups = _groups(proposal.members)
    count = plural(new_models(proposal)[0], "new model")
    head = f"{count} that you don't measure yet. Nothing happens to what you don't tick."
    blocks: list[Block] = [section(head, "head")]
    blocks += [forms.group_of(name, ticks, n, ticked=False) for n, (name, ticks) in enumerate(groups)]
    if rest := len(proposal.members) - sum(len(ticks) for _, ticks in groups):
        more = plural(rest, "more id comes", "more ids come")
        blocks.append(forms.small(f"{more} up when these are answered.", "rest"))
    blocks += [forms.radio("The ticked ones", WORDS), forms.note("Reason")]
    return forms.modal(count, blocks, forms.Form.REVIEW, Target.on(proposal), "Apply to ticked")


def answer_in(view: forms.ViewDict) -> Answer:
    """What the person chose. Raises ValueError for a view that is none of ours."""
    return Answer(forms.choice_in(view))


def _groups(members: Sequence[Member]) -> list[tuple[str, list[forms.Tick]]]:
    """(name, ticks) of at most ten, models of one name together."""
    named: dict[str, list[forms.Tick]] = {}
    for number, member in enumerate(members):
        text = f"{member.ref.provider}: {member.ref.model_id}"
        tick = forms.Tick(value=str(number), text=text, description=member.origin)
        named.setdefault(member.display_name or member.ref.model_id, []).append(tick)
    fit = set(forms.fitting(tick for ticks in named.values() for tick in ticks))
    groups = [
        (name, [tick for tick in ticks[start : start + forms.GROUP] if tick in fit])
        for name, ticks in named.items()
        for start in range(0, len(ticks), forms.GROUP)
    ]
    return [(name, ticks) for name, ticks in groups[:MAX_GROUPS] if ticks]
