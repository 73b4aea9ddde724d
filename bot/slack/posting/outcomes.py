"""Where people are told beside the channel: the dialog they are in, a direct message, their Home."""

from contextlib import suppress

from bot.logs import logger
from bot.monitoring.status import status_of
from bot.services import Services
from bot.slack.errors import slack_errors_logged
from bot.slack.posting.cards import card_of
from bot.slack.posting.records import leaks_told
from bot.slack.views.content import Message
from bot.slack.views.home import home
from bot.slack.views.replies import done
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import ProposalAction, State
from operator_core.errors import LeaseLost
from operator_core.execution.executor import LATE


async def tell_who_asked(services: Services) -> None:
    """Of all that ended lately, and nobody told in time; who can't be told is tried again a claim later."""
    core = services.use_cases
    for entry in await core.stores.journal.unanswered(core.now() - LATE, core.now()):
        if await ours_to_tell(services, entry) and await _told(services, entry):
            await answered(services, entry)
        elif (told := await core.stores.claims.get(f"told:{entry.id}")) and told.done:
            await core.stores.journal.mark_answered(entry.id)  # whoever told came no further


async def ours_to_tell(services: Services, entry: JournalEntry) -> bool:
    """Whether nobody else tells, or has told: then nobody does while we may be about to."""
    core = services.use_cases
    key, seconds = f"told:{entry.id}", core.leases.claim_seconds
    return await core.stores.claims.claim(key, core.owner, core.now(), seconds) is not None


async def answered(services: Services, entry: JournalEntry) -> None:
    """Whoever asked knows it, from us or from somebody who was first."""
    with suppress(LeaseLost):
        await services.stores.claims.complete(f"told:{entry.id}", services.use_cases.owner)
    await services.stores.journal.mark_answered(entry.id)


async def outcome(services: Services, entry: JournalEntry) -> Message:
    """What came of a batch, whoever finished it."""
    return done(entry, await services.use_cases.names(), services.now(), interrupted=entry.fence > 1)


async def _told(services: Services, entry: JournalEntry) -> bool:
    """Where they asked; else where the card stands, or where digests go."""
    proposals = await services.stores.proposals.readable([entry.proposal_id])
    cards = [drawn.channel for proposal in proposals for drawn in proposal.drawn]
    message = await outcome(services, entry)
    for channel in dict.fromkeys((entry.asked_in, *reversed(cards), services.settings.slack.channel)):
        if channel and await services.tell(entry.by, channel, message):
            return True
    return False


MOST = 5
log = logger(__name__)


async def publish(services: Services, user: str) -> None:
    """Draws this person's App Home from what is stored. What Slack refuses is logged: it is only a view."""
    waiting, standing = await services.use_cases.waiting(), await services.stores.proposals.open()
    decisions = [p for p in waiting if not p.review and p.action != ProposalAction.ATTEND]
    attend = [p for p in standing if p.action == ProposalAction.ATTEND]
    view = home(
        await status_of(services),
        [await card_of(services.stores, p) for p in decisions],
        [await card_of(services.stores, p) for p in attend if p.state in {State.PENDING, State.TAKEN}],
        await services.stores.holds.active(),
        await services.stores.journal.recent(MOST),
        await services.stores.people.names(),
        services.now(),
        await leaks_told(services.use_cases, services.now(), look=False),
    )
    with slack_errors_logged(log.warning, "a home tab could not be drawn", user=user):
        await services.client.views_publish(user_id=user, view=view)
