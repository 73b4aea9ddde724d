"""The one door to a change in `models`: who acts without a person has just passed the gates.

Of all replicas one at a time counts gates and brakes and puts on disk what it will do, so that the next one
counts that too.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from operator_core.domain.changes import Change, Result
from operator_core.domain.journal import JournalEntry
from operator_core.errors import LeaseLost
from operator_core.execution.plan import Objections
from operator_core.store.records.claims import Claims

KEY = "autopilot"
TRIES = 50
WAIT_SECONDS = 0.1
StillOurs = Callable[[], Awaitable[None]]
"""Raises LeaseLost where others may be counting by now."""


@asynccontextmanager
async def counting(
    claims: Claims, owner: str, clock: Callable[[], datetime], seconds: float
) -> AsyncIterator[StillOurs]:
    """Only one replica, and of it one batch, is in here: `owner` names both.

    Raises LeaseLost where others are in here all the time: recovery carries out what was approved.
    """
    tries = TRIES
    while await claims.claim(KEY, owner, clock(), seconds) is None:
        tries -= 1
        if not tries:
            raise LeaseLost("another process is counting what may be done alone; this is carried out later")
        await asyncio.sleep(WAIT_SECONDS)
    try:
        yield lambda: claims.renew(KEY, owner, clock(), seconds)
    finally:
        await claims.give_up(KEY, owner, clock())


@dataclass(frozen=True)
class LetThrough:
    """A change that may be made now: only `let_through` makes one, and nothing else is ever made."""

    change: Change


def let_through(
    entry: JournalEntry, index: int, looked: Objections | None, now: datetime, lease: timedelta
) -> LetThrough:
    """A change of an entry, on a person's word or past the gates. Raises LeaseLost where nobody looked."""
    if must_look(entry, index, looked, now, lease):
        raise LeaseLost(f"nobody looked just now at what speaks against {entry.id}", entry.id)
    return LetThrough(entry.changes[index])


def must_look(
    entry: JournalEntry, index: int, looked: Objections | None, now: datetime, lease: timedelta
) -> bool:
    """Whether to look first at what speaks against it: of policy's, within a lease before each change."""
    change = entry.changes[index]
    if entry.automatic:
        return change.result == Result.PENDING and (looked is None or not looked.passed(change, now, lease))
    return change.result == Result.PENDING and looked is None and entry.undo_of is None
