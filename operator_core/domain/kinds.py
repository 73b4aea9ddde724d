"""Why requests fail, and what follows from each kind: one table, so that a new kind is one entry."""

from enum import StrEnum


class Kind(StrEnum):
    """Why a request failed, as far as its text and status tell."""

    AUTH = "auth"
    BILLING = "billing"
    RATE_LIMIT = "rate_limit"
    HARD_MODEL = "hard_model"
    """The provider no longer serves this model to us."""
    HARD_CAPABILITY = "hard_capability"
    """Our request is wrong for this model."""
    TRANSIENT_PROVIDER = "transient_provider"
    NETWORK = "network"
    TIMEOUT = "timeout"
    BUDGET_EXHAUSTED = "budget_exhausted"
    """It answered, but our output budget was spent before anything visible."""
    UNKNOWN = "unknown"


SOFT_KINDS = frozenset({Kind.RATE_LIMIT, Kind.TIMEOUT, Kind.NETWORK, Kind.TRANSIENT_PROVIDER})
"""Kinds that pass by themselves; they make a model flap."""


OUTAGE_KINDS = frozenset({Kind.TRANSIENT_PROVIDER, Kind.NETWORK, Kind.TIMEOUT})
"""One family: an outage shows itself as any of them."""


DEFINITE_KINDS = frozenset(
    {Kind.HARD_MODEL, Kind.AUTH, Kind.BILLING, Kind.HARD_CAPABILITY, Kind.BUDGET_EXHAUSTED}
)
"""Kinds in which the provider tells us what is wrong."""
