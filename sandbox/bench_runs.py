"""Two runs on the same facts: calls, tokens, situations, seconds, and the peak of memory while collecting."""

import time
import tracemalloc
from dataclasses import dataclass

from operator_core.engine import House
from operator_core.facts import Facts
from operator_core.operations import Operations
from operator_core.outages import survey
from operator_core.runs import Run
from operator_core.situations import fold
from operator_core.store.signals import read_facts
from operator_core.triage import triage
from sandbox.bench_house import NOW, Place, operations_at
from sandbox.platform import Platform

BEST_OF = 3
"""Of so many timings the shortest counts: other programs on the machine can only add to it."""


@dataclass(frozen=True)
class Reading:
    """What collecting the facts took."""

    seconds: float
    peak_mib: float
    """Memory allocated by Python beyond what it had before."""


@dataclass(frozen=True)
class Measured:
    """A platform, the first run on it, and the second on the same facts."""

    models: int
    causes: int
    rows: int
    situations: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    calls_again: int
    tokens_again: int
    wrong: int
    """Models whose answer is not the one that their history was made for."""
    reading: Reading
    deciding_seconds: float
    """From the facts to the decisions, the stand-in's answer over HTTP included."""

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


async def measure_runs(place: Place, platform: Platform) -> Measured:
    """Two recorded runs. The database holds nothing of an earlier run."""
    async with operations_at(place) as operations:
        reading = await measure_reading(operations.house)
        facts = await facts_of(operations.house)
        began = time.perf_counter()
        situate(facts, operations.house)
        pure = time.perf_counter() - began
        run, judging = await _timed_run(operations)
        again, _ = await _timed_run(operations)
    return Measured(
        models=run.models,
        causes=len(platform.causes),
        rows=len(platform.successes) + len(platform.errors),
        situations=len(run.situations),
        calls=run.llm.calls,
        prompt_tokens=run.llm.prompt_tokens,
        completion_tokens=run.llm.completion_tokens,
        calls_again=again.llm.calls,
        tokens_again=again.llm.prompt_tokens + again.llm.completion_tokens,
        wrong=_wrong(run, platform) + _wrong(again, platform),
        reading=reading,
        deciding_seconds=pure + judging,
    )


async def measure_reading(house: House) -> Reading:
    """The best of some timings, then once more with each allocation traced, which takes longer."""
    timings: list[float] = []
    for _ in range(BEST_OF):
        began = time.perf_counter()
        await facts_of(house)
        timings.append(time.perf_counter() - began)
    tracemalloc.start()
    try:
        await facts_of(house)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return Reading(seconds=min(timings), peak_mib=peak / 2**20)


async def facts_of(house: House) -> Facts:
    return await read_facts(house.database, house.mongo, house.analysis, NOW)


def situate(facts: Facts, house: House) -> int:
    """The pure part before the LLM is asked; how many situations there are."""
    found = survey(facts, house.analysis)
    return len(fold(triage(facts, found, house.analysis), found, facts))


async def _timed_run(operations: Operations) -> tuple[Run, float]:
    """A recorded run, and the seconds from its situations to the end of what it keeps."""
    judging_since = time.perf_counter()

    def tell(phrase: str) -> None:
        nonlocal judging_since
        if phrase.startswith("judging"):
            judging_since = time.perf_counter()

    run, _ = await operations.run("bench", tell=tell)
    return run, time.perf_counter() - judging_since


def _wrong(run: Run, platform: Platform) -> int:
    given = {decision.ref: decision.action for decision in run.decisions}
    return sum(given.get(truth.ref) != truth.action for truth in platform.truths)
