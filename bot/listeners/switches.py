"""Pause and Resume: kept in MongoDB, so they stop every replica between two changes."""

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.listeners.clicks import Body, Click, allowed, on_click, replace, say, show, submitter
from bot.services import Services
from bot.views import modals
from bot.views.actions import Verb
from bot.views.digest import Message
from bot.views.forms import Form, note_in
from bot.views.text import escape, who

PAUSED = "Autopilot is paused{reason}. I go on looking and asking; `/operator resume` starts it again."
RESUMED = "Autopilot is on again."
WAS_ON = "Autopilot was not paused."


def register(app: AsyncApp, services: Services) -> None:
    """Wires the switches of the digest and of App Home."""
    on_click(app, services, Verb.PAUSE, _ask)
    on_click(app, services, Verb.RESUME, _resume)

    async def submitted(ack: AsyncAck, body: Body) -> None:
        await ack(response_action="update", view=modals.progress("Stopping…"))
        click = submitter(body)
        if await allowed(services, click):
            text = await pause(services, click.user, note_in(body["view"]))
            await replace(services, click.view_id, modals.closed(text))

    app.view(Form.PAUSE)(submitted)


async def pause(services: Services, user: str, reason: str) -> str:
    """Stops the autopilot and whatever batch is running; what to say about it."""
    await services.operations.stores.state.set_pause(user, services.now(), reason)
    return PAUSED.format(reason=f": “{escape(reason)}”" if reason else "")


async def resume(services: Services) -> str:
    """Ends the pause; what to say about it."""
    ended = await services.operations.stores.state.resume()
    if ended is None:
        return WAS_ON
    names = await services.operations.stores.state.names()
    return f"{RESUMED} It had been paused by {who(ended.by, names)}."


async def _ask(services: Services, click: Click) -> None:
    await show(services, click, modals.pause_reason())


async def _resume(services: Services, click: Click) -> None:
    await say(services, click, Message(text=await resume(services), blocks=()))
