"""What another process finished for somebody is told to that person: once, where they asked."""

from contextlib import suppress

from bot.services import Services
from bot.slack.views.replies import done
from operator_core.domain.journal import TOLD, JournalEntry
from operator_core.errors import LeaseLost
from operator_core.execution.recovery import LATE


async def tell_who_asked(services: Services) -> None:
    """Of all that changed hands lately; whom nobody could tell is tried again when the claim has run out."""
    core = services.use_cases
    for entry in await core.stores.journal.changed_hands_since(core.now() - LATE):
        if entry.automatic or entry.by.startswith("cli:"):
            continue
        seconds = core.leases.claim_seconds
        ours = await core.stores.claims.claim(TOLD + entry.id, core.owner, core.now(), seconds)
        if ours is not None and await _told(services, entry):
            await core.stores.claims.complete(TOLD + entry.id, core.owner)


async def nobody_told(services: Services, entry: JournalEntry) -> bool:
    """Whether another process finished this for a person who waited, and leaves it to us to say so."""
    with suppress(LeaseLost):
        if entry.owner != services.use_cases.owner:
            await services.use_cases.stores.claims.complete(TOLD + entry.id, services.use_cases.owner)
            return True
    return False


async def _told(services: Services, entry: JournalEntry) -> bool:
    """Where they asked; else where the card stands, or where digests go."""
    stores = services.use_cases.stores
    cards = [drawn.channel for p in await stores.proposals.readable([entry.proposal_id]) for drawn in p.drawn]
    message = done(entry, await stores.people.names(), services.now(), by_another=True)
    for channel in dict.fromkeys((entry.asked_in, *reversed(cards), services.settings.slack.channel)):
        if channel and await services.tell(entry.by, channel, message):
            return True
    return False
