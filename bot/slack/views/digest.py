"""The daily digest: a page of facts → the message of one day, short enough to be read.

New first, then what waits, then what is known in one folded line. Three decisions at most; the others are
put into the thread, ten a message, when somebody asks for them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.slack.views import evidence, first_day, sections
from bot.slack.views.blocks import DIVIDER, Block, section
from bot.slack.views.card import Card, card, review_row
from bot.slack.views.content import Autopilot, Counters, Digest, DigestContent, Message
from bot.slack.views.text import characters, cut_drawn, joined, listed, outside, warned, words
from bot.slack.views.who_and_when import Names, clock
from operator_core.diagnosis.partition import ALONE, ELSEWHERE, Differences, Partition, Place
from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import Proposal
from operator_core.domain.situations import Scope
from operator_core.words import duration, plural

WORDS = 200
"""That a person reads half awake; what is asked must stand among them."""
HELLO = 100
"""So many more on the first day, in which it introduces itself."""
CHARACTERS = 9_500
"""Slack refuses a message's blocks at about 13,200 characters; it once did at 11,341."""


class Room(NamedTuple):
    """How much of each part is drawn; `ours`: what is ours to fix and new stands above, not below."""

    cards: int
    down: int
    known: int
    ours: bool = False


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
    if text := _warning(content):
        shown = joined(text, *warned(content.degraded))
        return Digest(root=Message.of(text, [section(shown, "warning")]))
    if is_quiet(content):
        return _quiet(content, names)
    most = WORDS + HELLO * (content.introduction is not None)
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
    leaks = any(leak.told_at is None for leak in content.leaks)
    asks = content.down or content.to_fix or content.decisions or content.done or content.fresh_models
    says = content.degraded or content.introduction or content.ask_to_turn_on or _fewer(content)
    return not (asks or leaks or says)


def _warning(content: DigestContent) -> str:
    """Why nothing was judged; "" where it was."""
    if content.facts_unreadable:
        why = outside(content.facts_unreadable, 300)
        return f"⚠ {why}. I judge nothing until the results can be read."
    if content.runner_down_since is None:
        return ""
    return (
        f"⚠ No results from any provider for {duration(content.at - content.runner_down_since)}: "
        "the benchmark runner looks stopped. I judge nothing until it answers."
    )


def _drawn(content: DigestContent, room: Room, names: Names) -> Digest:
    counters = _counters(content, room, names)
    counted = sections.counted(counters, content.autopilot, names, content.at)
    new = content.fresh_models
    if content.introduction:
        blocks = first_day.page(content, content.introduction, counted, room.cards + 2, names)
    else:
        blocks = [
            *counted["head"],
            sections.answering(content),
            *sections.warnings(content.degraded),
            *sections.decisions(content, room.cards, [*counted["more"], *counted["shadow"]], names),
            *(first_day.turn_on(content.kinds) if content.ask_to_turn_on else ()),
            *sections.done(content, counted["done"], names),
            *sections.down(content, room.down, names, with_ours=room.ours),
            DIVIDER,
            *([review_row(new)] if new else []),
            *counted["known"],
            *counted["state"],
        ]
    ids = {block.get("block_id") for block in blocks}
    rest = () if content.introduction else content.decisions[room.cards :]
    return Digest(
        root=Message.of(sections.fallback(counters), blocks),
        counters=counters,
        thread=tuple(message for message, _ in decisions_beyond(rest, names, content.at)),
        in_root=tuple(one for one in content.shown if one in ids),
    )


def redrawn(
    blocks: Sequence[Block], counters: Counters, autopilot: Autopilot, names: Names, now: datetime
) -> Message:
    """A root after clicks: what it counts is drawn anew in its place."""
    counted = sections.counted(counters, autopilot, names, now)
    if all(block.get("block_id") != "known" for block in blocks):
        counted["state"] = [*counted["known"], *counted["state"]]
    after: list[Block] = []
    for block in blocks:
        newer = counted.get(str(block.get("block_id")))
        after += [block] if newer is None else newer
    return Message(text=sections.fallback(counters), blocks=tuple(after))


def _counters(content: DigestContent, room: Room, names: Names) -> Counters:
    stands, new = content.stands, content.fresh_models
    asked = tuple(c.proposal.id for c in content.decisions)
    down = (*(c.proposal for c in content.down), *content.down_known)
    phrases = sections.known(content, names, with_ours=not room.ours)
    rest = [f"and {len(phrases) - room.known} more in Home"] if len(phrases) > room.known else []
    return Counters(
        models=content.now_answering,
        asked=asked,
        not_shown=asked[room.cards :],
        waiting=asked,
        down=len({p.provider for p in down if _as_a_whole(p, stands)}),
        outages={p.id: p.provider for p in down if _as_a_whole(p, stands)},
        alone=content.alone,
        why=sections.why_off(content),
        switched_off=stands.count(Place.SWITCHED_OFF),
        on_again=content.on_again,
        new_models=evidence.models_in(new.members) if new else 0,
        told_leaks=tuple(leak.provider for leak in content.leaks if leak.told_at is None),
        leaks=tuple(leak.provider for leak in content.leaks),
        fewer=_fewer(content),
        title=first_day.title(content, content.introduction) if content.introduction else "",
        known=(*phrases[: room.known], *rest),
        on_hold=stands.count(Place.ON_HOLD),
        covered=content.covered,
        judge=sections.judge_words(content),
    )


def _as_a_whole(proposal: Proposal, stands: Partition) -> bool:
    """Whether this is a provider that is down, and not a few models of it."""
    silent = stands.count(Place.DOWN, proposal.id) >= proposal.provider_enabled > 1
    return proposal.scope == Scope.PROVIDER or (proposal.scope == Scope.SILENCE and silent)


def _fewer(content: DigestContent) -> int:
    """So many answer no more, where that is more than the few (5%) that come and go from day to day."""
    if content.yesterday is None:
        return 0
    fell = content.yesterday.answering - content.now_answering.answering - content.away
    return fell if fell > 0.05 * content.yesterday.enabled else 0


def _quiet(content: DigestContent, names: Names) -> Digest:
    counted, last = content.now_answering, content.yesterday
    then = f", {last.when} {last.answering:,} of {last.enabled:,}" if last else ""
    if last and last.answering == counted.answering:
        then = f", as {last.when}"
    models = f"{counted.answering:,} of {counted.enabled:,} models answer{then}."
    first = joined(f"✅ Nothing new, nothing waits for you. {models}", content.changed, by=" ")
    before = sections.known_words(_counters(content, ROOMS[1], names))
    looked = f"Looked at {clock(content.at)}."
    text = f"{first}\nKnown: {before}. {looked}" if before else f"{first} {looked}"
    return Digest(root=Message.of(first, [section(text, "quiet")]))


def decisions_beyond(
    rest: Sequence[Card], names: Names, now: datetime
) -> list[tuple[Message, tuple[str, ...]]]:
    """The messages of the thread that show these, each with the ids of its proposals."""
    batches: list[tuple[list[str], list[Block]]] = []
    for waiting in rest:
        drawn = card(waiting, names, now)
        ids, blocks = batches[-1] if batches else ([], [])
        if not ids or len(ids) == 10 or characters((*blocks, *drawn)) > CHARACTERS:
            ids, blocks = [], []
            batches.append((ids, blocks))
        ids.append(waiting.proposal.id)
        blocks += drawn
    texts = [f"{plural(len(ids), 'more decision')}: {listed(ids, most=10)}" for ids, _ in batches]
    return [
        (Message.of(cut_drawn(text, 300), blocks), tuple(ids))
        for text, (ids, blocks) in zip(texts, batches, strict=True)
    ]


def changed_words(found: Differences, held: Collection[ModelRef | None] = ()) -> str:
    """ "Since then switched off: 6 approved, 1 outside this bot (a)." What was done alone is named elsewhere.

    `held`: what somebody outside enabled again, and is left alone now.
    """

    def by_whom(way: str, changes: Mapping[str, Sequence[ModelRef]]) -> str:
        said = ", ".join(
            f"{len(refs):,} {whose}" + (f" ({some(refs)})" if whose == ELSEWHERE else "")
            for whose, refs in changes.items()
            if (way, whose) != ("off", ALONE)
        )
        return f"{way}: {said}" if said else ""

    def some(refs: Sequence[ModelRef]) -> str:
        return listed(map(sections.named, refs), most=2)

    said = joined(by_whom("off", found.off), by_whom("on", found.on), by="; ")
    back = sorted(ref for ref in found.on.get(ELSEWHERE, ()) if ref in held)
    left = f" I leave {some(back)} alone now." if back else ""
    return f"Since then switched {said}.{left}" if said else ""
