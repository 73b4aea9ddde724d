"""Whether Slack would take a message or a view, and show it as its author means it.

Slack lets some of this pass and shows it badly: unescaped text, repeated action ids, a message that is silent
in notifications. Here it is refused, so that a test finds it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sandbox.slack.validation.blocks import BLOCKS
from sandbox.slack.validation.checks import Check, Shape, anything, boolean, fault, plain, string, typed
from sandbox.slack.validation.text import mrkdwn_faults
from sandbox.slack.values import Json, Refused

BLOCKS_A_MESSAGE = 50
BLOCKS_A_VIEW = 100
FALLBACK = 40_000
VIEW_BYTES = 250_000
IN_VIEWS = set(BLOCKS)
IN_MESSAGES = IN_VIEWS - {"input"}

_SHARED: dict[str, Check] = {
    "type": anything,
    "blocks": anything,
    "callback_id": string(255),
    "external_id": string(255),
    "private_metadata": string(3000, least=0),
}
MODAL = Shape(
    _SHARED
    | {
        "title": plain(24),
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
    },
    ("title", "blocks"),
)
HOME = Shape(_SHARED, ("blocks",))


def check_message(text: str, blocks: object, total_text: int) -> None:
    """Raises Refused, with every reason."""
    if not text.strip():
        raise Refused("no_text", fault("fallback text is missing: notifications would be silent", "/text"))
    if len(text) > FALLBACK:
        raise Refused("msg_too_long", fault(f"must be less than {FALLBACK + 1} characters", "/text"))
    if unsafe := [fault(reason, "/text") for reason in mrkdwn_faults(text)]:
        raise Refused("invalid_text", *unsafe)
    if blocks is None:
        return
    if faults := list(_blocks_faults(blocks, IN_MESSAGES, BLOCKS_A_MESSAGE)):
        raise Refused("invalid_blocks", *faults)
    if (total := sum(map(len, _values_of(blocks, "text")))) > total_text:
        raise Refused("msg_blocks_too_long", fault(f"{total} characters, {total_text} allowed", "/blocks"))


def check_view(view: object, kind: str) -> Json:
    """The view, of the kind `modal` or `home`. Raises Refused, with every reason."""
    if not isinstance(view, dict) or view.get("type") != kind:
        raise Refused("invalid_arguments", fault(f"must be a view of type {kind}", "/view"))
    shape, blocks = MODAL if kind == "modal" else HOME, view.get("blocks")
    faults = [*shape(view, "/view"), *_blocks_faults(blocks, IN_VIEWS, BLOCKS_A_VIEW, "/view/blocks")]
    if kind == "modal" and "submit" not in view and "input" in _values_of(blocks, "type"):
        faults.append(fault("submit is required when there are input blocks", "/view/submit"))
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        faults.append(fault(f"must be less than {VIEW_BYTES} bytes", "/view"))
    if faults:
        raise Refused("invalid_arguments", *faults)
    return view


def _blocks_faults(blocks: object, allowed: Iterable[str], most: int, path: str = "/blocks") -> Iterator[str]:
    if not isinstance(blocks, list):
        yield fault("must be an array", path)
        return
    if not 1 <= len(blocks) <= most:
        yield fault(f"from 1 to {most} items allowed (there are {len(blocks)})", path)
    for position, block in enumerate(blocks):
        yield from typed(BLOCKS, allowed)(block, f"{path}/{position}")
    yield from _repeated(blocks, "block_id", path)
    yield from _repeated(blocks, "action_id", path)


def _repeated(blocks: Sequence[object], key: str, path: str) -> Iterator[str]:
    for value, times in Counter(_values_of(blocks, key)).items():
        if times > 1:
            yield fault(f"{key} {value!r} stands {times} times", path)


def _values_of(value: object, key: str) -> Iterator[str]:
    """The strings that stand under this key, however deep."""
    if isinstance(value, dict):
        held = value.get(key)
        if isinstance(held, str):
            yield held
        for part in value.values():
            yield from _values_of(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _values_of(part, key)
