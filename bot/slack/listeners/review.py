"""New models: "Review 25…", and what becomes of the ticked ones. Nothing happens to the others."""

from collections.abc import Sequence

from bot.discovery_job import discover_now
from bot.services import Services
from bot.slack.listeners.dispatch import Click, carried_out, on_click, on_submit, read_as_clicked, show
from bot.slack.views.actions import Verb
from bot.slack.views.forms import Form, ViewDict, picked
from bot.slack.views.modals import Answer, answer_in, review
from operator_core.domain.holds import Origin
from operator_core.domain.proposals import Member
from operator_core.words import plural

Choice = tuple[Answer, Sequence[Member]]
"""What was ticked, and what shall become of it."""
LEFT_ALONE = {
    Answer.NEVER: (Origin.NEVER, "won't be shown again"),
    Answer.NOT_NOW: (Origin.NOT_NOW, "will be shown again in a week"),
}


@on_click(Verb.REVIEW)
async def _open(services: Services, click: Click) -> None:
    await show(services, click, review(await read_as_clicked(services, click)))


async def _picked(services: Services, click: Click, view: ViewDict) -> Choice | None:
    proposal = await read_as_clicked(services, click)
    members = picked(view, proposal.members)
    return (answer_in(view), members) if members else None


@on_submit(Form.REVIEW, "Keeping your choice…", _picked)
async def _answer(services: Services, click: Click, choice: Choice, note: str) -> str:
    """What was done, in words. The models that weren't ticked come up again."""
    proposal, (answer, members) = await read_as_clicked(services, click), choice
    if answer == Answer.ADD:  # one journal entry for all of them; the rest is put to people anew
        refs = [member.ref for member in members]
        execution = await services.use_cases.approve(
            proposal.id, proposal.revision, by=click.user, refs=refs, reason=note, asked_in=click.channel
        )
        said = await carried_out(services, execution)
    else:
        (origin, again), by = LEFT_ALONE[answer], click.user
        models = dict.fromkeys(member.catalogue_name for member in members)
        for model in models:
            await services.discoverer.leave_alone(model, origin, at=services.now(), by=by, reason=note)
        said = f"{plural(len(models), 'model')} {again}. Release under “On hold” takes that back."
    await discover_now(services.use_cases, services.discoverer, fetch=False)
    return said
