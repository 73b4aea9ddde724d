"""`pending`: the proposals that wait, as a table for people and JSON for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from bot.commands.shared import as_json, cell, table
from bot.slack.views.evidence import title
from operator_core.domain.proposals import Proposal
from operator_core.words import duration, plural

MODELS_SHOWN = 3


def show_pending(proposals: Sequence[Proposal], console: Console, now: datetime) -> None:
    """What waits, the newest last."""
    if not proposals:
        console.print("Nothing waits.")
        return
    columns = ("id", "what", "models", "state", "by itself", "waits", "asked because")
    drawn = table(plural(len(proposals), "proposal"), *columns)
    for proposal in proposals:
        gates = list(dict.fromkeys(member.gate for member in proposal.members if member.gate))
        drawn.add_row(
            proposal.id,
            cell(title(proposal).replace("`", "").replace("*", ""), 60),
            _names(proposal),
            f"{proposal.state} r{proposal.revision}",
            str(len(proposal.automatic)) if proposal.automatic else "",
            duration(now - proposal.created_at),
            cell("; ".join(gates)),
        )
    console.print(drawn)


def _names(proposal: Proposal) -> str:
    shown = [ref.model_id for ref in proposal.refs[:MODELS_SHOWN]]
    rest = len(proposal.refs) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


FIELDS = (
    *("id", "action", "provider", "scope", "kind", "state", "revision", "confidence", "reasoning"),
    *("suggested_by", "created_at"),
)


def json_of_pending(proposals: Sequence[Proposal]) -> str:
    return as_json([{name: getattr(p, name) for name in FIELDS} | {"models": _models(p)} for p in proposals])


def _models(proposal: Proposal) -> list[dict[str, Any]]:
    return [m.ref.model_dump() | m.model_dump(include={"route", "gate", "alone"}) for m in proposal.members]
