"""What /metrics tells: counted by Prometheus' own client, in a registry of this process."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge

from operator_core.domain.runs import Run


class Metrics:
    """The numbers that somebody may want an alarm on."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        gauge, counter = partial(Gauge, registry=self.registry), partial(Counter, registry=self.registry)
        self.last_run = gauge("ai_operator_last_run_timestamp_seconds", "When the last run judged.")
        self.answering = gauge("ai_operator_models_answering", "Models that answer.")
        self.enabled = gauge("ai_operator_models_enabled", "Enabled models, flagged deprecated or not.")
        self.tokens = counter("ai_operator_llm_tokens", "Tokens that the LLM was asked for.", ["kind"])
        self.fallbacks = counter("ai_operator_llm_fallbacks", "Runs in which written rules stood in.")
        self.runs = counter("ai_operator_runs", "Runs that judged.")
        self.lag = gauge("ai_operator_results_lag_seconds", "Age of the newest result at the last run.")
        self.ready = gauge("ai_operator_ready", "Whether a part is ready: 1 or 0.", ["part"])
        self.envelopes = counter("ai_operator_envelopes", "What Slack told us.", ["kind"])
        self.last_envelope = gauge("ai_operator_last_envelope_timestamp_seconds", "When it last did.")
        self.turned_away = counter("ai_operator_turned_away", "What came, and was not for us.", ["why"])
        self.refused = counter("ai_operator_slack_refusals", "Calls not taken.", ["method", "cause"])

    def note(self, run: Run) -> None:
        """Counts one run."""
        self.runs.inc()
        self.last_run.set(run.started_at.timestamp())
        if run.last_result is not None:
            self.lag.set((run.started_at - run.last_result).total_seconds())
        self.answering.set(run.answering)
        self.enabled.set(run.enabled)
        self.tokens.labels("prompt").inc(run.llm.prompt_tokens)
        self.tokens.labels("completion").inc(run.llm.completion_tokens)
        if run.llm.fallback:
            self.fallbacks.inc()
