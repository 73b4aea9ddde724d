"""The buttons: their action ids, and the parser of what a click carries.

A button carries an id and the revision that the person read, never a command: its meaning stands in MongoDB.
"""

from enum import StrEnum
from hashlib import sha256
from typing import Self

from operator_core.domain.base import Frozen
from operator_core.domain.holds import Hold
from operator_core.domain.journal import JournalEntry
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import Member, Proposal, ProposalAction

STAMPED = "@"
"""What stands between a button's value and the deployment that drew it."""
ALONE = "alone"
"""The choice that means only what shadow would have done."""
OBVIOUS = "obvious"
"""The choice that means only what providers say is gone, for long enough."""
IN_PART = frozenset({ALONE, OBVIOUS})
"""Choices that say nothing about a proposal's other members."""


class Verb(StrEnum):
    """What a button asks for. The action id is the verb, a dot, and what makes it unique in its message."""

    APPROVE = "approve"
    REJECT = "reject"
    MORE = "more"
    """The overflow menu: later, or details."""
    DETAILS = "details"
    TAKE = "take"
    GIVE_BACK = "give_back"
    UNDO = "undo"
    REOPEN = "reopen"
    RELEASE = "release"
    REVIEW = "review"
    APPROVE_ALL = "approve_all"
    """Also, by its choice, all that shadow would have done, and no more."""
    PAUSE = "pause"
    RESUME = "resume"
    HOLDS = "holds"
    SHARE = "share"
    """What `/operator analyze` found, into the channel."""
    OWN = "own"
    """An incident: "I'm on it", and its way back."""
    DISOWN = "disown"
    SHOW_MORE = "show_more"
    """Puts the decisions that the digest had no room for into its thread."""
    SHOW_ALL = "show_all"
    EXPLAIN = "explain"
    TURN_ON = "turn_on"
    ASK_LATER = "ask_later"
    ROTATED = "rotated"
    """A key that may have leaked is of no use any more."""


class Later(StrEnum):
    """The choices of the overflow menu."""

    TOMORROW = "tomorrow"
    MONDAY = "monday"
    CHANGE = "change"
    DETAILS = "details"


class Target(Frozen):
    """What a click is about: a proposal in the revision that was read, or another id (revision 0)."""

    id: str
    revision: int = 0
    choice: str = ""
    contents: str = ""
    """What it was drawn about, in short; empty where that is no record, or an older version drew it."""
    stamp: str = ""
    """Which deployment drew it; put on and read off where messages are sent and clicks come in."""

    def __str__(self) -> str:
        tail = ":".join((self.choice, self.contents)).rstrip(":")
        return f"{self.id}:{self.revision}" + (f":{tail}" if tail else "")

    @classmethod
    def on(cls, shown: Proposal | JournalEntry | Hold, choice: str = "") -> Self:
        """About what is shown, as it is now."""
        revision, contents = 0, shown.contents
        if isinstance(shown, Proposal):
            revision, contents = shown.revision, shown.contents_with(members_meant(shown, choice))
        return cls(id=shown.id, revision=revision, choice=choice, contents=contents)

    @classmethod
    def about(cls, name: str) -> Self:
        """About what has no id: short and plain, whatever it is called."""
        return cls(id=sha256(name.encode()).hexdigest()[:12])

    @classmethod
    def parse(cls, value: str) -> Self:
        """The inverse of `str`. Raises ValueError for what no button of ours carries."""
        own, _, stamp = value.partition(STAMPED)
        id_, revision, *more = own.split(":")
        choice, contents = (*more, "", "")[:2]
        return cls(id=id_, revision=int(revision), choice=choice, contents=contents, stamp=stamp)


def members_meant(proposal: Proposal, choice: str) -> tuple[Member, ...]:
    """The members that a click with this choice is about."""
    if choice == OBVIOUS:
        gone = proposal.action == ProposalAction.DISABLE and proposal.kind == Kind.HARD_MODEL
        return tuple(m for m in proposal.members if gone and m.old)
    return proposal.shadowed if choice == ALONE else proposal.members


def action_id(verb: Verb, unique: str) -> str:
    return f"{verb}.{unique}"
