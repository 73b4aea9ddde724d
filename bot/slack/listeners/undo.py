"""Undo of a batch or of single models, and Release of what is on hold afterwards."""

from collections.abc import Sequence

from slack_bolt.async_app import AsyncApp

from bot.discovery_job import discover_now
from bot.services import Services
from bot.slack.listeners.dispatch import Click, on_click, on_submit, replace, show, words_of
from bot.slack.listeners.proposals import showing
from bot.slack.views import answers, modals
from bot.slack.views.actions import Verb
from bot.slack.views.forms import Form, ViewDict, ticked
from bot.slack.views.holds import holds
from operator_core.domain.base import ModelRef
from operator_core.domain.holds import ON_NEW_MODELS


def register(app: AsyncApp, services: Services) -> None:
    """Wires Undo, Release, and the list of holds."""
    on_click(app, services, Verb.UNDO, _ask)
    on_click(app, services, Verb.RELEASE, _release)
    on_click(app, services, Verb.HOLDS, _list, anybody=True)
    on_submit(app, services, Form.UNDO, "Taking it back…", _ticked, _take_back)


async def _ask(services: Services, click: Click) -> None:
    entry = await services.use_cases.stores.journal.get(click.target.id)
    names = await services.use_cases.stores.people.names()
    await show(services, click, modals.undo(entry, names, services.now()))


async def _ticked(services: Services, click: Click, view: ViewDict) -> tuple[ModelRef, ...]:
    entry = await services.use_cases.stores.journal.get(click.target.id)
    return ticked(view, modals.members_of(entry))


async def _take_back(services: Services, click: Click, refs: Sequence[ModelRef], note: str) -> str:
    execution = await services.use_cases.undo(
        click.target.id, by=click.user, refs=refs, reason=note, on_progress=showing(services)
    )
    await services.cards.redraw(execution.proposal)
    names = await services.use_cases.stores.people.names()
    return words_of(answers.done(execution.entry, names, services.now()))


async def _release(services: Services, click: Click) -> None:
    """A hold by its id, or all holds that a proposal's undo put."""
    stores = services.use_cases.stores
    if click.target.id.startswith("H-"):
        hold = await services.use_cases.answers.release(click.target.id, by=click.user, at=services.now())
        if hold.origin in ON_NEW_MODELS:
            await discover_now(services.use_cases, services.discoverer, fetch=False)
    else:
        proposal = await stores.proposals.get(click.target.id)
        for hold in await stores.holds.active():
            about = hold.fingerprint == proposal.fingerprint or any(
                (ref.provider, ref.model_id) == (hold.provider, hold.model_id) for ref in proposal.refs
            )
            if about:
                await services.use_cases.answers.release(hold.id, by=click.user, at=services.now())
        await services.cards.redraw(await stores.proposals.get(proposal.id))
    if click.view_id:
        names = await stores.people.names()
        await replace(services, click.view_id, holds(await stores.holds.active(), names, services.now()))
    elif click.channel:
        await services.tell(click.user, click.channel, "Released. The next look at the results decides anew.")


async def _list(services: Services, click: Click) -> None:
    stores = services.use_cases.stores
    names = await stores.people.names()
    await show(services, click, holds(await stores.holds.active(), names, services.now()))
