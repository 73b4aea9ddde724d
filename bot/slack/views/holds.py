"""What people put on hold: the list, with who and why, and a Release button for each."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, ButtonElement

from bot.slack.views.actions import Target, Verb, action_id
from bot.slack.views.card import section
from bot.slack.views.forms import ViewDict, modal, small
from bot.slack.views.text import Names, code, cut, day_and_clock, escape, who
from operator_core.domain.holds import Hold
from operator_core.words import duration

MAX_HOLDS = 40


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
    return [section(hold_line(hold, names, now), f"hold.{hold.id}", _release(hold)) for hold in standing]


def hold_line(hold: Hold, names: Names, now: datetime) -> str:
    provider = escape(cut(hold.provider, 60))
    what = f"{code(hold.model_id, 80)} on {provider}" if hold.model_id else f"*{provider}*, as a whole"
    about = f" · {hold.kind.traits.words}" if hold.kind else ""
    reason = f": “{escape(cut(hold.reason, 200))}”" if hold.reason else ""
    ends = f", until {day_and_clock(hold.until)}" if hold.until else ""
    said = f"{_origin(hold.origin)} by {who(hold.by, names)} {duration(now - hold.at)} ago{ends}"
    return f"{what}{about}\n{said}{reason}"


def _origin(origin: str) -> str:
    return {
        "undid": "Taken back",
        "re-enabled": "Enabled again",
        "rejected": "Rejected",
        "unticked": "Left out",
        "never": "“Never”",
        "not now": "“Not now”",
    }.get(origin, "Put on hold")


def _release(hold: Hold) -> ButtonElement:
    return ButtonElement(
        text="Release", action_id=action_id(Verb.RELEASE, hold.id), value=str(Target.on(hold))
    )
