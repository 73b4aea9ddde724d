"""What /metrics tells: counted by Prometheus' own client, in a registry of this process."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge

from operator_core.domain.runs import Run


@dataclass(frozen=True)
class Metrics:
    """The numbers that somebody may want an alarm on."""

    registry: CollectorRegistry
    last_run: Gauge
    answering: Gauge
    enabled: Gauge
    tokens: Counter
    fallbacks: Counter

    @classmethod
    def fresh(cls) -> "Metrics":
        registry = CollectorRegistry()
        return cls(
            registry=registry,
            last_run=Gauge(
                "ai_operator_last_run_timestamp_seconds", "When the last run judged.", registry=registry
            ),
            answering=Gauge("ai_operator_models_answering", "Models that answer.", registry=registry),
            enabled=Gauge("ai_operator_models_enabled", "Models that the scheduler runs.", registry=registry),
            tokens=Counter(
                "ai_operator_llm_tokens", "Tokens that the LLM was asked for.", ["kind"], registry=registry
            ),
            fallbacks=Counter(
                "ai_operator_llm_fallbacks", "Runs in which written rules stood in.", registry=registry
            ),
        )

    def note(self, run: Run) -> None:
        """Counts one run."""
        self.last_run.set(run.started_at.timestamp())
        self.answering.set(run.answering)
        self.enabled.set(run.enabled)
        self.tokens.labels("prompt").inc(run.llm.prompt_tokens)
        self.tokens.labels("completion").inc(run.llm.completion_tokens)
        if run.llm.fallback:
            self.fallbacks.inc()
