"""The daily digest: a page of facts → the message of one day, short enough to be read.

New first, then what waits, then what is known in one folded line. Three decisions at most; the others are
put into the thread, ten a message, when somebody asks for them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from slack_sdk.models.blocks import Block

from bot.slack.views import first_day, sections
from bot.slack.views.card import Card, card, new_models, section
from bot.slack.views.content import Counters, Digest, DigestContent, Message
from bot.slack.views.text import Names, characters, clock, cut_drawn, joined, listed, outside, warned, words
from operator_core.diagnosis.partition import ALONE, ELSEWHERE, Differences, Place
from operator_core.domain.base import ModelRef
from operator_core.domain.situations import Scope
from operator_core.words import duration, plural

THREAD_DECISIONS = 10
FEW = 0.05
"""Of the enabled models: so many more or fewer answer from day to day, and nobody needs to look."""
WORDS = 200
"""That a person reads half awake; what is asked must stand among them."""
CHARACTERS = 9_500
"""Slack refuses a message's blocks at about 13,200 characters; it once did at 11,341."""


class Room(NamedTuple):
    """How much of each part is drawn."""

    cards: int
    down: int
    known: int
    ours: bool = False
    """What is ours to fix and new stands above, not with what is known."""


ROOMS = (
    Room(3, 6, 12, ours=True),
    *(Room(3, down, 8) for down in (3, 2)),
    *(Room(2, down, 6) for down in (3, 2, 1)),
    *(Room(1, down, 5) for down in (2, 1, 0)),
    Room(0, 0, 1),
)
"""The first in which the page keeps its budget is taken."""


def digest(content: DigestContent, names: Names) -> Digest:
    """The messages for this page, within its budget and Slack's limits at any number of proposals."""
    if content.facts_unreadable:
        return _one_warning(
            f"⚠ {outside(content.facts_unreadable, 300)}. I judge nothing until the results can be read.",
            content,
        )
    if content.runner_down_since is not None:
        silent = duration(content.at - content.runner_down_since)
        return _one_warning(
            f"⚠ No results from any provider for {silent}: the benchmark runner looks stopped. "
            "I judge nothing until it answers.",
            content,
        )
    if is_quiet(content):
        return _quiet(content, names)
    most = 2 * WORDS if content.introduction else WORDS
    for room in ROOMS:
        drawn = _drawn(content, room, names)
        if words_above_the_fold(drawn.root) <= most and characters(drawn.root.blocks) <= CHARACTERS:
            break
    return drawn


def words_above_the_fold(root: Message) -> int:
    """What a person reads, buttons included, before what is known and the last line."""
    return words(block for block in root.blocks if block.get("block_id") not in sections.FOLDED)


def is_quiet(content: DigestContent) -> bool:
    """Nothing is new, and nothing waits for anybody."""
    new = content.new_models and not content.new_models_known
    leaks = any(leak.told_at is None for leak in content.leaks)
    asks = content.down or content.to_fix or content.decisions or content.done or new or leaks
    says = content.degraded or content.introduction or content.ask_to_turn_on or _fewer(content)
    return not (asks or says)


def _drawn(content: DigestContent, room: Room, names: Names) -> Digest:
    troubles, shown = content.down[: room.down], list(content.decisions[: room.cards])
    counters = _counters(content, room, len(shown), names)
    if content.introduction:
        shown = first_day.largest(content, room.cards + 2)
        blocks = first_day.page(content, content.introduction, counters, shown, names)
    else:
        blocks = [
            *sections.head(content, counters),
            *sections.decisions(content, shown, counters, names),
            *(first_day.turn_on(content.kinds) if content.ask_to_turn_on else ()),
            *sections.done(content, names),
            *sections.down(content, troubles, names, with_ours=room.ours),
            *sections.rest(content, counters, names),
        ]
    ids = {str(block.block_id) for block in blocks}
    cards = (*shown, *content.done, *troubles)
    proposals = (*(c.proposal for c in cards), *((content.new_models,) if content.new_models else ()))
    threads = decisions_beyond(content.decisions[len(shown) :], names, content.at)
    return Digest(
        root=Message.of(sections.fallback(counters), blocks),
        counters=counters,
        thread=() if content.introduction else tuple(message for message, _ in threads),
        in_root=tuple(p.id for p in proposals if p.id in ids),
    )


def _counters(content: DigestContent, room: Room, shown: int, names: Names) -> Counters:
    down = (*(c.proposal for c in content.down), *content.down_known)
    whole = {p.provider for p in down if _as_a_whole(content, p.scope, p.id, p.provider_enabled)}
    phrases = sections.known(content, names, with_ours=not room.ours)
    rest = [f"and {len(phrases) - room.known} more in Home"] if len(phrases) > room.known else []
    new = content.new_models
    return Counters(
        down=len(whole),
        decisions=len(content.decisions),
        switched_off=content.stands.count(Place.SWITCHED_OFF),
        alone=content.alone,
        why=sections.why_off(content),
        new_models=new_models(new)[0] if new and not content.new_models_known else 0,
        told_leaks=tuple(leak.provider for leak in content.leaks if leak.told_at is None),
        fewer=_fewer(content),
        models=content.now_answering,
        title=first_day.title(content, content.introduction) if content.introduction else "",
        not_shown=tuple(c.proposal.id for c in content.decisions[shown:]),
        known=(*phrases[: room.known], *rest),
        on_hold=content.stands.count(Place.ON_HOLD),
        covered=content.covered,
        judge=sections.judge_words(content),
    )


def _as_a_whole(content: DigestContent, scope: Scope | None, proposal_id: str, enabled: int) -> bool:
    """Whether this is a provider that is down, and not a few models of it."""
    silent = scope == Scope.SILENCE and content.stands.count(Place.DOWN, proposal_id) >= enabled > 1
    return scope == Scope.PROVIDER or silent


def _fewer(content: DigestContent) -> int:
    if content.yesterday is None:
        return 0
    fell = content.yesterday.answering - content.now_answering.answering - content.away
    return fell if fell > FEW * content.yesterday.enabled else 0


def _quiet(content: DigestContent, names: Names) -> Digest:
    counted, last = content.now_answering, content.yesterday
    same = last and last.answering == counted.answering
    then = f", {last.when} {last.answering:,} of {last.enabled:,}" if last else ""
    first = (
        f"✅ Nothing new, nothing waits for you. {counted.answering:,} of {counted.enabled:,} models answer"
        f"{f', as {last.when}' if last and same else then}."
    )
    first = joined(first, content.changed, by=" ")
    before = sections.known_words(_counters(content, ROOMS[1], 0, names))
    looked = f"Looked at {clock(content.at)}."
    text = joined(first, f"Known: {before}. {looked}") if before else f"{first} {looked}"
    return Digest(root=Message.of(first, [section(text, "quiet")]))


def _one_warning(text: str, content: DigestContent) -> Digest:
    shown = joined(text, *warned(content.degraded))
    return Digest(root=Message.of(text, [section(shown, "warning")]))


def decisions_beyond(
    rest: Sequence[Card], names: Names, now: datetime
) -> list[tuple[Message, tuple[str, ...]]]:
    """The messages of the thread that show these, each with the ids of its proposals."""
    batches: list[tuple[list[str], list[Block]]] = []
    for waiting in rest:
        drawn = card(waiting, names, now)
        ids, blocks = batches[-1] if batches else ([], [])
        sent = [block.to_dict() for block in (*blocks, *drawn)]
        if not ids or len(ids) == THREAD_DECISIONS or characters(sent) > CHARACTERS:
            ids, blocks = [], []
            batches.append((ids, blocks))
        ids.append(waiting.proposal.id)
        blocks += drawn
    texts = [f"{plural(len(ids), 'more decision')}: {listed(ids, most=10)}" for ids, _ in batches]
    return [
        (Message.of(cut_drawn(text, 300), blocks), tuple(ids))
        for text, (ids, blocks) in zip(texts, batches, strict=True)
    ]


def changed_words(found: Differences, held: Collection[ModelRef] = ()) -> str:
    """ "Since then off: 6 approved, 1 outside this bot (a on groq)." What was done alone is named elsewhere.

    `held`: what somebody outside enabled again, and is left alone now.
    """
    off = _by_whom({whose: refs for whose, refs in found.off.items() if whose != ALONE})
    on = _by_whom(found.on)
    said = joined(f"off: {off}" if off else "", f"on: {on}" if on else "", by="; ")
    back = sorted(ref for ref in found.on.get(ELSEWHERE, ()) if ref in held)
    left = f" I leave {_named(back)} alone now." if back else ""
    return f"Since then {said}.{left}" if said else ""


def _by_whom(changes: Mapping[str, Sequence[ModelRef]]) -> str:
    return ", ".join(
        f"{len(refs):,} {whose}" + (f" ({_named(refs)})" if whose == ELSEWHERE else "")
        for whose, refs in changes.items()
    )


def _named(refs: Sequence[ModelRef]) -> str:
    names = [f"{outside(ref.model_id, 60)} on {outside(ref.provider, 40)}" for ref in refs]
    return listed(names, most=2)
