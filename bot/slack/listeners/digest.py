"""The buttons of what is posted unasked: a digest's own, and "I'm on it" under an incident."""

from datetime import timedelta

from bot.services import Services
from bot.slack.errors import slack_errors_explained
from bot.slack.listeners.dispatch import Click, on_click, on_submit, show
from bot.slack.posting.digest_content import autopilot_now
from bot.slack.posting.incidents import give_back, incidents, own
from bot.slack.posting.told import ask_later, leaks_told, mark_rotated
from bot.slack.views import first_day, replies
from bot.slack.views.actions import Target, Verb
from bot.slack.views.content import Message
from bot.slack.views.forms import Form
from bot.slack.views.incidents import incident_of
from operator_core.diagnosis.incidents import Incident
from operator_core.domain.mode import Mode
from operator_core.errors import NotFound


@on_click(Verb.SHOW_MORE, anybody=True)
async def _show_more(services: Services, click: Click) -> None:
    with slack_errors_explained("the other decisions could not be posted"):
        await services.digests.show_more(click.channel, click.ts)


@on_click(Verb.SHOW_ALL, anybody=True)
async def _show_all(services: Services, click: Click) -> Message:
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
async def _turn_on(services: Services, click: Click, agreed: bool, note: str) -> str:
    await services.use_cases.mode.choose(
        Mode.ON, by=click.user, reason=note, seen=int(click.target.choice or 0)
    )
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


@on_click(Verb.OWN)
async def _own(services: Services, click: Click) -> None:
    await own(services, await _going_on(services, click), click.user)


@on_click(Verb.DISOWN)
async def _disown(services: Services, click: Click) -> None:
    await give_back(services, await _going_on(services, click))


async def _going_on(services: Services, click: Click) -> Incident:
    one = incident_of(click.target, await incidents(services))
    if one is None or one.over_at is not None:
        raise NotFound("this is over: nobody needs to be on it")
    return one
