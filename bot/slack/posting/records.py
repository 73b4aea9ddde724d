"""What MongoDB keeps of what was said: messages as they were last drawn, edits that Slack did not take, what
the last digest counted and asked, and keys that were told. Any replica draws, and tells news, by it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.slack.views.content import Counters, DigestContent, KeyLeakTold
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.mode import Mode
from operator_core.errors import FactsUnreadable
from operator_core.store.records.state import StateRecords
from operator_core.store.stores import Stores
from operator_core.use_cases import LEAKS_WITHIN, UseCases

Blocks = list[dict[str, Any]]
Leaks = dict[str, KeyLeakTold]
Kind = TypeVar("Kind", bound=Frozen)


class KeptMessage(Frozen):
    """A message as it was last drawn."""

    version: int = 1
    """Rises with each change, so that two who change different parts don't undo each other."""
    text: str
    blocks: Blocks
    root: str | None = None
    """Of a message in a thread: the root's `ts`."""
    claim: str = ""
    """That it was posted under."""
    counters: Counters | None = None
    waiting: tuple[str, ...] = ()
    """Of a digest that an older version drew: ids of its decisions that waited."""
    stamps: Mapping[str, list[int]] = {}
    """By proposal: how new the card is that is drawn here."""
    unsent: bool = False
    """Slack has not got this version yet."""
    refused: bool = False
    """Slack would not take an edit: what is owed says more."""


class Owed(Frozen):
    """An edit that Slack did not take."""

    why: str
    """Slack's word, and what to do about it."""
    tries: int
    again_at: datetime
    lost: bool = False
    """This message can't show it any more: whoever draws it again draws a new one."""


class LastDigest(Frozen):
    """The newest digest: when, which message; and what the newest that could count anything showed."""

    at: datetime
    ts: str
    counting: str = ""
    """The newest message that counts what clicks change; empty where an older version kept it."""
    answering: int | None = None
    enabled: int | None = None
    shown: Mapping[str, int] | None = None
    """The open proposals of that moment, with their revisions."""
    counted_at: datetime | None = None
    """None where an older version kept it."""
    models: tuple[ModelRef, ...] = ()
    """Those that were run then."""
    entries: tuple[str, ...] = ()
    """Ids of the journal's entries of around then, of which it told."""


class DigestMemory(Frozen):
    """What was asked and said once."""

    reminded: tuple[str, ...] = ()
    """Decisions whose approvers were mentioned, by id."""
    good: int = 0
    """Digests in shadow that nothing degraded."""
    asked_at: datetime | None = None
    """When it asked whether to be turned on."""
    again_at: datetime | None = None
    """When somebody wants to be asked again."""

    def asks(self, now: datetime) -> bool:
        """Whether a good digest of this moment asks: the seventh in shadow, or when it was asked to."""
        due = self.asked_at is None or (self.again_at is not None and now >= self.again_at)
        return self.good + 1 >= 7 and due


class DiscoveryNews(Frozen):
    """What discovery has to say beside the review, a sentence each."""

    lines: tuple[str, ...] = ()


def records_of(prefix: str, kind: type[Kind]) -> Callable[[Stores], StateRecords[Kind]]:
    """All records of one kind, in the stores that are given."""
    return lambda stores: stores.records(prefix, kind)


kept_messages, owed_edits = records_of("message:", KeptMessage), records_of("owed:", Owed)
"""Both by "CHANNEL:TS"."""
last_digest = records_of("digest:last", LastDigest)
discovery_news = records_of("discovery:latest", DiscoveryNews)
digest_memory = records_of("digest:memory", DigestMemory)
leak_records = records_of("leak:", KeyLeakTold)
"""By provider."""


async def remember(stores: Stores, content: DigestContent, ts: str, *, counts: bool = True) -> None:
    """After the digest was posted: what the next one counts from, and what need not be said again."""
    last = last_digest(stores)
    before = await last.get()
    now = {"at": content.at, "ts": ts, "counting": ts}
    if before and not counts:
        now["counting"] = before.counting or before.ts
    if content.facts_unreadable or content.runner_down_since:
        await last.put(before.model_copy(update=now) if before else LastDigest(**now))
        return
    counted = LastDigest(
        **now,
        **content.now_answering.model_dump(exclude={"when"}),
        shown={one.id: one.revision for one in await stores.proposals.open()},
        counted_at=content.at,
        models=content.stands.run_now,
        entries=content.entries,
    )
    await last.put(counted)
    told_now = await leak_records(stores).all()
    for leak in content.leaks:
        if leak.provider in told_now and told_now[leak.provider].rotated_at != leak.rotated_at:
            continue  # somebody said so meanwhile
        told = leak.model_copy(update={"told_at": leak.told_at or content.at})
        await leak_records(stores).put(told, leak.provider)
    memory = await digest_memory(stores).get() or DigestMemory()
    waiting = {card.proposal.id for card in content.decisions}
    good = content.autopilot.mode.mode == Mode.SHADOW and not content.degraded
    later = memory.again_at is not None and memory.again_at > content.at  # somebody said so meanwhile
    asked = {"asked_at": content.at, "again_at": None} if content.ask_to_turn_on and not later else {}
    reminded = [one for one in (*memory.reminded, *content.overdue) if one in waiting]
    new = {"reminded": tuple(reminded), "good": memory.good + good, **asked}
    await digest_memory(stores).put(memory.model_copy(update=new))


async def leaks_told(use_cases: UseCases, now: datetime, *, look: bool = True) -> tuple[KeyLeakTold, ...]:
    """Key-like text in the error rows that nobody marked as rotated since. `look`: not only what is known."""
    leaks = dict(await leak_records(use_cases.stores).all())
    if look:
        with suppress(FactsUnreadable):  # then what was told stands
            leaks |= await _seen(use_cases, leaks, now)
    return tuple(leak for _, leak in sorted(leaks.items()) if leak.rotated_at is None)


async def _seen(use_cases: UseCases, told: Mapping[str, KeyLeakTold], now: datetime) -> Leaks:
    """By provider; of a key that was rotated only rows since then count."""
    measured = await use_cases.resources.collected(now)
    begin = now - LEAKS_WITHIN
    begins = {leak.provider: max(leak.rotated_at, begin) for leak in told.values() if leak.rotated_at}
    seen = Leaks()
    for since in {begin, *begins.values()}:
        for leak in measured.leaks(since):
            before = told.get(leak.provider)
            if since == begins.get(leak.provider, begin):
                stands = before if before and not before.rotated_at else KeyLeakTold(**leak.model_dump())
                seen[leak.provider] = stands.model_copy(update={"rows": max(stands.rows, leak.rows)})
    return seen


async def mark_rotated(use_cases: UseCases, leak: KeyLeakTold, by: str) -> KeyLeakTold:
    """An approver says that the key is of no use any more."""
    marked = leak.model_copy(update={"rotated_by": by, "rotated_at": use_cases.now()})
    return await leak_records(use_cases.stores).put(marked, leak.provider)


async def ask_later(use_cases: UseCases) -> None:
    """In a week, whether to be turned on."""
    kept = digest_memory(use_cases.stores)
    memory = await kept.get() or DigestMemory()
    again = use_cases.now() + timedelta(days=7)
    await kept.put(memory.model_copy(update={"asked_at": memory.asked_at or again, "again_at": again}))
