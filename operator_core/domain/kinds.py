"""Why requests fail, and all that follows from each kind: one table, so that a new kind is one entry.

Which texts are of a kind is the other half: the rules of `text/failures.py`.
"""

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from functools import partial
from typing import Self

from operator_core.domain.base import Spoken

PASSES = "Passes by itself most of the time."


@dataclass(frozen=True)
class Traits:
    """What the stages need to know of a kind of failure."""

    value: str
    """How the kind is stored and printed."""
    _: KW_ONLY
    words: str
    """What people read: "groq *rate limited*"."""
    of_provider: str = ""
    """What is said when all of a provider's models fail so; empty: "fails: " and the words."""
    reasoning: str
    """Why the written rules go on watching a model that fails so."""
    soft: bool = False
    """Passes by itself: such failures make a model flap."""
    outage: bool = False
    """An outage shows itself as any of these: they count as one family, and waiting is the remedy."""
    definite: bool = False
    """The provider tells us what is wrong: it outweighs other failures of the same streak."""
    attend: bool = False
    """Somebody must do something outside the database, however few models show it."""
    outlasts_silence: bool = False
    """Still holds for a model that has given neither results nor failures since."""
    blames_model: bool = False
    """A model may be disabled for it without a person, so it must not be read into a text too easily."""
    blameless: bool = False
    """No model's own fault: what follows it in a text can't blame the model."""


of_outage = partial(Traits, soft=True, outage=True, blameless=True)
of_request = partial(Traits, definite=True, attend=True, outlasts_silence=True)
"""What we ask for must change, not the catalogue."""


class Evidence(Spoken):
    """How a kind is known, and what people read of that. Of a kind that blames the model only what is said of
    this model counts."""

    WORDS = "words", "the provider says so of this model"
    """The provider says so, in words."""
    CODE = "code", "a code of the provider says so of this model"
    """A code, type or reason that providers document says so."""
    STATUS = "status", "only the HTTP status says so, no words or code of the provider"
    """Only an HTTP status: it says little."""
    NONE = "none", "no words or code of the provider say so of this model"
    """Nothing of it does: also the platform's own error_kind, which is a hint."""

    @property
    def opens_gates(self) -> bool:
        return self in {Evidence.WORDS, Evidence.CODE}


def weakest(evidence: Iterable[Evidence]) -> Evidence:
    """Of several the one that says least."""
    return max(evidence, key=list(Evidence).index, default=Evidence.NONE)


class Kind(StrEnum):
    """Why a request failed, as far as its text and status tell."""

    traits: Traits

    def __new__(cls, traits: Traits) -> Self:
        kind = str.__new__(cls, traits.value)
        kind._value_ = traits.value
        kind.traits = traits
        return kind

    AUTH = Traits(
        "auth",
        words="not allowed",
        of_provider="rejects our key",
        reasoning="We are not let in; a person should look at the key or the agreement.",
        definite=True,
        blames_model=True,
    )
    BILLING = Traits(
        "billing",
        words="out of credit",
        of_provider="is out of credit",
        reasoning="The account lacks credit; that is settled with the provider.",
        definite=True,
        attend=True,
        blameless=True,
    )
    RATE_LIMIT = Traits(
        "rate_limit",
        words="rate limited",
        of_provider="limits our rate",
        reasoning=f"The provider limits our rate. {PASSES}",
        soft=True,
        blameless=True,
    )
    HARD_MODEL = Traits(  # the provider no longer serves this model to us
        "hard_model",
        words="gone at the provider",
        reasoning="The provider says it is gone, but not for long yet.",
        definite=True,
        outlasts_silence=True,
        blames_model=True,
    )
    HARD_CAPABILITY = of_request(  # our request is wrong for this model
        "hard_capability",
        words="our request is wrong",
        reasoning="Our request is wrong for it; the code must change, not the catalogue.",
    )
    TRANSIENT_PROVIDER = of_outage(
        "transient_provider",
        words="server errors",
        of_provider="answers with server errors",
        reasoning=f"The provider's servers fail. {PASSES}",
    )
    NETWORK = of_outage(
        "network",
        words="not reachable",
        of_provider="can't be reached",
        reasoning=f"The provider can't be reached. {PASSES}",
    )
    TIMEOUT = of_outage(
        "timeout",
        words="too slow, timed out",
        of_provider="doesn't answer in time",
        reasoning=f"No answer in time. {PASSES}",
    )
    BUDGET_EXHAUSTED = of_request(  # it answered, but our output budget was spent before anything visible
        "budget_exhausted",
        words="too small a token budget",
        reasoning="It answers, but its token budget is too small to show anything.",
    )
    UNKNOWN = Traits("unknown", words="unclear errors", reasoning="The errors don't say what is wrong.")

    @property
    def of_provider(self) -> str:
        """What is said of a provider all of whose models fail so: "*groq* limits our rate"."""
        return self.traits.of_provider or f"fails: {self.traits.words}"
