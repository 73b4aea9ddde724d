"""A person's word that automation keeps away from a model or a situation, and what it covers."""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, model_validator

from operator_core.domain.base import Frozen, ModelRef, Time
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import FINDINGS, Proposal, contents_of, situation_of
from operator_core.domain.situations import Situation


class Origin(StrEnum):
    """What the person did that became a hold."""

    UNDID = "undid"
    REENABLED = "re-enabled"
    REJECTED = "rejected"
    UNTICKED = "unticked"
    NEVER = "never"
    NOT_NOW = "not now"


SOMEBODY_OUTSIDE = "somebody outside this bot"
"""Who enabled a model again without us: that is all that can be known."""
ON_NEW_MODELS = frozenset({Origin.NEVER, Origin.NOT_NOW})
"""Answers given in the review of new models."""
ON_ANSWERS = frozenset({Origin.UNDID, Origin.REJECTED})
"""What a card's own Release or Reopen takes back."""


class HoldDraft(Frozen):
    """A hold before it is kept: on a model (`model_id`) or on a whole situation (`fingerprint`)."""

    provider: str
    model_id: str | None = None
    fingerprint: Annotated[str, AfterValidator(situation_of)] | None = None
    kind: Kind | None = None
    """The kind of failure it was said about; it ends when the evidence changes in kind. None: any."""
    by: str
    at: Time
    until: Time | None = None
    """When it ends by itself, if it does."""
    reason: str = ""
    origin: Origin
    proposal_id: str | None = None
    """The proposal that was answered; None where there was none, or an older version kept it."""

    @classmethod
    def on(cls, ref: ModelRef, **said: Any) -> "HoldDraft":
        """On one model; `said`: the other fields."""
        return cls(**ref.model_dump(), **said)


class Hold(HoldDraft):
    """One person's word. It stands until released, until its time comes, or the evidence changes in kind."""

    id: str
    active: bool = True
    released_by: str = ""
    released_at: datetime | None = None

    @model_validator(mode="after")
    def _on_something(self) -> "Hold":
        if self.model_id is None and self.fingerprint is None:
            raise ValueError("it names neither a model nor a situation")
        return self

    @property
    def ref(self) -> ModelRef | None:
        """The model that it is on, if it is on one of those that are here."""
        if self.model_id is None or self.origin in ON_NEW_MODELS:
            return None
        return ModelRef(provider=self.provider, model_id=self.model_id)

    @property
    def about(self) -> tuple[str, str | None, str | None]:
        """The model or the situation that it is on."""
        return self.provider, self.model_id, self.fingerprint

    @property
    def contents(self) -> str:
        """The same in short, as its Release carries it."""
        return contents_of(self.origin, [[part or "" for part in self.about]])


def by_answers_to(proposal: Proposal, holds: Iterable[Hold]) -> tuple[Hold, ...]:
    """Those that the undo or the reject of this proposal made; others on the same models are not its own."""
    return tuple(hold for hold in holds if hold.origin in ON_ANSWERS and _made_by(proposal, hold))


def _made_by(proposal: Proposal, hold: Hold) -> bool:
    if hold.proposal_id is not None:
        return hold.proposal_id == proposal.id
    said = any(move.by == hold.by for move in proposal.moves)
    about = {(ref.provider, ref.model_id) for ref in proposal.refs}
    ours = hold.fingerprint == situation_of(proposal.fingerprint) or (hold.provider, hold.model_id) in about
    return said and ours and hold.kind == proposal.kind


def without_held(situation: Situation, holds: Collection[Hold]) -> Situation | None:
    """The situation without its held models; None when nothing is left of it."""
    kind, id_ = situation.kind, situation.id
    left = tuple(one for one in situation.affected if not hold_over(one.ref, kind, id_, holds))
    return situation.model_copy(update={"affected": left}) if left else None


def hold_over(ref: ModelRef, kind: Kind | None, fingerprint: str, holds: Collection[Hold]) -> Hold | None:
    """The hold that keeps automation away from the whole situation, or else from this model of it."""
    of_situation = (h for h in holds if h.model_id is None and h.fingerprint == situation_of(fingerprint))
    return next(of_situation, None) or hold_on(ref, kind, fingerprint, holds)


def hold_on(ref: ModelRef, kind: Kind | None, fingerprint: str, holds: Iterable[Hold]) -> Hold | None:
    """The hold that keeps automation away from this model while it fails in this kind, or is found to be odd
    in the catalogue. A command, which has no kind either, is a person's own word."""
    if kind is None and not fingerprint.startswith(FINDINGS):
        return None
    of_model = (h for h in holds if (h.provider, h.model_id) == (ref.provider, ref.model_id))
    return next((hold for hold in of_model if hold.kind in {None, kind}), None)
