"""Whoever asked is told what came of it: once, whatever becomes of the process that they asked."""

from contextlib import suppress

from bot.services import Services
from bot.slack.views.content import Message
from bot.slack.views.replies import done
from operator_core.domain.journal import JournalEntry
from operator_core.errors import LeaseLost
from operator_core.execution.recovery import LATE


async def tell_who_asked(services: Services) -> None:
    """Of all that ended lately, and nobody told in time; who can't be told is tried again a claim later."""
    core = services.use_cases
    for entry in await core.stores.journal.unanswered(core.now() - LATE, core.now()):
        if await ours_to_tell(services, entry) and await _told(services, entry):
            await answered(services, entry)


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
    names = await services.use_cases.names()
    return done(entry, names, services.now(), by_another=entry.fence > 1)


async def _told(services: Services, entry: JournalEntry) -> bool:
    """Where they asked; else where the card stands, or where digests go."""
    proposals = await services.stores.proposals.readable([entry.proposal_id])
    cards = [drawn.channel for proposal in proposals for drawn in proposal.drawn]
    message = await outcome(services, entry)
    for channel in dict.fromkeys((entry.asked_in, *reversed(cards), services.settings.slack.channel)):
        if channel and await services.tell(entry.by, channel, message):
            return True
    return False
