"""The parts that modals are made of, and the parsers of what comes back from them.

A checkbox carries a position in what was read, never a name; which reading that was stands in the private
metadata. Names from outside stand in `plain_text`, where nothing of them is markup.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from bot.slack.views.actions import Target
from bot.slack.views.blocks import TEXT_LIMIT, Block, plain, section, small
from bot.slack.views.text import cut, cut_middle
from operator_core.domain.base import mapping_in

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
ALL_LIKE = "all."
"""Before a position: all that are of its kind."""
TICK = "tick"
NOTE = "note"
CHOICE = "choice"
NOTHING_TICKED = {f"{TICK}.0": "Nothing is ticked. Tick something, or press Cancel."}
"""For `response_action: errors`: shown at the first checkboxes."""

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


def modal(title: str, blocks: Sequence[Block]) -> ViewDict:
    """A modal to read, within Slack's limits."""
    return {"type": "modal", "title": plain(cut(title, 24)), "close": plain("Close"), "blocks": list(blocks)}


def dialog(
    form: Form,
    target: Target,
    title: str,
    submit: str,
    effect: str,
    *parts: Block,
    note: str = "Reason",
    last: str = "",
) -> ViewDict:
    """A modal to submit: what that does (mrkdwn), what is asked, a note that may stay empty, what follows."""
    element = {"type": "plain_text_input", "action_id": NOTE, "max_length": 500}
    asked = [*parts, {**_input(note, element), "optional": True}]
    return {
        **modal(title, [section(effect, "effect"), *asked, *([small(last, "kept")] if last else [])]),
        "callback_id": form.value,
        "private_metadata": str(target),
        "submit": plain(submit),
        "close": plain("Cancel"),
    }


def paragraphs(text: str, block_id: str) -> list[Block]:
    """Lines in as many sections as they need, as far as a view takes them."""
    chunks = [""]
    for line in text.split("\n"):
        if chunks[-1] and len(chunks[-1]) + len(line) > TEXT_LIMIT:
            chunks.append("")
        chunks[-1] += f"{line}\n"
    blocks = [
        section(lines.removesuffix("\n"), f"{block_id}.{n}" if n else block_id)
        for n, lines in enumerate(chunks[:MOST_SECTIONS])
    ]
    more = small("There is more than fits here: the cards and `/operator history` have it.", "more")
    return [*blocks, more] if len(chunks) > MOST_SECTIONS else blocks


def tick(value: str, text: str, description: str = "") -> Block:
    """One checkbox: what it stands for, and what stands beside it."""
    option = {"value": value, "text": plain(cut_middle(text, 75) or "?")}
    return {**option, "description": plain(cut(description, 75))} if description else option


def checkboxes(label: str, ticks: Sequence[Block]) -> list[Block]:
    """All ticked, in groups of ten; what doesn't fit goes along under one checkbox."""
    shown, blocks = fitting(ticks), list[Block]()
    for start in range(0, len(shown), GROUP):
        group = shown[start : start + GROUP]
        which = f"{start + 1}–{start + len(group)}" if len(group) > 1 else f"{start + 1}"
        blocks.append(group_of(f"{label}, {which}" if start else label, group, len(blocks), ticked=True))
    if rest := len(ticks) - len(shown):
        more = tick(REST, f"And {rest:,} more", "too many to list: they go along, or none")
        blocks.append(group_of("The rest", [more], len(blocks), ticked=True))
    return blocks


def group_of(label: str, ticks: Sequence[Block], number: int, *, ticked: bool) -> Block:
    """At most ten checkboxes. Optional for Slack, so that a whole group can be unticked."""
    element = {"type": "checkboxes", "action_id": f"{TICK}.{number}", "options": list(ticks)}
    initial = {"initial_options": list(ticks)} if ticked else {}
    return {**_input(cut(label, 150), {**element, **initial}), "optional": True}


def _input(label: str, element: Block) -> Block:
    return {"type": "input", "label": plain(label), "element": element, "block_id": element["action_id"]}


def fitting(ticks: Iterable[Block]) -> list[Block]:
    """As many from the front as one view holds."""
    kept: list[Block] = []
    size = 0
    for option in ticks:
        size += 2 * len(json.dumps(option))  # an option that is ticked is sent twice
        if len(kept) == MAX_TICKS or size > OPTION_BYTES:
            break
        kept.append(option)
    return kept


def radio(label: str, options: Sequence[Block], *, chosen: bool = True) -> Block:
    """One of several, which must be picked; `chosen`: the first one unless somebody picks another."""
    element = {"type": "radio_buttons", "action_id": CHOICE, "options": list(options)}
    return _input(label, {**element, **({"initial_option": options[0]} if chosen else {})})


def ticked(view: ViewDict, read: Sequence[Item]) -> tuple[Item, ...]:
    """What the person agreed to, of what they read: all but what they unticked; () when nothing is ticked.

    What was shown without a checkbox stays in: it was not left out by the person. `view` is the payload's
    `view`. Raises ValueError for a view that is none of ours, or of another reading.
    """
    chosen, offered = _chosen(view), _offered(view)
    if not chosen:
        return ()
    _within(offered, read)
    left_out = {value for value in offered if value not in chosen}
    beyond = max((int(value) for value in offered if value != REST), default=-1)
    return tuple(
        item
        for position, item in enumerate(read)
        if str(position) not in left_out and not (REST in left_out and position > beyond)
    )


def picked(view: ViewDict, read: Sequence[Item], kind: Callable[[Item], object] = id) -> tuple[Item, ...]:
    """Only what the person ticked, by itself or with its `kind`. Raises ValueError as `ticked` does."""
    chosen = _chosen(view)
    wide = {value.removeprefix(ALL_LIKE) for value in chosen if value.startswith(ALL_LIKE)}
    _within({value.removeprefix(ALL_LIKE) for value in chosen}, read)
    kinds = {kind(read[int(position)]) for position in wide}
    return tuple(item for n, item in enumerate(read) if str(n) in chosen or kind(item) in kinds)


def picked_targets(view: ViewDict) -> tuple[Target, ...]:
    """The proposals that were ticked, each in the revision that was read."""
    chosen = _chosen(view)
    return tuple(Target.parse(value) for value in _offered(view) if value in chosen)


def note_in(view: ViewDict) -> str:
    """The free text, or nothing."""
    return (_answer(view, NOTE).get("value") or "").strip()


def choice_in(view: ViewDict) -> str:
    """The value of the radio button."""
    return str((_answer(view, CHOICE).get("selected_option") or {}).get("value", ""))


def unanswered(view: ViewDict) -> dict[str, str]:
    """For `response_action: errors`: a choice that the dialog asks for and nobody made."""
    asked = any(block.get("block_id") == CHOICE for block in view["blocks"])
    return {CHOICE: "Pick one of these."} if asked and not choice_in(view) else {}


def _answer(view: ViewDict, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = _answers(view).get(name, {}).get(name, {})
    return answer


def _answers(view: ViewDict) -> Mapping[str, Any]:
    """By block; Slack's pages show an empty list where nothing could be answered."""
    return mapping_in(mapping_in(view.get("state")).get("values"))


def _chosen(view: ViewDict) -> set[str]:
    answers = (answer for block in _answers(view).values() for answer in block.values())
    return {option["value"] for answer in answers for option in answer.get("selected_options") or ()}


def _offered(view: ViewDict) -> list[str]:
    inputs = (block.get("element", {}) for block in view["blocks"])
    boxes = (element for element in inputs if element.get("type") == "checkboxes")
    return [option["value"] for box in boxes for option in box["options"]]


def _within(values: Iterable[str], read: Sequence[object]) -> None:
    strange = [v for v in values if v != REST and not (v.isdecimal() and int(v) < len(read))]
    if strange:
        raise ValueError(f"no such choice: {strange[0]}")
