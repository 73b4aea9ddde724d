"""`/operator …`: everything on demand. Only the caller sees the answer; an approver's "share" ends that.

Pause and Resume are buttons too: kept in MongoDB, so they stop every replica between two changes.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.discovery_job import discover_now, lines_for_digest
from bot.monitoring.status import status_of
from bot.schedule import ending
from bot.services import Services
from bot.slack.listeners import dispatch
from bot.slack.listeners.digest import look, mode_shown, pending
from bot.slack.listeners.dispatch import Click, on_click, on_submit
from bot.slack.listeners.proposals import consequences
from bot.slack.views import modals, replies
from bot.slack.views.actions import Target, Verb
from bot.slack.views.content import Message
from bot.slack.views.digest import digest
from bot.slack.views.evidence import reviewed
from bot.slack.views.forms import Form, ViewDict
from bot.slack.views.replies import usage
from bot.slack.views.text import escape, outside
from bot.slack.views.who_and_when import maintained, who
from operator_core.as_typed import as_meant, unmarked
from operator_core.domain.base import to_utc
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import ProposalAction
from operator_core.domain.signals import Maintenance
from operator_core.words import plural

Answer = Message | str | Sequence[Message] | None
Words = Sequence[str]


def register(app: AsyncApp, services: Services) -> None:
    """Wires the slash command."""

    async def operator(ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack()
        click = Click(  # a command opens dialogs as a click does
            user=command["user_id"],
            name=command.get("user_name", ""),
            channel=command["channel_id"],
            trigger_id=command["trigger_id"],
            response_url=command.get("response_url") or "",
            target=Target(id="command"),
        )
        words = command.get("text", "").split() or ["help"]
        wrong = await dispatch.settled(services, click, _answered(services, click, words))
        if isinstance(wrong, Message):
            await _say(services, click, wrong)

    app.command(re.compile("^/"))(operator)  # whatever the manifest calls it: Slack sends us no other


async def _answered(services: Services, click: Click, typed: Words) -> None:
    name, words = unmarked(typed[0]).lower(), typed[1:]
    handler = HANDLERS.get(name)
    if handler is None:
        await _say(services, click, usage(wrong=name))
        return
    await services.people.met(click.user, click.name)
    if name in CHANGING:
        said, shared = await dispatch.by_approver(handler, services, click, words), False
    else:
        shows = name not in REASONED or len(words) == 1
        shared = shows and bool(words) and unmarked(words[-1]).lower() == "share"
        if shared:
            await dispatch.must_approve(services, click)
        said = await handler(services, click, words[: len(words) - shared])
    for one in [said] if isinstance(said, Message | str) else said or ():
        await _say(services, click, one, to_all=shared)


async def _say(services: Services, click: Click, said: Message | str, *, to_all: bool = False) -> None:
    """By the command's URL, to the caller or to all; where that fails, to the caller in any other way."""
    message = Message(text=said) if isinstance(said, str) else said.to_read if to_all else said
    url = click.response_url
    if not url or not await services.client.answer_at(url, message.sent, to_all=to_all):
        await dispatch.say(services, click, message, dialog=False)


async def _help(services: Services, click: Click, words: Words) -> Answer:
    return usage(unmarked(words[0]).lower() if words else None)


async def _status(services: Services, click: Click, words: Words) -> Answer:
    return replies.status(await status_of(services), await services.use_cases.names(), services.now())


async def _why(services: Services, click: Click, words: Words) -> Answer:
    told = await services.use_cases.story(" ".join(words))
    return replies.story(told, await services.use_cases.names())


async def _analyze(services: Services, click: Click, words: Words) -> Answer:
    providers = await services.use_cases.providers_meant(words)
    await _say(services, click, "⏳ Looking at the results… this can take a minute.")
    return await look(services, click.user, providers)


async def _digest(services: Services, click: Click, words: Words) -> Answer:
    run = await services.use_cases.last_good_run()
    if run is None:
        return "There was no run yet: `/operator analyze` looks now."
    drawn = digest(await services.digests.content(run), await services.use_cases.names())
    return (drawn.root, *drawn.thread)[:4]  # Slack takes five answers to one command


async def _execute(services: Services, click: Click, words: Words) -> Answer:
    if words:  # whoever names one thing doesn't mean all
        return usage("execute")
    await _say(services, click, "⏳ Looking at the results, then doing what I may do by myself…")
    run, _ = await services.use_cases.run(f"slack:{click.user}")
    done = await services.use_cases.act_alone(run)
    if not done:
        return "Nothing to do by myself: what waits, if anything, needs a person."
    for execution in done:
        await services.cards.redraw(execution.proposal)
    names = await services.use_cases.names()
    return replies.batches([execution.entry for execution in done], names, services.now())


async def _discover(services: Services, click: Click, words: Words) -> Answer:
    """An approver's fetches, asks and is put to people; others count what is known, which is free. Older
    models too, until another age is typed: `all`, or so many days old, of a provider or of all. Raises
    NotFound for one not looked at."""
    typed, discoverer = [unmarked(word).lower() for word in words], services.discoverer
    ages = [word for word in typed if word == "all" or re.fullmatch("[0-9]{1,4}", word)]
    names = [word for word in typed if word not in ages]
    if len(ages) > 1 or len(names) > 1:
        return usage("discover")
    for age in ages:
        discoverer = replace(discoverer, within=timedelta(days=99_999 if age == "all" else int(age)))
    for name in names:
        provider = as_meant(name, services.settings.discovery.providers, "provider")
        discoverer = replace(discoverer, provider=provider)
    await _say(services, click, "⏳ Looking for new models…")
    if await dispatch.is_approver(services, click):
        discovery = await discover_now(services.use_cases, discoverer)
    else:
        discovery = await discoverer.discover(services.now(), ask=False, keep=False)
    new, first = reviewed(discovery.to_review), "No new models that could be added."
    first = f"{new} Review is in the digest and under `/operator pending`." if discovery.to_review else first
    return "\n".join(escape(line) for line in (first, *lines_for_digest(discovery)))


async def _history(services: Services, click: Click, words: Words) -> Answer:
    entries = await services.stores.journal.recent(20)
    return replies.history(entries, await services.use_cases.names(), services.now())


async def _undo(services: Services, click: Click, words: Words) -> Answer:
    if len(words) != 1:
        return usage("undo")
    entry = await services.stores.journal.meant(words[0])
    if entry.mode:
        await services.use_cases.mode.choose(entry.mode[0], by=click.user, undoes=entry)
        return await mode_shown(services)
    names, now = await services.use_cases.names(), services.now()
    await dispatch.show(services, click, modals.undo(entry, names, now))
    return None


async def _holds(services: Services, click: Click, words: Words) -> Answer:
    standing, names = await services.stores.holds.active(), await services.use_cases.names()
    text = plural(len(standing), "hold") if standing else "Nothing is on hold"
    return Message.of(text, replies.holds(standing, names, services.now(), most=20)["blocks"])


@on_click(Verb.PAUSE)
async def _ask_why_pause(services: Services, click: Click) -> None:
    await dispatch.show(services, click, modals.pause_reason())


@on_submit(Form.PAUSE, "Stopping…")
async def _pause(services: Services, click: Click, reason: str) -> str:
    """Stops the autopilot and whatever batch is running; what to say about it."""
    await services.use_cases.pause(by=click.user, reason=reason)
    said = f": “{escape(reason)}”" if reason else ""
    goes_on = "I go on looking and asking, and do what you approve"
    return f"Autopilot is paused{said}. {goes_on}; `/operator resume` ends the pause."


async def _pause_as_typed(services: Services, click: Click, words: Words) -> Answer:
    return await _pause(services, click, " ".join(words))


@on_click(Verb.RESUME)
async def _resume(services: Services, click: Click, words: Words = ()) -> Message:
    ended = await services.stores.pause.take()
    if ended is None:
        return Message(text="Autopilot was not paused.")
    mode, names = (await services.use_cases.mode.in_force()).mode, await services.use_cases.names()
    by = who(ended.by, names)
    return Message(text=f"The pause is over: autopilot {mode}. It had been paused by {by}.")


async def _maintenance(services: Services, click: Click, words: Words) -> Answer:
    """Shows anybody what lasts; an approver announces one, or ends it. Raises NotFound and ValueError."""
    announced, now, names = services.stores.maintenance, services.now(), await services.use_cases.names()
    if not words:
        lasting = [maintained(one, names) for one in await announced.current(now)]
        return "\n".join(lasting) or "No provider is in maintenance."
    await dispatch.must_approve(services, click)
    if [unmarked(word).lower() for word in words[1:]] == ["end"]:
        ended = await announced.end(words[0], now)
        return f"The maintenance of {outside(ended.provider, 60)} is over: I judge what comes from now on."
    [provider] = await services.use_cases.providers_meant(words[:1])
    until, reason = ending(words[1:], now, services.settings.schedule.zone)
    new = Maintenance(provider=provider, since=now, until=to_utc(until), by=click.user, reason=reason)
    said = maintained(await announced.announce(new), names)
    return f"{said}. Until then nothing is told, decided or done about it."


async def _autopilot(services: Services, click: Click, words: Words) -> Answer:
    """Shows the mode to anybody; an approver chooses it, with a reason if they like."""
    typed, *reason = words or ("",)
    wanted = unmarked(typed).lower()
    if wanted and wanted not in list(Mode):
        return usage("autopilot")
    if wanted:
        await dispatch.must_approve(services, click)
        await services.use_cases.mode.choose(Mode(wanted), by=click.user, reason=" ".join(reason))
    await services.digests.show_switch()
    return await mode_shown(services)


async def _switch(action: ProposalAction, services: Services, click: Click, words: Words) -> Answer:
    """What a person wants switched, as a proposal: first the consequences, then one entry, one undo."""
    wanted = " ".join(words)
    if not 1 <= len(unmarked(wanted).split()) <= 2:
        return usage(action.value)

    async def proposed() -> ViewDict:
        proposal = await services.use_cases.switch(action, wanted, by=click.user)
        return await consequences(services, proposal)

    await dispatch.show_drawn(services, click, "Looking at the catalogue…", proposed)
    return None


HANDLERS: Mapping[str, Callable[[Services, Click, Words], Awaitable[Answer]]] = {
    "help": _help,
    "status": _status,
    "why": _why,
    "analyze": _analyze,
    "digest": _digest,
    "pending": pending,
    "execute": _execute,
    "discover": _discover,
    "disable": partial(_switch, ProposalAction.DISABLE),
    "enable": partial(_switch, ProposalAction.ENABLE),
    "history": _history,
    "undo": _undo,
    "holds": _holds,
    "autopilot": _autopilot,
    "maintenance": _maintenance,
    "pause": _pause_as_typed,
    "resume": _resume,
}
"""By what is typed: each gives its answers, for all to see where an approver wants to share them."""
CHANGING = frozenset({"execute", "disable", "enable", "undo", "pause", "resume"})
"""Commands that only approvers may give."""
REASONED = frozenset({"autopilot", "maintenance"})
"""They show something where nothing follows; else what follows may end in anybody's own words."""
