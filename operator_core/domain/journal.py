"""One batch of changes as the journal keeps it: intent, before-images, results, and who owns it now."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import ConfigDict, Field

from operator_core.domain.base import Frozen
from operator_core.domain.changes import Change, Outcome, Result, outcomes
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import POLICY, ProposalAction, contents_of

LEASE = timedelta(seconds=30)
Before = Collection[str] | None


class Leases(Frozen):
    """How long who works on something may be silent before others go on with it: as shipped, unless the
    composition root is told otherwise."""

    entry: timedelta = LEASE
    """Of a journal entry; renewed with each change."""
    write_seconds: float = 10
    """A change must be sent so soon after the lease was renewed, and the lease outlasts it: a process that
    slept through its lease sends nothing when it wakes."""
    claim_seconds: float = 600
    """Of a claim on a digest, a sync or a watch; renewed while the work goes on."""
    outcome_seconds: float = 60
    """So long a person's click waits for what another process finishes."""


class EntryState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class JournalEntry(Frozen):
    """One batch of changes, on one person's or policy's word."""

    model_config = ConfigDict(validate_by_name=True)

    id: str
    """J-412 for P-412; further batches of the same proposal, and undos, carry a suffix."""
    proposal_id: str
    revision: int
    """Of the proposal, as it was approved."""
    action: ProposalAction
    provider: str
    by: str = Field(alias="actor")
    """As the approval's; stored as `actor`."""
    asked_in: str = ""
    reason: str = ""
    started_at: datetime
    closed_at: datetime | None = None
    owner: str
    lease: datetime
    """Until then nobody else may go on with it."""
    fence: int = 1
    state: EntryState = EntryState.OPEN
    answered: bool | None = None
    """Whether whoever asked in Slack was told what came of it; None where an older version began it."""
    undo_of: str | None = None
    accepted_pause: datetime | None = None
    """The pause that stood already when a person approved this nonetheless; a later one stops the batch."""
    attended: datetime | None = None
    """Of the last act of an approver before it, if there was one; an older version didn't note it."""
    in_line: bool = False
    """Policy's, which takes its place in the journal's line before it counts; not of an older version."""
    changes: tuple[Change, ...]
    mode: tuple[Mode, Mode] | None = None
    """Set: not a model but the autopilot was changed, from one to the other. Then there are no changes and no
    proposal, and the action is attend: nothing to execute."""

    @property
    def automatic(self) -> bool:
        return self.by == POLICY

    @property
    def closed(self) -> bool:
        return self.state == EntryState.CLOSED

    @property
    def contents(self) -> str:
        """What was done and to which models, in short; results don't change it."""
        return contents_of(self.action, ((one.ref.provider, one.ref.model_id) for one in self.changes))

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return outcomes(self.changes)

    @property
    def standing(self) -> tuple[Change, ...]:
        """Changes that we made and that nobody took back through us."""
        return tuple(change for change in self.changes if change.stands)

    @property
    def done(self) -> int:
        return sum(change.result == Result.DONE for change in self.changes)

    def counted(self, before: Before = None) -> tuple[Change, ...]:
        """What was made; unless `before` is None also what is about to be, but by entries of the line that
        are not among these: who stands later in it counts those before."""
        coming = before is not None and not self.closed and (self.id in before or not self.in_line)
        return tuple(
            c for c in self.changes if c.result == Result.DONE or (coming and c.result == Result.PENDING)
        )

    def with_result(self, index: int, result: Result, detail: str) -> "JournalEntry":
        changes = list(self.changes)
        changes[index] = changes[index].with_result(result, detail)
        return self.model_copy(update={"changes": tuple(changes)})


def left_enabled(entries: Iterable[JournalEntry], before: Before = None) -> Counter[str]:
    """By provider: models that left the enabled ones through these entries, less those that joined."""
    left = Counter[str]()
    for entry in entries:
        for change in entry.counted(before):
            left[change.ref.provider] -= change.enables
    return left


def disabled_by_policy(entries: Iterable[JournalEntry], before: Before = None) -> Counter[str]:
    """By provider: models that policy disabled in these and that nobody enabled again through Undo."""
    counted = (change for entry in entries if entry.automatic for change in entry.counted(before))
    return Counter(one.ref.provider for one in counted if one.enables < 0 and not one.undone_by)


class ModeChoice(Frozen):
    """What the autopilot was set to last."""

    version: int = 1
    mode: Mode
    at: datetime
    entry: JournalEntry | None = None
    """What the journal says of it; None: so it began, and nobody chose it."""


class ModeInForce(Frozen):
    """The lesser of what was chosen and what operator.toml allows."""

    mode: Mode
    chosen: ModeChoice
