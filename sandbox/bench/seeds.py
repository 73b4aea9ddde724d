"""Automatic execution at many seeds: every model that qualifies within the brakes, none that doesn't.

What should go is counted here a second time, from the histories that the platform was made of, and not from
what the core read of them.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from math import floor
from multiprocessing import get_context

from bot.settings import Settings
from operator_core.domain.base import ModelRef
from operator_core.options import PolicyOptions
from operator_core.policy.drafts import other_providers
from sandbox.bench.resources import NOW, Place, progress, use_cases_in
from sandbox.bench.runs import tokens_of, wrong_answers
from sandbox.database import embedded_server, marked_database
from sandbox.platform.build import Platform, build_platform, fill
from sandbox.platform.values import Row

PROCESSES = 2


@dataclass(frozen=True)
class Checked:
    """One seed's platform: what should have gone by itself, and what did."""

    seed: int
    qualifying: int
    """Models for which every gate is open, brakes aside."""
    automatic: int
    missed: tuple[ModelRef, ...]
    wrongly: tuple[ModelRef, ...]
    wrong_answers: int
    situations: int
    causes: int
    tokens: int
    seconds: float


def check_seeds(settings: Settings, count: int) -> list[Checked]:
    """The seeds 1 to `count`, over the real wire, in a few processes with a server each."""
    seeds = range(1, count + 1)
    with ExitStack() as stack:
        shares = [share for number in range(PROCESSES) if (share := seeds[number::PROCESSES])]
        uris = [stack.enter_context(embedded_server(equality_only=False)) for _ in shares]
        pool = stack.enter_context(ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")))
        jobs = [
            pool.submit(_check_each, uri, settings, share) for uri, share in zip(uris, shares, strict=True)
        ]
        return sorted((one for job in jobs for one in job.result()), key=lambda checked: checked.seed)


def _check_each(uri: str, settings: Settings, seeds: Sequence[int]) -> list[Checked]:
    return [_check(uri, settings, seed) for seed in seeds]


def _check(uri: str, settings: Settings, seed: int) -> Checked:
    began = time.perf_counter()
    platform = build_platform(NOW, seed=seed)
    with marked_database(uri) as name:
        fill(uri, name, platform)
        checked = asyncio.run(_run(Place(uri, name, settings), platform, began))
    progress(
        f"seed {seed}: {checked.automatic} of {checked.qualifying} went by themselves, "
        f"{len(checked.missed)} missed, {len(checked.wrongly)} wrongly"
    )
    return checked


async def _run(place: Place, platform: Platform, began: float) -> Checked:
    async with use_cases_in(place) as use_cases:
        run, _ = await use_cases.run("bench")
    automatic = {decision.ref for decision in run.decisions if decision.alone}
    expected = expected_automatic(platform, place.settings.policy)
    return Checked(
        seed=platform.seed,
        qualifying=sum(truth.qualifies for truth in platform.truths),
        automatic=len(automatic),
        missed=tuple(sorted(expected - automatic)),
        wrongly=tuple(sorted(automatic - expected)),
        wrong_answers=wrong_answers(run, platform),
        situations=len(run.situations),
        causes=len(platform.causes),
        tokens=tokens_of(run.llm),
        seconds=time.perf_counter() - began,
    )


def expected_automatic(platform: Platform, policy: PolicyOptions) -> set[ModelRef]:
    """Of the models that qualify and that another provider answers with the longest failing, as many as the
    brakes let through in a first week."""
    answering = [truth.ref for truth in platform.truths if truth.row == Row.ANSWERING]
    elsewhere = other_providers([truth.ref for truth in platform.truths if truth.qualifies], answering)
    qualifying = [ref for ref, others in elsewhere.items() if others]
    since = {streak.ref: streak.first for streak in platform.streaks}
    running = Counter(row["provider"] for row in platform.models if row["enabled"] and not row["deprecated"])
    gone = Counter[str]()
    expected: set[ModelRef] = set()
    for ref in sorted(qualifying, key=lambda ref: (since[ref], ref)):
        share = max(1, floor(policy.max_share_of_provider * running[ref.provider] + 1e-9))
        fits = gone[ref.provider] < min(share, running[ref.provider] - 1)
        if fits and len(expected) < policy.max_changes_unattended:
            expected.add(ref)
            gone[ref.provider] += 1
    return expected
