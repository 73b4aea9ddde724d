"""The parts of a digest, from top to bottom, and how what they count is drawn again after a click."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    SectionBlock,
)

from bot.slack.views import evidence
from bot.slack.views.actions import ALONE, Target, Verb
from bot.slack.views.card import Card, button, card, review_row, section
from bot.slack.views.content import Autopilot, Counters, DigestContent, KeyLeakTold
from bot.slack.views.text import (
    Names,
    asked,
    because,
    clock,
    cut,
    cut_drawn,
    escape,
    joined,
    listed,
    mention,
    outside,
    warned,
    who,
)
from operator_core.diagnosis.partition import WIDE, Place
from operator_core.domain.base import ModelRef
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import Proposal, State
from operator_core.domain.situations import Scope
from operator_core.words import duration, plural

MOST_WARNINGS = 2
MOST_LEAKS = 2
FOLDED = ("known", "state")
"""The ids of the blocks below the fold: what was there before, and the last line."""
LEAK = "🔑 key-like text in"


def head(content: DigestContent, counters: Counters) -> list[Block]:
    blocks: list[Block] = [
        HeaderBlock(text=title(counters), block_id="head"),
        section(joined(answering(content), content.changed, by=" "), "answering"),
    ]
    return [*blocks, *warnings(content.degraded)]


def warnings(degraded: Sequence[str]) -> list[Block]:
    """What did not work as it should."""
    rest = len(degraded) - MOST_WARNINGS
    others = f"\nAnd {rest:,} more: `/operator status`." if rest > 0 else ""
    text = "\n".join(warned(degraded, MOST_WARNINGS)) + others
    return [context(text, "degraded")] if degraded else []


def answering(content: DigestContent) -> str:
    """How many answer, of how many; and yesterday."""
    models, before = content.now_answering, content.yesterday
    then = f"; {before.when} {before.answering:,} of {before.enabled:,}" if before else ""
    return f"*{models.answering:,} of {models.enabled:,}* models answer{then}."


def decisions(content: DigestContent, shown: Sequence[Card], counters: Counters, names: Names) -> list[Block]:
    if not content.decisions:
        return []
    blocks: list[Block] = [DividerBlock()]
    if content.overdue:
        ids = listed(content.overdue, most=4)
        blocks.append(context(f"⏰ {ids}: three working days. {mention(content.mention)}", "overdue"))
    blocks += [block for one in shown for block in card(one, names, content.at)]
    return [*blocks, *more(counters), *shadow(content.autopilot, content.at)]


def more(counters: Counters) -> list[Block]:
    """What puts the other decisions into the thread; and one button for all, where there are several."""
    hidden, waiting = len(counters.not_shown), counters.decisions
    elements = [
        *([button(f"Show {hidden:,} more", Verb.SHOW_MORE, Target(id="more"), at="digest")] * bool(hidden)),
        *([button("Approve all…", Verb.APPROVE_ALL, Target(id="all"), at="digest")] * (waiting > 1)),
    ]
    return [ActionsBlock(block_id="more", elements=elements)] if elements else []


def shadow(autopilot: Autopilot, now: datetime) -> list[Block]:
    """What it would have done alone, how people answered that, and one button for what waits of it."""
    score = autopilot.score
    if autopilot.mode.mode != Mode.SHADOW or not (autopilot.shadowed or score.approved or score.kept):
        return []
    of, kept = score.approved + len(score.kept), listed(score.kept, most=3)
    text = joined(
        f"Shadow, day {(now - autopilot.mode.chosen.at).days + 1}",
        f"of {plural(of, 'decision')} that I would have taken alone you approved {score.approved:,}"
        + (f" and kept {len(score.kept):,} ({kept})" if kept else "")
        if of
        else f"alone, I would have disabled {plural(autopilot.shadowed, 'model')} of these",
        by=": ",
    )
    like_these = f"Approve all {autopilot.shadowed:,} like these…"
    every = button(like_these, Verb.APPROVE_ALL, Target(id="all", choice=ALONE), at="shadow")
    return [section(f"{text}.", "shadow", every if autopilot.shadowed else None)]


def done(content: DigestContent, names: Names) -> list[Block]:
    """All that was done alone, by name."""
    several = len(content.done) > 1
    cards = [one.model_copy(update={"brief": several}) for one in content.done]
    drawn = [block for one in cards for block in card(one, names, content.at)]
    heading = switched_off(content.stands.count(Place.SWITCHED_OFF), content.on_again, why_off(content))
    return [DividerBlock(), *heading * (several or bool(content.on_again)), *drawn] if drawn else []


def why_off(content: DigestContent) -> str:
    """Why models were switched off alone."""
    leaving = any(m.elsewhere == 0 for one in content.done for m in one.proposal.members)
    legend = f" ({evidence.LEAVES} leaves the site)" if leaving else ""
    kinds = dict.fromkeys(one.proposal.kind or Kind.UNKNOWN for one in content.done)
    return f", {evidence.in_whose_words(kinds)}{legend}"


def switched_off(off: int, on_again: Sequence[ModelRef], why: str) -> list[Block]:
    """The heading of what was done alone, by what of it is off still."""
    head = (
        f"*I switched off {plural(off, 'model')}*{why}:"
        if off
        else "*I switched off nothing that is off still.*"
    )
    names = listed((f"{outside(r.model_id, 60)} on {outside(r.provider, 40)}" for r in on_again), most=4)
    return [section(joined(head, f"On again: {names}." if names else "", by=" "), "done")]


def down(content: DigestContent, shown: Sequence[Card], names: Names, *, with_ours: bool) -> list[Block]:
    """A line each: keys that may have leaked, and what needs somebody outside this database."""
    fresh = [leak for leak in content.leaks if leak.told_at is None]
    blocks: list[Block] = [leak_row(leak, content.at) for leak in fresh[:MOST_LEAKS]]
    blocks += [block for one in shown for block in card(one, names, content.at)]
    rest = [evidence.down_line(c.proposal, content.at, c.models) for c in content.down[len(shown) :]]
    ours = "; ".join(by_kind(content, content.to_fix, most=3)) if with_ours else ""
    leaks = [outside(leak.provider, 60) for leak in fresh[MOST_LEAKS:]]
    lines = [
        *([f"🔑 Key-like text also in errors of {listed(leaks, most=3)}: in Home."] * bool(leaks)),
        *([f"And {listed(rest, most=max(2, len(shown)))}."] * bool(rest)),
        *([f"Ours to fix, in Home: {ours}."] * bool(ours)),
    ]
    if lines:
        blocks.append(context("\n".join(lines), "to_fix"))
    return [DividerBlock(), *blocks] if blocks else []


def leak_row(leak: KeyLeakTold, now: datetime) -> SectionBlock:
    rotated = button("Rotated", Verb.ROTATED, Target.about(leak.provider))
    return section(
        f"🔑 Key-like text in {plural(leak.rows, 'error row')} of *{outside(leak.provider, 60)}* for "
        f"{duration(now - leak.since)}: rotate the key.",
        f"leak.{Target.about(leak.provider).id}",
        rotated,
    )


def by_kind(content: DigestContent, proposals: Sequence[Proposal], most: int = 0) -> list[str]:
    """ "19 too small a token budget (openai 8, fireworks 5)", a line for each kind; `most`: so many where."""
    lines = []
    for kind in dict.fromkeys(p.kind or Kind.UNKNOWN for p in proposals):
        counted = [
            (outside(p.provider, 60), content.stands.count(Place.OURS, p.id))
            for p in proposals
            if (p.kind or Kind.UNKNOWN) == kind
        ]
        if total := sum(count for _, count in counted):
            where = listed((f"{provider} {count:,}" for provider, count in counted if count), most=most)
            words = kind.traits.words
            which = f"{total:,} {'where ' * words.startswith('our ')}{words}"
            lines.append(f"{which} ({where})" if most else which)
    return lines


def rest(content: DigestContent, counters: Counters, names: Names) -> list[Block]:
    blocks: list[Block] = [DividerBlock()]
    if content.new_models and not content.new_models_known:
        blocks.append(review_row(content.new_models))
    return [*blocks, *known_line(counters), *state(content, counters, names)]


def known_line(counters: Counters) -> list[Block]:
    """All that was there before, on one line."""
    if text := known_words(counters):
        return [context(f"▸ Known: {text}", "known")]
    return []


def known_words(counters: Counters) -> str:
    held = f"on hold {counters.on_hold:,} (`/operator holds`)" if counters.on_hold else ""
    return joined(*counters.known, held, by=" · ")


def known(content: DigestContent, names: Names, *, with_ours: bool) -> list[str]:
    """What was there before and did not change, a phrase each: what people may miss first. `with_ours`: also
    what of ours to fix is new, where that had no room above."""
    wide = [p for p in content.down_known if p.scope in WIDE]
    ours = [p for p in content.down_known if p.scope not in WIDE] + list(content.to_fix) * with_ours
    watched = sum(watched.models for watched in content.watching)
    what = listed((f"{w.what} {w.models:,}" for w in content.watching), most=3)
    new = content.new_models if content.new_models_known else None
    unread = joined(
        f"{plural(content.unreadable_rows, 'row')} unreadable" if content.unreadable_rows else "",
        f"{plural(len(content.unlisted), 'model')} not in `models`" if content.unlisted else "",
        by=", ",
    )
    old_leaks = (leak for leak in content.leaks if leak.told_at is not None)
    phrases = [
        *(_known_leak(leak, content.at) for leak in old_leaks),
        *(_still_down(content, p, names) for p in wide),
        *by_kind(content, ours),
        f"watched {watched:,}: {what}" if watched else "",
        f"{evidence.offered(new.members)} to review (`/operator pending`)" if new else "",
        *(outside(line.rstrip("."), 110) for line in content.discovery[:3]),
        f"over: {listed(content.cleared, most=2)}" if content.cleared else "",
        f"{unread} (`ai-operator doctor --rows`)" if unread else "",
    ]
    return [phrase for phrase in phrases if phrase]


def _known_leak(leak: KeyLeakTold, now: datetime) -> str:
    return f"{LEAK} {outside(leak.provider, 60)}'s errors, {_day(leak.since, now)}"


def _still_down(content: DigestContent, proposal: Proposal, names: Names) -> str:
    owner = proposal.last_transition if proposal.state == State.TAKEN else None
    taken = f", {who(owner.by, names)} is on it" if owner else ""
    if proposal.scope == Scope.SILENCE:
        return evidence.down_line(proposal, content.at).replace("*", "") + taken
    since = min((m.failing_since for m in proposal.members if m.failing_since), default=content.at)
    count = content.stands.count(Place.DOWN, proposal.id) or len(proposal.members)
    lasts = f"{_day(since, content.at)}{taken} ({count:,})"
    return f"{outside(proposal.provider, 60)} {(proposal.kind or Kind.UNKNOWN).of_provider}, {lasts}"


def _day(since: datetime, now: datetime) -> str:
    return f"day {(now - since).days + 1}"


def autopilot_words(autopilot: Autopilot, names: Names, *, short: bool = False) -> str:
    """Whether the bot does things by itself, and who chose so; else who stopped it, and why."""
    if pause := autopilot.pause:
        return f"Autopilot paused by {who(pause.by, names)}{because(pause.reason, 80 if short else 200)}"
    mode, chosen = autopilot.mode.mode, autopilot.mode.chosen
    allowed, head = autopilot.changes_allowed, f"Autopilot {'in ' * (mode == Mode.SHADOW)}{mode}"
    if short:
        return head + (f", {autopilot.changes_used:,} of {allowed:,}" if mode != Mode.OFF else "")
    so_far = f"{autopilot.changes_used:,} of {plural(allowed, 'change')} used since a person last acted"
    used = f", {so_far if allowed else 'asking before every change'}" if mode != Mode.OFF else ""
    whose = f" · chosen by {who(chosen.entry.by, names)}" if chosen.entry else ""
    if mode != chosen.mode:
        whose = " · operator.toml allows no more"
    return f"{head}{used}{whose}"


def judge_words(content: DigestContent) -> str:
    """What judging cost, and when the next look is."""
    llm = content.llm
    judge = asked(llm) if llm.calls else f"{escape(llm.model)}, no call needed"
    look = f"next look {clock(content.next_digest)}" if content.next_digest else ""
    return joined(judge, look, by=" · ")


def state(content: DigestContent, counters: Counters, names: Names) -> list[Block]:
    """The last line, with the button that stops whatever it does alone."""
    return [last_line(content.autopilot, counters, names)]


def last_line(autopilot: Autopilot, counters: Counters, names: Names) -> SectionBlock:
    verb, text = (Verb.RESUME, "Resume") if autopilot.pause else (Verb.PAUSE, "Pause")
    pause = button(text, verb, Target(id="autopilot"), at="digest")
    return section(f"{autopilot_words(autopilot, names, short=True)} · {counters.judge}", "state", pause)


def switches(autopilot: Autopilot, place: str) -> ActionsBlock:
    """Pause or Resume, and the list of holds. `place`: what makes their action ids unique there."""
    verb, text = (Verb.RESUME, "Resume autopilot") if autopilot.pause else (Verb.PAUSE, "Pause autopilot")
    change = button(text, verb, Target(id="autopilot"), at=place)
    held = button(f"On hold ({autopilot.holds:,})", Verb.HOLDS, Target(id="holds"), at=place)
    return ActionsBlock(block_id="switches", elements=[change, held])


def context(text: str, block_id: str) -> ContextBlock:
    return ContextBlock(elements=[MarkdownTextObject(text=cut_drawn(text, 2000))], block_id=block_id)


def title(counters: Counters) -> str:
    """The header: what is asked, what was done, what is down."""
    if counters.title:
        return cut(counters.title, 150)
    words = joined(
        f"{plural(counters.decisions, 'decision')} for you" if counters.decisions else "",
        f"I switched off {plural(counters.switched_off, 'model')}" if counters.switched_off else "",
        f"{plural(counters.down, 'provider is', 'providers are')} down" if counters.down else "",
        "a key may have leaked" if counters.told_leaks else "",
        by=" · ",
    )
    fewer = plural(counters.fewer, "fewer model answers", "fewer models answer") if counters.fewer else ""
    words = words or fewer or "Nothing waits for you"
    return cut(words[:1].upper() + words[1:], 150)


def fallback(counters: Counters) -> str:
    first = joined(
        plural(counters.decisions, "decision waits", "decisions wait") if counters.decisions else "",
        f"{plural(counters.switched_off, 'model')} switched off" if counters.switched_off else "",
        f"{plural(counters.down, 'provider')} down" if counters.down else "",
        "key-like text in the database" if counters.told_leaks else "",
        plural(counters.new_models, "new model") if counters.new_models else "",
        by=", ",
    )
    answer = f"{counters.models.answering:,} of {counters.models.enabled:,} models answer."
    return f"{first}. {answer}" if first else answer
