"""Between digests: one message for each incident, edited while it lasts and when it is over."""

from contextlib import suppress
from datetime import timedelta
from functools import partial

from bot.logs import logger
from bot.schedule import watch_slot
from bot.services import Services
from bot.slack.errors import SLACK_ERRORS, Lasts, SlackRefused, refusal_in, slack_errors_explained
from bot.slack.posting.cards import under_claim
from bot.slack.posting.records import records_of
from bot.slack.views.content import Message
from bot.slack.views.incidents import call, message
from bot.slack.views.who_and_when import mention
from bot.ticker import Turn, in_turn
from operator_core.diagnosis.incidents import Incident, Trouble, follow, joins, outage_key
from operator_core.domain.proposals import POLICY, Proposal, State
from operator_core.domain.situations import Scope
from operator_core.errors import OperatorError, StaleProposal

EVENT = "ai_operator_incident"
FOR_GOOD = 30 * 86_400.0
incident_records = records_of("incident:", Incident)
log = logger(__name__)


async def watch_due(services: Services) -> int:
    """Looks once in each interval, whichever replica does; how many incidents changed."""
    slot = watch_slot(services.now(), services.settings.schedule.watch_every_minutes)
    changed = await in_turn(services.use_cases, f"watch:{slot}", partial(_watch, services))
    if changed is not None:
        await services.stores.claims.forget(f"watch:{slot - 2}")
    return changed or 0


async def _watch(services: Services, ours: Turn) -> int:
    """Looks at the results now, without any LLM, and tells each change, whatever becomes of the others.

    Raises FactsUnreadable, LeaseLost, or SlackRefused for what could not be told.
    """
    observed = await services.use_cases.observe()
    incidents_so_far = await incidents(services)
    in_maintenance = await services.stores.maintenance.current(services.now())
    away = tuple(f"outage:{one.provider}:" for one in in_maintenance)
    followed = [one for one in incidents_so_far if not one.key.startswith(away)]
    changed = follow(followed, observed, services.now())
    refused: list[str] = []
    for one in changed:
        await ours.still_ours()
        try:
            await tell(services, one)
        except SlackRefused as error:
            refused.append(str(error))
    for one in incidents_so_far:
        over = one.over_at is not None and services.now() - one.over_at > timedelta(days=7)
        if over and one.seen.trouble != Trouble.LEAK:
            await incident_records(services.stores).take(one.key)
    await _hand_on(services)
    if refused:
        raise SlackRefused("; ".join(dict.fromkeys(refused)))
    return len(changed)


async def incidents(services: Services) -> tuple[Incident, ...]:
    """All that are known, over or not."""
    return tuple((await incident_records(services.stores).all()).values())


async def tell(services: Services, one: Incident) -> None:
    """Posts the incident's message, or edits the one that it has or shares, and wakes whom it must: once.

    Kept before it is posted: whoever finds it without a message looks first whether a dead process posted it.
    What Slack refuses is told at the next look. Raises SlackRefused.
    """
    stores, channel = services.stores, services.settings.slack.channel
    before = None if one.ts else await incident_records(services.stores).get(one.key)
    if before is not None and before.opened_at == one.opened_at:
        ts = await services.cards.posted_already(channel, _taken(one))
        one = one.model_copy(update={"ts": ts, "called": bool(ts) and one.calls_at_once})
    elif not one.ts:
        await incident_records(services.stores).put(one, one.key)
    taken = await stores.claims.get(_taken(one))
    told = [other for other in await incidents(services) if other.key != one.key]
    ts = one.ts or joins(one, told)
    calls, ours = one.calls_now, {"channel": channel, "ts": ts, "owner": taken.owner if taken else ""}
    shown = one.model_copy(update={**ours, "called": one.called or calls, "untold": False})
    mentioned = mention(services.settings.slack.called)
    together = sorted([shown, *(o for o in told if ts and o.ts == ts)], key=lambda other: other.opened_at)
    drawn = message(together, await stores.people.names(), services.now(), mentioned)
    try:
        edited = bool(ts) and await _edited(services, shown, drawn)
        if not edited:
            with slack_errors_explained("an incident could not be told"):
                ts = await services.cards.say(channel, drawn, metadata=under_claim(EVENT, _taken(one)))
        await incident_records(services.stores).put(shown.model_copy(update={"ts": ts}), one.key)
        if calls and edited:
            with slack_errors_explained("nobody could be called to an incident"):
                await services.cards.say(channel, call(shown, services.now(), mentioned), thread_ts=ts)
    except SlackRefused:
        await incident_records(services.stores).put(one.model_copy(update={"untold": True}), one.key)
        raise


async def own(services: Services, one: Incident, user: str) -> None:
    """ "I'm on it": of two who say so at once, one is. Raises StaleProposal naming who was first."""
    if await services.stores.claims.claim(_taken(one), user, services.now(), FOR_GOOD) is None:
        claim = await services.stores.claims.get(_taken(one))
        owner = claim.owner if claim else ""
        who = (await services.stores.people.names()).get(owner, f"<@{owner}>") if owner else "somebody"
        raise StaleProposal("you are on it already" if owner == user else f"{who} is on it already")
    await tell(services, one)
    await _hand_on(services)


async def rotated(services: Services, provider: str, user: str) -> None:
    """A leak is over once somebody says so, though its rows may stand for weeks; more of them are another."""
    for one in await incidents(services):
        if one.key == f"leak:{provider}" and one.over_at is None:
            await services.stores.claims.claim(_taken(one), user, services.now(), FOR_GOOD)
            await tell(services, one.model_copy(update={"over_at": services.now()}))


async def give_back(services: Services, one: Incident, user: str) -> None:
    """Nobody is on it any more, nor on the digest's line about it where it was handed on."""
    await services.stores.claims.forget(_taken(one))
    await tell(services, one)
    await _hand_on(services, one, user)


async def _hand_on(services: Services, left: Incident | None = None, by: str = "") -> None:
    """Who is on an incident is on the digest's line about it too, unless somebody gave that back; whoever
    `left` one is on neither. What is over there is over here, too: a run that sees otherwise asks anew."""
    told, stores, now = await incidents(services), services.stores, services.now()
    for proposal in await stores.proposals.open():
        on_it = proposal.moves[-1].by if proposal.state == State.TAKEN else None
        theirs = [one for one in told if _about(proposal, one)]
        owner = next((one.owner for one in theirs if one.over_at is None), "")
        over = any(one.over_at is not None and proposal.updated_at < one.over_at for one in theirs)
        with suppress(OperatorError):  # somebody else was faster
            if owner and proposal.state == State.PENDING and not proposal.moves:
                await services.use_cases.take(proposal.id, proposal.revision, by=owner)
            elif left and _about(proposal, left) and on_it == left.owner:
                reopened = await services.use_cases.reopen(proposal.id, proposal.revision, by=by)
                await services.cards.redraw(reopened)
            elif over and proposal.state in {State.PENDING, State.TAKEN}:
                clear, why = partial(stores.proposals.transition, by=POLICY, at=now), "it answers again"
                await clear(proposal.id, proposal.revision, State.CLEARED, reason=why)
                await stores.status.clear([proposal], now)


def _about(proposal: Proposal, one: Incident) -> bool:
    """Whether both are about one outage; of a kind that rules can't read, the judge may have said which."""
    keys = {outage_key(proposal.provider, kind) for kind in (proposal.kind, None)}
    return proposal.scope == Scope.PROVIDER and one.key in keys


def _taken(one: Incident) -> str:
    return f"own:{one.key}:{one.opened_at.isoformat()}"


async def _edited(services: Services, one: Incident, drawn: Message) -> bool:
    """Whether the message shows it now, or nobody sees it any more; False where a new one has to."""
    try:
        await services.client.chat_update(channel=one.channel, ts=one.ts, **drawn.sent)
    except SLACK_ERRORS as error:
        refusal = refusal_in(error)
        log.warning("an incident's message could not be edited", incident=one.key, cause=str(refusal))
        if refusal.lasts in {Lasts.PASSING, Lasts.LASTING}:
            raise SlackRefused(f"an incident's message could not be edited: {refusal}") from error
        return refusal.lasts == Lasts.FOR_GOOD
    return True
