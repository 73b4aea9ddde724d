"""The parts of a busy day's digest, from top to bottom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    SectionBlock,
)

from bot.slack.views.actions import ALONE, Target, Verb
from bot.slack.views.card import Card, button, card, review_row, section
from bot.slack.views.content import Autopilot, Counters, DigestContent
from bot.slack.views.evidence import down_line
from bot.slack.views.text import (
    Names,
    because,
    cut,
    cut_drawn,
    day_and_clock,
    joined,
    listed,
    money,
    outside,
    warned,
    who,
)
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import Proposal, State
from operator_core.domain.situations import Scope
from operator_core.words import plural

MAX_DONE = 4


def head(content: DigestContent, counters: Counters) -> list[Block]:
    models = content.now_answering
    now = f"*{models.answering} of {models.enabled}* enabled models answer now{yesterday(content, '; ')}."
    changed = (outside(line, 200) for line in content.changed_since[:3])
    blocks: list[Block] = [
        HeaderBlock(text=title(counters), block_id="head"),
        section(" ".join([now, *changed]), "answering"),
    ]
    if content.degraded:
        blocks.append(_context("\n".join(warned(content.degraded)), "degraded"))
    return blocks


def down(content: DigestContent, shown: Sequence[Card], names: Names) -> list[Block]:
    if not content.down:
        return []
    intro = (
        "*Down*: needs you outside this database. I leave these models alone; "
        "each entry closes itself when results return."
    )
    blocks = [DividerBlock(), section(intro, "down"), *_cards(content, shown, names)]
    if rest := [down_line(c.proposal, content.at) for c in content.down[len(shown) :]]:
        blocks.append(_context("And: " + listed(rest, most=8), "down.rest"))
    return blocks


def to_fix(content: DigestContent) -> list[Block]:
    if not content.to_fix:
        return []
    intro = "*Ours to fix*: our requests, not the models. I leave these alone; take one on in Home."
    lines = [intro, *(f"• {line}" for line in by_kind(content.to_fix))]
    return [DividerBlock(), section(cut_drawn("\n".join(lines), 2000), "to_fix")]


def by_kind(proposals: Sequence[Proposal]) -> list[str]:
    """ "19 models: too small a token budget (openai 8, fireworks 5, …)", a line for each kind."""
    lines = []
    for kind in dict.fromkeys(p.kind or Kind.UNKNOWN for p in proposals):
        mine = [p for p in proposals if (p.kind or Kind.UNKNOWN) == kind]
        count = plural(sum(len(p.members) for p in mine), "model")
        where = listed((f"{outside(p.provider, 60)} {len(p.members)}" for p in mine), most=6)
        lines.append(f"{count}: {kind.traits.words} ({where})")
    return lines


def decisions(content: DigestContent, shown: Sequence[Card], names: Names) -> list[Block]:
    if not content.decisions:
        return []
    count, rest = len(content.decisions), len(content.decisions) - len(shown)
    new = f", {content.new_decisions} new" if content.new_decisions else ""
    text = waiting(count) + new + (f" · {rest} of them in the thread" if rest else "")
    drawn, alone = _cards(content, shown, names), shadow(content.autopilot, content.at)
    return [DividerBlock(), heading(text, count), *drawn, *alone]


def shadow(autopilot: Autopilot, now: datetime) -> list[Block]:
    """What it would have done alone of what waits, with one button for all of it; nothing where it acts."""
    if autopilot.mode.mode != Mode.SHADOW or not autopilot.shadowed:
        return []
    models = plural(autopilot.shadowed, "model")
    day = (now - autopilot.mode.chosen.at).days + 1
    text = f"Shadow, day {day}: alone, I would have disabled {models} of these decisions."
    like_these = f"Approve all {autopilot.shadowed} like these…"
    every = button(like_these, Verb.APPROVE_ALL, Target(id="all", choice=ALONE), at="shadow")
    return [section(text, "shadow", every)]


def done(content: DigestContent, names: Names) -> list[Block]:
    if not content.done:
        return []
    intro = section("*Done by the autopilot* since the last digest", "done")
    blocks = [DividerBlock(), intro, *_cards(content, content.done[:MAX_DONE], names)]
    if len(content.done) > MAX_DONE:
        more = plural(len(content.done) - MAX_DONE, "more batch", "more batches")
        blocks.append(_context(f"And {more}: `/operator history` lists them.", "done.rest"))
    return blocks


def tail(content: DigestContent, names: Names) -> list[Block]:
    blocks: list[Block] = []
    if content.new_models:
        blocks += [DividerBlock(), review_row(content.new_models)]
    if content.discovery:
        blocks.append(_context("\n".join(outside(line, 200) for line in content.discovery[:5]), "discovery"))
    if folded := _folded(content, names):
        blocks.append(_context(folded, "folded"))
    words = (autopilot_words(content.autopilot, names), f"· {judge_words(content)}")
    blocks.append(ContextBlock(elements=[MarkdownTextObject(text=text) for text in words], block_id="state"))
    blocks.append(switches(content.autopilot, "digest"))
    return blocks


def _folded(content: DigestContent, names: Names) -> str:
    phrases = (f"{watched.what} ({watched.models})" for watched in content.watching)
    words = joined(
        f"▸ Watching {watched_models(content)}: {listed(phrases, most=8)}" if content.watching else "",
        f"▸ Known and unchanged: {known(content, names)}" if content.down_known else "",
        f"▸ Cleared {len(content.cleared)}: {listed(content.cleared, most=4)}" if content.cleared else "",
    )
    return cut_drawn(words, 2000)


def watched_models(content: DigestContent) -> str:
    return plural(sum(watched.models for watched in content.watching), "model")


def known(content: DigestContent, names: Names) -> str:
    wide = [p for p in content.down_known if p.scope != Scope.PATTERN]
    ours = [p for p in content.down_known if p.scope == Scope.PATTERN]
    return listed([*(_known_one(p, names, content.at) for p in wide), *by_kind(ours)], most=8)


def _known_one(proposal: Proposal, names: Names, now: datetime) -> str:
    owner = proposal.last_transition if proposal.state == State.TAKEN else None
    return down_line(proposal, now) + (f" · {who(owner.by, names)} is on it" if owner else "")


def autopilot_words(autopilot: Autopilot, names: Names) -> str:
    """Whether the bot does things by itself, and who chose so; else who stopped it, and why."""
    if pause := autopilot.pause:
        return f"Autopilot paused by {who(pause.by, names)}{because(pause.reason)}"
    mode, chosen = autopilot.mode.mode, autopilot.mode.chosen
    allowed = autopilot.changes_allowed
    so_far = f"{autopilot.changes_used:,} of {plural(allowed, 'change')} used since a person last acted"
    used = f", {so_far if allowed else 'asking before every change'}" if mode != Mode.OFF else ""
    whose = f" · chosen by {who(chosen.entry.by, names)}" if chosen.entry else ""
    if mode != chosen.mode:
        whose = " · operator.toml allows no more"
    return f"Autopilot {'in ' * (mode == Mode.SHADOW)}{mode}{used}{whose}"


def judge_words(content: DigestContent) -> str:
    """Who judged, at what cost, and when the next look is."""
    llm = content.llm
    judge = f"{llm.model}, {plural(llm.calls, 'call')}, {money(llm.cost_usd)}"
    if not llm.calls:
        judge = f"{llm.model}, no call needed"
    if llm.fallback:
        judge = f"written rules judged ({outside(llm.fallback, 200)}); LLM configured: {llm.model}"
    return f"{judge} · next digest {day_and_clock(content.next_digest)}" if content.next_digest else judge


def switched(
    blocks: Sequence[dict[str, Any]], autopilot: Autopilot, names: Names, now: datetime
) -> list[dict[str, Any]]:
    """A digest's blocks after a pause, a resume or another mode: the words and the buttons follow."""
    words = MarkdownTextObject(text=autopilot_words(autopilot, names)).to_dict()
    changed = {
        "state": lambda block: [{**block, "elements": [words, *block["elements"][1:]]}],
        "switches": lambda block: [switches(autopilot, "digest").to_dict()],
        "shadow": lambda block: [line.to_dict() for line in shadow(autopilot, now)],
    }
    ids = [str(block.get("block_id")) for block in blocks]
    new = [changed[id_](block) if id_ in changed else [block] for id_, block in zip(ids, blocks, strict=True)]
    return [block for part in new for block in part]


def switches(autopilot: Autopilot, place: str) -> ActionsBlock:
    """Pause or Resume, and the list of holds. `place`: what makes their action ids unique there."""
    verb, text = (Verb.RESUME, "Resume autopilot") if autopilot.pause else (Verb.PAUSE, "Pause autopilot")
    switch = button(text, verb, Target(id="autopilot"), at=place)
    held = button(f"On hold ({autopilot.holds:,})", Verb.HOLDS, Target(id="holds"), at=place)
    return ActionsBlock(block_id="switches", elements=[switch, held])


def yesterday(content: DigestContent, join: str = ", ") -> str:
    before = content.yesterday
    return f"{join}yesterday {before.answering} of {before.enabled}" if before else ""


def _cards(content: DigestContent, shown: Sequence[Card], names: Names) -> list[Block]:
    return [block for one in shown for block in card(one, names, content.at)]


def _context(text: str, block_id: str) -> ContextBlock:
    return ContextBlock(elements=[MarkdownTextObject(text=cut_drawn(text, 2000))], block_id=block_id)


def counted(counters: Counters, blocks: Sequence[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """A root message when a decision was answered: its fallback text and its blocks, with newer counters."""
    newer = {
        "head": HeaderBlock(text=title(counters), block_id="head"),
        "decisions": heading(waiting(counters.decisions), counters.decisions),
    }
    drawn = {block_id: block.to_dict() for block_id, block in newer.items()}
    return fallback(counters), [drawn.get(str(block.get("block_id")), block) for block in blocks]


def heading(text: str, count: int) -> SectionBlock:
    """Above the decisions; where there are several, all can be approved from here."""
    everything = button("Approve all…", Verb.APPROVE_ALL, Target(id="all"), at="digest")
    return section(text, "decisions", everything if count > 1 else None)


def waiting(count: int) -> str:
    return f"*Your decision* · {count} waiting" if count else "*Your decision* · all answered"


def title(counters: Counters) -> str:
    words = joined(
        f"{plural(counters.down, 'provider is', 'providers are')} down" if counters.down else "",
        f"{plural(counters.decisions, 'decision')} for you" if counters.decisions else "",
        f"I switched off {plural(counters.switched_off, 'model')}" if counters.switched_off else "",
        by=" · ",
    )
    fewer = plural(counters.fewer, "fewer model answers", "fewer models answer") if counters.fewer else ""
    words = words or fewer or "Nothing waits for you"
    return cut(words[:1].upper() + words[1:], 150)


def fallback(counters: Counters) -> str:
    first = joined(
        f"{plural(counters.down, 'provider')} down" if counters.down else "",
        plural(counters.decisions, "decision waits", "decisions wait") if counters.decisions else "",
        f"{plural(counters.switched_off, 'model')} switched off" if counters.switched_off else "",
        plural(counters.new_models, "new model") if counters.new_models else "",
        by=", ",
    )
    answer = f"{counters.models.answering} of {counters.models.enabled} models answer."
    return f"{first}. {answer}" if first else answer
