"""Undo of a batch or of single models, and Release of what is on hold afterwards."""

from collections.abc import Sequence

from bot.discovery_job import discover_now
from bot.services import Services
from bot.slack.listeners.dispatch import Click, carried_out, on_click, on_submit, replace, show
from bot.slack.listeners.proposals import drawn_meanwhile
from bot.slack.views import modals
from bot.slack.views.actions import Verb
from bot.slack.views.content import Message
from bot.slack.views.forms import Form, ViewDict, ticked
from bot.slack.views.replies import holds
from operator_core.domain.base import ModelRef
from operator_core.domain.holds import ON_NEW_MODELS


@on_click(Verb.UNDO)
async def _ask(services: Services, click: Click) -> None:
    entry = await services.stores.journal.get(click.target.id)
    names = await services.use_cases.names()
    await show(services, click, modals.undo(entry, names, services.now()))


async def _ticked(services: Services, click: Click, view: ViewDict) -> tuple[ModelRef, ...]:
    entry = await services.stores.journal.get(click.target.id)
    return ticked(view, modals.members_of(entry))


@on_submit(Form.UNDO, "Taking it back…", _ticked)
async def _take_back(services: Services, click: Click, refs: Sequence[ModelRef], note: str) -> str:
    async with drawn_meanwhile(services) as told:
        execution = await services.use_cases.undo(
            click.target.id, by=click.user, refs=refs, reason=note, asked_in=click.channel, on_progress=told
        )
    return await carried_out(services, execution)


@on_click(Verb.RELEASE)
async def _release(services: Services, click: Click) -> None:
    """A hold by its id, or all holds that a proposal's undo put; others' words on the same models stay."""
    use_cases, said = services.use_cases, "Released. The next look at the results decides anew."
    if click.target.id.startswith("H-"):
        hold = await use_cases.release(click.target.id, by=click.user)
        if any(other.about == hold.about for other in await use_cases.stores.holds.active()):
            said = "Released. Another hold on the same stands: it is under “On hold”."
        if hold.origin in ON_NEW_MODELS:
            await discover_now(use_cases, services.discoverer, fetch=False)
    else:
        await services.cards.redraw(await use_cases.release_all_of(click.target.id, by=click.user))
    if click.view_id:
        await replace(services, click.view_id, await _holds(services))
    elif click.channel:
        await services.tell(click.user, click.channel, Message(text=said))


@on_click(Verb.HOLDS, anybody=True)
async def _list(services: Services, click: Click) -> None:
    await show(services, click, await _holds(services))


async def _holds(services: Services) -> ViewDict:
    return holds(await services.stores.holds.active(), await services.use_cases.names(), services.now())
