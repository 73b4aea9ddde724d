""" "I'm on it" under an incident."""

from slack_bolt.async_app import AsyncApp

from bot.listeners.clicks import Click, on_click
from bot.services import Services
from bot.views.actions import Verb
from bot.views.incidents import found
from bot.watch import incidents, own
from operator_core.errors import NotFound


def register(app: AsyncApp, services: Services) -> None:
    on_click(app, services, Verb.OWN, _own)


async def _own(services: Services, click: Click) -> None:
    one = found(click.target, await incidents(services))
    if one is None:
        raise NotFound("this is over, and long forgotten")
    await own(services, one, click.user)
