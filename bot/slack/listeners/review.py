"""New models: "Review 25…", and what becomes of the ticked ones. Nothing happens to the others."""

from bot.discovery_job import discover_now
from bot.services import Services
from bot.slack.listeners.dispatch import Click, carried_out, on_click, on_submit, read_as_clicked, show
from bot.slack.views.actions import Verb
from bot.slack.views.forms import Form, ViewDict, picked
from bot.slack.views.modals import Answer, answer_in, review
from operator_core.domain.base import Frozen
from operator_core.domain.holds import Origin
from operator_core.domain.proposals import Member
from operator_core.words import plural

LEFT_ALONE = {
    Answer.NEVER: (Origin.NEVER, "won't be shown again"),
    Answer.NOT_NOW: (Origin.NOT_NOW, "will be shown again in a week"),
}


class Choice(Frozen):
    """What was ticked, and what shall become of it."""

    answer: Answer
    members: tuple[Member, ...]

    def __bool__(self) -> bool:
        return bool(self.members)


@on_click(Verb.REVIEW)
async def _open(services: Services, click: Click) -> None:
    await show(services, click, review(await read_as_clicked(services, click)))


async def _picked(services: Services, click: Click, view: ViewDict) -> Choice:
    proposal = await read_as_clicked(services, click)
    return Choice(answer=answer_in(view), members=picked(view, proposal.members))


@on_submit(Form.REVIEW, "Keeping your choice…", _picked)
async def _answer(services: Services, click: Click, choice: Choice, note: str) -> str:
    """What was done, in words. The models that weren't ticked come up again."""
    proposal = await read_as_clicked(services, click)
    if choice.answer == Answer.ADD:  # one journal entry for all of them; the rest is put to people anew
        refs = [member.ref for member in choice.members]
        execution = await services.use_cases.approve(
            proposal.id, proposal.revision, by=click.user, refs=refs, reason=note, asked_in=click.channel
        )
        said = await carried_out(services, execution)
        await discover_now(services.use_cases, services.discoverer, fetch=False)
        return said
    origin, again = LEFT_ALONE[choice.answer]
    models = dict.fromkeys(member.catalogue_name for member in choice.members)
    for model in models:
        await services.discoverer.leave_alone(model, origin, at=services.now(), by=click.user, reason=note)
    await discover_now(services.use_cases, services.discoverer, fetch=False)
    return f"{plural(len(models), 'model')} {again}. Release under “On hold” takes that back."
