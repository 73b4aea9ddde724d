"""What the sandbox's platform consists of, and the right answer for each of its models."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import Action

Document = dict[str, Any]
Trouble = Literal["default", "believable", "quiet", "runner_down"]


class Row(StrEnum):
    """The rows of the table "What a good operator decides" that data can show, in its order."""

    UNLISTED = "unlisted"
    DISABLED = "disabled"
    RUNNER_DOWN = "runner_down"
    FLAGGED = "flagged"
    PROVIDER_WIDE = "provider_wide"
    GONE = "gone"
    """No longer served to us for 48 hours or more; access refused to this one model counts as that."""
    GONE_LATELY = "gone_lately"
    ANSWERING = "answering"
    CAPABILITY = "capability"
    BUDGET = "budget"
    SILENCE = "silence"
    FLAPPING = "flapping"
    UNCLEAR = "unclear"
    NEVER_SUCCEEDED = "never_succeeded"
    NEVER_RAN = "never_ran"


_NOT_MONITOR: dict[Row, Action | None] = {
    Row.UNLISTED: None,
    Row.RUNNER_DOWN: None,
    Row.DISABLED: Action.IGNORE,
    Row.ANSWERING: Action.IGNORE,
    Row.FLAGGED: Action.DISABLE,
    Row.GONE: Action.DISABLE,
}
ANSWERS: dict[Row, Action | None] = {row: _NOT_MONITOR.get(row, Action.MONITOR) for row in Row}
"""The table's right answer; None: report, decide nothing."""


class Truth(Frozen):
    """The right answer for one model, known because its history was made for it."""

    ref: ModelRef
    row: Row
    action: Action | None
    """None: report only."""
    qualifies: bool
    """Every gate but the brakes is open, given a disable verdict of the LLM with confidence 0.97."""
    cause: str | None
    """The true cause, shared by all that have it; None where nothing is wrong, or no judgement is needed."""


def truth_of(ref: ModelRef, row: Row, cause: str | None = None, *, qualifies: bool = False) -> Truth:
    """The row's answer for this model."""
    return Truth(ref=ref, row=row, action=ANSWERS[row], qualifies=qualifies, cause=cause)


class Streak(Frozen):
    """Failures of one cause without a success between them: more of the same between `first` and `last`
    changes no answer."""

    ref: ModelRef
    template: str
    """Key of the error template."""
    successor: str
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Platform:
    """A benchmark platform's documents as of `now`, and the truth about them."""

    now: datetime
    seed: int
    models: tuple[Document, ...]
    successes: tuple[Document, ...]
    errors: tuple[Document, ...]
    model_status: tuple[Document, ...]
    catalog: tuple[Document, ...]
    truths: tuple[Truth, ...]
    streaks: tuple[Streak, ...]
    successor: ModelRef | None
    """What the renamed model is called now: in the catalogue, and absent from `models`."""
    unreadable_rows: int
    """Rows that lack a usable provider, model or time."""

    @property
    def causes(self) -> tuple[str, ...]:
        return tuple(sorted({truth.cause for truth in self.truths if truth.cause}))
