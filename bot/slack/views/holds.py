"""What people put on hold: the list, with who and why, and a Release button for each."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.slack.views.actions import Target, Verb
from bot.slack.views.card import button, section
from bot.slack.views.forms import ViewDict, modal, small
from bot.slack.views.text import Names, because, code, day_and_clock, outside, who
from operator_core.domain.holds import Hold, Origin
from operator_core.words import duration

MAX_HOLDS = 40
ORIGINS = {
    Origin.UNDID: "Taken back",
    Origin.REENABLED: "Enabled again",
    Origin.REJECTED: "Rejected",
    Origin.UNTICKED: "Left out",
    Origin.NEVER: "“Never”",
    Origin.NOT_NOW: "“Not now”",
}
"""What the person did, in words."""


def holds(standing: Sequence[Hold], names: Names, now: datetime) -> ViewDict:
    """What people put on hold, with who and why."""
    if not standing:
        return modal("On hold", [section("Nothing is on hold.", "none")])
    head = "I neither change these nor ask about them until somebody releases them."
    blocks: list[Block] = [section(head, "head"), *hold_rows(standing[:MAX_HOLDS], names, now)]
    if len(standing) > MAX_HOLDS:
        rest = len(standing) - MAX_HOLDS
        blocks.append(small(f"And {rest:,} older. They come up as the newer ones are released.", "rest"))
    return modal("On hold", blocks)


def hold_rows(standing: Sequence[Hold], names: Names, now: datetime) -> list[Block]:
    """One row for each hold, with its Release button."""
    return [
        section(hold_line(h, names, now), f"hold.{h.id}", button("Release", Verb.RELEASE, Target.on(h)))
        for h in standing
    ]


def hold_line(hold: Hold, names: Names, now: datetime) -> str:
    provider = outside(hold.provider, 60)
    what = f"{code(hold.model_id, 80)} on {provider}" if hold.model_id else f"*{provider}*, as a whole"
    about = f" · {hold.kind.traits.words}" if hold.kind else ""
    ends = f", until {day_and_clock(hold.until)}" if hold.until else ""
    said = f"{ORIGINS[hold.origin]} by {who(hold.by, names)} {duration(now - hold.at)} ago{ends}"
    return f"{what}{about}\n{said}{because(hold.reason)}"
