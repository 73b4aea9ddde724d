"""Whether a button or dialog is what it says: drawn by this deployment, and about what stands here now."""

from contextlib import suppress

from bot.services import Services
from bot.slack.posting.neighbours import notice
from bot.slack.views import replies
from bot.slack.views.actions import IN_PART, Target, members_meant
from bot.slack.views.content import Message
from operator_core.domain.proposals import Proposal
from operator_core.errors import NotFound, OperatorError

EARLIER = (
    "nothing changed: this was drawn by an earlier version of me. I have drawn its card in the channel anew,"
    " and a command answers anew: look at that, and click again."
)
OTHER = (
    "nothing changed: {} is not what you saw when you clicked. Its models, or what is done to them, differ:"
    " look at its card as it is now, at `/operator pending` or at `/operator history`."
)


class Instead(OperatorError):
    """It isn't done; the person who clicked reads this instead."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.text)
        self.message = message


async def as_drawn(services: Services, target: Target, ts: str = "") -> None:
    """Raises Instead, with the reason, for what isn't as it was drawn. `ts`: of its message, if any."""
    if not services.deployment.drew(target.stamp):
        await notice(services.cards, "clicks", target.stamp, ts)
        raise Instead(replies.foreign(target.stamp, services.deployment))
    with suppress(NotFound):  # who looks for it next says so
        here, proposal = await _as_it_is(services, target)
        if here != target.contents:
            if proposal is not None:
                await services.cards.redraw(proposal)
            raise Instead(replies.error(OTHER.format(target.id) if target.contents else EARLIER))


async def _as_it_is(services: Services, target: Target) -> tuple[str | None, Proposal | None]:
    """The contents of what the target names, and whose card shows it. Raises NotFound."""
    use_cases = services.use_cases
    if target.id.startswith("P-"):
        proposal = await use_cases.stores.proposals.get(target.id)
        if target.choice in IN_PART:
            return proposal.contents_with(members_meant(proposal, target.choice)), proposal
        seen = proposal.as_of(target.revision)
        return seen.contents if seen else None, proposal
    if target.id.startswith("J-"):
        entry = await use_cases.stores.journal.get(target.id)
        return entry.contents, await use_cases.stores.proposals.get(entry.proposal_id)
    held = await use_cases.stores.holds.active() if target.id.startswith("H-") else ()
    return next((hold.contents for hold in held if hold.id == target.id), target.contents), None
