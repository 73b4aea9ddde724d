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
    text = f"{calls} {_headline(shown, {}, now)}. {_words(shown.seen)[1]}"
    return Message.of(text, [section(text, "incident.call")])


def _headline(shown: Incident, names: Names, now: datetime) -> str:
    (opening, _, over), since = _words(shown.seen), shown.seen.since
    if shown.over_at is None:
        return f"{opening} · {duration(now - since)}"
    owner = f" · {who(shown.owner, names)} was on it" if shown.owner else ""
    return f"✅ {over} · over after {duration(shown.over_at - since)}{owner}"


def _blocks(shown: Incident, names: Names, now: datetime, calls: str, place: int) -> list[Block]:
    at = f"incident.{place}" if place else "incident"
    if shown.over_at is not None:
        return [section(_headline(shown, names, now), at)]
    (opening, to_do, _), since = _words(shown.seen), shown.seen.since
    called = f"{calls} " if calls and shown.calls_at_once else ""
    text = joined(
        f"{called}{opening} · since {day_and_clock(since)} ({duration(now - since)})",
        to_do,
        f"👀 {who(shown.owner, names)} is on it" if shown.owner else "",
    )
    verb, says = (Verb.DISOWN, "Give back") if shown.owner else (Verb.OWN, "I'm on it")
    return [section(text, at), actions(f"{at}.actions", button(says, verb, Target.about(shown.key)))]


def incident_of(clicked: Target, incidents: Iterable[Incident]) -> Incident | None:
    """The incident whose button was clicked."""
    return next((shown for shown in incidents if Target.about(shown.key).id == clicked.id), None)


def _words(seen: Observation) -> tuple[str, str, str]:
    """What is said while it lasts, what to do, and what is said when it is over."""
    provider, kind = f"*{outside(seen.provider, 80)}*", seen.kind or Kind.UNKNOWN
    if seen.trouble == Trouble.SILENCE:
        return (
            "🔴 No results from any provider",
            "The benchmark runner looks stopped. I judge nothing until it answers.",
            "Results come in again",
        )
    if seen.trouble == Trouble.LEAK:
        return (
            f"🔑 Key-like text in {plural(seen.rows, 'error row')} of {provider}",
            "Rotate the key at the provider, then purge the rows from the database.",
            f"The key in {provider}'s errors is rotated or gone",
        )
    wait = "Probably nothing to do but wait. " if kind.traits.outage else ""
    return (
        f"🔴 {provider} {kind.of_provider} · {seen.models:,} of {plural(seen.enabled, 'model')} fail",
        f"{wait}I leave its models alone; this closes itself when results return.",
        f"{provider} answers again",
    )
