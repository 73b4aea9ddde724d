"""New models: "Review 25…", and what becomes of the ticked ones. Nothing happens to the others."""

from slack_bolt.async_app import AsyncApp

from bot.discovery_job import discover_now
from bot.services import Services
from bot.slack.listeners.dispatch import Click, carried_out, on_click, on_submit, read_as_clicked, show
from bot.slack.views.actions import Verb
from bot.slack.views.forms import Form, ViewDict, picked
from bot.slack.views.modals import Answer, answer_in, review
from operator_core.domain.base import Frozen
from operator_core.domain.holds import Origin
from operator_core.domain.proposals import Member, Proposal
from operator_core.words import plural


class Choice(Frozen):
    """What was ticked, and what shall become of it."""

    answer: Answer
    members: tuple[Member, ...]

    def __bool__(self) -> bool:
        return bool(self.members)

    @property
    def models(self) -> tuple[str, ...]:
        """The catalogue's models among them, each once."""
        return tuple(dict.fromkeys(member.catalogue_name for member in self.members))


def register(app: AsyncApp, services: Services) -> None:
    """Wires the review of new models."""
    on_click(app, services, Verb.REVIEW, _open)
    on_submit(app, services, Form.REVIEW, "Keeping your choice…", _picked, _answer)


async def _open(services: Services, click: Click) -> None:
    await show(services, click, review(await read_as_clicked(services, click)))


async def _picked(services: Services, click: Click, view: ViewDict) -> Choice:
    proposal = await read_as_clicked(services, click)
    return Choice(answer=answer_in(view), members=picked(view, proposal.members))


async def _answer(services: Services, click: Click, choice: Choice, note: str) -> str:
    """What was done, in words. The models that weren't ticked come up again."""
    proposal = await read_as_clicked(services, click)
    if choice.answer == Answer.ADD:
        return await _add(services, click, proposal, choice, note)
    never = choice.answer == Answer.NEVER
    origin, said = Origin.NEVER if never else Origin.NOT_NOW, {"by": click.user, "reason": note}
    for model in choice.models:
        await services.discoverer.leave_alone(model, origin, at=services.now(), **said)
    await discover_now(services.use_cases, services.discoverer, fetch=False)
    count = plural(len(choice.models), "model")
    again = "won't be shown again" if never else "will be shown again in a week"
    return f"{count} {again}. Release under “On hold” takes that back."


async def _add(services: Services, click: Click, proposal: Proposal, choice: Choice, note: str) -> str:
    """One journal entry for all that were picked; the rest is put to people anew."""
    refs = [member.ref for member in choice.members]
    execution = await services.use_cases.approve(
        proposal.id, proposal.revision, by=click.user, refs=refs, reason=note, asked_in=click.channel
    )
    said = await carried_out(services, execution)
    await discover_now(services.use_cases, services.discoverer, fetch=False)
    return said
