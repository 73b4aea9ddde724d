"""What /metrics tells: counted by Prometheus' own client, in a registry of this process."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from operator_core.domain.runs import Run


class Metrics:
    """The numbers that somebody may want an alarm on."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry()
        self.last_run = Gauge(
            "ai_operator_last_run_timestamp_seconds", "When the last run judged.", registry=own
        )
        self.answering = Gauge("ai_operator_models_answering", "Models that answer.", registry=own)
        self.enabled = Gauge("ai_operator_models_enabled", "Models that the scheduler runs.", registry=own)
        self.tokens = Counter(
            "ai_operator_llm_tokens", "Tokens that the LLM was asked for.", ["kind"], registry=own
        )
        self.fallbacks = Counter(
            "ai_operator_llm_fallbacks", "Runs in which written rules stood in.", registry=own
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
