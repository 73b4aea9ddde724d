"""The rules of the Block Kit elements that the bot uses: buttons, menus, checkboxes and texts."""

from collections.abc import Iterator

from sandbox.slack.validation.checks import (
    Check,
    Shape,
    anything,
    boolean,
    fault,
    items,
    number,
    one_of,
    plain,
    string,
    text,
)

ID_LENGTH = 255


def _option(words: Check) -> Shape:
    return Shape({"text": words, "value": string(150), "description": text(75)}, ("text", "value"))


def _offered(value: object, path: str) -> Iterator[str]:
    """Values are unique; what is chosen at first is one of the options, to the letter."""
    if not isinstance(value, dict):
        return
    options = value.get("options") or []
    values = [choice.get("value") for choice in options if isinstance(choice, dict)]
    if len(values) != len(set(values)):
        yield fault("option values must be unique", f"{path}/options")
    initial = value.get("initial_options") or [value[k] for k in ("initial_option",) if k in value]
    if "initial_options" in value and not initial:
        yield fault("no fewer than 1 items allowed", f"{path}/initial_options")
    yield from (
        fault(f"initial option is not among the options: {choice}", path)
        for choice in initial
        if choice not in options
    )


def _element(required: tuple[str, ...] = (), whole: Check | None = None, **checks: Check) -> Shape:
    common = {"type": anything, "action_id": string(ID_LENGTH)}
    return Shape(common | checks, ("type", "action_id", *required), whole)


_BOXES = items(1, 10, _option(text(75)))
ELEMENTS: dict[str, Shape] = {
    "button": _element(
        ("text",),
        text=plain(75),
        value=string(2000),
        style=one_of("primary", "danger"),
        visible_to_user_ids=items(1, 100, string(20)),
    ),
    "overflow": _element(("options",), _offered, options=items(1, 5, _option(plain(75)))),
    "checkboxes": _element(("options",), _offered, options=_BOXES, initial_options=anything),
    "radio_buttons": _element(("options",), _offered, options=_BOXES, initial_option=anything),
    "plain_text_input": _element(max_length=number(1, 3000), initial_value=string(3000), multiline=boolean),
}
PRESSED_OR_PICKED = {"button", "overflow", "checkboxes", "radio_buttons"}
"""What may stand beside a section, and in a row of actions."""
IN_INPUT = {"checkboxes", "radio_buttons", "plain_text_input"}
