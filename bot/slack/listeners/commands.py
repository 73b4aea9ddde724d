"""`/operator …`: everything on demand. Only the caller sees the answer; an approver's "share" ends that.

Pause and Resume are buttons too: kept in MongoDB, so they stop every replica between two changes.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.discovery_job import discover_now, lines_for_digest
from bot.logs import logger
from bot.monitoring.status import status_of
from bot.schedule import ending
from bot.services import Services
from bot.slack.listeners import dispatch
from bot.slack.listeners.digest import look
from bot.slack.listeners.dispatch import Click, on_click, on_submit
from bot.slack.listeners.drawn import Instead
from bot.slack.listeners.proposals import consequences
from bot.slack.posting.digest_content import autopilot_now
from bot.slack.views import modals, replies
from bot.slack.views.actions import Target, Verb
from bot.slack.views.content import Message
from bot.slack.views.digest import digest
from bot.slack.views.evidence import reviewed
from bot.slack.views.forms import Form, ViewDict
from bot.slack.views.replies import usage
from bot.slack.views.text import escape, outside
from bot.slack.views.who_and_when import maintained, who
from operator_core.as_typed import as_id, as_meant, unmarked
from operator_core.domain.base import to_utc
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import ProposalAction
from operator_core.domain.signals import Maintenance
from operator_core.errors import OperatorError
from operator_core.words import plural

log = logger(__name__)
Answers = AsyncIterator[Message | str]
Words = Sequence[str]


def register(app: AsyncApp, services: Services) -> None:
    """Wires the slash command."""

    async def operator(ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack()
        words = command.get("text", "").split()
        name = unmarked(words[0]).lower() if words else "help"
        click = Click(  # a command opens dialogs as a click does
            user=command["user_id"],
            name=command.get("user_name", ""),
            channel=command["channel_id"],
            trigger_id=command["trigger_id"],
            response_url=command.get("response_url") or "",
            target=Target(id="command"),
        )
        try:
            await _answered(services, click, name, words[1:])
        except Instead as instead:
            await _say(services, click, instead.message)
        except (OperatorError, ValueError) as error:
            log.warning("a command did nothing", command=name, user=click.user, cause=str(error))
            await _say(services, click, replies.error(str(error)))

    app.command(re.compile("^/"))(operator)  # whatever the manifest calls it: Slack sends us no other


async def _answered(services: Services, click: Click, name: str, words: Words) -> None:
    handler = HANDLERS.get(name)
    if handler is None:
        await _say(services, click, usage(wrong=name))
        return
    await services.people.met(click.user, click.name)
    shows = name not in CHANGING and (name not in REASONED or len(words) == 1)
    shared = shows and bool(words) and unmarked(words[-1]).lower() == "share"
    if shared or name in CHANGING:
        await dispatch.must_approve(services, click)
    async for said in handler(services, click, words[: len(words) - shared]):
        await _say(services, click, said, to_all=shared)


async def _say(services: Services, click: Click, said: Message | str, *, to_all: bool = False) -> None:
    """By the command's URL, to the caller or to all; where that fails, to the caller in any other way."""
    message = Message(text=said) if isinstance(said, str) else said.to_read if to_all else said
    url = click.response_url
    if not url or not await services.client.answer_at(url, message.sent, to_all=to_all):
        await dispatch.say(services, click, message, dialog=False)


async def _help(services: Services, click: Click, words: Words) -> Answers:
    yield usage(unmarked(words[0]).lower() if words else None)


async def _status(services: Services, click: Click, words: Words) -> Answers:
    yield replies.status(await status_of(services), await services.use_cases.names(), services.now())


async def _why(services: Services, click: Click, words: Words) -> Answers:
    told = await services.use_cases.story(" ".join(words))
    yield replies.story(told, await services.use_cases.names())


async def _analyze(services: Services, click: Click, words: Words) -> Answers:
    providers = await services.use_cases.providers_meant(words)
    await _say(services, click, "⏳ Looking at the results… this can take a minute.")
    yield await look(services, click.user, providers)


async def _digest(services: Services, click: Click, words: Words) -> Answers:
    run = await services.use_cases.last_good_run()
    if run is None:
        yield "There was no run yet: `/operator analyze` looks now."
        return
    content = await services.digests.content(run)
    drawn = digest(content, await services.use_cases.names())
    for message in (drawn.root, *drawn.thread)[:4]:  # Slack takes five answers to one command
        yield message


async def _pending(services: Services, click: Click, words: Words) -> Answers:
    waiting, names = await services.use_cases.waiting(), await services.use_cases.names()
    yield replies.pending(waiting, names, services.now())


async def _execute(services: Services, click: Click, words: Words) -> Answers:
    await _say(services, click, "⏳ Looking at the results, then doing what I may do by myself…")
    run, _ = await services.use_cases.run(f"slack:{click.user}")
    done = await services.use_cases.act_alone(run)
    if not done:
        yield "Nothing to do by myself: what waits, if anything, needs a person."
    names = await services.use_cases.names()
    for execution in done[:3]:
        await services.cards.redraw(execution.proposal)
        yield replies.done(execution.entry, names, services.now())
    await services.digests.show_switch()
    if len(done) > 3:
        yield f"And {plural(len(done) - 3, 'more batch', 'more batches')}: `/operator history`."


async def _discover(services: Services, click: Click, words: Words) -> Answers:
    """An approver's fetches, asks and is put to people; others count what is known, which is free. Older
    models too, until another age is typed: `all`, or so many days old, of a provider or of all. Raises
    NotFound for one not looked at."""
    typed, discoverer = [unmarked(word).lower() for word in words], services.discoverer
    ages = [word for word in typed if word == "all" or re.fullmatch("[0-9]{1,4}", word)]
    names = [word for word in typed if word not in ages]
    if len(ages) > 1 or len(names) > 1:
        yield usage("discover")
        return
    for age in ages:
        discoverer = replace(discoverer, within=timedelta(days=99_999 if age == "all" else int(age)))
    for name in names:
        provider = as_meant(name, services.settings.discovery.providers, "provider")
        discoverer = replace(discoverer, provider=provider)
    await _say(services, click, "⏳ Looking for new models…")
    if await dispatch.is_approver(services, click):
        discovery = await discover_now(services.use_cases, discoverer)
    else:
        discovery = await discoverer.discover(services.now(), ask=False)
    new, first = reviewed(discovery.to_review), "No new models that could be added."
    first = f"{new} Review is in the digest and under `/operator pending`." if discovery.to_review else first
    yield "\n".join(escape(line) for line in (first, *lines_for_digest(discovery)))


async def _history(services: Services, click: Click, words: Words) -> Answers:
    entries = await services.stores.journal.recent(20)
    yield replies.history(entries, await services.use_cases.names(), services.now())


async def _undo(services: Services, click: Click, words: Words) -> Answers:
    if len(words) != 1:
        yield usage("undo")
        return
    entry = await services.stores.journal.get(as_id(words[0], "J-"))
    if entry.mode:
        await services.use_cases.mode.choose(entry.mode[0], by=click.user, undoes=entry)
        yield await _mode_shown(services)
    else:
        names, now = await services.use_cases.names(), services.now()
        await dispatch.show(services, click, modals.undo(entry, names, now))


async def _holds(services: Services, click: Click, words: Words) -> Answers:
    standing, names = await services.stores.holds.active(), await services.use_cases.names()
    text = plural(len(standing), "hold") if standing else "Nothing is on hold"
    yield Message.of(text, replies.holds(standing, names, services.now(), most=20)["blocks"])


async def pause(services: Services, user: str, reason: str) -> str:
    """Stops the autopilot and whatever batch is running; what to say about it."""
    await services.use_cases.pause(by=user, reason=reason)
    await services.digests.show_switch()
    said = f": “{escape(reason)}”" if reason else ""
    goes_on = "I go on looking and asking, and do what you approve"
    return f"Autopilot is paused{said}. {goes_on}; `/operator resume` ends the pause."


async def resume(services: Services) -> str:
    """Ends the pause; what to say about it."""
    ended = await services.stores.pause.take()
    await services.digests.show_switch()
    if ended is None:
        return "Autopilot was not paused."
    mode, names = (await services.use_cases.mode.in_force()).mode, await services.use_cases.names()
    return f"The pause is over: autopilot {mode}. It had been paused by {who(ended.by, names)}."


@on_click(Verb.PAUSE)
async def _ask_why_pause(services: Services, click: Click) -> None:
    await dispatch.show(services, click, modals.pause_reason())


@on_submit(Form.PAUSE, "Stopping…")
async def _pause_as_asked(services: Services, click: Click, agreed: bool, note: str) -> str:
    return await pause(services, click.user, note)


@on_click(Verb.RESUME)
async def _resume_as_clicked(services: Services, click: Click) -> Message:
    return Message(text=await resume(services))


async def _pause(services: Services, click: Click, words: Words) -> Answers:
    yield await pause(services, click.user, " ".join(words))


async def _resume(services: Services, click: Click, words: Words) -> Answers:
    yield await resume(services)


async def _maintenance(services: Services, click: Click, words: Words) -> Answers:
    """Shows anybody what lasts; an approver announces one, or ends it. Raises NotFound and ValueError."""
    announced, now, names = services.stores.maintenance, services.now(), await services.use_cases.names()
    if not words:
        lasting = [maintained(one, names) for one in await announced.current(now)]
        yield "\n".join(lasting) or "No provider is in maintenance."
        return
    await dispatch.must_approve(services, click)
    if [unmarked(word).lower() for word in words[1:]] == ["end"]:
        ended = await announced.end(words[0], now)
        yield f"The maintenance of {outside(ended.provider, 60)} is over: I judge what comes from now on."
        return
    [provider] = await services.use_cases.providers_meant(words[:1])
    until, reason = ending(words[1:], now, services.settings.schedule.zone)
    new = Maintenance(provider=provider, since=now, until=to_utc(until), by=click.user, reason=reason)
    said = maintained(await announced.announce(new), names)
    yield f"{said}. Until then nothing is told, decided or done about it."


async def _autopilot(services: Services, click: Click, words: Words) -> Answers:
    """Shows the mode to anybody; an approver chooses it, with a reason if they like."""
    typed, *reason = words or ("",)
    wanted = unmarked(typed).lower()
    if wanted and wanted not in list(Mode):
        yield usage("autopilot")
        return
    if wanted:
        await dispatch.must_approve(services, click)
        await services.use_cases.mode.choose(Mode(wanted), by=click.user, reason=" ".join(reason))
    yield await _mode_shown(services)


async def _mode_shown(services: Services) -> str:
    """How far the autopilot goes, in words; the newest digest says it from now on."""
    await services.digests.show_switch()
    autopilot = await autopilot_now(services.use_cases)
    return replies.autopilot_line(autopilot, await services.use_cases.names())


async def _switch(action: ProposalAction, services: Services, click: Click, words: Words) -> Answers:
    """What a person wants switched, as a proposal: first the consequences, then one entry, one undo."""
    wanted = " ".join(words)
    if not 1 <= len(unmarked(wanted).split()) <= 2:
        yield usage(action.value)
        return

    async def proposed() -> ViewDict:
        proposal = await services.use_cases.switch(action, wanted, by=click.user)
        return await consequences(services, proposal)

    await dispatch.show_drawn(services, click, "Looking at the catalogue…", proposed)


HANDLERS: Mapping[str, Callable[[Services, Click, Words], Answers]] = {
    "help": _help,
    "status": _status,
    "why": _why,
    "analyze": _analyze,
    "digest": _digest,
    "pending": _pending,
    "execute": _execute,
    "discover": _discover,
    "disable": partial(_switch, ProposalAction.DISABLE),
    "enable": partial(_switch, ProposalAction.ENABLE),
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
