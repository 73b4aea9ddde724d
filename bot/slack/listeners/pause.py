"""Pause and Resume: kept in MongoDB, so they stop every replica between two changes."""

from collections.abc import Sequence

from bot.schedule import ending
from bot.services import Services
from bot.slack.listeners.dispatch import Click, on_click, on_submit, show
from bot.slack.views import modals
from bot.slack.views.actions import Verb
from bot.slack.views.content import Message
from bot.slack.views.forms import Form
from bot.slack.views.text import escape, outside
from bot.slack.views.who_and_when import maintained, who
from operator_core.domain.base import to_utc
from operator_core.domain.signals import Maintenance
from operator_core.text.as_typed import unmarked


async def pause(services: Services, user: str, reason: str) -> str:
    """Stops the autopilot and whatever batch is running; what to say about it."""
    await services.use_cases.pause(by=user, reason=reason)
    await services.digests.show_switch()
    said = f": “{escape(reason)}”" if reason else ""
    return (
        f"Autopilot is paused{said}. I go on looking and asking, and do what you approve; "
        "`/operator resume` ends the pause."
    )


async def resume(services: Services) -> str:
    """Ends the pause; what to say about it."""
    ended = await services.stores.pause.take()
    await services.digests.show_switch()
    if ended is None:
        return "Autopilot was not paused."
    mode, names = (await services.use_cases.mode.in_force()).mode, await services.use_cases.names()
    return f"The pause is over: autopilot {mode}. It had been paused by {who(ended.by, names)}."


async def maintenance(services: Services, user: str, words: Sequence[str]) -> str:
    """Announces one, ends one, or (without words) lists what lasts; what to say about it.

    Raises NotFound and ValueError, with what to write.
    """
    announced, now = services.stores.maintenance, services.now()
    names = await services.use_cases.names()
    if not words:
        lasting = [maintained(one, names) for one in await announced.current(now)]
        return "\n".join(lasting) or "No provider is in maintenance."
    if [unmarked(word).lower() for word in words[1:]] == ["end"]:
        ended = await announced.end(words[0], now)
        return f"The maintenance of {outside(ended.provider, 60)} is over: I judge what comes from now on."
    [provider] = await services.use_cases.providers_meant(words[:1])
    until, reason = ending(words[1:], now, services.settings.schedule.zone)
    new = Maintenance(provider=provider, since=now, until=to_utc(until), by=user, reason=reason)
    said = maintained(await announced.announce(new), names)
    return f"{said}. Until then nothing is told, decided or done about it."


@on_click(Verb.PAUSE)
async def _ask(services: Services, click: Click) -> None:
    await show(services, click, modals.pause_reason())


@on_submit(Form.PAUSE, "Stopping…")
async def _pause(services: Services, click: Click, agreed: bool, note: str) -> str:
    return await pause(services, click.user, note)


@on_click(Verb.RESUME)
async def _resume(services: Services, click: Click) -> Message:
    return Message(text=await resume(services))
