"""The rules of the Block Kit blocks that the bot uses, one by one; all others are unsupported."""

from sandbox.slack.validation.checks import (
    Check,
    Shape,
    anything,
    at_least_one,
    boolean,
    items,
    plain,
    string,
    text,
    typed,
)
from sandbox.slack.validation.elements import ELEMENTS, ID_LENGTH, IN_INPUT, PRESSED_OR_PICKED


def _block(required: tuple[str, ...] = (), whole: Check | None = None, **checks: Check) -> Shape:
    common = {"type": anything, "block_id": string(ID_LENGTH)}
    return Shape(common | checks, ("type", *required), whole)


_PRESSED_OR_PICKED = typed(ELEMENTS, PRESSED_OR_PICKED)
BLOCKS: dict[str, Shape] = {
    "section": _block(
        (),
        at_least_one("text", "fields"),
        text=text(3000),
        fields=items(1, 10, text(2000)),
        accessory=_PRESSED_OR_PICKED,
    ),
    "divider": _block(),
    "header": _block(("text",), text=plain(150)),
    "context": _block(("elements",), elements=items(1, 10, text(2000))),
    "actions": _block(("elements",), elements=items(1, 25, _PRESSED_OR_PICKED)),
    "input": _block(
        ("label", "element"),
        label=plain(2000),
        hint=plain(2000),
        element=typed(ELEMENTS, IN_INPUT),
        optional=boolean,
    ),
}
