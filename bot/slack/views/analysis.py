"""`/operator analyze`: how the providers are, and what of it is to be decided, with its buttons."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, unquote

from bot.slack.views.actions import Target, Verb
from bot.slack.views.blocks import button, section, small
from bot.slack.views.card import Card, card
from bot.slack.views.content import Message
from bot.slack.views.evidence import ails
from bot.slack.views.text import asked, bulleted, escape, joined, listed, outside, warned
from bot.slack.views.who_and_when import Names, day_and_clock, maintained
from operator_core.domain.decisions import LlmUse
from operator_core.domain.proposals import Proposal
from operator_core.domain.runs import Run, SituationRecord
from operator_core.words import ago, duration, plural

MAX_CARDS = 5


def analysis(
    run: Run,
    providers: Sequence[str],
    cards: Sequence[Proposal],
    links: Mapping[str, str],
    names: Names,
    now: datetime,
) -> Message:
    """What a run found of these providers (none: of all). `cards`: what waits about them; `links`: by
    proposal, to where its live card stands."""
    if run.runner_down:
        silent = f" since {day_and_clock(run.last_result)}" if run.last_result else ""
        text = f"⚠ No results from any provider{silent}: the runner looks stopped. I judged nothing."
        return Message.of(text, [section(text, "answer")])
    unreadable = f"{plural(run.unreadable_rows, 'row')} unreadable: `ai-operator doctor --rows` lists them."
    alone = sum(len(one.automatic) for one in cards)
    held = sum(not providers or ref.provider in providers for ref in run.held)
    text = joined(
        *_how_they_are(run, providers),
        *(maintained(one, names) for one in run.maintenance if not providers or one.provider in providers),
        f"On hold, not judged: {plural(held, 'model')}." if held else "",
        unreadable if run.unreadable_rows else "",
        *warned(run.notes),
        f"With the next digest I switch off {plural(alone, 'model')} of these by myself." if alone else "",
    )
    blocks = [section(text, "answer")]
    for one in cards[:MAX_CARDS]:
        blocks += card(Card(proposal=one), names, now)
        if link := links.get(one.id):
            blocks.append(small(f"{one.id} is <{link}|in the channel too>.", f"link.{one.id}"))
    if (rest := len(cards) - MAX_CARDS) > 0:
        blocks.append(section(f"And {rest:,} more: `/operator pending` has them.", "rest"))
    share = button("Share in channel", Verb.SHARE, shared(run, providers))
    blocks.append(section(f"Looked {ago(now - run.started_at)} · {judge(run.llm)}", "looked", share))
    waits = plural(len(cards), "thing waits", "things wait") if cards else "Nothing waits"
    return Message.of(f"{text}\n{waits}.", blocks)


def shared(run: Run, providers: Sequence[str]) -> Target:
    """What its Share button is about."""
    return Target(id=run.id, choice=",".join(quote(one, safe="") for one in providers[:30]))


def providers_of(target: Target) -> tuple[str, ...]:
    """The inverse of `shared`."""
    return tuple(unquote(one) for one in target.choice.split(",") if one)


def judge(llm: LlmUse) -> str:
    """Who judged, and what that cost."""
    if llm.fallback:
        return f"written rules judged ({outside(llm.fallback, 150)})"
    if not llm.calls:
        return f"nothing new to ask {escape(llm.model)}, $0"
    return asked(llm)


def _how_they_are(run: Run, providers: Sequence[str]) -> list[str]:
    """The sum, unless some are named, and a line for each provider that is named or in trouble."""
    counts = {count.provider: count for count in run.providers}
    troubled = dict.fromkeys(s.provider for s in sorted(run.situations, key=lambda s: -len(s.models)))
    lines = []
    for provider in providers or troubled:
        of = "no enabled models"
        if count := counts.get(provider):
            of = f"{count.answering:,} of {plural(count.enabled, 'model')} answer"
        what = [_phrase(s, run.started_at) for s in run.situations if s.provider == provider]
        lines.append(joined(f"*{outside(provider, 60)}*: {of}.", f"{listed(what)}." if what else "", by=" "))
    if providers:
        return lines
    return [f"*{run.answering:,} of {run.enabled:,}* enabled models answer.", *bulleted(lines, 20)]


def _phrase(situation: SituationRecord, now: datetime) -> str:
    """ "3 gone at the provider for 4 days"."""
    since = f" for {duration(now - situation.failing_since)}" if situation.failing_since else ""
    return f"{len(situation.models):,} {ails(situation.scope, situation.kind)}{since}"
