"""Undo of a batch or of single models, and Release of what is on hold afterwards."""

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.listeners.clicks import Body, Click, allowed, in_dialog, on_click, replace, show, submitter
from bot.listeners.decisions import showing
from bot.logs import logger
from bot.services import Services
from bot.views import answers, modals
from bot.views.actions import Verb
from bot.views.forms import NOTHING_TICKED, Form, note_in, ticked
from bot.views.holds import holds
from operator_core.errors import OperatorError

log = logger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """Wires Undo, Release, and the list of holds."""
    on_click(app, services, Verb.UNDO, _ask)
    on_click(app, services, Verb.RELEASE, _release)
    on_click(app, services, Verb.HOLDS, _list, anybody=True)

    async def submitted(ack: AsyncAck, body: Body) -> None:
        await _submit(services, ack, body)

    app.view(Form.UNDO)(submitted)


async def _ask(services: Services, click: Click) -> None:
    entry = await services.operations.stores.journal.get(click.target.id)
    names = await services.operations.stores.state.names()
    await show(services, click, modals.undo(entry, names, services.now()))


async def _submit(services: Services, ack: AsyncAck, body: Body) -> None:
    click = submitter(body)
    entry = await services.operations.stores.journal.get(click.target.id)
    refs = ticked(body["view"], modals.members_of(entry))
    if not refs:
        await ack(response_action="errors", errors=NOTHING_TICKED)
        return
    await ack(response_action="update", view=modals.progress("Taking it back…"))
    if not await allowed(services, click):
        return
    names = await services.operations.stores.state.names()
    try:
        execution = await services.operations.undo(
            entry.id,
            actor=click.user,
            refs=refs,
            reason=note_in(body["view"]),
            on_progress=showing(services),
        )
    except OperatorError as error:
        await replace(services, click.view_id, in_dialog(answers.error(str(error))))
        return
    await services.board.redraw(execution.proposal)
    said = answers.done(execution.entry, names, services.now())
    await replace(services, click.view_id, in_dialog(said))


async def _release(services: Services, click: Click) -> None:
    """A hold by its id, or all holds that a proposal's undo put."""
    stores = services.operations.stores
    if click.target.id.startswith("H-"):
        await services.operations.answers.release(click.target.id, by=click.user, at=services.now())
    else:
        proposal = await stores.proposals.get(click.target.id)
        for hold in await stores.holds.active():
            about = hold.fingerprint == proposal.fingerprint or any(
                (ref.provider, ref.model_id) == (hold.provider, hold.model_id) for ref in proposal.refs
            )
            if about:
                await services.operations.answers.release(hold.id, by=click.user, at=services.now())
    if click.view_id:
        names = await stores.state.names()
        await replace(services, click.view_id, holds(await stores.holds.active(), names, services.now()))
    elif click.channel:
        await services.tell(click.user, click.channel, "Released. The next look at the results decides anew.")


async def _list(services: Services, click: Click) -> None:
    stores = services.operations.stores
    names = await stores.state.names()
    await show(services, click, holds(await stores.holds.active(), names, services.now()))
