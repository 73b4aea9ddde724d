"""The parts of a digest, from top to bottom, and how what they count is drawn again after a click."""

from collections.abc import Sequence
from datetime import datetime

from bot.slack.views import evidence
from bot.slack.views.actions import ALONE, Target, Verb
from bot.slack.views.blocks import DIVIDER, Block, actions, button, header, section, small
from bot.slack.views.card import Card, card
from bot.slack.views.content import Autopilot, Counters, DigestContent, KeyLeakTold
from bot.slack.views.text import asked, cut, escape, joined, listed, outside, warned
from bot.slack.views.who_and_when import Names, because, clock, mention, who
from operator_core.diagnosis.partition import Place
from operator_core.domain.base import ModelRef
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import POLICY, Proposal, State
from operator_core.domain.situations import WIDE, Scope
from operator_core.words import duration, plural

MOST_WARNINGS = 2
MOST_LEAKS = 2
FOLDED = ("known", "state")
"""The ids of the blocks below the fold: what was there before, and the last line."""


def counted(counters: Counters, autopilot: Autopilot, names: Names, now: datetime) -> dict[str, list[Block]]:
    """The parts of a page that count, by block id: as they are when it is posted, and after each click."""
    before = known_words(counters)
    last_line = f"{autopilot_words(autopilot, names, short=True)} · {counters.judge}"
    parts = {
        "head": [header(title(counters))],
        "more": more(counters),
        "shadow": shadow(autopilot, now),
        "done": switched_off(counters),
        "known": [small(f"▸ Known: {before}", "known")] if before else [],
        "state": [section(last_line, "state", _stops(autopilot, "digest"))],
    }
    for one in counters.told_leaks:
        if one not in counters.leaks:
            by = f" {who(counters.rotated[one], names)} said so." if one in counters.rotated else ""
            said, id_ = f"🔑 {outside(one, 60)}: the key is rotated.{by}", leak_id(one)
            parts[id_] = [small(said, f"rotated.{id_}")]
    return parts


def title(counters: Counters) -> str:
    """The header: what is asked, what was done, what is down."""
    leaks = set(counters.told_leaks) & set(counters.leaks)
    words = counters.title or joined(
        f"{plural(len(counters.waiting), 'decision')} for you" if counters.waiting else "",
        f"I switched off {plural(counters.switched_off, 'model')}" if counters.switched_off else "",
        f"{plural(counters.down, 'provider is', 'providers are')} down" if counters.down else "",
        "a key may have leaked" if leaks else "",
        by=" · ",
    )
    fewer = plural(counters.fewer, "fewer model answers", "fewer models answer") if counters.fewer else ""
    words = words or fewer or "Nothing waits for you"
    return cut(words[:1].upper() + words[1:], 150)


def fallback(counters: Counters) -> str:
    """The same for notifications."""
    leaks, of = set(counters.told_leaks) & set(counters.leaks), counters.models
    first = joined(
        plural(len(counters.waiting), "decision waits", "decisions wait") if counters.waiting else "",
        f"{plural(counters.switched_off, 'model')} switched off" if counters.switched_off else "",
        f"{plural(counters.down, 'provider')} down" if counters.down else "",
        "key-like text in the database" if leaks else "",
        plural(counters.new_models, "new model") if counters.new_models else "",
        by=", ",
    )
    return joined(
        first[:1].upper() + first[1:], f"{of.answering:,} of {of.enabled:,} models answer.", by=". "
    )


def warnings(degraded: Sequence[str]) -> list[Block]:
    """What did not work as it should."""
    rest = len(degraded) - MOST_WARNINGS
    others = f"And {rest:,} more: `/operator status`." if rest > 0 else ""
    text = joined(*warned(degraded, MOST_WARNINGS), others)
    return [small(text, "degraded")] if degraded else []


def answering(content: DigestContent) -> Block:
    """How many answer, of how many; yesterday; and who changed it since."""
    models, before = content.now_answering, content.yesterday
    then = f"; {before.when} {before.answering:,} of {before.enabled:,}" if before else ""
    said = f"*{models.answering:,} of {models.enabled:,}* models answer{then}."
    return section(joined(said, content.changed, by=" "), "answering")


def decisions(content: DigestContent, most: int, more: Sequence[Block], names: Names) -> list[Block]:
    """What is asked, as many cards, and what leads to the others; above them for whom it waits too long."""
    if not content.decisions:
        return []
    waits = f"⏰ Waiting three working days: {listed(content.overdue, most=4)}. {mention(content.mention)}"
    overdue = [small(waits, "overdue")] if content.overdue else []
    return [DIVIDER, *overdue, *drawn(content.decisions[:most], content, names), *more]


def drawn(cards: Sequence[Card], content: DigestContent, names: Names) -> list[Block]:
    return [block for one in cards for block in card(one, names, content.at)]


def more(counters: Counters) -> list[Block]:
    """What puts the other decisions into the thread; and one button for all, where there are several."""
    hidden = len(set(counters.not_shown) & set(counters.waiting))
    show = button(f"Show {hidden:,} more", Verb.SHOW_MORE, Target(id="more"), at="digest")
    every = button("Approve all…", Verb.APPROVE_ALL, Target(id="all"), at="digest")
    elements = [show] * bool(hidden) + [every] * (len(counters.waiting) > 1)
    return [actions("more", *elements)] if elements else []


def shadow(autopilot: Autopilot, now: datetime) -> list[Block]:
    """What it would have done alone, how people answered that, and one button for what waits of it."""
    score = autopilot.score
    of, kept = score.approved + score.right + len(score.kept), listed(score.kept, most=3)
    if autopilot.mode.mode != Mode.SHADOW or not (autopilot.shadowed or of):
        return []
    text = joined(
        f"Shadow, day {(now - autopilot.mode.chosen.at).days + 1}",
        f"of {plural(of, 'decision')} that I would have taken alone you approved {score.approved:,}"
        + (f", called {score.right:,} right but kept them" if score.right else "")
        + (f" and kept {len(score.kept):,} ({kept})" if kept else "")
        if of
        else f"alone, I would have disabled {plural(autopilot.shadowed, 'model')} of these",
        by=": ",
    )
    like_these = f"Approve all {autopilot.shadowed:,} like these…"
    every = button(like_these, Verb.APPROVE_ALL, Target(id="all", choice=ALONE), at="shadow")
    return [section(f"{text}.", "shadow", every if autopilot.shadowed else None)]


def done(content: DigestContent, heading: Sequence[Block], names: Names) -> list[Block]:
    """All that was done alone, by name; below one heading where that is several batches."""
    several = len(content.done) > 1
    cards = [one.model_copy(update={"brief": several}) for one in content.done]
    above = heading if several or content.on_again else ()
    return [DIVIDER, *above, *drawn(cards, content, names)] if cards else []


def why_off(content: DigestContent) -> str:
    """Why models were switched off alone."""
    leaving = any(m.elsewhere == 0 for one in content.done for m in one.proposal.members)
    legend = f" ({evidence.LEAVES} no other provider answers with it)" if leaving else ""
    kinds = dict.fromkeys(one.proposal.kind or Kind.UNKNOWN for one in content.done)
    return f", {evidence.in_whose_words(kinds)}{legend}"


def switched_off(counters: Counters) -> list[Block]:
    """The heading of what was done alone, by what of it is off still."""
    n = counters.switched_off
    head = f"*I switched off {plural(n, 'model')}*{counters.why}" if n else "*All that I switched off is on*"
    back = listed(map(named, counters.on_again), most=4)
    return [section(f"{head}. On again: {back}." if back else f"{head}:", "done")]


def named(ref: ModelRef) -> str:
    return f"{outside(ref.model_id, 60)} on {outside(ref.provider, 40)}"


def down(content: DigestContent, most: int, names: Names, *, with_ours: bool = False) -> list[Block]:
    """A line each: keys that may have leaked, and so many of what needs somebody outside this database."""
    fresh = [leak for leak in content.leaks if leak.told_at is None]
    leaks = [outside(leak.provider, 60) for leak in fresh[MOST_LEAKS:]]
    rest = [evidence.down_line(c.proposal, content.at, c.models) for c in content.down[most:]]
    ours = "; ".join(by_kind(content, content.to_fix, most=3)) if with_ours else ""
    lines = joined(
        f"🔑 Key-like text also in errors of {listed(leaks, most=3)}: in Home." if leaks else "",
        f"And {listed(rest, most=max(2, most))}." if rest else "",
        f"Ours to fix, in Home: {ours}." if ours else "",
    )
    blocks = [
        *(leak_row(leak, content.at) for leak in fresh[:MOST_LEAKS]),
        *drawn(content.down[:most], content, names),
        *([small(lines, "to_fix")] if lines else []),
    ]
    return [DIVIDER, *blocks] if blocks else []


def leak_id(provider: str) -> str:
    return f"leak.{Target.about(provider).id}"


def leak_row(leak: KeyLeakTold, now: datetime) -> Block:
    return section(
        f"🔑 Key-like text in {plural(leak.rows, 'error row')} of *{outside(leak.provider, 60)}* for "
        f"{duration(now - leak.since)}: rotate the key.",
        leak_id(leak.provider),
        button("Rotated", Verb.ROTATED, Target.about(leak.provider)),
    )


def by_kind(content: DigestContent, proposals: Sequence[Proposal], most: int = 0) -> list[str]:
    """ "19 too small a token budget (openai 8, fireworks 5)", a line for each kind; `most`: so many where."""
    by_kind: dict[Kind, list[tuple[str, int]]] = {}
    for one in proposals:
        if count := content.stands.count(Place.OURS, one.id):
            by_kind.setdefault(one.kind or Kind.UNKNOWN, []).append((outside(one.provider, 60), count))
    lines = []
    for kind, counted in by_kind.items():
        words = kind.traits.words
        where = f" ({listed((f'{provider} {count:,}' for provider, count in counted), most=most)})"
        which = f"{sum(count for _, count in counted):,} {'where ' * words.startswith('our ')}{words}"
        lines.append(which + where * bool(most))
    return lines


def known_words(counters: Counters) -> str:
    """All that was there before, on one line."""
    held = f"on hold {counters.on_hold:,} (`/operator holds`)" if counters.on_hold else ""
    leaking = tuple(map(_leaks, counters.leaks))
    still = (one for one in counters.known if not one.startswith(LEAK) or one.startswith(leaking))
    return joined(*still, held, by=" · ")


LEAK = "🔑 key-like text in"


def _leaks(provider: str) -> str:
    return f"{LEAK} {outside(provider, 60)}'s errors"


def known(content: DigestContent, names: Names, *, with_ours: bool) -> list[str]:
    """What was there before and did not change, a phrase each: what people may miss first. `with_ours`: also
    what of ours to fix is new, where that had no room above."""
    wide = [p for p in content.down_known if p.scope in WIDE]
    ours = [p for p in content.down_known if p.scope not in WIDE] + list(content.to_fix) * with_ours
    watched = sum(content.watching.values())
    what = listed((f"{what} {models:,}" for what, models in content.watching.items()), most=3)
    new = None if content.fresh_models else content.new_models
    unread = joined(
        f"{plural(content.unreadable_rows, 'row')} unreadable" if content.unreadable_rows else "",
        f"{plural(len(content.unlisted), 'model')} outside the catalogue" if content.unlisted else "",
        by=", ",
    )
    old_leaks = (leak for leak in content.leaks if leak.told_at is not None)
    phrases = [
        *(f"{_leaks(leak.provider)}, {_day(leak.since, content.at)}" for leak in old_leaks),
        *(_still_down(content, p, names) for p in wide),
        *by_kind(content, ours),
        f"watched {watched:,}: {what}" if watched else "",
        f"{evidence.offered(new.members)} to review (`/operator pending`)" if new else "",
        *(outside(line.rstrip("."), 110) for line in content.discovery[:3]),
        f"no longer {listed(content.cleared, most=2)}" if content.cleared else "",
        f"{unread} (`ai-operator doctor --rows`)" if unread else "",
    ]
    return [phrase for phrase in phrases if phrase]


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
        by = "" if pause.by == POLICY else f" by {who(pause.by, names)}"
        return f"Autopilot paused{by}{because(pause.reason, 80 if short else 200)}"
    mode, chosen = autopilot.mode.mode, autopilot.mode.chosen
    allowed, head = autopilot.changes_allowed, f"Autopilot {'in ' * (mode == Mode.SHADOW)}{mode}"
    # In shadow more may be found than would have been done: no count exceeds its whole.
    so_far = f"{autopilot.changes_used:,} of" if autopilot.changes_used <= allowed else "all"
    so_far += f" {allowed:,}" if short else f" {plural(allowed, 'change')} used since a person last acted"
    used = f", {so_far if allowed else 'asking before every change'}" if mode != Mode.OFF else ""
    if short:
        return head + used
    whose = f" · chosen by {who(chosen.entry.by, names)}" if chosen.entry else ""
    if mode != chosen.mode:
        whose = " · operator.toml allows no more"
    return f"{head}{used}{whose}"


def judge_words(content: DigestContent) -> str:
    """What judging cost, and when the next look is."""
    llm, why_not = content.llm, "not asked" if content.llm.fallback else "no call needed"
    judge = asked(llm) if llm.calls else f"{escape(llm.model)}, {why_not}"
    look = f"next look {clock(content.next_digest)}" if content.next_digest else ""
    return joined(judge, look, by=" · ")


def switches(autopilot: Autopilot, place: str) -> Block:
    """Pause or Resume, and the list of holds. `place`: what makes their action ids unique there."""
    held = button(f"On hold ({autopilot.holds:,})", Verb.HOLDS, Target(id="holds"), at=place)
    return actions("switches", _stops(autopilot, place, " autopilot"), held)


def _stops(autopilot: Autopilot, place: str, what: str = "") -> Block:
    verb, text = (Verb.RESUME, "Resume") if autopilot.pause else (Verb.PAUSE, "Pause")
    return button(text + what, verb, Target(id="autopilot"), at=place)
