"""What can be found and filled in on a message or a modal: pure functions over blocks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypedDict, Unpack

from sandbox.slack.values import Json


class Given(TypedDict, total=False):
    """What a person fills in: boxes by their values, texts and choices by block id."""

    tick: Collection[str]
    untick: Collection[str]
    texts: Mapping[str, str] | None
    choices: Mapping[str, str]


class CannotDo(AssertionError):
    """A person can't do this with what is on the screen."""


def elements(blocks: Sequence[Json]) -> Iterator[tuple[Json, Json]]:
    """(block, element) of everything that can be pressed, picked or filled in."""
    for block in blocks:
        for key in ("accessory", "element"):
            if block.get(key):
                yield block, block[key]
        if block["type"] == "actions":
            yield from ((block, element) for element in block["elements"])


def find(blocks: Sequence[Json], wanted: str, user: str, kinds: Collection[str] = ()) -> tuple[Json, Json]:
    """The one element with this action id, or whose button reads so. Raises CannotDo."""
    visible = [(block, e) for block, e in elements(blocks) if user in e.get("visible_to_user_ids", [user])]
    fitting = [(block, e) for block, e in visible if not kinds or e["type"] in kinds]
    pairs = [pair for pair in fitting if pair[1].get("action_id") == wanted]
    pairs = pairs or [pair for pair in fitting if words(pair[1].get("text")) == wanted]
    if len(pairs) != 1:
        there = [f"{e.get('action_id')} ({words(e.get('text')) or e['type']})" for _, e in fitting]
        raise CannotDo(f"{len(pairs)} elements are {wanted!r}; there are: {', '.join(there) or 'none'}")
    return pairs[0]


def words(text: object) -> str:
    """The words of a text object."""
    return str(text.get("text", "")) if isinstance(text, dict) else ""


def option(element: Json, wanted: str) -> Json:
    """The option with this value, or with these words. Raises CannotDo."""
    options: list[Json] = element["options"]
    matching = [o for o in options if o["value"] == wanted]
    matching = matching or [o for o in options if words(o["text"]) == wanted]
    if len(matching) != 1:
        there = ", ".join(f"{o['value']} ({words(o['text'])})" for o in options)
        raise CannotDo(f"{len(matching)} options are {wanted!r}; there are: {there}")
    return matching[0]


def initial_values(view: Json) -> Json:
    """`state.values` as they are before anybody touched anything."""
    values: Json = {}
    for block, element in elements(view["blocks"]):
        if (state := _initial(element)) is not None:
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def _initial(element: Json) -> Json | None:
    match element["type"]:
        case "checkboxes" as kind:
            return {"type": kind, "selected_options": list(element.get("initial_options", []))}
        case "radio_buttons" as kind:
            return {"type": kind, "selected_option": element.get("initial_option")}
        case "plain_text_input" as kind:
            return {"type": kind, "value": element.get("initial_value")}
    return None


def fill(view: Json, values: Json, **given: Unpack[Given]) -> None:
    """Changes `values`. Raises CannotDo."""
    _toggle(view, values, given.get("tick", ()), on=True)
    _toggle(view, values, given.get("untick", ()), on=False)
    for block_id, text in (given.get("texts") or {}).items():
        element = _in_block(view, block_id, "plain_text_input")
        most = element.get("max_length", 3000)
        if len(text) > most:
            raise CannotDo(f"{block_id} takes no more than {most} characters")
        values[block_id][element["action_id"]]["value"] = text or None
    for block_id, wanted in given.get("choices", {}).items():
        element = _in_block(view, block_id, "radio_buttons")
        values[block_id][element["action_id"]]["selected_option"] = option(element, wanted)


def missing(view: Json, values: Json) -> list[str]:
    """Labels of required inputs that are empty: Slack doesn't even send these."""
    return [
        words(block["label"])
        for block in inputs(view["blocks"])
        if not block.get("optional")
        and _is_empty(values.get(block["block_id"], {}).get(block["element"]["action_id"], {}))
    ]


def inputs(blocks: Sequence[Json]) -> Iterator[Json]:
    return (block for block in blocks if block["type"] == "input")


def _is_empty(state: Json) -> bool:
    return not any(value for key, value in state.items() if key != "type")


def _in_block(view: Json, block_id: str, kind: str) -> Json:
    pairs = list(elements(view["blocks"]))
    matching = [e for block, e in pairs if block["block_id"] == block_id and e["type"] == kind]
    if len(matching) != 1:
        there = ", ".join(block["block_id"] for block, _ in pairs)
        raise CannotDo(f"no block {block_id!r} takes this; there are: {there}")
    return matching[0]


def _toggle(view: Json, values: Json, wanted: Collection[str], *, on: bool) -> None:
    boxes = [(block, e) for block, e in elements(view["blocks"]) if e["type"] == "checkboxes"]
    values_there = {o["value"] for _, e in boxes for o in e["options"]}
    if unknown := set(wanted) - values_there:
        raise CannotDo(f"no checkbox has the value {sorted(unknown)}; there are: {sorted(values_there)}")
    for block, element in boxes:
        state = values[block["block_id"]][element["action_id"]]
        chosen = {o["value"] for o in state["selected_options"]}
        chosen = chosen | set(wanted) if on else chosen - set(wanted)
        state["selected_options"] = [o for o in element["options"] if o["value"] in chosen]
