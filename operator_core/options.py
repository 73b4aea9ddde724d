"""The sections of operator.toml that the core obeys. No key has a default: behaviour is written down."""

from typing import Annotated, Literal

from pydantic import Field

from operator_core.domain.base import Frozen
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode

Share = Annotated[float, Field(gt=0, le=1)]
Name = Annotated[str, Field(pattern=r'^[^\x00-\x1f"$]+$')]
DatabaseName = Annotated[str, Field(pattern=r'^[^\x00-\x1f"$/\\. ]+$')]


class MongoOptions(Frozen):
    """Where the platform's collections are."""

    database: DatabaseName
    models: Name
    successes: Name
    errors: Name
    model_status: Name
    openrouter_catalog: Name


class LlmOptions(Frozen):
    """Which LLM advises, and within which bounds."""

    model: Name
    base_url: Annotated[str, Field(pattern=r"^https?://")]
    max_completion_tokens: Annotated[int, Field(ge=256)]
    reasoning_effort: Literal["", "none", "minimal", "low", "medium", "high", "xhigh"]
    structured_output: Literal["json_schema", "json_object", "prompt"]
    """How the server is told the shape of its answer."""
    token_limit: Literal["max_completion_tokens", "max_tokens"]
    """What the server calls the most tokens it may answer with."""
    timeout_seconds: Annotated[float, Field(gt=0)]


class AnalysisOptions(Frozen):
    """How facts are read."""

    window_days: Annotated[int, Field(ge=1, le=365)]
    healthy_within_hours: Annotated[float, Field(gt=0)]
    provider_wide_share: Share
    flapping_share: Share
    silence_after_hours: Annotated[float, Field(gt=0)]
    remember_verdict_days: Annotated[int, Field(ge=0)]


class PolicyOptions(Frozen):
    """What may happen without a person."""

    autopilot: Mode
    """The most that may be chosen."""
    kinds: tuple[Kind, ...]
    min_confidence: Annotated[float, Field(ge=0, le=1)]
    min_failing_hours: Annotated[float, Field(gt=0)]
    min_failures: Annotated[int, Field(ge=1)]
    max_share_of_provider: Share
    max_changes_unattended: Annotated[int, Field(ge=0)]
    max_share_in_trouble: Share


class CoreOptions(Frozen):
    """All of these."""

    mongodb: MongoOptions
    llm: LlmOptions
    analysis: AnalysisOptions
    policy: PolicyOptions
