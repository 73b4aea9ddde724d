"""The rules of the Block Kit elements that the bot uses: buttons, menus, checkboxes and texts."""

from collections.abc import Iterator

from slack_sdk.models import blocks as sdk
from slack_sdk.models.basic_objects import JsonObject

from sandbox.slack.validation.checks import (
    Check,
    Shape,
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
CONFIRM = Shape(
    frozenset({"title", "text", "confirm", "deny", "style"}),
    {
        "title": plain(100),
        "text": text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": one_of("primary", "danger"),
    },
    required=("title", "text", "confirm", "deny"),
)
DISPATCH = Shape(
    frozenset({"trigger_actions_on"}),
    {"trigger_actions_on": items(1, 2, one_of("on_enter_pressed", "on_character_entered"))},
)


def keys_of(model: type[JsonObject]) -> frozenset[str]:
    """The keys that an object may have, as Slack's own library lists them."""
    return frozenset(model.__new__(model).attributes)  # a property of most, which needs nothing set


def option(words: Check, *, url: bool = False) -> Shape:
    keys = {"text", "value", "description"} | ({"url"} if url else set())
    return Shape(
        frozenset(keys),
        {"text": words, "value": string(150), "description": text(75), "url": string(3000)},
        required=("text", "value"),
    )


def offered(value: object, path: str) -> Iterator[str]:
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


def _element(
    model: type[JsonObject],
    checks: dict[str, Check],
    required: tuple[str, ...] = (),
    whole: Check | None = None,
    *,
    never: str = "",
) -> Shape:
    """`never`: a key that Slack's library lists, and Slack refuses."""
    common: dict[str, Check] = {
        "action_id": string(ID_LENGTH),
        "confirm": CONFIRM,
        "placeholder": plain(150),
        "focus_on_load": boolean,
        "dispatch_action_config": DISPATCH,
    }
    keys = keys_of(model) - {never}
    checked = {key: check for key, check in (common | checks).items() if key in keys}
    return Shape(keys, checked, ("type", "action_id", *required), whole)


_BUTTON: dict[str, Check] = {
    "text": plain(75),
    "value": string(2000),
    "url": string(3000),
    "style": one_of("primary", "danger"),
    "accessibility_label": string(75),
    "visible_to_user_ids": items(1, 100, string(20)),
}
_MENU: dict[str, Check] = {"options": items(1, 5, option(plain(75), url=True))}
_BOXES: dict[str, Check] = {"options": items(1, 10, option(text(75)))}
_TEXT: dict[str, Check] = {
    "min_length": number(0, 3000),
    "max_length": number(1, 3000),
    "initial_value": string(3000),
    "multiline": boolean,
}
_OPTIONS = ("options",)
ELEMENTS: dict[str, Shape] = {
    "button": _element(sdk.ButtonElement, _BUTTON, ("text",), never="alt_text"),
    "overflow": _element(sdk.OverflowMenuElement, _MENU, _OPTIONS, offered, never="alt_text"),
    "checkboxes": _element(sdk.CheckboxesElement, _BOXES, _OPTIONS, offered, never="placeholder"),
    "radio_buttons": _element(sdk.RadioButtonsElement, _BOXES, _OPTIONS, offered, never="placeholder"),
    "plain_text_input": _element(sdk.PlainTextInputElement, _TEXT),
}
PRESSED_OR_PICKED = {"button", "overflow", "checkboxes", "radio_buttons"}
"""What may stand beside a section, and in a row of actions."""
IN_INPUT = {"checkboxes", "radio_buttons", "plain_text_input"}
