"""Between digests: one message for each incident, edited while it lasts and when it is over."""

from datetime import timedelta

from bot.board import GONE
from bot.logs import logger
from bot.refusals import TROUBLE, SlackRefused, plainly, why
from bot.schedule import watch_slot
from bot.services import Services
from bot.views.incidents import incident
from bot.views.page import Message
from operator_core.errors import StaleProposal
from operator_core.incidents import Incident, Leak, Trouble, follow, observe
from operator_core.outages import survey
from operator_core.store.leaks import key_like_rows
from operator_core.store.signals import read_facts

PREFIX = "incident:"
LEASE_SECONDS = 600.0
FOR_GOOD = 30 * 86_400.0
LEAKS_WITHIN = timedelta(days=7)
FORGOTTEN_AFTER = timedelta(days=7)
log = logger(__name__)


async def watch_due(services: Services) -> int:
    """Looks once in each interval, whichever replica does; how many incidents changed."""
    now = services.now()
    slot = watch_slot(now, services.settings.schedule.watch_every_minutes)
    state, owner = services.operations.stores.state, services.operations.owner
    if await state.claim(f"watch:{slot}", owner, now, LEASE_SECONDS) is None:
        return 0
    changed = await watch(services)
    await state.complete(f"watch:{slot}", owner)
    await state.forget(f"claim:watch:{slot - 2}")
    return changed


async def watch(services: Services) -> int:
    """Looks at the results now, without any LLM. Raises FactsUnreadable."""
    house, now = services.operations.house, services.now()
    facts = await read_facts(house.database, house.mongo, house.analysis, now)
    leaks = await key_like_rows(house.database, house.mongo, now - LEAKS_WITHIN, now)
    observed = observe(
        facts,
        survey(facts, house.analysis),
        [Leak(provider=leak.provider, rows=leak.rows, since=leak.since) for leak in leaks],
    )
    known = await incidents(services)
    changed = follow(known, observed, now)
    for one in changed:
        await tell(services, one)
    await _forget_old(services, known)
    return len(changed)


async def incidents(services: Services) -> tuple[Incident, ...]:
    """All that are known, over or not."""
    kept = await services.operations.stores.state.kept_all(PREFIX)
    return tuple(Incident.model_validate(document) for document in kept.values())


async def tell(services: Services, one: Incident) -> Incident:
    """Posts the incident's message, or edits it; the incident with its message."""
    names = await services.operations.stores.state.names()
    message = incident(one, names, services.now())
    if one.ts:
        await _edit(services, one, message)
        told = one
    else:
        with plainly("an incident could not be told"):
            answer = await services.client.chat_postMessage(
                channel=services.settings.slack.channel, text=message.text, blocks=list(message.blocks)
            )
        told = one.model_copy(update={"channel": services.settings.slack.channel, "ts": str(answer["ts"])})
    await services.operations.stores.state.keep(PREFIX + told.key, told.model_dump())
    return told


async def own(services: Services, one: Incident, user: str) -> Incident:
    """ "I'm on it": of two who say so at once, one is. Raises StaleProposal naming who was first."""
    taken = await services.operations.stores.state.claim(_taken(one), user, services.now(), FOR_GOOD)
    if taken is None:
        owner = await services.operations.stores.state.claimed(_taken(one))
        names = await services.operations.stores.state.names()
        who = names.get(owner.owner, f"<@{owner.owner}>") if owner else "somebody"
        raise StaleProposal(
            "you are on it already" if owner and owner.owner == user else f"{who} is on it already"
        )
    return await tell(services, one.model_copy(update={"owner": user, "owned_at": services.now()}))


async def give_back(services: Services, one: Incident) -> Incident:
    """Nobody is on it any more."""
    await services.operations.stores.state.forget(f"claim:{_taken(one)}")
    return await tell(services, one.model_copy(update={"owner": "", "owned_at": None}))


def _taken(one: Incident) -> str:
    return f"own:{one.key}:{one.opened_at.isoformat()}"


async def _edit(services: Services, one: Incident, message: Message) -> None:
    try:
        await services.client.chat_update(
            channel=one.channel, ts=one.ts, text=message.text, blocks=list(message.blocks)
        )
    except TROUBLE as error:
        if why(error) not in GONE:
            raise SlackRefused(f"an incident's message could not be edited: {why(error)}") from error
        log.warning("an incident's message is gone", incident=one.key, cause=why(error))


async def _forget_old(services: Services, known: tuple[Incident, ...]) -> None:
    for one in known:
        over = one.over_at is not None and services.now() - one.over_at > FORGOTTEN_AFTER
        if over and one.seen.trouble != Trouble.LEAK:
            await services.operations.stores.state.forget(PREFIX + one.key)
