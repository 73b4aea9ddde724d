"""The rules of the Block Kit blocks that the bot uses, one by one; all others are unsupported."""

from slack_sdk.models import blocks as sdk
from slack_sdk.models.basic_objects import JsonObject

from sandbox.slack.validation.checks import (
    Check,
    Shape,
    at_least_one,
    boolean,
    items,
    plain,
    string,
    text,
    typed,
)
from sandbox.slack.validation.elements import ELEMENTS, ID_LENGTH, IN_INPUT, PRESSED_OR_PICKED, keys_of


def _block(
    model: type[JsonObject],
    checks: dict[str, Check] | None = None,
    required: tuple[str, ...] = (),
    whole: Check | None = None,
) -> Shape:
    return Shape(keys_of(model), {"block_id": string(ID_LENGTH)} | (checks or {}), ("type", *required), whole)


_PRESSED_OR_PICKED = typed(ELEMENTS, PRESSED_OR_PICKED)
BLOCKS: dict[str, Shape] = {
    "section": _block(
        sdk.SectionBlock,
        {
            "text": text(3000),
            "fields": items(1, 10, text(2000)),
            "accessory": _PRESSED_OR_PICKED,
            "expand": boolean,
        },
        whole=at_least_one("text", "fields"),
    ),
    "divider": _block(sdk.DividerBlock),
    "header": _block(sdk.HeaderBlock, {"text": plain(150)}, ("text",)),
    "context": _block(sdk.ContextBlock, {"elements": items(1, 10, text(2000))}, ("elements",)),
    "actions": _block(sdk.ActionsBlock, {"elements": items(1, 25, _PRESSED_OR_PICKED)}, ("elements",)),
    "input": _block(
        sdk.InputBlock,
        {
            "label": plain(2000),
            "hint": plain(2000),
            "element": typed(ELEMENTS, IN_INPUT),
            "optional": boolean,
            "dispatch_action": boolean,
        },
        ("label", "element"),
    ),
}
