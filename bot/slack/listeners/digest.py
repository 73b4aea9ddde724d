"""The buttons of a digest and of an incident; and `/operator analyze`, a look recorded like the schedule's.

Anybody may look, as that costs money only so often; an approver may share what was found.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from bot.services import Services
from bot.slack.errors import SLACK_ERRORS, slack_errors_explained
from bot.slack.listeners.dispatch import Click, on_click, on_submit, show
from bot.slack.posting.digest_content import autopilot_now
from bot.slack.posting.incidents import give_back, incidents, own, rotated
from bot.slack.posting.records import ask_later, leaks_told, mark_rotated
from bot.slack.views import first_day, replies
from bot.slack.views.actions import Target, Verb
from bot.slack.views.analysis import MAX_CARDS, analysis, providers_of
from bot.slack.views.content import Message
from bot.slack.views.forms import Form
from bot.slack.views.incidents import incident_of
from operator_core.diagnosis.incidents import Incident
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import ProposalAction, State
from operator_core.domain.runs import Run
from operator_core.errors import NotFound
from operator_core.words import duration

WITHIN = timedelta(hours=1)
LOOKS, LOOKS_OF_ALL = 6, 30
"""So many within that time: of one person, and of all together."""
TOO_OFTEN = "I looked {} within the hour: the next look is possible in {}. This is what the last one found."


@on_click(Verb.SHOW_MORE, anybody=True)
async def _show_more(services: Services, click: Click) -> None:
    with slack_errors_explained("the other decisions could not be posted"):
        await services.digests.show_more(click.channel, click.ts)


@on_click(Verb.SHOW_ALL, anybody=True)
async def pending(services: Services, click: Click, words: Sequence[str] = ()) -> Message:
    """Also `/operator pending`."""
    waiting, names = await services.use_cases.waiting(), await services.use_cases.names()
    return replies.pending(waiting, names, services.now())


@on_click(Verb.EXPLAIN, anybody=True)
async def _explain(services: Services, click: Click) -> None:
    policy = services.settings.policy
    await show(services, click, first_day.explained(policy.kinds, timedelta(hours=policy.min_failing_hours)))


@on_click(Verb.TURN_ON)
async def _ask_to_turn_on(services: Services, click: Click) -> None:
    mode, now = services.use_cases.mode, services.now()
    seen = (await mode.in_force()).chosen.version
    await show(services, click, first_day.before_turning_on(await mode.would_have_done(), now, seen))


@on_submit(Form.TURN_ON, "Turning it on…")
async def _turn_on(services: Services, click: Click, note: str) -> str:
    seen = int(click.target.choice or 0)
    await services.use_cases.mode.choose(Mode.ON, by=click.user, reason=note, seen=seen)
    return await mode_shown(services)


async def mode_shown(services: Services) -> str:
    """How far the autopilot goes, in words."""
    return replies.autopilot_line(await autopilot_now(services.use_cases), await services.use_cases.names())


@on_click(Verb.ASK_LATER)
async def _ask_later(services: Services, click: Click) -> Message:
    await ask_later(services.use_cases)
    return Message(text="I ask again in a week.")


@on_click(Verb.ROTATED)
async def _rotated(services: Services, click: Click) -> None:
    leaks = await leaks_told(services.use_cases, services.now(), look=False)
    leak = next((one for one in leaks if Target.about(one.provider).id == click.target.id), None)
    if leak is None:
        raise NotFound("somebody marked this key as rotated already")
    await mark_rotated(services.use_cases, leak, click.user)
    await rotated(services, leak.provider, click.user)


@on_click(Verb.OWN)
async def _own(services: Services, click: Click) -> None:
    await own(services, await _going_on(services, click), click.user)


@on_click(Verb.DISOWN)
async def _disown(services: Services, click: Click) -> None:
    await give_back(services, await _going_on(services, click), click.user)


async def _going_on(services: Services, click: Click) -> Incident:
    one = incident_of(click.target, await incidents(services))
    if one is None or one.over_at is not None:
        raise NotFound("this is over: nobody needs to be on it")
    return one


async def look(services: Services, user: str, providers: Sequence[str]) -> Message:
    """What a look at everything finds of these providers (none: of all). What was judged before is free."""
    wait = await _next_possible(services, user)
    if not wait:
        run, _ = await services.use_cases.run(f"slack:{user}")
        return await _drawn(services, run, providers)
    last = await services.use_cases.last_good_run()
    if last is None:
        raise NotFound(wait)
    return await _drawn(services, last.model_copy(update={"notes": (wait,)}), providers)


async def _next_possible(services: Services, user: str) -> str:
    """Why not now, in words; "" counts this look, also beside others of the same moment."""
    claims, now, claimed, owner = services.stores.claims, services.now(), "", uuid.uuid4().hex
    for whose, most, words in ((user, LOOKS, "for you"), ("all", LOOKS_OF_ALL, "for all of you together")):
        keys = [f"look:{whose}:{number}" for number in range(most)]
        for key in keys:
            if await claims.claim(key, owner, now, WITHIN.total_seconds()):
                claimed = key
                break
        else:
            if claimed:
                await claims.give_up(claimed, owner, now)  # a refused look is none of this person's
            leases = [claim.lease for key in keys if (claim := await claims.get(key))]
            return TOO_OFTEN.format(
                f"{most} times {words}", duration(min(leases, default=now + WITHIN) - now)
            )
    return ""


async def _drawn(services: Services, run: Run, providers: Sequence[str]) -> Message:
    pending = [p for p in await services.use_cases.waiting() if p.state == State.PENDING and not p.review]
    waiting = [one for one in pending if not providers or one.provider in providers]
    waiting.sort(key=lambda one: (one.action == ProposalAction.ATTEND, -len(one.members), one.number))
    links = {}
    for one in (one for one in waiting[:MAX_CARDS] if one.drawn):
        with suppress(*SLACK_ERRORS):  # it may not know that message any more
            links[one.id] = await services.cards.link_to(one.drawn[-1].channel, one.drawn[-1].ts)
    return analysis(run, providers, waiting, links, await services.use_cases.names(), services.now())


@on_click(Verb.SHARE)
async def _share(services: Services, click: Click) -> None:
    """As a copy to read, without buttons: the live cards stand in the digest."""
    run = await services.stores.runs.named(click.target.id)
    message = (await _drawn(services, run, providers_of(click.target))).to_read
    with slack_errors_explained("it could not be shared"):
        await services.client.chat_postMessage(channel=click.channel, **message.sent)
