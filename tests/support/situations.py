"""Situations as a platform of some size has them, for the tests of judging."""

from random import Random

from operator_core.domain.kinds import Kind
from operator_core.domain.signals import FailureGroup
from operator_core.domain.situations import AffectedModel, Scope, Situation, fingerprint_of
from operator_core.text.failures import read_failure
from sandbox.platform.errors import TEMPLATES, message
from support.evidence import NOW, failing, group

PROVIDERS = ("groq", "together", "bedrock", "vertex", "fireworks")


def said(text: str, *, first: float = 96, last: float = 2, model_id: str = "m-1b") -> FailureGroup:
    """Failures with this text, from `first` to `last` hours before NOW."""
    reading = read_failure(text, provider="groq", model_id=model_id)
    measured = group(reading.kind, first=first, last=last, pattern=reading.pattern, evidence=reading.evidence)
    return measured.model_copy(update={"sample": reading.sample})


def situation(
    kind: Kind = Kind.HARD_MODEL,
    *,
    models: int = 2,
    enabled: int = 20,
    first: float = 96,
    success: float | None = 200,
    provider: str = "groq",
    scope: Scope = Scope.PATTERN,
    cause: FailureGroup | None = None,
) -> Situation:
    """Models that fail alike since `first` hours before NOW."""
    shared = cause or group(kind, first=first)
    silent = scope in {Scope.SILENCE, Scope.FLAGGED}
    return Situation(
        id=fingerprint_of(provider, shared.kind, shared.pattern, scope),
        provider=provider,
        scope=scope,
        kind=shared.kind,
        pattern=shared.pattern,
        affected=tuple(
            AffectedModel(
                signals=failing(f"m{number}", shared, provider=provider, success=success),
                cause=None if silent else shared,
            )
            for number in range(models)
        ),
        provider_enabled=enabled,
    )


def many(count: int) -> tuple[Situation, ...]:
    """So many situations of all causes, no two alike, with texts as providers send them."""
    rng = Random(7)
    names = sorted(TEMPLATES)
    return tuple(
        situation(
            cause=said(message(names[i % len(names)], rng, "llama-3.1-70b", "llama-4"), first=30 + 7 * i),
            models=1 + i % 9,
            enabled=40,
            provider=PROVIDERS[i // len(names) % len(PROVIDERS)],
        )
        for i in range(count)
    )


__all__ = ["NOW", "many", "said", "situation"]
