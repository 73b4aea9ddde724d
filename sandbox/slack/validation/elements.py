"""The rules of Block Kit's elements: buttons, menus, checkboxes and inputs."""

from collections.abc import Iterator
from typing import Any

from slack_sdk.models import blocks as sdk
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks.block_elements import FileInputElement, WorkflowButtonElement

from sandbox.slack.validation.checks import (
    Check,
    Shape,
    boolean,
    both,
    exactly_one,
    fault,
    items,
    number,
    one_of,
    plain,
    string,
    text,
    typed,
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
SLACK_FILE = Shape(frozenset({"id", "url"}), whole=exactly_one("id", "url"))
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


MENU_OPTION = option(plain(75))
BOX_OPTION = option(text(75))
OPTION_GROUP = Shape(
    frozenset({"label", "options"}),
    {"label": plain(75), "options": items(1, 100, MENU_OPTION)},
    required=("label", "options"),
)


def offered(value: object, path: str) -> Iterator[str]:
    """Values are unique; what is chosen at first is one of the options, to the letter."""
    if not isinstance(value, dict):
        return
    groups = value.get("option_groups") or [{"options": value.get("options") or []}]
    options = [choice for group in groups for choice in group.get("options", [])]
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
    checks: dict[str, Check] | None = None,
    required: tuple[str, ...] = (),
    whole: Check | None = None,
) -> Shape:
    """What has an action id must name it."""
    common: dict[str, Check] = {
        "action_id": string(ID_LENGTH),
        "confirm": CONFIRM,
        "placeholder": plain(150),
        "focus_on_load": boolean,
        "dispatch_action_config": DISPATCH,
        "max_selected_items": number(1, 100),
    }
    keys = keys_of(model)
    checked = {key: check for key, check in (common | (checks or {})).items() if key in keys}
    return Shape(keys, checked, ("type", *{"action_id"} & keys, *required), whole)


def _without(shape: Shape, *keys: str) -> Shape:
    return Shape(shape.keys - set(keys), shape.checks, shape.required, shape.whole)


_BUTTON: dict[str, Check] = {
    "text": plain(75),
    "value": string(2000),
    "url": string(3000),
    "style": one_of("primary", "danger"),
    "accessibility_label": string(75),
    "visible_to_user_ids": items(1, 100, string(20)),
}
_SELECT: dict[str, Check] = {
    "options": items(1, 100, MENU_OPTION),
    "option_groups": items(1, 100, OPTION_GROUP),
}
_CHOICES = both(exactly_one("options", "option_groups"), offered)
_BOXES: dict[str, Check] = {"options": items(1, 10, BOX_OPTION)}
_LENGTHS: dict[str, Check] = {
    "min_length": number(0, 3000),
    "max_length": number(1, 3000),
    "initial_value": string(3000),
    "multiline": boolean,
}
PICTURE: dict[str, Check] = {"alt_text": string(2000), "image_url": string(3000), "slack_file": SLACK_FILE}
ONE_PICTURE = exactly_one("image_url", "slack_file")
IMAGE = _element(sdk.ImageElement, PICTURE, ("alt_text",), ONE_PICTURE)

_PLAIN: tuple[Any, ...] = (
    *(sdk.ExternalDataSelectElement, sdk.ExternalDataMultiSelectElement, sdk.UserSelectElement),
    *(sdk.UserMultiSelectElement, sdk.ConversationSelectElement, sdk.ConversationMultiSelectElement),
    *(sdk.ChannelSelectElement, sdk.ChannelMultiSelectElement, sdk.DatePickerElement, sdk.TimePickerElement),
    *(sdk.DateTimePickerElement, sdk.RichTextInputElement, sdk.EmailInputElement, sdk.UrlInputElement),
    FileInputElement,
)
"""Those without a rule of their own."""
ELEMENTS: dict[str, Shape] = {
    **{model.type: _element(model) for model in _PLAIN},
    "button": _without(_element(sdk.ButtonElement, _BUTTON, ("text",)), "alt_text"),
    "image": IMAGE,
    "overflow": _without(
        _element(
            sdk.OverflowMenuElement,
            {"options": items(1, 5, option(plain(75), url=True))},
            ("options",),
            offered,
        ),
        "alt_text",
    ),
    "checkboxes": _without(_element(sdk.CheckboxesElement, _BOXES, ("options",), offered), "placeholder"),
    "radio_buttons": _without(
        _element(sdk.RadioButtonsElement, _BOXES, ("options",), offered), "placeholder"
    ),
    "static_select": _element(sdk.StaticSelectElement, _SELECT, (), _CHOICES),
    "multi_static_select": _element(sdk.StaticMultiSelectElement, _SELECT, (), _CHOICES),
    "plain_text_input": _element(sdk.PlainTextInputElement, _LENGTHS),
    "number_input": _element(sdk.NumberInputElement, required=("is_decimal_allowed",)),
    "workflow_button": _element(WorkflowButtonElement, {"text": plain(75)}, ("text", "workflow")),
}

_MENUS = {f"{kind}_select" for kind in ("static", "external", "users", "conversations", "channels")}
_MULTI = {f"multi_{menu}" for menu in _MENUS}
_PICKERS = {"datepicker", "timepicker"}
_BOXES_AND_RADIOS = {"checkboxes", "radio_buttons"}
_PRESSED = {"button", "overflow", "workflow_button"}
_TYPED = {f"{kind}_input" for kind in ("plain_text", "rich_text", "email_text", "url_text", "number")}
IN_SECTION = {"image", *_PRESSED, *_BOXES_AND_RADIOS, *_MENUS, *_MULTI, *_PICKERS}
IN_ACTIONS = {"datetimepicker", *_PRESSED, *_BOXES_AND_RADIOS, *_MENUS, *_PICKERS}
IN_INPUT = {"datetimepicker", "file_input", *_TYPED, *_BOXES_AND_RADIOS, *_MENUS, *_MULTI, *_PICKERS}


def element(allowed: set[str]) -> Check:
    return typed(ELEMENTS, allowed)
