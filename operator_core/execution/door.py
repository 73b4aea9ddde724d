"""The one door to a change in `models`: who acts without a person has just passed the gates."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from operator_core.domain.changes import Change, Result
from operator_core.domain.journal import JournalEntry
from operator_core.errors import LeaseLost
from operator_core.execution.plan import Objections


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
