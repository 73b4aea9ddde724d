"""The daily digest: a page of facts → the messages of one day.

New first, then what waits, then what is known in one folded line. The root message holds at most five
decisions; the rest goes into the thread, ten a message.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    SectionBlock,
)

from bot.views.actions import Target, Verb, action_id
from bot.views.card import Card, card, section
from bot.views.evidence import down_line
from bot.views.text import (
    KIND_WORDS,
    Names,
    clock,
    cut,
    cut_drawn,
    duration,
    listed,
    money,
    outside,
    plural,
    who,
)
from operator_core.facts import Frozen, Kind, LlmUse, Scope
from operator_core.proposals import Proposal, ProposalAction, State

ROOT_DECISIONS = 5
THREAD_DECISIONS = 10
MAX_DOWN = 6
MAX_DONE = 4
CHARACTERS = 9_500
"""Slack refuses a message's blocks at about 13,200 characters; it once did at 11,341."""


class Counted(Frozen):
    """How many of the enabled models answered."""

    answering: int
    enabled: int


class NewModels(Frozen):
    """What discovery would add."""

    count: int
    confirmed: int
    proposal_id: str
    revision: int


class Page(Frozen):
    """Everything that one day's digest shows."""

    at: datetime
    now_answering: Counted
    yesterday: Counted | None = None
    runner_down_since: datetime | None = None
    """Set: the runner looks stopped, and nothing was judged."""
    facts_unreadable: str = ""
    """Set: the facts could not be read, and nothing was judged."""
    degraded: tuple[str, ...] = ()
    """What did not work as it should, a plain sentence each."""
    changed_since: tuple[str, ...] = ()
    """Why `enabled` differs from yesterday, a plain sentence each."""
    down: tuple[Card, ...] = ()
    """Attend proposals that are new or changed since the last digest, and all that nobody has taken."""
    to_fix: tuple[Proposal, ...] = ()
    """Attend proposals about our own requests, new or changed: somebody must change code."""
    down_known: tuple[Proposal, ...] = ()
    """Attend proposals that were shown before and did not change."""
    decisions: tuple[Card, ...] = ()
    new_decisions: int = 0
    done: tuple[Card, ...] = ()
    """What autopilot did since the last digest."""
    new_models: NewModels | None = None
    discovery: tuple[str, ...] = ()
    """What else discovery has to say: a failed sync, models that leave, a sentence each."""
    watching: tuple[str, ...] = ()
    """Situations without a proposal: a phrase each."""
    cleared: tuple[str, ...] = ()
    autopilot: str = "Autopilot on"
    paused: bool = False
    changes_used: int = 0
    changes_allowed: int = 0
    llm: LlmUse
    holds: int = 0
    next_check: datetime | None = None


class Message(Frozen):
    """One message: the blocks, and what notifications and screen readers get."""

    text: str
    blocks: tuple[dict[str, object], ...]


class Counters(Frozen):
    """What the header and the fallback text of a digest count."""

    down: int = 0
    decisions: int = 0
    """These wait; the number falls as they are answered."""
    switched_off: int = 0
    new_models: int = 0
    models: Counted


class Digest(Frozen):
    """The root message and what follows in its thread; where each proposal's card stands."""

    root: Message
    counters: Counters | None = None
    thread: tuple[Message, ...] = ()
    in_root: tuple[str, ...] = ()
    in_thread: tuple[tuple[str, ...], ...] = ()
    """Ids of the proposals of each message of the thread."""


def digest(page: Page, names: Names) -> Digest:
    """The messages for this page, within Slack's limits at any number of proposals."""
    if page.facts_unreadable:
        return _one_warning(
            f"⚠ The benchmark's results could not be read: {outside(page.facts_unreadable, 300)}. "
            "I judge nothing until they can.",
            page,
        )
    if page.runner_down_since is not None:
        silent = duration(page.at - page.runner_down_since)
        return _one_warning(
            f"⚠ No results from any provider for {silent}: the benchmark runner looks stopped. "
            "I judge nothing until it answers.",
            page,
        )
    if _is_quiet(page):
        return _quiet(page, names)
    return _busy(page, names)


def _is_quiet(page: Page) -> bool:
    asks = page.down or page.to_fix or page.decisions or page.done or page.new_models
    return not (asks or page.degraded or page.changed_since or page.discovery)


def _busy(page: Page, names: Names) -> Digest:
    down, shown = page.down[:MAX_DOWN], page.decisions[:ROOT_DECISIONS]
    head, tail = _head(page), _tail(page, names)
    budget = CHARACTERS - _characters(head) - _characters(tail)
    middle = _middle(page, down, shown, names)
    while (shown or down) and _characters(middle) > budget:
        shown, down = (shown[:-1], down) if shown else (shown, down[:-1])
        middle = _middle(page, down, shown, names)
    threads = _threads(page.decisions[len(shown) :], names, page.at)
    return Digest(
        root=Message(text=_fallback(_counters(page)), blocks=_plain([*head, *middle, *tail])),
        counters=_counters(page),
        thread=tuple(message for message, _ in threads),
        in_root=(
            *(c.proposal.id for c in (*down, *shown, *page.done[:MAX_DONE])),
            *((page.new_models.proposal_id,) if page.new_models else ()),
        ),
        in_thread=tuple(ids for _, ids in threads),
    )


def _middle(page: Page, down: Sequence[Card], shown: Sequence[Card], names: Names) -> list[Block]:
    return [
        *_down(page, down, names),
        *_decisions(page, shown, names),
        *_done(page, names),
        *_to_fix(page),
    ]


def _counters(page: Page) -> Counters:
    return Counters(
        down=_providers_down(page),
        decisions=len(page.decisions),
        switched_off=_done_count(page),
        new_models=page.new_models.count if page.new_models else 0,
        models=page.now_answering,
    )


def counted(counters: Counters, blocks: Sequence[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """A root message with newer counters: its fallback text and its blocks."""
    newer = {
        "head": {"text": HeaderBlock(text=_title(counters)).to_dict()["text"]},
        "decisions": {"text": section(_waiting(counters.decisions), "decisions").to_dict()["text"]},
    }
    changed = [{**block, **newer.get(str(block.get("block_id")), {})} for block in blocks]
    return _fallback(counters), changed


def _waiting(count: int) -> str:
    return f"*Your decision* · {count} waiting" if count else "*Your decision* · all answered"


def _title(counters: Counters) -> str:
    parts = [
        f"{plural(counters.down, 'provider is', 'providers are')} down" if counters.down else "",
        f"{plural(counters.decisions, 'decision')} for you" if counters.decisions else "",
        f"I switched off {plural(counters.switched_off, 'model')}" if counters.switched_off else "",
    ]
    title = " · ".join(part for part in parts if part) or "Nothing waits for you"
    return cut(title[:1].upper() + title[1:], 150)


def _head(page: Page) -> list[Block]:
    blocks: list[Block] = [
        HeaderBlock(text=_title(_counters(page)), block_id="head"),
        section(
            " ".join([_answering(page), *(outside(line, 200) for line in page.changed_since[:3])]),
            "answering",
        ),
    ]
    if page.degraded:
        lines = "\n".join(f"⚠ {outside(line, 200)}" for line in page.degraded[:6])
        blocks.append(_context(lines, "degraded"))
    return blocks


def _down(page: Page, shown: Sequence[Card], names: Names) -> list[Block]:
    if not page.down:
        return []
    intro = (
        "*Down*: needs you outside this database. I leave these models alone; "
        "each entry closes itself when results return."
    )
    blocks: list[Block] = [DividerBlock(), section(intro, "down")]
    for trouble in shown:
        blocks += card(trouble, names, page.at)
    if rest := [down_line(c.proposal, page.at) for c in page.down[len(shown) :]]:
        blocks.append(_context("And: " + listed(rest, most=8), "down.rest"))
    return blocks


def _to_fix(page: Page) -> list[Block]:
    if not page.to_fix:
        return []
    head = "*Ours to fix*: our requests, not the models. I leave these alone; take one on in Home."
    lines = [head, *(f"• {line}" for line in by_kind(page.to_fix))]
    return [DividerBlock(), section(cut_drawn("\n".join(lines), 2000), "to_fix")]


def by_kind(proposals: Sequence[Proposal]) -> list[str]:
    """ "19 models: too small a token budget (openai 8, fireworks 5, …)", a line for each kind."""
    lines = []
    for kind in dict.fromkeys(p.kind or Kind.UNKNOWN for p in proposals):
        mine = [p for p in proposals if (p.kind or Kind.UNKNOWN) == kind]
        count = plural(sum(len(p.members) for p in mine), "model")
        where = listed((f"{outside(p.provider, 60)} {len(p.members)}" for p in mine), most=6)
        lines.append(f"{count}: {KIND_WORDS[kind]} ({where})")
    return lines


def _decisions(page: Page, shown: Sequence[Card], names: Names) -> list[Block]:
    if not page.decisions:
        return []
    count, rest = len(page.decisions), len(page.decisions) - len(shown)
    words = [_waiting(count), f"{page.new_decisions} new" if page.new_decisions else ""]
    head = ", ".join(word for word in words if word)
    if rest:
        head += f" · {rest} of them in the thread"
    blocks: list[Block] = [DividerBlock(), _heading(head, page)]
    for waiting in shown:
        blocks += card(waiting, names, page.at)
    return blocks


def _heading(text: str, page: Page) -> SectionBlock:
    several = [c for c in page.decisions if c.proposal.state == State.PENDING]
    if len(several) < 2:
        return section(text, "decisions")
    everything = ButtonElement(
        text="Approve all…", action_id=action_id(Verb.APPROVE_ALL, "digest"), value=str(Target(id="all"))
    )
    return section(text, "decisions", everything)


def _done(page: Page, names: Names) -> list[Block]:
    if not page.done:
        return []
    blocks: list[Block] = [DividerBlock(), section("*Done by itself* since the last digest", "done")]
    for shown in page.done[:MAX_DONE]:
        blocks += card(shown, names, page.at)
    if len(page.done) > MAX_DONE:
        more = plural(len(page.done) - MAX_DONE, "more batch", "more batches")
        blocks.append(_context(f"And {more}: `/operator history` lists them.", "done.rest"))
    return blocks


def _tail(page: Page, names: Names) -> list[Block]:
    blocks: list[Block] = []
    if page.new_models is not None:
        blocks += [DividerBlock(), _new_models(page.new_models)]
    if page.discovery:
        blocks.append(_context("\n".join(outside(line, 200) for line in page.discovery[:5]), "discovery"))
    if folded := _folded(page, names):
        blocks.append(_context(folded, "folded"))
    blocks.append(_context(_last_line(page), "state"))
    blocks.append(switches(paused=page.paused, holds=page.holds))
    return blocks


def _new_models(new: NewModels) -> SectionBlock:
    text = f"{plural(new.count, 'new model')}, {new.confirmed} confirmed on providers you run."
    review = ButtonElement(
        text=f"Review {new.count}…",
        action_id=action_id(Verb.REVIEW, new.proposal_id),
        value=str(Target(id=new.proposal_id, revision=new.revision)),
    )
    return section(f"{text} Nothing happens unless you pick.", new.proposal_id, review)


def _folded(page: Page, names: Names) -> str:
    parts = []
    if page.watching:
        parts.append(f"Watching {len(page.watching)}: {listed(page.watching, most=4)}")
    if page.down_known:
        parts.append(f"Known and unchanged: {_known(page, names)}")
    if page.cleared:
        parts.append(f"Cleared {len(page.cleared)}: {listed(page.cleared, most=4)}")
    return cut_drawn("\n".join(f"▸ {part}" for part in parts), 2000)


def _known(page: Page, names: Names) -> str:
    wide = [p for p in page.down_known if p.scope != Scope.PATTERN]
    ours = [p for p in page.down_known if p.scope == Scope.PATTERN]
    return listed([*(_known_one(p, names, page.at) for p in wide), *by_kind(ours)], most=8)


def _known_one(proposal: Proposal, names: Names, now: datetime) -> str:
    owner = proposal.last_move if proposal.state == State.TAKEN else None
    return down_line(proposal, now) + (f" · {who(owner.by, names)} is on it" if owner else "")


def _last_line(page: Page) -> str:
    used = (
        f", {page.changes_used} of {page.changes_allowed} changes used since a person last looked"
        if not page.paused
        else ""
    )
    llm = page.llm
    judge = f"{llm.model}, {plural(llm.calls, 'call')}, {money(llm.cost_usd)}"
    parts = [f"{outside(page.autopilot, 300)}{used}", judge if llm.calls else f"{llm.model}, no call needed"]
    if llm.fallback:
        parts[1] = f"written rules judged ({outside(llm.fallback, 200)}); LLM configured: {llm.model}"
    if page.next_check:
        parts.append(f"next check {clock(page.next_check)}")
    return " · ".join(parts)


def switches(*, paused: bool, holds: int) -> ActionsBlock:
    """Pause or Resume, and the list of holds."""
    verb, text = (Verb.RESUME, "Resume autopilot") if paused else (Verb.PAUSE, "Pause autopilot")
    switch = ButtonElement(text=text, action_id=action_id(verb, "digest"), value=str(Target(id="autopilot")))
    held = ButtonElement(
        text=f"On hold ({holds:,})",
        action_id=action_id(Verb.HOLDS, "digest"),
        value=str(Target(id="holds")),
    )
    return ActionsBlock(block_id="switches", elements=[switch, held])


def _quiet(page: Page, names: Names) -> Digest:
    counted = page.now_answering
    same = page.yesterday and page.yesterday.answering == counted.answering
    before = ", as yesterday" if same else _yesterday(page)
    first = (
        f"✅ Nothing new, nothing waits for you. {counted.answering} of {counted.enabled} enabled models "
        f"answer{before}."
    )
    known = f"Known: {_known(page, names)}." if page.down_known else ""
    watching = f"Watching {len(page.watching)}." if page.watching else ""
    last = f"Checked {clock(page.at)} · {_last_line(page)}"
    lines = [first, " ".join(part for part in (known, watching) if part), last]
    text = "\n".join(line for line in lines if line)
    message = Message(text=first, blocks=_plain([section(text, "quiet")]))
    return Digest(root=message)


def _one_warning(text: str, page: Page) -> Digest:
    degraded = "\n".join(f"⚠ {outside(line, 200)}" for line in page.degraded[:6])
    shown = f"{text}\n{degraded}" if degraded else text
    return Digest(root=Message(text=cut_drawn(text, 3000), blocks=_plain([section(shown, "warning")])))


def _threads(rest: Sequence[Card], names: Names, now: datetime) -> list[tuple[Message, tuple[str, ...]]]:
    messages: list[tuple[Message, tuple[str, ...]]] = []
    batch: list[Card] = []
    blocks: list[Block] = []
    for waiting in rest:
        drawn = card(waiting, names, now)
        full = len(batch) == THREAD_DECISIONS or _characters([*blocks, *drawn]) > CHARACTERS
        if batch and full:
            messages.append(_thread_message(batch, blocks))
            batch, blocks = [], []
        batch.append(waiting)
        blocks += drawn
    if batch:
        messages.append(_thread_message(batch, blocks))
    return messages


def _thread_message(batch: Sequence[Card], blocks: Sequence[Block]) -> tuple[Message, tuple[str, ...]]:
    ids = tuple(c.proposal.id for c in batch)
    text = f"{plural(len(ids), 'more decision')}: {listed(ids, most=10)}"
    return Message(text=text, blocks=_plain(blocks)), ids


def _fallback(counters: Counters) -> str:
    parts = [
        f"{plural(counters.down, 'provider')} down" if counters.down else "",
        plural(counters.decisions, "decision waits", "decisions wait") if counters.decisions else "",
        f"{plural(counters.switched_off, 'model')} switched off" if counters.switched_off else "",
        f"{plural(counters.new_models, 'new model')}" if counters.new_models else "",
    ]
    first = ", ".join(part for part in parts if part)
    answer = f"{counters.models.answering} of {counters.models.enabled} models answer."
    return f"{first}. {answer}" if first else answer


def _answering(page: Page) -> str:
    counted = page.now_answering
    return f"*{counted.answering} of {counted.enabled}* enabled models answer now{_yesterday(page, '; ')}."


def _yesterday(page: Page, join: str = ", ") -> str:
    before = page.yesterday
    return f"{join}yesterday {before.answering} of {before.enabled}" if before else ""


def _providers_down(page: Page) -> int:
    cards = (*(c.proposal for c in page.down), *page.down_known)
    return len({p.provider for p in cards if p.scope == Scope.PROVIDER})


def _done_count(page: Page) -> int:
    return sum(len(c.outcomes) for c in page.done if c.proposal.action == ProposalAction.DISABLE)


def _context(text: str, block_id: str) -> ContextBlock:
    return ContextBlock(elements=[MarkdownTextObject(text=cut_drawn(text, 2000))], block_id=block_id)


def _plain(blocks: Sequence[Block]) -> tuple[dict[str, object], ...]:
    return tuple(block.to_dict() for block in blocks)


def _characters(blocks: Sequence[Block]) -> int:
    """All text of the blocks, as Slack seems to count it: every string value."""
    return sum(_length(block.to_dict()) for block in blocks)


def _length(value: object) -> int:
    if isinstance(value, dict):
        return sum(_length(item) for key, item in value.items() if key not in {"type", "block_id"})
    if isinstance(value, list | tuple):
        return sum(map(_length, value))
    return len(value) if isinstance(value, str) else 0
