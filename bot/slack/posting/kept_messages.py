"""What MongoDB keeps of our messages: so that any replica can redraw a card, and tell new from known."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from bot.slack.views.content import Counters
from operator_core.domain.base import Frozen, ModelRef
from operator_core.store.records.state import StateRecords
from operator_core.store.stores import Stores

Blocks = list[dict[str, Any]]
Kind = TypeVar("Kind", bound=Frozen)


class KeptMessage(Frozen):
    """A message as it was last drawn."""

    version: int = 1
    """Rises with each change, so that two who change different parts don't undo each other."""
    text: str
    blocks: Blocks
    root: str | None = None
    """Of a message in a thread: the root's `ts`."""
    counters: Counters | None = None
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
