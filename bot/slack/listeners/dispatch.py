"""What every listener does: read the click, check who it is, and tell people what stood in the way."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.logs import logger
from bot.services import Services
from bot.slack.errors import SLACK_ERRORS, refusal_in, slack_errors_logged
from bot.slack.listeners.drawn import Instead, as_drawn
from bot.slack.posting.outcomes import answered, ours_to_tell, outcome, publish
from bot.slack.views import modals, replies
from bot.slack.views.actions import Target, Verb
from bot.slack.views.blocks import section
from bot.slack.views.content import Message
from bot.slack.views.forms import NOTHING_TICKED, Form, ViewDict, note_in, unanswered
from operator_core.domain.base import Frozen, mapping_in
from operator_core.domain.proposals import Proposal, State
from operator_core.errors import LeaseLost, OperatorError, StaleProposal
from operator_core.execution.executor import Execution

OVERTAKEN_SECONDS = 0.2
"""The answer to a submission and the update that follows it go different ways: an update that came too soon
would be overwritten by "one moment"."""
NOT_OPENED = "The dialog could not be opened, so nothing happened. Please try again."
log = logger(__name__)
Body = dict[str, Any]
Done = TypeVar("Done")


class Click(Frozen):
    """A click, or a dialog that was submitted or closed, as Slack tells it."""

    user: str
    name: str
    external: bool = False
    """Somebody of another workspace, in a channel that both share: they never count as an approver."""
    channel: str
    """Where the message stands; empty in modals (which have a `view_id`) and in App Home, as its `ts` is."""
    trigger_id: str
    target: Target
    view_id: str = ""
    at_home: bool = False
    ts: str = ""
    response_url: str = ""
    """Where it can be answered, also where the bot is no member."""
    button: dict[str, Any] | None = None
    """What was pressed, to be offered again."""

    @classmethod
    def of(cls, body: Body) -> "Click":
        """Raises ValueError for what no button or dialog of ours carries."""
        view, channel, message, of_team, of_all, shown_in, person = (
            mapping_in(body.get(part))
            for part in ("view", "channel", "message", "team", "enterprise", "container", "user")
        )
        at_home = view.get("type") == "home"
        action = mapping_in(body["actions"][0]) if body.get("actions") else view
        option, homes = mapping_in(action.get("selected_option")), [of_team.get("id"), of_all.get("id")]
        # Without a team it comes of an organisation, which has many: there the organisation tells.
        of = person.get("team_id" if homes[0] else "enterprise_id")
        external = bool(of) and of not in homes
        value = action.get("value") or option.get("value") or action.get("private_metadata") or ""
        return cls(
            user=person.get("id"),
            name="" if external else person.get("username") or person.get("name") or "",
            external=external,
            response_url=body.get("response_url") or "",
            button=action if action.get("type") == "button" else None,
            channel=channel.get("id") or shown_in.get("channel_id") or "",
            trigger_id=body.get("trigger_id") or "",
            target=Target.parse(str(value)),
            view_id="" if at_home else view.get("id", ""),
            at_home=at_home,
            ts=message.get("ts") or "",
        )


Handler = Callable[[Services, Click], Awaitable[Message | None]]
"""Does what a click asks for; what it gives is said to the person who clicked."""
Named = TypeVar("Named", bound=Handler)
Read = Callable[[Services, Click, ViewDict], Awaitable[Any]]
Act = TypeVar("Act", bound=Callable[..., Awaitable[str]])
"""Does what was picked, if there was something to pick, with the note; says in mrkdwn what came of it."""


async def say(services: Services, click: Click, message: Message, *, dialog: bool = True) -> None:
    """To the person who clicked, and to nobody else, by whatever way works."""
    told = await services.tell(click.user, click.channel, message, click.response_url)
    if not told and not (dialog and await _opened(services, click, in_dialog(message))):
        await services.cards.write_to(click.user, message)


async def show(services: Services, click: Click, view: ViewDict) -> str:
    """Opens a modal; its id. Empty when Slack would not: then the person is told, and offered the button
    again, as what lets a dialog open is dead after 3 seconds."""
    view_id = await _opened(services, click, view)
    if not view_id:
        await say(services, click, _again(click), dialog=False)
    return view_id


async def show_drawn(
    services: Services, click: Click, busy: str, draw: Callable[[], Awaitable[ViewDict]]
) -> None:
    """Opens a modal that says `busy`, and puts into it what takes longer to draw, or stood in the way."""
    view_id = await show(services, click, modals.progress(busy))
    if not view_id:
        return
    try:
        view = await settled(services, click, draw())
    except Exception as error:
        await replace(services, view_id, in_dialog(replies.unexpected(error)))
        raise
    if not await replace(services, view_id, in_dialog(view) if isinstance(view, Message) else view):
        await say(services, click, _again(click), dialog=False)


def _again(click: Click) -> Message:
    if click.button is None:
        return Message(text=NOT_OPENED)
    button = {name: click.button[name] for name in ("type", "action_id", "text")}
    again = section(NOT_OPENED, "again", {**button, "value": str(click.target)})
    return Message(text=NOT_OPENED, blocks=(again,))


async def _opened(services: Services, click: Click, view: ViewDict) -> str:
    opening = services.client.views_push if click.view_id else services.client.views_open
    with slack_errors_logged(log.warning, "a dialog could not be opened", user=click.user):
        answer = await opening(trigger_id=click.trigger_id, view=view)
        return str((answer.get("view") or {}).get("id", ""))
    return ""


def in_dialog(message: Message) -> ViewDict:
    """An answer where a form stood: all of its words, not only the fallback text."""
    return modals.closed(words_of(message))


def words_of(message: Message) -> str:
    """The words of an answer's sections, as mrkdwn."""
    texts = (block.get("text") for block in message.blocks)
    words = [str(text["text"]) for text in texts if isinstance(text, dict)]
    return "\n".join(words) or message.text


async def replace(services: Services, view_id: str, view: ViewDict) -> bool:
    """Changes an open modal; one that was closed meanwhile is left alone. False where Slack would not."""
    if not view_id:
        return True
    try:
        await services.client.views_update(view_id=view_id, view=view)
    except SLACK_ERRORS as error:
        log.info("a dialog could not be updated", cause=refusal_in(error).code)
        return refusal_in(error).code == "not_found"
    return True


async def must_approve(services: Services, click: Click) -> None:
    """Raises Instead where the person may not change things: they are told who can."""
    if not await is_approver(services, click):
        raise Instead(replies.stranger(services.settings.slack.approvers, click.target.id))


async def is_approver(services: Services, click: Click) -> bool:
    """An approver's visit is noted."""
    await services.people.met(click.user, click.name)
    if click.external or not await services.approvers.may(click.user):
        return False
    await services.people.acted(click.user, services.now())
    return True


async def settled(services: Services, click: Click, doing: Awaitable[Done]) -> Done | Message:
    """What came of it; or, as a plain sentence, what stood in the way: nothing is lost."""
    try:
        return await doing
    except StaleProposal as error:
        current, read, now = error.proposal, click.target.revision, services.now()
        if current is not None and current.state == State.PENDING:
            # As a run changed it. What a person decided is drawn by whoever carries it out, however many
            # others clicked too.
            await services.cards.redraw(current)
        if current is None or (read == 0 and current.state != State.UNDONE):
            return replies.error(str(error))
        if current.state == State.PENDING and current.revision != read:
            seen = current.as_of(read)
            return replies.outdated(current, now, seen.refs if seen else None)
        return replies.second(current, await services.use_cases.names(), now, you=click.user)
    except Instead as instead:
        return instead.message
    except (OperatorError, ValueError) as error:
        log.warning("a click did nothing", user=click.user, cause=str(error))
        later = ". I tell you what comes of it" if isinstance(error, LeaseLost) else ""
        return replies.error(f"{error}{later}")


async def in_words(services: Services, click: Click, doing: Awaitable[str]) -> str:
    """The same, as mrkdwn."""
    said = await settled(services, click, doing)
    return words_of(said) if isinstance(said, Message) else said


async def read_as_clicked(services: Services, click: Click) -> Proposal:
    """The proposal, if it is still as the person read it. Raises StaleProposal or NotFound."""
    current = await services.stores.proposals.get(click.target.id)
    if current.revision != click.target.revision:
        raise StaleProposal(f"{current.id} changed since you read it", current)
    return current


WIRED: list[Callable[[AsyncApp, Services], object]] = []
"""What is named below: each wires one handler."""


def on_click(*verbs: Verb, anybody: bool = False) -> Callable[[Named], Named]:
    """Names a handler's buttons: acknowledged at once, for approvers only unless `anybody` may look."""
    pattern = re.compile(rf"^({'|'.join(verbs)})\.")

    def named(handle: Named) -> Named:
        async def act(services: Services, click: Click) -> Message | None:
            await as_drawn(services, click.target, click.ts)
            return await (handle(services, click) if anybody else by_approver(handle, services, click))

        WIRED.append(lambda app, services: app.action(pattern, [], [acknowledge])(_clicked(services, act)))
        return handle

    return named


def _clicked(services: Services, act: Handler) -> Callable[[Body], Awaitable[None]]:
    async def clicked(body: Body) -> None:
        await asyncio.sleep(0.1)  # of many clicks in one moment all are acknowledged first
        click = Click.of(body)
        if said := await settled(services, click, act(services, click)):
            await say(services, click, said)
        if click.at_home:
            await publish(services, click.user)

    return clicked


async def by_approver(
    act: Callable[..., Awaitable[Done]], services: Services, click: Click, *said: object
) -> Done:
    """Has it done; what the newest digest counts follows. Raises Instead for whoever is no approver."""
    await must_approve(services, click)
    done = await act(services, click, *said)
    await services.digests.show_switch()
    return done


async def acknowledge(ack: AsyncAck, next_: Callable[[], Awaitable[None]]) -> None:
    """Before the listener starts. Bolt sends what a listener acknowledges at its next look, every 10 ms, and
    by then the work of everybody else's clicks stands before it."""
    await ack()
    await next_()


def unless_stale(act: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str]]:
    """The act; it raises what was read instead of what was picked, where somebody was first."""

    async def acting(services: Services, click: Click, *said: Any) -> str:
        if isinstance(said[0], StaleProposal):
            raise said[0]
        return await act(services, click, *said)

    return acting


def on_submit(
    form: Form, busy: str, read: Read | None = None, *, closed: Handler | None = None
) -> Callable[[Act], Act]:
    """Names an act's dialog: read, acknowledged with `busy`, carried out for approvers, and closed with what
    came of it, or stood in the way.

    `read`: what was picked; nothing is a mistake that the dialog shows. None where it asks for no more than
    a note. `closed`: what is done where it isn't submitted.
    """

    def named(act: Act) -> Act:
        def wire(app: AsyncApp, services: Services) -> None:
            async def submitted(ack: AsyncAck, body: Body) -> None:
                try:
                    click = Click.of(body)
                    await as_drawn(services, click.target)
                    picked = [await read(services, click, body["view"])] if read else []
                except StaleProposal as error:
                    picked = [error]  # in whose words takes longer than an acknowledgement may
                except (OperatorError, ValueError) as error:
                    said = error.message if isinstance(error, Instead) else replies.error(str(error))
                    await ack(response_action="update", view=in_dialog(said))
                    return
                if wrong := ({} if all(picked) else NOTHING_TICKED) | unanswered(body["view"]):
                    await ack(response_action="errors", errors=wrong)
                    return
                await ack(response_action="update", view=modals.progress(busy))
                doing = by_approver(unless_stale(act), services, click, *picked, note_in(body["view"]))
                settling = in_words(services, click, doing), asyncio.sleep(OVERTAKEN_SECONDS)
                await _close(services, click, (await asyncio.gather(*settling))[0])

            app.view(form)(submitted)
            if closed:
                app.view_closed(form, middleware=[acknowledge])(_clicked(services, closed))

        WIRED.append(wire)
        return act

    return named


async def _close(services: Services, click: Click, said: str) -> None:
    """Ends an open dialog with its result; where Slack won't show it there, it is told by another way."""
    message, channel = Message(text=said), services.settings.slack.channel
    shown = await replace(services, click.view_id, modals.closed(said))
    if not (shown or await services.cards.write_to(click.user, message)):
        await services.tell(click.user, channel, message)


async def carried_out(services: Services, execution: Execution) -> str:
    """Redraws the card; what came of it, as mrkdwn for the open dialog, also where it was told elsewhere."""
    await ours_to_tell(services, execution.entry)
    await services.cards.redraw(execution.proposal)
    await answered(services, execution.entry)
    return words_of(await outcome(services, execution.entry))
