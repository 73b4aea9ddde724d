"""Verdicts and decisions: what to do about a situation, and about each model, and who says so."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.kinds import Kind
from operator_core.domain.situations import Situation


class Action(StrEnum):
    """What a verdict says about a model."""

    DISABLE = "disable"
    MONITOR = "monitor"
    IGNORE = "ignore"


class Route(StrEnum):
    """Who acts on a decision."""

    AUTO = "auto"
    ASK = "ask"
    NONE = "none"


class Verdict(Frozen):
    """What to do about a situation, and who says so."""

    action: Action
    confidence: float = Field(ge=0, le=1)
    reasoning: str
    suggested_by: str
    """The LLM's name as configured, `rules`, `triage` or `memory`."""
    kind: Kind | None = None
    """What the LLM read in texts that rules can't read: it words and routes the card, and opens no gate."""


def settled(action: Action, reasoning: str) -> Verdict:
    """By what was measured or a person said: nobody needs to judge."""
    return Verdict(action=action, confidence=1.0, reasoning=reasoning, suggested_by="triage")


Judged = tuple[Situation, Verdict]
"""A situation and what was said about it."""


class Decision(Verdict):
    """The answer for one model."""

    ref: ModelRef
    situation: str | None = None
    """None where triage settled it."""
    route: Route = Route.NONE
    gate: str = ""
    """Which gate kept policy from acting by itself, in plain words."""
    alone: bool = False
    """Every gate is open, whatever the mode."""

    @classmethod
    def of(cls, ref: ModelRef, verdict: Verdict, **more: Any) -> "Decision":
        """What a verdict means for one model. Without `more`, its other fields, it needed no judgement."""
        return cls(ref=ref, **verdict.model_dump(), **more)


class LlmUse(Frozen):
    """What the LLM was asked for in one run, and what that cost."""

    model: str
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    unmetered: bool = False
    """An answer didn't say what it used: how many tokens it were is unknown."""
    cost_usd: float | None = 0.0
    """None: the price of this model is not known, or an answer didn't say what it used."""
    fallback: str | None = None
    """Why the written rules judged, wholly or in part; None when they didn't have to."""


class PersonsAnswer(Frozen):
    """What a person answered about a situation before."""

    answer: str
    by: str
    at: datetime
    reason: str = ""


class Remembered(Frozen):
    """What is known about a situation from earlier days."""

    fingerprint: str
    verdict: Verdict | None = None
    """The LLM's; written rules are not remembered."""
    evidence: str = ""
    """What it was given about: see `evidence_of`."""
    judged_at: datetime | None = None
    answers: tuple[PersonsAnswer, ...] = ()
