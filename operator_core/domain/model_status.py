"""What the platform's `model_status` is told about each model of a proposal."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import Action
from operator_core.domain.proposals import Proposal, ProposalAction

ACTION_WORDS: dict[ProposalAction, str] = {
    ProposalAction.DISABLE: Action.DISABLE,
    ProposalAction.RENAME: Action.DISABLE,
    ProposalAction.MERGE: Action.DISABLE,
    ProposalAction.ATTEND: Action.MONITOR,
    ProposalAction.ENABLE: "enable",
    ProposalAction.ADD: "add",
}
"""What the proposal means for the model itself."""


class Status(StrEnum):
    """The words of `operator_decision.status`."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    AUTO_EXECUTED = "auto_executed"
    FAILED = "failed"


class StatusEntry(Frozen):
    """`operator_decision` of one model."""

    ref: ModelRef
    action: str
    confidence: float
    reasoning: str
    suggested_at: datetime
    suggested_by: str
    status: Status
    executed_at: datetime | None = None
    proposal_id: str


def entries_for(
    proposal: Proposal,
    status: Status,
    refs: Collection[ModelRef] | None = None,
    executed_at: datetime | None = None,
) -> tuple[StatusEntry, ...]:
    """The entries of a proposal's members (or of those in `refs`), all with the same status."""
    same = proposal.model_dump(include={"confidence", "reasoning", "suggested_by"})
    return tuple(
        StatusEntry(
            **same,
            ref=ref,
            action=ACTION_WORDS[proposal.action],
            suggested_at=proposal.created_at,
            status=status,
            executed_at=executed_at,
            proposal_id=proposal.id,
        )
        for ref in proposal.refs
        if refs is None or ref in refs
    )
