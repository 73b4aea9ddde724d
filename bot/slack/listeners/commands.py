"""`/operator …`: everything on demand. Only the caller sees the answer; an approver's "share" ends that."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.discovery_job import discover_now, lines_for_digest
from bot.logs import logger
from bot.monitoring.status import status_of
from bot.services import Services
from bot.slack.listeners.analysis import look
from bot.slack.listeners.dispatch import Click, is_approver, mode_shown, must_approve, say, show, show_drawn
from bot.slack.listeners.drawn import Instead
from bot.slack.listeners.pause import maintenance, pause, resume
from bot.slack.listeners.proposals import consequences
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

    async def say(self, said: Message | str, *, to_all: bool = False) -> None:
        """By the command's URL, to the caller or the channel; where that is used up or refused, to the caller
        in any other way."""
        message = Message(text=said) if isinstance(said, str) else said.to_read if to_all else said
        if not await self.services.answer_at(self.click.response_url, message, to_all=to_all):
            await say(self.services, self.click, message, dialog=False)


Answers = AsyncIterator[Message | str]


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
    if call.name not in HANDLERS:
        await call.say(usage(wrong=call.name))
        return
    try:
        await call.services.people.met(call.user, call.click.name)
        if call.shared or call.name in CHANGING:
            await must_approve(call.services, call.click)
        async for said in HANDLERS[call.name](call):
            await call.say(said, to_all=call.shared)
    except Instead as instead:
        await call.say(instead.message)
    except (OperatorError, ValueError) as error:
        log.warning("a command did nothing", command=call.name, user=call.user, cause=str(error))
        await call.say(replies.error(str(error)))


async def _help(call: Call) -> Answers:
    yield usage(unmarked(call.words[0]).lower() if call.words else None)


async def _status(call: Call) -> Answers:
    names = await call.use_cases.names()
    yield replies.status(await status_of(call.services), names, call.services.now())


async def _analyze(call: Call) -> Answers:
    providers = await call.use_cases.providers_meant(call.words)
    await call.say("⏳ Looking at the results… this can take a minute.")
    yield await look(call.services, call.user, providers)


async def _digest(call: Call) -> Answers:
    run = await call.use_cases.last_good_run()
    if run is None:
        yield "There was no run yet: `/operator analyze` looks now."
        return
    content = await call.services.digests.content(run)
    drawn = digest(content, await call.use_cases.names())
    for message in (drawn.root, *drawn.thread)[:MOST_ANSWERS]:
        yield message


async def _pending(call: Call) -> Answers:
    waiting, names = await call.use_cases.waiting(), await call.use_cases.names()
    yield replies.pending(waiting, names, call.services.now())


async def _execute(call: Call) -> Answers:
    await call.say("⏳ Looking at the results, then doing what I may do by myself…")
    run, _ = await call.use_cases.run(f"slack:{call.user}")
    done = await call.use_cases.act_alone(run)
    if not done:
        yield "Nothing to do by myself: what waits, if anything, needs a person."
    names = await call.use_cases.names()
    for execution in done[:3]:
        await call.services.cards.redraw(execution.proposal)
        yield replies.done(execution.entry, names, call.services.now())
    await call.services.digests.show_switch()
    if len(done) > 3:
        yield f"And {plural(len(done) - 3, 'more batch', 'more batches')}: `/operator history`."


async def _discover(call: Call) -> Answers:
    """An approver's fetches, asks and is put to people; others count what is known, which is free."""
    await call.say("⏳ Looking for new models…")
    if await is_approver(call.services, call.click):
        discovery = await discover_now(call.use_cases, call.services.discoverer)
    else:
        discovery = await call.services.discoverer.discover(call.services.now(), ask=False)
    new, first = discovery.new_models, "No new models that could be added."
    if new.count:
        count = plural(new.count, "new model")
        first = f"{count}, {new.confirmed} confirmed on providers you run. The digest has Review."
    yield "\n".join(escape(line) for line in (first, *lines_for_digest(discovery)))


async def _history(call: Call) -> Answers:
    entries = await call.use_cases.stores.journal.recent(20)
    yield replies.history(entries, await call.use_cases.names(), call.services.now())


async def _undo(call: Call) -> Answers:
    if len(call.words) != 1:
        yield usage("undo")
        return
    entry = await call.use_cases.stores.journal.get(as_id(call.words[0], "J-"))
    if entry.mode:
        await call.use_cases.mode.choose(entry.mode[0], by=call.user, undoes=entry)
        yield await mode_shown(call.services)
    else:
        names = await call.use_cases.names()
        await show(call.services, call.click, modals.undo(entry, names, call.services.now()))


async def _holds(call: Call) -> Answers:
    standing = await call.use_cases.stores.holds.active()
    if standing:
        rows = hold_rows(standing[:20], await call.use_cases.names(), call.services.now())
        yield Message.of(plural(len(standing), "hold"), rows)
    else:
        yield "Nothing is on hold."


async def _pause(call: Call) -> Answers:
    yield await pause(call.services, call.user, " ".join(call.words))


async def _resume(call: Call) -> Answers:
    yield await resume(call.services)


async def _maintenance(call: Call) -> Answers:
    """Anybody sees what lasts; approvers announce and end."""
    if call.words:
        await must_approve(call.services, call.click)
    yield await maintenance(call.services, call.user, call.words)


async def _autopilot(call: Call) -> Answers:
    """Shows the mode to anybody; an approver chooses it, with a reason if they like."""
    typed, *reason = call.words or ("",)
    wanted = unmarked(typed).lower()
    if wanted and wanted not in list(Mode):
        yield usage("autopilot")
        return
    if wanted:
        await must_approve(call.services, call.click)
        await call.use_cases.mode.choose(Mode(wanted), by=call.user, reason=" ".join(reason))
    yield await mode_shown(call.services)


async def _switch(call: Call) -> Answers:
    """What a person wants switched, as a proposal: first the consequences, then one entry, one undo."""
    wanted = " ".join(call.words)
    if not 1 <= len(unmarked(wanted).split()) <= 2:
        yield usage(call.name)
        return

    async def proposed() -> ViewDict:
        action = ProposalAction(call.name)
        proposal = await call.use_cases.switch(action, wanted, by=call.user)
        return await consequences(call.services, proposal)

    await show_drawn(call.services, call.click, "Looking at the catalogue…", proposed)


HANDLERS: Mapping[str, Callable[[Call], Answers]] = {
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
"""By what is typed: each gives its answers, for all to see where an approver wants to share them."""
CHANGING = frozenset({"execute", "disable", "enable", "undo", "pause", "resume"})
"""Commands that only approvers may give."""
REASONED = frozenset({"autopilot", "maintenance"})
"""They show something where nothing follows; else what follows may end in anybody's own words."""
