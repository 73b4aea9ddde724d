"""`pending`: the proposals that wait, in lines for people and JSON for programs."""

from typing import Any

from rich.console import Console

from bot.commands.shared import show, show_json
from bot.slack.views.evidence import title
from bot.slack.views.text import listed
from bot.terminal import mrkdwn
from operator_core.domain.proposals import Proposal, gates_of
from operator_core.use_cases import UseCases
from operator_core.words import duration, plural

FIELDS = (
    *("id", "action", "provider", "scope", "kind", "state", "revision", "confidence", "reasoning"),
    *("suggested_by", "created_at"),
)


async def pending(use_cases: UseCases, console: Console, *, json: bool = False) -> None:
    """What waits, the newest last."""
    proposals, now = await use_cases.waiting(), use_cases.now()
    if json:
        show_json([_plain(proposal) for proposal in proposals], console)
        return
    if not proposals:
        console.print("Nothing waits.")
    for proposal in proposals:
        names = [ref.model_id if proposal.provider else str(ref) for ref in proposal.refs]
        alone = plural(len(proposal.automatic), "model") if proposal.automatic else ""
        show(
            console,
            head := mrkdwn(f"*{proposal.id}*  {title(proposal)}", {}),
            "" if all(ref.model_id in head.plain for ref in proposal.refs) else listed(names, most=10),
            f"{proposal.state}, open for {duration(now - proposal.created_at)}",
            f"By itself: {alone}." if alone else "",
            f"Asked because {'; '.join(gates)}." if (gates := gates_of(proposal.members)) else "",
        )


def _plain(proposal: Proposal) -> dict[str, Any]:
    said = {"route", "gate", "alone"}
    models = [m.ref.model_dump() | m.model_dump(include=said) for m in proposal.members]
    return {name: getattr(proposal, name) for name in FIELDS} | {"models": models}
