"""`/operator …`: everything on demand. Only the caller sees the answer; an approver's "share" ends that."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.discovery_job import discover_now, lines_for_digest
from bot.logs import logger
from bot.monitoring.status import status_of
from bot.services import Services
from bot.slack.listeners.analysis import look
from bot.slack.listeners.dispatch import NOT_OPENED, Click, fill, is_approver, open_dialog, say
from bot.slack.listeners.pause import maintenance, pause, resume
from bot.slack.listeners.proposals import consequences
from bot.slack.posting.digest_content import autopilot_now
from bot.slack.views import modals, replies
from bot.slack.views.actions import Target
from bot.slack.views.content import Message
from bot.slack.views.digest import digest
from bot.slack.views.forms import ViewDict
from bot.slack.views.replies import hold_rows, usage
from bot.slack.views.text import escape
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import ProposalAction
from operator_core.errors import OperatorError
from operator_core.text.as_typed import as_id, unmarked
from operator_core.use_cases import UseCases
from operator_core.words import plural

SHARE = "share"
MOST_ANSWERS = 4
"""Slack takes five answers to one command."""
log = logger(__name__)


@dataclass(frozen=True)
class Call:
    """One command as it was typed."""

    services: Services
    click: Click
    """Who typed it, and where: a command opens dialogs as a click does."""
    name: str
    words: Sequence[str]
    shared: bool = False

    @property
    def user(self) -> str:
        return self.click.user

    @property
    def use_cases(self) -> UseCases:
        return self.services.use_cases

    async def answer(self, message: Message) -> None:
        """The answer, to the caller or, when they asked to share it, to the channel."""
        await self._respond(message.to_read if self.shared else message, to_all=self.shared)

    async def say(self, text: str) -> None:
        await self.answer(Message(text=text))

    async def progress(self, text: str) -> None:
        """Only the caller waits for it."""
        await self._respond(Message(text=text))

    async def _respond(self, message: Message, *, to_all: bool = False) -> None:
        """By the command's URL; where that is used up or refused, to the caller in any other way."""
        if not await self.services.answer_at(self.click.response_url, message, to_all=to_all):
            await say(self.services, self.click, message, dialog=False)


Handler = Callable[[Call], Awaitable[None]]


def register(app: AsyncApp, services: Services) -> None:
    """Wires the slash command."""

    async def operator(ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack()
        words = command.get("text", "").split()
        name = unmarked(words[0]).lower() if words else "help"
        shows = name not in CHANGING and (name not in REASONED or len(words) == 2)
        shared = bool(words) and shows and unmarked(words[-1]).lower() == SHARE
        click = Click(
            user=command["user_id"],
            name=command.get("user_name", ""),
            channel=command["channel_id"],
            trigger_id=command["trigger_id"],
            response_url=command.get("response_url") or "",
            target=Target(id="command"),
        )
        await _dispatch(Call(services, click, name, words[1 : len(words) - shared], shared))

    app.command(re.compile("^/"))(operator)  # whatever the manifest calls it: Slack sends us no other


async def _dispatch(call: Call) -> None:
    handler = HANDLERS.get(call.name)
    if handler is None:
        await call.answer(usage(wrong=call.name))
        return
    try:
        await call.services.people.met(call.user, call.click.name)
        if not (call.shared or call.name in CHANGING) or await _may(call):
            await handler(call)
    except (OperatorError, ValueError) as error:
        log.warning("a command did nothing", command=call.name, user=call.user, cause=str(error))
        await replace(call, shared=False).answer(replies.error(str(error)))


async def _may(call: Call) -> bool:
    if await is_approver(call.services, call.click):
        return True
    await replace(call, shared=False).answer(replies.stranger(call.services.settings.slack.approvers))
    return False


async def _help(call: Call) -> None:
    await call.answer(usage(unmarked(call.words[0]).lower() if call.words else None))


async def _status(call: Call) -> None:
    names = await call.use_cases.names()
    await call.answer(replies.status(await status_of(call.services), names, call.services.now()))


async def _analyze(call: Call) -> None:
    providers = await call.use_cases.providers_meant(call.words)
    await call.progress("⏳ Looking at the results… this can take a minute.")
    await call.answer(await look(call.services, call.user, providers))


async def _digest(call: Call) -> None:
    run = await call.use_cases.last_good_run()
    if run is None:
        await call.say("There was no run yet: `/operator analyze` looks now.")
        return
    content = await call.services.digests.content(run)
    drawn = digest(content, await call.use_cases.names())
    for message in (drawn.root, *drawn.thread)[:MOST_ANSWERS]:
        await call.answer(message)


async def _pending(call: Call) -> None:
    waiting, names = await call.use_cases.waiting(), await call.use_cases.names()
    await call.answer(replies.pending(waiting, names, call.services.now()))


async def _execute(call: Call) -> None:
    await call.progress("⏳ Looking at the results, then doing what I may do by myself…")
    run, _ = await call.use_cases.run(f"slack:{call.user}")
    done = await call.use_cases.act_alone(run)
    if not done:
        await call.say("Nothing to do by myself: what waits, if anything, needs a person.")
        return
    names = await call.use_cases.names()
    for execution in done[:3]:
        await call.services.cards.redraw(execution.proposal)
        await call.answer(replies.done(execution.entry, names, call.services.now()))
    await call.services.digests.show_switch()
    if len(done) > 3:
        await call.say(f"And {plural(len(done) - 3, 'more batch', 'more batches')}: `/operator history`.")


async def _discover(call: Call) -> None:
    """An approver's fetches, asks and is put to people; others count what is known, which is free."""
    await call.progress("⏳ Looking for new models…")
    if await is_approver(call.services, call.click):
        discovery = await discover_now(call.use_cases, call.services.discoverer)
    else:
        discovery = await call.services.discoverer.discover(call.services.now(), ask=False)
    new = discovery.new_models
    lines = [
        f"{plural(new.count, 'new model')}, {new.confirmed} confirmed on providers you run."
        " The digest has Review."
        if new.count
        else "No new models that could be added.",
        *lines_for_digest(discovery),
    ]
    await call.say("\n".join(escape(line) for line in lines))


async def _history(call: Call) -> None:
    entries = await call.use_cases.stores.journal.recent(20)
    await call.answer(replies.history(entries, await call.use_cases.names(), call.services.now()))


async def _undo(call: Call) -> None:
    if len(call.words) != 1:
        await call.answer(usage("undo"))
        return
    entry = await call.use_cases.stores.journal.get(as_id(call.words[0], "J-"))
    if entry.mode:
        await call.use_cases.mode.choose(entry.mode[0], by=call.user, undoes=entry)
        await _say_mode(call)
        return
    names = await call.use_cases.names()
    if not await open_dialog(call.services, call.click, modals.undo(entry, names, call.services.now())):
        await call.say(NOT_OPENED)


async def _holds(call: Call) -> None:
    standing = await call.use_cases.stores.holds.active()
    if not standing:
        await call.say("Nothing is on hold.")
        return
    rows = hold_rows(standing[:20], await call.use_cases.names(), call.services.now())
    await call.answer(Message.of(plural(len(standing), "hold"), rows))


async def _pause(call: Call) -> None:
    await call.say(await pause(call.services, call.user, " ".join(call.words)))


async def _maintenance(call: Call) -> None:
    """Anybody sees what lasts; approvers announce and end."""
    if not call.words or await _may(call):
        await call.say(await maintenance(call.services, call.user, call.words))


async def _resume(call: Call) -> None:
    await call.say(await resume(call.services))


async def _autopilot(call: Call) -> None:
    """Shows the mode to anybody; an approver chooses it, with a reason if they like."""
    typed, *reason = call.words or ("",)
    wanted = unmarked(typed).lower()
    if wanted and wanted not in list(Mode):
        await call.answer(usage("autopilot"))
    elif not wanted:
        await _say_mode(call)
    elif await _may(call):
        await call.use_cases.mode.choose(Mode(wanted), by=call.user, reason=" ".join(reason))
        await _say_mode(call)


async def _say_mode(call: Call) -> None:
    """To the caller, and in the newest digest."""
    await call.services.digests.show_switch()
    autopilot = await autopilot_now(call.use_cases)
    await call.say(replies.autopilot_line(autopilot, await call.use_cases.names()))


async def _switch(call: Call) -> None:
    """What a person wants switched, as a proposal: first the consequences, then one entry, one undo."""
    if not call.words or len(unmarked(" ".join(call.words)).split()) > 2:
        await call.answer(usage(call.name))
        return
    view_id = await open_dialog(call.services, call.click, modals.progress("Looking at the catalogue…"))
    if not view_id:
        await call.say(NOT_OPENED)
        return
    await fill(call.services, call.click, view_id, _proposed(call))


async def _proposed(call: Call) -> ViewDict:
    wanted = " ".join(call.words)
    proposal = await call.use_cases.switch(ProposalAction(call.name), wanted, by=call.user)
    return await consequences(call.services, proposal)


HANDLERS: dict[str, Handler] = {
    "help": _help,
    "status": _status,
    "analyze": _analyze,
    "digest": _digest,
    "pending": _pending,
    "execute": _execute,
    "discover": _discover,
    "disable": _switch,
    "enable": _switch,
    "history": _history,
    "undo": _undo,
    "holds": _holds,
    "autopilot": _autopilot,
    "maintenance": _maintenance,
    "pause": _pause,
    "resume": _resume,
}
CHANGING = frozenset({"execute", "disable", "enable", "undo", "pause", "resume"})
"""Commands that only approvers may give."""
REASONED = frozenset({"autopilot", "maintenance"})
"""They show something where nothing follows; else what follows may end in anybody's own words."""
