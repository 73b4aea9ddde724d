"""The whole core on the sandbox's platform: every model gets docs/decisions.md's answer."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.decisions import Action, Route
from operator_core.domain.runs import Run, contract
from sandbox.bench.seeds import expected_automatic
from sandbox.database import marked_database
from sandbox.llm import Answer, Reply, cut, failing, filtered, garbage, refusing, saying
from sandbox.platform.build import Platform, build_platform, fill
from support.core import SENSIBLE, core_over, with_values
from support.shipped import SETTINGS

Document = dict[str, Any]
Database = AsyncDatabase[Document]
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PROVIDERS = ("anthropic", "bedrock", "cerebras", "mistral", "vertex")


@pytest.fixture(scope="module")
def platform() -> Platform:
    return build_platform(NOW)


@pytest.fixture(scope="module")
def small(platform: Platform) -> Platform:
    """The same, cut to some providers with trouble of most sorts: for what doesn't depend on the size."""
    part = only(platform, PROVIDERS)
    assert len(part.causes) >= 8
    assert any(truth.qualifies for truth in part.truths), (
        "else it would be no news that nothing runs by itself"
    )
    return part


def only(platform: Platform, providers: tuple[str, ...]) -> Platform:
    """The platform as if it had no other providers."""

    def of(rows: tuple[Document, ...]) -> tuple[Document, ...]:
        return tuple(row for row in rows if row.get("provider") in providers)

    return replace(
        platform,
        models=of(platform.models),
        successes=of(platform.successes),
        errors=of(platform.errors),
        model_status=of(platform.model_status),
        truths=tuple(truth for truth in platform.truths if truth.ref.provider in providers),
    )


@pytest.fixture(scope="module")
def filled_name(mongodb_uri: str, platform: Platform) -> Iterator[str]:
    with marked_database(mongodb_uri) as name:
        fill(mongodb_uri, name, platform)
        yield name


@pytest.fixture(scope="module")
def small_name(mongodb_uri: str, small: Platform) -> Iterator[str]:
    with marked_database(mongodb_uri) as name:
        fill(mongodb_uri, name, small)
        yield name


@pytest.fixture
async def filled(mongodb_uri: str, filled_name: str) -> AsyncIterator[Database]:
    async with forgetful(mongodb_uri, filled_name) as database:
        yield database


@pytest.fixture
async def small_filled(mongodb_uri: str, small_name: str) -> AsyncIterator[Database]:
    async with forgetful(mongodb_uri, small_name) as database:
        yield database


@asynccontextmanager
async def forgetful(uri: str, name: str) -> AsyncIterator[Database]:
    """A filled platform, without anything that an earlier test's bot remembers."""
    async with AsyncMongoClient[Document](uri, tz_aware=True) as client:
        database = client[name]
        for collection in await database.list_collection_names():
            if collection.startswith("operator_"):
                await database.drop_collection(collection)
        yield database


async def run_with(database: Database, answer: Answer | None, patience: float = 20) -> tuple[Run, int]:
    """One recorded run, and how many requests reached the LLM."""
    settings = with_values(SETTINGS, llm={"timeout_seconds": patience})
    async with core_over(database, answer, settings=settings, clock=lambda: NOW) as (use_cases, requests):
        run, _ = await use_cases.run("test")
        return run, len(requests)


def wrong_answers(run: Run, platform: Platform) -> list[str]:
    given = {decision.ref: decision.action for decision in run.decisions}
    return [
        f"{truth.ref} ({truth.row}): {given.get(truth.ref)} instead of {truth.action}"
        for truth in platform.truths
        if given.get(truth.ref) != truth.action
    ]


async def test_every_model_gets_the_tables_answer_from_a_scripted_llm(
    filled: Database, platform: Platform
) -> None:
    run, requests = await run_with(filled, SENSIBLE)
    assert wrong_answers(run, platform) == []
    assert run.llm.fallback is None
    assert (run.llm.calls, requests) == (1, 1)
    assert run.llm.prompt_tokens + run.llm.completion_tokens <= 2_200
    assert len(run.situations) == len(platform.causes)
    automatic = {d.ref for d in run.decisions if d.route == Route.AUTO}
    assert automatic == expected_automatic(platform, SETTINGS.policy), (
        "who qualifies within the brakes, nobody else"
    )
    assert automatic
    again, more = await run_with(filled, SENSIBLE)
    assert (again.llm.calls, more) == (0, 0), "unchanged facts: nothing is asked twice"
    assert wrong_answers(again, platform) == []
    assert {d.ref for d in again.decisions if d.route == Route.AUTO} == automatic


async def test_every_model_gets_the_tables_answer_from_the_written_rules(
    filled: Database, platform: Platform
) -> None:
    run, _ = await run_with(filled, None)
    assert wrong_answers(run, platform) == []
    assert run.llm.fallback == "no key"
    assert not [d for d in run.decisions if d.route == Route.AUTO], "in a fallback nothing runs by itself"
    printed = contract(run)
    assert printed["run"]["settled"] + printed["run"]["judged"] == printed["run"]["models"] == 523
    assert len(printed["decisions"]) == 523
    assert set(printed) == {"run", "situations", "decisions"}


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda _: failing(500), "500"),
        (lambda _: refusing(), "refused"),
        (lambda _: saying("nonsense"), "not valid JSON"),
        (lambda _: filtered(), "content filter"),
        (lambda _: garbage(), "isn't JSON"),
        (lambda _: cut('{"items": [{"id": "s1", "act'), "cut"),
    ],
    ids=["failing", "refusing", "nonsensical", "filtered", "garbage", "cut"],
)
async def test_an_unusable_answer_leaves_the_run_to_the_rules_visibly(
    small_filled: Database, small: Platform, answer: Answer, cause: str
) -> None:
    run, _ = await run_with(small_filled, answer)
    assert wrong_answers(run, small) == []
    assert cause in (run.llm.fallback or "")
    assert any(cause in note for note in run.notes)
    assert not [d for d in run.decisions if d.route == Route.AUTO]


async def test_a_slow_llm_leaves_the_run_to_the_rules(small_filled: Database, small: Platform) -> None:
    run, _ = await run_with(small_filled, lambda _: Reply(content="{}", delay_seconds=3), patience=0.5)
    assert wrong_answers(run, small) == []
    assert "did not answer within" in (run.llm.fallback or "")


async def test_the_batched_answer_was_cut_and_what_arrived_is_kept(small_filled: Database) -> None:
    def half(request: Document) -> Reply:
        text = SENSIBLE(request).content or ""
        return cut(text[: len(text) // 2])

    run, _ = await run_with(small_filled, half)
    judges = {decision.suggested_by for decision in run.decisions}
    assert {"gpt-5.2", "rules"} <= judges
    assert not [d for d in run.decisions if d.route == Route.AUTO], "nothing runs by itself then"


async def test_valid_items_of_a_partly_wrong_answer_are_kept(small_filled: Database) -> None:
    def sloppy(request: Document) -> Reply:
        items = SENSIBLE(request).content or ""

        value = json.loads(items)["items"]
        value[0]["action"] = "switch off"
        value[1]["confidence"] = 7.0
        value.append({"id": "s999", "action": "disable", "confidence": 1.0, "reason": "made up"})
        return saying({"items": value})

    run, _ = await run_with(small_filled, sloppy)
    by_rules = {d.situation for d in run.decisions if d.suggested_by == "rules"}
    assert len(by_rules) == 2
    assert "left out 2" in (run.llm.fallback or "")


async def test_what_qualifies_is_done_alone_once(small_filled: Database) -> None:
    async with core_over(small_filled, clock=lambda: NOW) as (use_cases, _):
        run, _ = await use_cases.run("test")
        done = await use_cases.act_alone(run)
        changed = {o.ref for execution in done for o in execution.entry.outcomes}
        assert changed == {d.ref for d in run.decisions if d.route == Route.AUTO}
        again, _ = await use_cases.run("test")
        assert await use_cases.act_alone(again) == ()
    off = {
        (document["provider"], document["model_id"])
        async for document in small_filled["models"].find({"disabled_by": {"$exists": True}})
    }
    assert {(ref.provider, ref.model_id) for ref in changed} <= off
    disabled_now = [d for d in again.decisions if d.ref in changed]
    assert {d.action for d in disabled_now} == {Action.IGNORE}
