"""The daily digest: a page of facts → the messages of one day.

New first, then what waits, then what is known in one folded line. The root message holds at most five
decisions; the rest goes into the thread, ten a message.
"""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.slack.views import sections
from bot.slack.views.card import Card, card, new_models, section
from bot.slack.views.content import Counters, Digest, DigestContent, Message
from bot.slack.views.text import Names, clock, joined, listed, outside, warned
from operator_core.domain.proposals import ProposalAction
from operator_core.domain.situations import Scope
from operator_core.words import duration, plural

ROOT_DECISIONS = 5
THREAD_DECISIONS = 10
MAX_DOWN = 6
FEW = 0.05
"""Of the enabled models: so many more or fewer answer from day to day, and nobody needs to look."""
CHARACTERS = 9_500
"""Slack refuses a message's blocks at about 13,200 characters; it once did at 11,341."""


def digest(content: DigestContent, names: Names) -> Digest:
    """The messages for this page, within Slack's limits at any number of proposals."""
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
    if _is_quiet(content):
        return _quiet(content, names)
    return _busy(content, names)


def _is_quiet(content: DigestContent) -> bool:
    asks = content.down or content.to_fix or content.decisions or content.done or content.new_models
    return not (asks or content.degraded or content.changed_since or content.discovery or _fewer(content))


def _busy(content: DigestContent, names: Names) -> Digest:
    counters = _counters(content)
    troubles, shown = content.down[:MAX_DOWN], content.decisions[:ROOT_DECISIONS]
    above, below = sections.head(content, counters), sections.tail(content, names)
    budget = CHARACTERS - _characters(above) - _characters(below)
    middle = _middle(content, troubles, shown, names)
    while (shown or troubles) and _characters(middle) > budget:
        shown, troubles = (shown[:-1], troubles) if shown else (shown, troubles[:-1])
        middle = _middle(content, troubles, shown, names)
    threads = _threads(content.decisions[len(shown) :], names, content.at)
    return Digest(
        root=Message.of(sections.fallback(counters), [*above, *middle, *below]),
        counters=counters,
        thread=tuple(message for message, _ in threads),
        in_root=(
            *(c.proposal.id for c in (*troubles, *shown, *content.done[: sections.MAX_DONE])),
            *((content.new_models.id,) if content.new_models else ()),
        ),
        in_thread=tuple(ids for _, ids in threads),
    )


def _middle(
    content: DigestContent, troubles: Sequence[Card], shown: Sequence[Card], names: Names
) -> list[Block]:
    return [
        *sections.down(content, troubles, names),
        *sections.decisions(content, shown, names),
        *sections.done(content, names),
        *sections.to_fix(content),
    ]


def _counters(content: DigestContent) -> Counters:
    down = (*(c.proposal for c in content.down), *content.down_known)
    done = [c for c in content.done if c.proposal.action == ProposalAction.DISABLE]
    return Counters(
        down=len({p.provider for p in down if p.scope == Scope.PROVIDER}),
        decisions=len(content.decisions),
        switched_off=sum(len(c.outcomes) for c in done),
        new_models=new_models(content.new_models)[0] if content.new_models else 0,
        fewer=_fewer(content),
        models=content.now_answering,
    )


def _fewer(content: DigestContent) -> int:
    if content.yesterday is None:
        return 0
    fell = content.yesterday.answering - content.now_answering.answering
    return fell if fell > FEW * content.yesterday.enabled else 0


def _quiet(content: DigestContent, names: Names) -> Digest:
    counted = content.now_answering
    same = content.yesterday and content.yesterday.answering == counted.answering
    before = ", as yesterday" if same else sections.yesterday(content)
    first = (
        f"✅ Nothing new, nothing waits for you. {counted.answering} of {counted.enabled} enabled models "
        f"answer{before}."
    )
    standing = f"Known: {sections.known(content, names)}." if content.down_known else ""
    watching = f"Watching {sections.watched_models(content)}." if content.watching else ""
    autopilot = sections.autopilot_words(content.autopilot, names)
    last = f"Checked {clock(content.at)} · {autopilot} · {sections.judge_words(content)}"
    text = joined(first, joined(standing, watching, by=" "), last)
    return Digest(root=Message.of(first, [section(text, "quiet")]))


def _one_warning(text: str, content: DigestContent) -> Digest:
    shown = joined(text, *warned(content.degraded))
    return Digest(root=Message.of(text, [section(shown, "warning")]))


def _threads(rest: Sequence[Card], names: Names, now: datetime) -> list[tuple[Message, tuple[str, ...]]]:
    batches: list[tuple[list[str], list[Block]]] = []
    for waiting in rest:
        drawn = card(waiting, names, now)
        ids, blocks = batches[-1] if batches else ([], [])
        if not ids or len(ids) == THREAD_DECISIONS or _characters([*blocks, *drawn]) > CHARACTERS:
            ids, blocks = [], []
            batches.append((ids, blocks))
        ids.append(waiting.proposal.id)
        blocks += drawn
    texts = [f"{plural(len(ids), 'more decision')}: {listed(ids, most=10)}" for ids, _ in batches]
    return [(Message.of(text, b), tuple(ids)) for text, (ids, b) in zip(texts, batches, strict=True)]


def _characters(blocks: Sequence[Block]) -> int:
    """All text of the blocks, as Slack seems to count it: every string value."""
    return sum(_length(block.to_dict()) for block in blocks)


def _length(value: object) -> int:
    if isinstance(value, dict):
        return sum(_length(item) for key, item in value.items() if key not in {"type", "block_id"})
    if isinstance(value, list | tuple):
        return sum(map(_length, value))
    return len(value) if isinstance(value, str) else 0
