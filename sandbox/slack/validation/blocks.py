"""The rules of Block Kit's blocks, one by one; those that no bot of ours needs are unsupported."""

from collections.abc import Iterator

from slack_sdk.models import blocks as sdk
from slack_sdk.models.basic_objects import JsonObject

from sandbox.slack.validation.checks import (
    Check,
    Shape,
    at_least_one,
    boolean,
    fault,
    items,
    one_of,
    plain,
    string,
    text,
)
from sandbox.slack.validation.elements import (
    ID_LENGTH,
    IMAGE,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    ONE_PICTURE,
    PICTURE,
    element,
    keys_of,
)

RICH_PARTS = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
RICH_LEAVES = {"text", "link", "user", "usergroup", "channel", "emoji", "date", "color", "team", "broadcast"}


def _block(
    model: type[JsonObject],
    checks: dict[str, Check] | None = None,
    required: tuple[str, ...] = (),
    whole: Check | None = None,
) -> Shape:
    return Shape(keys_of(model), {"block_id": string(ID_LENGTH)} | (checks or {}), ("type", *required), whole)


def _in_context(value: object, path: str) -> Iterator[str]:
    is_image = isinstance(value, dict) and value.get("type") == "image"
    yield from (IMAGE if is_image else text(2000))(value, path)


def _rich(value: object, path: str) -> Iterator[str]:
    """A part of rich text, or a leaf of one."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(value, dict) or kind not in RICH_PARTS | RICH_LEAVES:
        yield fault(f"unsupported type: {kind}", path)
    elif kind == "broadcast":
        yield fault("must not wake everybody", path)
    elif kind in RICH_PARTS:
        yield from items(1, 1000, _rich)(value.get("elements"), f"{path}/elements")
    elif kind == "text":
        yield from string(3000, least=0)(value.get("text"), f"{path}/text")


def _cell(value: object, path: str) -> Iterator[str]:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(value, dict) or kind not in ("raw_text", "raw_number", "rich_text"):
        yield fault(f"unsupported type in a table: {kind}", path)
    elif kind == "rich_text":
        yield from RICH_TEXT(value, path)
    else:
        keys = {"type", "text"} | ({"value"} if kind == "raw_number" else set())
        yield from Shape(frozenset(keys), {"text": string(3000)}, ("text",))(value, path)


def _rectangular(value: object, path: str) -> Iterator[str]:
    rows = value.get("rows") if isinstance(value, dict) else None
    if isinstance(rows, list) and len({len(row) for row in rows if isinstance(row, list)}) > 1:
        yield fault("rows must have the same number of cells", f"{path}/rows")


RICH_TEXT = _block(sdk.RichTextBlock, {"elements": items(1, 100, _rich)}, ("elements",))
_COLUMN = Shape(
    frozenset({"align", "is_wrapped"}), {"align": one_of("left", "center", "right"), "is_wrapped": boolean}
)
BLOCKS: dict[str, Shape] = {
    "section": _block(
        sdk.SectionBlock,
        {
            "text": text(3000),
            "fields": items(1, 10, text(2000)),
            "accessory": element(IN_SECTION),
            "expand": boolean,
        },
        whole=at_least_one("text", "fields"),
    ),
    "divider": _block(sdk.DividerBlock),
    "header": _block(sdk.HeaderBlock, {"text": plain(150)}, ("text",)),
    "context": _block(sdk.ContextBlock, {"elements": items(1, 10, _in_context)}, ("elements",)),
    "actions": _block(sdk.ActionsBlock, {"elements": items(1, 25, element(IN_ACTIONS))}, ("elements",)),
    "input": _block(
        sdk.InputBlock,
        {
            "label": plain(2000),
            "hint": plain(2000),
            "element": element(IN_INPUT),
            "optional": boolean,
            "dispatch_action": boolean,
        },
        ("label", "element"),
    ),
    "image": _block(sdk.ImageBlock, PICTURE | {"title": plain(2000)}, ("alt_text",), ONE_PICTURE),
    "rich_text": RICH_TEXT,
    "markdown": _block(sdk.MarkdownBlock, {"text": string(12_000)}, ("text",)),
    "table": _block(
        sdk.TableBlock,
        {"rows": items(1, 100, items(1, 20, _cell)), "column_settings": items(1, 20, _COLUMN)},
        ("rows",),
        _rectangular,
    ),
    "alert": _block(
        sdk.AlertBlock,
        {"text": text(3000), "level": one_of("default", "info", "warning", "error", "success")},
        ("text",),
    ),
}
