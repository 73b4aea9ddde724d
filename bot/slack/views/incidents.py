"""The message of an incident, from its first minute to "over after 6 hours"."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.slack.views.actions import Target, Verb
from bot.slack.views.blocks import Block, actions, button, section
from bot.slack.views.content import Message
from bot.slack.views.text import joined, outside
from bot.slack.views.who_and_when import Names, day_and_clock, who
from operator_core.diagnosis.incidents import Incident, Observation, Trouble
from operator_core.domain.kinds import Kind
from operator_core.words import duration, plural


def message(together: Sequence[Incident], names: Names, now: datetime, calls: str) -> Message:
    """The message of one incident, or of several that share it, as it should read now; the same message is
    edited until all are over. `calls`: a mention of those who must hear of what can't wait."""
    drawn = [_blocks(shown, names, now, calls, place) for place, shown in enumerate(together)]
    summary = " · ".join(_headline(shown, names, now) for shown in together)
    return Message.of(summary, [block for blocks in drawn for block in blocks])


def call(shown: Incident, now: datetime, calls: str) -> Message:
    """Said in the thread of a message that stands already: an edit wakes nobody."""
    text = f"{calls} {_headline(shown, {}, now)}. {_to_do(shown.seen)}"
    return Message.of(text, [section(text, "incident.call")])


def _headline(shown: Incident, names: Names, now: datetime) -> str:
    if shown.over_at is not None:
        return _over(shown, names, shown.over_at)
    return f"{_open(shown.seen)} · {duration(now - shown.seen.since)}"


def _blocks(shown: Incident, names: Names, now: datetime, calls: str, place: int) -> list[Block]:
    at = f"incident.{place}" if place else "incident"
    if shown.over_at is not None:
        return [section(_over(shown, names, shown.over_at), at)]
    lasts = duration(now - shown.seen.since)
    opening = joined(calls if shown.calls_at_once else "", _open(shown.seen), by=" ")
    text = f"{opening} · since {day_and_clock(shown.seen.since)} ({lasts})\n{_to_do(shown.seen)}"
    if shown.owner:
        text += f"\n👀 {who(shown.owner, names)} is on it"
    verb, says = (Verb.DISOWN, "Give back") if shown.owner else (Verb.OWN, "I'm on it")
    press = button(says, verb, Target.about(shown.key))
    return [section(text, at), actions(f"{at}.actions", press)]


def incident_of(clicked: Target, incidents: Iterable[Incident]) -> Incident | None:
    """The incident whose button was clicked."""
    return next((shown for shown in incidents if Target.about(shown.key).id == clicked.id), None)


def _open(seen: Observation) -> str:
    provider = _provider(seen)
    if seen.trouble == Trouble.SILENCE:
        return "🔴 No results from any provider"
    if seen.trouble == Trouble.LEAK:
        return f"🔑 Key-like text in {plural(seen.rows, 'error row')} of {provider}"
    words = (seen.kind or Kind.UNKNOWN).of_provider
    return f"🔴 {provider} {words} · {seen.models:,} of {plural(seen.enabled, 'model')} fail"


def _to_do(seen: Observation) -> str:
    if seen.trouble == Trouble.SILENCE:
        return "The benchmark runner looks stopped. I judge nothing until it answers."
    if seen.trouble == Trouble.LEAK:
        return "Rotate the key at the provider, then purge the rows from the database."
    waiting = seen.kind is not None and seen.kind.traits.outage
    todo = "Probably nothing to do but wait. " if waiting else ""
    return f"{todo}I leave its models alone; this closes itself when results return."


def _over(shown: Incident, names: Names, over_at: datetime) -> str:
    seen, provider = shown.seen, _provider(shown.seen)
    what = {
        Trouble.OUTAGE: f"{provider} answers again",
        Trouble.SILENCE: "Results come in again",
        Trouble.LEAK: f"No key-like text in {provider}'s errors any more",
    }[seen.trouble]
    owner = f" · {who(shown.owner, names)} was on it" if shown.owner else ""
    return f"✅ {what} · over after {duration(over_at - seen.since)}{owner}"


def _provider(seen: Observation) -> str:
    return f"*{outside(seen.provider, 80)}*"
