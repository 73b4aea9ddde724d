"""What may stand in a text: in mrkdwn `<`, `>` and `&` are escaped or part of a Slack construct."""

import re
from collections.abc import Iterator

CONSTRUCT = re.compile(
    r"<(?:"
    r"@[UW][A-Z0-9]+(?:\|[^<>|]*)?"
    r"|#[CG][A-Z0-9]+(?:\|[^<>|]*)?"
    r"|!subteam\^S[A-Z0-9]+(?:\|[^<>|]*)?"
    r"|!date\^\d+\^[^<>|^]*\{[a-z_]+\}[^<>|^]*(?:\^https?://[^<>|\s]+)?\|[^<>|]+"
    r"|(?:https?://|mailto:)[^<>|\s]+(?:\|[^<>|]+)?"
    r")>"
)
WAKES_EVERYBODY = re.compile(r"<!(channel|here|everyone)(?:\|[^<>]*)?>")
QUOTED_LINE = re.compile(r"^(?:>>>|>)", re.MULTILINE)
ENTITY = re.compile(r"&(?:amp|lt|gt);")
DATE = re.compile(r"<!date\^")


def mrkdwn_faults(text: str) -> Iterator[str]:
    """Why Slack would show this text otherwise than its author means."""
    for wake in WAKES_EVERYBODY.finditer(text):
        yield f"must not wake everybody: {wake.group()}"
    rest = ENTITY.sub("", QUOTED_LINE.sub("", CONSTRUCT.sub("", WAKES_EVERYBODY.sub("", text))))
    for sign in "<>&":
        if sign in rest:
            at = rest.index(sign)
            yield f"unescaped {sign!r} in {rest[max(0, at - 20) : at + 30]!r}"


def plain_faults(text: str) -> Iterator[str]:
    """Constructs that plain text would show as they are written."""
    if DATE.search(text):
        yield "a date construct is not rendered in plain_text"
