"""What people click on cards: Approve, Reject, Later, Details, "I'm on it" and their way back; Review of new
models; Undo, and Release of what is on hold afterwards."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from bot.discovery_job import discover_now
from bot.schedule import next_monday, tomorrow
from bot.services import Services
from bot.slack.listeners import dispatch
from bot.slack.listeners.dispatch import Click, on_click, on_submit
from bot.slack.listeners.drawn import Instead, as_drawn
from bot.slack.posting.cards import card_of
from bot.slack.posting.outcomes import answered, ours_to_tell, outcome
from bot.slack.views import modals
from bot.slack.views.actions import IN_PART, Later, Target, Verb, members_meant
from bot.slack.views.card import card
from bot.slack.views.content import Message
from bot.slack.views.forms import Form, ViewDict, choice_in, picked, picked_targets, ticked
from bot.slack.views.replies import holds
from operator_core.domain.base import ModelRef
from operator_core.domain.holds import ON_NEW_MODELS, Origin
from operator_core.domain.proposals import Member, Proposal, ProposalAction, State, gates_of
from operator_core.errors import StaleProposal
from operator_core.execution.executor import Execution, OnProgress, Progress
from operator_core.store.platform.history import enabled
from operator_core.words import plural


async def _ticked(services: Services, click: Click, view: ViewDict) -> tuple[ModelRef, ...]:
    proposal = await services.use_cases.drafted(click.target.id)
    read = proposal.as_of(click.target.revision)
    if read is None:
        raise StaleProposal(f"nothing changed: {proposal.id} changed too often since you read it")
    return ticked(view, read.refs)


async def _targets(services: Services, click: Click, view: ViewDict) -> tuple[Target, ...]:
    return picked_targets(view)


async def _forget(services: Services, click: Click) -> None:
    """A command whose consequences were not wanted."""
    with suppress(Instead):
        await as_drawn(services, click.target)
        await services.stores.proposals.forget_draft(click.target.id)


@on_submit(Form.APPROVE_ALL, "Carrying them out…", _targets)
async def _carry_out_all(services: Services, click: Click, targets: Sequence[Target], note: str) -> str:
    lines: list[str] = []
    for target in targets:
        ours = target.model_copy(update={"stamp": click.target.stamp})
        one = click.model_copy(update={"target": ours})
        lines.append(await dispatch.in_words(services, one, _carry_out_one(services, one, note)))
        await dispatch.replace(services, click.view_id, modals.progress("\n".join(lines[-10:])))
    return "\n".join(lines)


async def _carry_out_one(services: Services, click: Click, note: str) -> str:
    await as_drawn(services, click.target)
    return await _carry_out(services, click, None, note)


@on_click(Verb.REJECT)
async def _ask_why_not(services: Services, click: Click) -> None:
    proposal = await dispatch.read_as_clicked(services, click)
    await dispatch.show(services, click, modals.reject_reason(proposal))


@on_click(Verb.MORE, anybody=True)
async def _more(services: Services, click: Click) -> None:
    if click.target.choice == Later.DETAILS:
        await _details(services, click)
    else:
        await dispatch.by_approver(_later, services, click)


@on_click(Verb.TAKE)
async def _take(services: Services, click: Click) -> None:
    taken = await services.use_cases.take(click.target.id, click.target.revision, by=click.user)
    await _redrawn(services, click, taken)


@on_click(Verb.REOPEN, Verb.GIVE_BACK)
async def _reopen(services: Services, click: Click) -> None:
    reopened = await services.use_cases.reopen(click.target.id, click.target.revision, by=click.user)
    await _redrawn(services, click, reopened)


async def _redrawn(services: Services, click: Click, proposal: Proposal) -> None:
    """Its card as it is now, wherever it stands; and again below an answer of ours, which can't be edited."""
    await services.cards.redraw(proposal)
    if click.channel and click.ts not in {drawn.ts for drawn in proposal.drawn}:
        names, shown = await services.use_cases.names(), await card_of(services.stores, proposal)
        said = Message.of(f"{proposal.id} · {proposal.state.said}", card(shown, names, services.now()))
        await services.tell(click.user, click.channel, said)


async def consequences(services: Services, proposal: Proposal) -> ViewDict:
    """What approving would mean, after the newest look at the evidence."""
    changed = await services.use_cases.evidence_changed(proposal)
    models = await enabled(services.stores.models, proposal.provider)
    runs = {ref for ref, it_runs in models.items() if it_runs}
    # What a person should know before they do what the autopilot may not.
    brakes = [f"Not done without you, because {gate}." for gate in gates_of(proposal.members)[:4]]
    if proposal.action == "disable" and runs and runs <= {*proposal.refs}:
        brakes.append(f"No model of {proposal.provider} would run any more.")
    view = modals.consequences(proposal, services.now(), len(models), changed, brakes)
    if proposal.state == State.DRAFT and "callback_id" in view:
        view["notify_on_close"] = True
    return view


async def _unanswered(services: Services, click: Click) -> Proposal:
    """As the person read it. Raises StaleProposal where somebody answered first, or NotFound."""
    proposal = await dispatch.read_as_clicked(services, click)
    if proposal.state != State.PENDING:
        raise StaleProposal(f"{proposal.id} is {proposal.state}", proposal)
    return proposal


@on_click(Verb.APPROVE)
async def _approve(services: Services, click: Click) -> None:
    proposal = await _unanswered(services, click)
    if len(proposal.members) == 1:
        await _approve_one(services, click)
    else:
        draw = partial(consequences, services, proposal)
        await dispatch.show_drawn(services, click, "Looking at the newest results…", draw)


async def _approve_one(services: Services, click: Click) -> None:
    """Its card says what came of it; where another replica finished it, the person is told so besides."""
    execution = await _approved(services, click, None, "")
    if await ours_to_tell(services, execution.entry) and execution.entry.owner != services.use_cases.owner:
        await dispatch.say(services, click, await outcome(services, execution.entry))
    await _redrawn(services, click, execution.proposal)
    await answered(services, execution.entry)


@on_click(Verb.APPROVE_ALL)
async def _show_all(services: Services, click: Click) -> None:
    async def all_that_waits() -> ViewDict:
        choice, waiting = click.target.choice, await services.use_cases.waiting()
        pending = [p for p in waiting if p.state == State.PENDING and not p.review]
        return modals.approve_all([p for p in pending if members_meant(p, choice)], choice=choice)

    await dispatch.show_drawn(services, click, "Gathering what waits…", all_that_waits)


@on_submit(Form.CONSEQUENCES, "Carrying it out…", _ticked, closed=_forget)
async def _submit(services: Services, click: Click, refs: Sequence[ModelRef], note: str) -> str:
    """A command is a proposal from now on; then as any approval."""
    await services.use_cases.submit(click.target.id, click.target.revision, by=click.user)
    return await _carry_out(services, click, refs, note)


async def _carry_out(services: Services, click: Click, refs: Sequence[ModelRef] | None, note: str) -> str:
    """Approves and carries out, all of it or what was ticked; what came of it, in words."""
    if click.target.choice in IN_PART:
        proposal = await dispatch.read_as_clicked(services, click)
        refs = [member.ref for member in members_meant(proposal, click.target.choice)]
    execution = await _approved(services, click, refs, note)
    return await dispatch.carried_out(services, execution)


async def _approved(
    services: Services, click: Click, refs: Sequence[ModelRef] | None, note: str
) -> Execution:
    async with drawn_meanwhile(services) as on_progress:
        return await services.use_cases.approve(
            click.target.id,
            click.target.revision,
            by=click.user,
            refs=refs,
            reason=note,
            asked_in=click.channel,
            rest_waits=click.target.choice in IN_PART,
            on_progress=on_progress,
        )


async def _verdict(services: Services, click: Click, view: ViewDict) -> str:
    return choice_in(view) or "wrong"  # a dialog of an older version asks no more than why


@on_submit(Form.REJECT, "Keeping your answer…", _verdict)
async def _reject(services: Services, click: Click, verdict: str, note: str) -> str:
    proposal = await services.use_cases.reject(
        click.target.id, click.target.revision, by=click.user, reason=note, right=verdict == modals.RIGHT
    )
    await services.cards.redraw(proposal)
    return f"{proposal.id} is rejected. Reopen on its card takes that back."


async def _later(services: Services, click: Click) -> None:
    schedule = services.settings.schedule
    moment = {str(Later.TOMORROW): tomorrow, str(Later.MONDAY): next_monday}.get(click.target.choice)
    until = moment(services.now(), schedule.digest_at, schedule.zone) if moment else None
    late = await services.use_cases.snooze(click.target.id, click.target.revision, by=click.user, until=until)
    await _redrawn(services, click, late)


@on_click(Verb.DETAILS, anybody=True)
async def _details(services: Services, click: Click) -> None:
    """Opened with what is stored, as a dialog can't wait; each model's days follow."""
    await services.people.met(click.user, click.name)
    shown = await card_of(services.stores, await services.stores.proposals.get(click.target.id))
    names = await services.use_cases.names()
    view_id = await dispatch.show(services, click, modals.details(shown, {}, names, services.now()))
    refs = [member.ref for member in modals.told_of(shown)[: modals.MAX_MODELS]]
    timelines = await services.use_cases.days_of(refs)
    await dispatch.replace(services, view_id, modals.details(shown, timelines, names, services.now()))


Choice = tuple[str, Sequence[Member]]
"""What shall become of what was ticked."""
LEFT_ALONE = {Origin.NEVER: "won't be shown again", Origin.NOT_NOW: "will be shown again in a week"}


@on_click(Verb.REVIEW)
async def _open(services: Services, click: Click) -> None:
    await dispatch.show(services, click, modals.review(await _unanswered(services, click)))


async def _picked(services: Services, click: Click, view: ViewDict) -> Choice | None:
    proposal = await _unanswered(services, click)
    members = picked(view, proposal.members, lambda member: member.ref.provider)
    return (choice_in(view), members) if members else None


@on_submit(Form.REVIEW, "Keeping your choice…", _picked)
async def _answer(services: Services, click: Click, choice: Choice, note: str) -> str:
    """What was done, in words. The models that weren't ticked come up again."""
    answer, members = choice
    if answer == ProposalAction.ADD:  # one journal entry for all of them; the rest is put to people anew
        said = await _carry_out(services, click, [member.ref for member in members], note)
    else:
        origin, by = Origin(answer), click.user
        said = f"{plural(len(members), 'offer')} {LEFT_ALONE[origin]}; other providers' still come up."
        said += " Release under “On hold” takes that back."
        for member in members:
            await services.discoverer.leave_alone(member, origin, at=services.now(), by=by, reason=note)
    await discover_now(services.use_cases, services.discoverer, fetch=False)
    return said


@on_click(Verb.UNDO)
async def _ask_what_to_undo(services: Services, click: Click) -> None:
    entry = await services.stores.journal.get(click.target.id)
    view = modals.undo(entry, await services.use_cases.names(), services.now())
    await dispatch.show(services, click, view)


async def _ticked_changes(services: Services, click: Click, view: ViewDict) -> tuple[ModelRef, ...]:
    entry = await services.stores.journal.get(click.target.id)
    return ticked(view, modals.members_of(entry))


@on_submit(Form.UNDO, "Taking it back…", _ticked_changes)
async def _take_back(services: Services, click: Click, refs: Sequence[ModelRef], note: str) -> str:
    async with drawn_meanwhile(services) as told:
        execution = await services.use_cases.undo(
            click.target.id, by=click.user, refs=refs, reason=note, asked_in=click.channel, on_progress=told
        )
    return await dispatch.carried_out(services, execution)


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
        await dispatch.replace(services, click.view_id, await _holds(services))
    elif click.channel:
        await services.tell(click.user, click.channel, Message(text=said))


@on_click(Verb.HOLDS, anybody=True)
async def _list(services: Services, click: Click) -> None:
    await dispatch.show(services, click, await _holds(services))


async def _holds(services: Services) -> ViewDict:
    return holds(await services.stores.holds.active(), await services.use_cases.names(), services.now())


@asynccontextmanager
async def drawn_meanwhile(services: Services) -> AsyncIterator[OnProgress]:
    """Redraws the card of a long batch now and then, beside it: no change waits for Slack.

    One at a time, as it is by then. The last is waited for, so that nothing older overtakes what follows.
    """
    drawing: list[asyncio.Task[None]] = []

    async def draw(proposal_id: str) -> None:
        with suppress(Exception):  # it is drawn again when all is done
            await services.cards.redraw(await services.stores.proposals.get(proposal_id))

    async def on_progress(progress: Progress) -> None:
        begun = progress.step == "opened" and progress.of > 3
        going = progress.step == "recorded" and progress.done % 25 == 0  # Slack allows about fifty a minute
        if (begun or going) and all(task.done() for task in drawing):
            drawing[:] = [asyncio.create_task(draw(progress.proposal_id))]

    try:
        yield on_progress
    finally:
        await asyncio.gather(*drawing, return_exceptions=True)
