"""`pending`: the proposals that wait, in lines for people and JSON for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from bot.commands.shared import as_json, show
from bot.slack.views.evidence import title
from bot.slack.views.text import listed
from bot.terminal import mrkdwn
from operator_core.domain.proposals import Proposal
from operator_core.words import duration, plural


def show_pending(proposals: Sequence[Proposal], console: Console, now: datetime) -> None:
    """What waits, the newest last."""
    if not proposals:
        console.print("Nothing waits.")
    for proposal in proposals:
        gates = list(dict.fromkeys(member.gate for member in proposal.members if member.gate))
        alone = plural(len(proposal.automatic), "model") if proposal.automatic else ""
        show(
            console,
            mrkdwn(f"*{proposal.id}*  {title(proposal)}", {}),
            listed((ref.model_id for ref in proposal.refs), most=10),
            f"{proposal.state} r{proposal.revision}, waits for {duration(now - proposal.created_at)}",
            f"By itself: {alone}." if alone else "",
            f"Asked because {'; '.join(gates)}." if gates else "",
        )


FIELDS = (
    *("id", "action", "provider", "scope", "kind", "state", "revision", "confidence", "reasoning"),
    *("suggested_by", "created_at"),
)


def json_of_pending(proposals: Sequence[Proposal]) -> str:
    return as_json([{name: getattr(p, name) for name in FIELDS} | {"models": _models(p)} for p in proposals])


def _models(proposal: Proposal) -> list[dict[str, Any]]:
    return [m.ref.model_dump() | m.model_dump(include={"route", "gate", "alone"}) for m in proposal.members]
