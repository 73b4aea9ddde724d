"""Two runs on the same facts: calls, tokens, situations, seconds, and the peak of memory while collecting."""

import time
import tracemalloc
from dataclasses import dataclass
from functools import partial

from operator_core.diagnosis.outages import provider_health
from operator_core.diagnosis.situations import fold
from operator_core.diagnosis.triage import triage
from operator_core.domain.decisions import LlmUse
from operator_core.domain.runs import Run
from operator_core.domain.signals import Facts
from operator_core.engine import Resources
from operator_core.store.platform.signals import collect
from operator_core.use_cases import UseCases
from sandbox.bench.resources import NOW, Place, best_of, use_cases_in
from sandbox.platform.build import Platform

BEST_OF = 2


@dataclass(frozen=True)
class Reading:
    """What collecting the facts took."""

    seconds: float
    peak_mib: float
    """Memory allocated by Python beyond what it had before."""


@dataclass(frozen=True)
class RunFigures:
    """A platform, the first run on it, and the second on the same facts."""

    models: int
    causes: int
    rows: int
    situations: int
    llm: LlmUse
    again: LlmUse
    """By the second run."""
    wrong: int
    """Wrong answers of both runs."""
    reading: Reading
    deciding_seconds: float
    """From the facts to the decisions, the stand-in's answer over HTTP included."""
    keeping_seconds: float
    """Verdicts, proposals and the run's record."""


async def measure_runs(place: Place, platform: Platform) -> RunFigures:
    """Two recorded runs. The database holds nothing of an earlier run."""
    async with use_cases_in(place) as use_cases:
        facts, reading = await measure_reading(use_cases.resources)
        situating = _situating(facts, use_cases.resources)
        run, judging, keeping = await _timed_run(use_cases)
        again, _, _ = await _timed_run(use_cases)
    return RunFigures(
        models=run.models,
        causes=len(platform.causes),
        rows=len(platform.successes) + len(platform.errors),
        situations=len(run.situations),
        llm=run.llm,
        again=again.llm,
        wrong=wrong_answers(run, platform) + wrong_answers(again, platform),
        reading=reading,
        deciding_seconds=situating + judging,
        keeping_seconds=keeping,
    )


async def measure_reading(resources: Resources) -> tuple[Facts, Reading]:
    """The best of some timings, then once more with each allocation traced, which takes longer."""
    seconds, _ = await best_of(BEST_OF, partial(_facts_of, resources))
    tracemalloc.start()
    try:
        facts = await _facts_of(resources)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return facts, Reading(seconds=seconds, peak_mib=peak / 2**20)


async def _facts_of(resources: Resources) -> Facts:
    return (
        await collect(resources.database, resources.options.mongodb, resources.options.analysis, NOW)
    ).facts


def _situating(facts: Facts, resources: Resources) -> float:
    """Seconds of the pure part before the LLM is asked."""
    began = time.perf_counter()
    health = provider_health(facts, resources.options.analysis)
    fold(triage(facts, health, resources.options.analysis), health, facts)
    return time.perf_counter() - began


async def _timed_run(use_cases: UseCases) -> tuple[Run, float, float]:
    """A recorded run, the seconds from its situations to its decisions, and those of keeping it."""
    since: dict[str, float] = {}

    def tell(phrase: str) -> None:
        since[phrase.split()[0]] = time.perf_counter()

    run, _ = await use_cases.run("bench", tell=tell)
    return run, since["keeping"] - since["judging"], time.perf_counter() - since["keeping"]


def tokens_of(llm: LlmUse) -> int:
    """Of prompts and answers."""
    return llm.prompt_tokens + llm.completion_tokens


def wrong_answers(run: Run, platform: Platform) -> int:
    """Models whose answer is not the one that their history was made for."""
    given = {decision.ref: decision.action for decision in run.decisions}
    return sum(given.get(truth.ref) != truth.action for truth in platform.truths)
