""" "I'm on it" under an incident, and its way back."""

from bot.services import Services
from bot.slack.listeners.dispatch import Click, on_click
from bot.slack.posting.incidents import give_back, incidents, own
from bot.slack.views.actions import Verb
from bot.slack.views.incidents import incident_of
from operator_core.diagnosis.incidents import Incident
from operator_core.errors import NotFound


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
