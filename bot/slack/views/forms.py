"""The parts that modals are made of, and the parsers of what comes back from them.

A checkbox carries a position in what was read, never a name; which reading that was stands in the private
metadata. Names from outside stand in `plain_text`, where nothing of them is markup.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    ContextBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
)
from slack_sdk.models.views import View

from bot.slack.views.actions import Target
from bot.slack.views.card import TEXT_LIMIT, section
from bot.slack.views.text import cut, cut_drawn, cut_middle
from operator_core.domain.base import Frozen

ViewDict = dict[str, Any]
"""A view as Slack takes it and gives it back."""

GROUP = 10
"""Slack allows ten checkboxes in one element."""
MAX_TICKS = 400
OPTION_BYTES = 180_000
"""Slack takes a view of 250 kB."""
MOST_SECTIONS = 14
"""Of this length; written as JSON, a character takes up to six bytes."""
REST = "rest"
TICK = "tick"
NOTE = "note"
CHOICE = "choice"
FIRST_TICKS = f"{TICK}.0"
"""The block where an error about the ticks is shown."""
NOTHING_TICKED = {FIRST_TICKS: "Nothing is ticked. Tick something, or press Cancel."}
"""For `response_action: errors`."""

Item = TypeVar("Item")


class Form(StrEnum):
    """The callback ids of the modals that can be submitted."""

    CONSEQUENCES = "consequences"
    APPROVE_ALL = "approve_all"
    REJECT = "reject"
    UNDO = "undo"
    PAUSE = "pause"
    REVIEW = "review"
    TURN_ON = "turn_on"


class Tick(Frozen):
    """One checkbox: what stands beside it, and what it stands for."""

    value: str
    text: str
    description: str = ""


def modal(
    title: str,
    blocks: Sequence[Block],
    form: Form | None = None,
    target: Target | None = None,
    submit: str | None = None,
) -> ViewDict:
    """A modal that keeps Slack's limits. Without a form there is nothing to submit or cancel."""
    view = View(
        type="modal",
        callback_id=form,
        title=cut(title, 24),
        submit=submit,
        close="Cancel" if form else "Close",
        private_metadata=str(target) if target else None,
        blocks=blocks,
    )
    return dict(view.to_dict())


def paragraphs(text: str, block_id: str) -> list[Block]:
    """Lines in as many sections as they need, as far as a view takes them."""
    chunks: list[list[str]] = [[]]
    for line in text.split("\n"):
        if chunks[-1] and sum(map(len, chunks[-1])) + len(chunks[-1]) + len(line) > TEXT_LIMIT:
            chunks.append([])
        chunks[-1].append(line)
    blocks: list[Block] = [
        section("\n".join(lines), block_id if n == 0 else f"{block_id}.{n}")
        for n, lines in enumerate(chunks[:MOST_SECTIONS])
    ]
    if len(chunks) > MOST_SECTIONS:
        blocks.append(
            small("There is more than fits here: the cards and `/operator history` have it.", "more")
        )
    return blocks


def small(text: str, block_id: str) -> ContextBlock:
    return ContextBlock(elements=[MarkdownTextObject(text=cut_drawn(text, 1900))], block_id=block_id)


def checkboxes(label: str, ticks: Sequence[Tick], *, ticked: bool) -> list[Block]:
    """All ticks in groups of ten."""
    groups = [ticks[start : start + GROUP] for start in range(0, len(ticks), GROUP)]
    return [
        group_of(label if n == 0 else f"{label}, {_range(n, len(g))}", g, n, ticked=ticked)
        for n, g in enumerate(groups)
    ]


def group_of(label: str, ticks: Sequence[Tick], number: int, *, ticked: bool) -> Block:
    """At most ten checkboxes. Optional for Slack, so that a whole group can be unticked."""
    options = [_option(tick) for tick in ticks]
    element = CheckboxesElement(
        action_id=f"{TICK}.{number}", options=options, initial_options=options if ticked else None
    )
    return InputBlock(label=cut(label, 150), element=element, block_id=f"{TICK}.{number}", optional=True)


def fitting(ticks: Iterable[Tick], most: int = MAX_TICKS) -> list[Tick]:
    """As many from the front as one view holds."""
    kept: list[Tick] = []
    size = 0
    for tick in ticks:
        size += 2 * len(json.dumps(_option(tick).to_dict()))  # an option that is ticked is sent twice
        if len(kept) == most or size > OPTION_BYTES:
            break
        kept.append(tick)
    return kept


def note(label: str) -> InputBlock:
    """A free text that may stay empty."""
    element = PlainTextInputElement(action_id=NOTE, max_length=500)
    return InputBlock(label=label, element=element, block_id=NOTE, optional=True)


def radio(label: str, choices: Mapping[str, str]) -> InputBlock:
    """One of several, the first one unless somebody picks another."""
    options = [Option(value=value, text=text) for value, text in choices.items()]
    element = RadioButtonsElement(action_id=CHOICE, options=options, initial_option=options[0])
    return InputBlock(label=label, element=element, block_id=CHOICE)


def ticked(view: ViewDict, read: Sequence[Item]) -> tuple[Item, ...]:
    """What the person agreed to, of what they read: all but what they unticked; () when nothing is ticked.

    What was shown without a checkbox stays in: it was not left out by the person. `view` is the payload's
    `view`. Raises ValueError for a view that is none of ours, or of another reading.
    """
    chosen = _chosen(view)
    if not chosen:
        return ()
    offered = _offered(view)
    beyond = max((int(value) for value in offered - {REST}), default=-1)
    left_out = {int(value) for value in offered - chosen - {REST}}
    _within(offered, read)
    rest_left_out = REST in offered - chosen
    return tuple(
        item
        for position, item in enumerate(read)
        if position not in left_out and not (rest_left_out and position > beyond)
    )


def picked(view: ViewDict, read: Sequence[Item]) -> tuple[Item, ...]:
    """Only what the person ticked. Raises ValueError as `ticked` does."""
    chosen = _chosen(view)
    _within(chosen, read)
    return tuple(item for position, item in enumerate(read) if str(position) in chosen)


def picked_targets(view: ViewDict) -> tuple[Target, ...]:
    """The proposals that were ticked, each in the revision that was read."""
    order = [option["value"] for element in _elements(view) for option in element["options"]]
    chosen = _chosen(view)
    return tuple(Target.parse(value) for value in order if value in chosen)


def note_in(view: ViewDict) -> str:
    """The free text, or nothing."""
    return (_state(view, NOTE, NOTE).get("value") or "").strip()


def choice_in(view: ViewDict) -> str:
    """The value of the radio button."""
    option = _state(view, CHOICE, CHOICE).get("selected_option") or {}
    return str(option.get("value", ""))


def _state(view: ViewDict, block_id: str, action_id: str) -> dict[str, Any]:
    state: dict[str, Any] = view["state"]["values"].get(block_id, {}).get(action_id, {})
    return state


def _chosen(view: ViewDict) -> set[str]:
    elements = (element for block in view["state"]["values"].values() for element in block.values())
    return {option["value"] for element in elements for option in element.get("selected_options") or ()}


def _offered(view: ViewDict) -> set[str]:
    return {option["value"] for element in _elements(view) for option in element["options"]}


def _elements(view: ViewDict) -> list[dict[str, Any]]:
    inputs = [block.get("element", {}) for block in view["blocks"]]
    return [element for element in inputs if element.get("type") == "checkboxes"]


def _within(values: Iterable[str], read: Sequence[object]) -> None:
    strange = [v for v in values if v != REST and not (v.isdecimal() and int(v) < len(read))]
    if strange:
        raise ValueError(f"no such choice: {strange[0]}")


def _range(number: int, size: int) -> str:
    first = number * GROUP + 1
    return f"{first}–{first + size - 1}" if size > 1 else str(first)


def _option(tick: Tick) -> Option:
    description = cut(tick.description, 75) if tick.description else None
    return Option(value=tick.value, text=cut_middle(tick.text, 75) or "?", description=description)
