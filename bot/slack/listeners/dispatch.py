"""What every listener does: read the click, check who it is, and tell people what stood in the way."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.logs import logger
from bot.services import Services
from bot.slack.errors import SLACK_ERRORS, refusal_in, slack_errors_logged
from bot.slack.listeners.drawn import not_as_drawn
from bot.slack.posting.app_home import publish
from bot.slack.posting.outcomes import answered, ours_to_tell
from bot.slack.views import modals, replies
from bot.slack.views.actions import Target, Verb
from bot.slack.views.content import Message
from bot.slack.views.forms import NOTHING_TICKED, Form, ViewDict, note_in
from operator_core.domain.base import Frozen, mapping_in
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import Proposal, State
from operator_core.errors import LeaseLost, OperatorError, StaleProposal
from operator_core.execution.executor import Execution

OVERTAKEN_SECONDS = 0.2
"""The answer to a submission and the update that follows it go different ways: an update that came too soon
would be overwritten by "one moment"."""
ACKNOWLEDGING_SECONDS = 0.1
"""Work on a click begins so much later: of many clicks in one moment all are acknowledged first."""
NOT_OPENED = "The dialog could not be opened, so nothing happened. Please try again."
log = logger(__name__)
Body = dict[str, Any]
Picked = TypeVar("Picked")


class Click(Frozen):
    """A click, or a dialog that was submitted or closed, as Slack tells it."""

    user: str
    name: str
    channel: str
    """Where the message stands; empty in modals and in App Home."""
    trigger_id: str
    target: Target
    view_id: str = ""
    """The modal it was made in, if it was."""
    at_home: bool = False
    ts: str = ""
    """Of the message that it was made in, if it was."""
    response_url: str = ""
    """Where it can be answered, also where the bot is no member."""
    button: dict[str, Any] | None = None
    """What was pressed, to be offered again."""
    external: bool = False
    """Somebody of another workspace, in a channel that both share: they never count as an approver."""

    @classmethod
    def of(cls, body: Body) -> "Click":
        """Raises ValueError for what no button or dialog of ours carries."""
        view: ViewDict = body.get("view") or {}
        at_home = view.get("type") == "home"
        action = body["actions"][0] if "actions" in body else view
        option: dict[str, str] = action.get("selected_option", {})
        homes = [mapping_in(body.get(of)).get("id") for of in ("team", "enterprise")]
        # Without a team it comes of an organisation, which has many: there the organisation tells.
        of = body["user"].get("team_id" if homes[0] else "enterprise_id")
        external = bool(of) and of not in homes
        value = action.get("value") or option.get("value") or action.get("private_metadata") or ""
        return cls(
            user=body["user"]["id"],
            name="" if external else body["user"].get("username") or body["user"].get("name") or "",
            external=external,
            response_url=body.get("response_url") or "",
            button=action if action.get("type") == "button" else None,
            channel=body.get("channel", {}).get("id", ""),
            trigger_id=body.get("trigger_id", ""),
            target=Target.parse(value),
            view_id="" if at_home else view.get("id", ""),
            at_home=at_home,
            ts=body.get("message", {}).get("ts", ""),
        )


Handler = Callable[[Services, Click], Awaitable[None]]


async def say(services: Services, click: Click, message: Message, *, dialog: bool = True) -> None:
    """To the person who clicked, and to nobody else, by whatever way works."""
    told = await services.tell(click.user, click.channel, message, click.response_url)
    if not told and not (dialog and await open_dialog(services, click, in_dialog(message))):
        await services.cards.write_to(click.user, message)


async def show(services: Services, click: Click, view: ViewDict) -> str:
    """Opens a modal; its id. Empty when Slack would not: then the person is told, and offered the button
    again, as what lets a dialog open is dead after 3 seconds."""
    view_id = await open_dialog(services, click, view)
    if not view_id:
        await say(services, click, _again(click), dialog=False)
    return view_id


def _again(click: Click) -> Message:
    said: dict[str, object] = {"type": "section", "text": {"type": "plain_text", "text": NOT_OPENED}}
    if click.button is None:
        return Message(text=NOT_OPENED)
    button = {name: click.button[name] for name in ("type", "action_id", "text")}
    button["value"] = str(click.target)
    return Message(text=NOT_OPENED, blocks=(said, {"type": "actions", "elements": [button]}))


async def open_dialog(services: Services, click: Click, view: ViewDict) -> str:
    """As `show`, for whoever tells the person otherwise."""
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


async def may_change(services: Services, click: Click) -> bool:
    """Whether the person may change things; others are told who can."""
    if await is_approver(services, click):
        return True
    await say(services, click, replies.stranger(services.settings.slack.approvers))
    return False


async def is_approver(services: Services, click: Click) -> bool:
    """An approver's visit is noted."""
    await services.people.met(click.user, click.name)
    if click.external or not await services.approvers.may(click.user):
        return False
    await services.people.acted(click.user, services.now())
    return True


@asynccontextmanager
async def errors_told(services: Services, click: Click) -> AsyncIterator[None]:
    """What stands in the way becomes a plain sentence to the person who clicked; nothing is lost."""
    try:
        yield
    except (OperatorError, ValueError) as error:
        await say(services, click, await obstacle(services, click, error))


async def obstacle(services: Services, click: Click, error: OperatorError | ValueError) -> Message:
    """What stood in the way, as a plain sentence."""
    if isinstance(error, StaleProposal):
        if error.proposal is not None and error.proposal.state == State.PENDING:
            # As a run changed it. What a person decided is drawn by whoever carries it out, however many
            # others clicked too.
            await services.cards.redraw(error.proposal)
        return await _why_stale(services, click, error)
    log.warning("a click did nothing", user=click.user, cause=str(error))
    later = ". I tell you what comes of it" if isinstance(error, LeaseLost) else ""
    return replies.error(f"{error}{later}")


async def fill(services: Services, click: Click, view_id: str, drawing: Awaitable[ViewDict]) -> None:
    """Puts the view into a dialog that was opened for it, or what stood in the way: none is left waiting."""
    try:
        view = await drawing
    except (OperatorError, ValueError) as error:
        view = in_dialog(await obstacle(services, click, error))
    except Exception as error:
        await replace(services, view_id, in_dialog(replies.unexpected(error)))
        raise
    if not await replace(services, view_id, view):
        await say(services, click, _again(click), dialog=False)


async def _why_stale(services: Services, click: Click, stale: StaleProposal) -> Message:
    """Who was first, or what joined or left."""
    current, read = stale.proposal, click.target.revision
    if current is None or (read == 0 and current.state != State.UNDONE):
        return replies.error(str(stale))
    if current.state == State.PENDING and current.revision != read:
        return replies.outdated(current, services.now(), current.refs_at(read))
    return replies.second(current, await services.use_cases.names(), services.now(), you=click.user)


async def read_as_clicked(services: Services, click: Click) -> Proposal:
    """The proposal, if it is still as the person read it. Raises StaleProposal or NotFound."""
    current = await services.use_cases.stores.proposals.get(click.target.id)
    if current.revision != click.target.revision:
        raise StaleProposal(f"{current.id} changed since you read it", current)
    return current


def on_click(
    app: AsyncApp, services: Services, verb: Verb, handle: Handler, *, anybody: bool = False
) -> None:
    """Wires one button: acknowledged at once, for approvers only unless `anybody` may look."""

    async def clicked(body: Body) -> None:
        await asyncio.sleep(ACKNOWLEDGING_SECONDS)
        click = Click.of(body)
        async with errors_told(services, click):
            if why := await not_as_drawn(services, click.target, click.ts):
                await say(services, click, why)
            elif anybody or await may_change(services, click):
                await handle(services, click)
                if not anybody:
                    await services.digests.show_switch()
        if click.at_home:
            await publish(services, click.user)

    app.action(re.compile(rf"^{verb}\."), middleware=[acknowledge])(clicked)


async def acknowledge(ack: AsyncAck, next_: Callable[[], Awaitable[None]]) -> None:
    """Before the listener starts. Bolt sends what a listener acknowledges at its next look, every 10 ms, and
    by then the work of everybody else's clicks stands before it."""
    await ack()
    await next_()


def on_submit(
    app: AsyncApp,
    services: Services,
    form: Form,
    busy: str,
    read: Callable[[Services, Click, ViewDict], Awaitable[Picked]],
    act: Callable[[Services, Click, Picked, str], Awaitable[str]],
) -> None:
    """Wires one dialog: read, acknowledged with `busy`, carried out for approvers, closed with its result.

    `read`: what was picked; nothing is a mistake that the dialog shows. `act`: does it with the note, and
    says in mrkdwn what came of it. What stands in the way is said in the dialog too.
    """

    async def if_allowed(click: Click, picked: Picked, note: str) -> str:
        if await is_approver(services, click):
            said = await act(services, click, picked, note)
            await services.digests.show_switch()
            return said
        return words_of(replies.stranger(services.settings.slack.approvers))

    async def submitted(ack: AsyncAck, body: Body) -> None:
        try:
            click = Click.of(body)
            if why := await not_as_drawn(services, click.target):
                await ack(response_action="update", view=in_dialog(why))
                return
            picked = await read(services, click, body["view"])
        except (OperatorError, ValueError) as error:
            await ack(response_action="update", view=in_dialog(replies.error(str(error))))
            return
        if not picked:
            await ack(response_action="errors", errors=NOTHING_TICKED)
            return
        await ack(response_action="update", view=modals.progress(busy))
        doing = in_words(services, click, if_allowed(click, picked, note_in(body["view"])))
        said, _ = await asyncio.gather(doing, asyncio.sleep(OVERTAKEN_SECONDS))
        await _close(services, click, said)

    app.view(form)(submitted)


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


async def outcome(services: Services, entry: JournalEntry) -> Message:
    """What came of a batch, whoever finished it."""
    by_another = entry.owner != services.use_cases.owner
    return replies.done(entry, await services.use_cases.names(), services.now(), by_another=by_another)


async def nothing_to_pick(services: Services, click: Click, view: ViewDict) -> bool:
    """For a dialog that asks for no more than a note."""
    return True


async def in_words(services: Services, click: Click, doing: Awaitable[str]) -> str:
    """What came of it, as mrkdwn; what stood in the way is a plain sentence, and nothing is lost."""
    try:
        return await doing
    except (OperatorError, ValueError) as error:
        return words_of(await obstacle(services, click, error))
