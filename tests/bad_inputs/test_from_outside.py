"""Of all that comes from outside the bad is named, and stops nothing."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bad_inputs import corpus
from bot.commands.classify import BadLine, classify
from bot.settings import load_settings
from bot.slack.views.actions import Target
from operator_core.errors import ConfigurationError
from operator_core.text.masking import redact
from sandbox.catalogue.server import Page
from sandbox.llm import Reply, Request, saying
from support.core import core_over
from support.shipped import PROJECTS_OWN
from support.small_market import World as Market
from support.small_market import listing
from support.small_market import world as market_world
from support.world import Database, World

GOOD = PROJECTS_OWN.read_text(encoding="utf-8")
MOST_SECONDS = 1.0
"""For one text, on a busy machine."""
LEAST = 400
"""Bad inputs, all kinds together."""


def test_the_corpus_is_large_and_nothing_stands_in_it_twice() -> None:
    click: corpus.Json = {name: {"id": "U"} for name in ("user", "team", "channel", "container", "message")}
    click |= {
        "type": "x",
        "trigger_id": "1",
        "response_url": "",
        "actions": [{"action_id": "a", "value": "v"}],
    }
    click["message"] = {"ts": "1"}
    form: corpus.Json = {"view": {"callback_id": "", "private_metadata": "", "state": {}}}
    kinds = {
        "clicks": [json.dumps(one) for one in corpus.clicks(click)],
        "submissions": [json.dumps(one) for one in corpus.submissions(form)],
        "commands": corpus.COMMANDS,
        "LLM answers": corpus.LLM_ANSWERS,
        "catalogues": corpus.CATALOGUES,
        "errors": corpus.ERROR_TEXTS,
        "settings": corpus.settings_texts(GOOD),
        "requests": corpus.REQUESTS,
    }
    assert sum(len(set(inputs)) for inputs in kinds.values()) >= LEAST
    assert {name: len(set(inputs)) for name, inputs in kinds.items() if len(set(inputs)) < 15} == {}


def test_every_bad_operator_toml_is_one_plain_error(tmp_path: Path) -> None:
    path = tmp_path / "operator.toml"
    for text in corpus.settings_texts(GOOD):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError) as raised:
            load_settings(path)
        assert "Traceback" not in str(raised.value)


def test_an_operator_toml_that_is_no_text_is_one_plain_error(tmp_path: Path) -> None:
    path = tmp_path / "operator.toml"
    for content in (b"\xff\xfe\x00", b"\x80" * 100, GOOD.encode("utf-16"), b"\x1f\x8b\x08\x00"):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError):
            load_settings(path)


@pytest.mark.parametrize("text", corpus.ERROR_TEXTS, ids=lambda text: repr(text[:12]))
def test_every_error_text_is_read_masked_and_cut_in_no_time(text: str) -> None:
    began = time.perf_counter()
    assert json.loads(read(text))["kind"]
    assert len(redact(text, 300)) <= 300
    assert time.perf_counter() - began < MOST_SECONDS


@given(st.text(), st.one_of(st.none(), st.text()))
@settings(max_examples=150, deadline=None)
def test_whatever_a_provider_writes_has_a_kind(text: str, model: str | None) -> None:
    assert json.loads(read(text, model_id=model))["kind"]


def read(text: str, **more: object) -> str:
    [said] = classify([json.dumps({"provider": "groq", "message": text, **more})])
    return said


@given(st.lists(st.one_of(st.text(), st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)), max_leaves=8,
).map(json.dumps))))  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_each_line_that_is_no_failure_is_named_and_the_others_are_read(lines: list[str]) -> None:
    wanted = [line for line in lines if line.strip()]
    answers = list(classify(lines))
    assert len(answers) == len(wanted)
    assert all(isinstance(answer, BadLine) or json.loads(answer) for answer in answers)


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_a_buttons_value_is_a_target_or_refused(value: str) -> None:
    try:
        Target.parse(value)
    except ValueError:
        return


@pytest.fixture
async def market(database: Database) -> AsyncIterator[Market]:
    async with market_world(database) as market:
        yield market


async def test_no_bad_catalogue_is_believed(market: Market) -> None:
    market.lists.serve("openrouter", listing())
    await market.discoverer.fetch(market.now)
    before = await market.catalogue()
    assert len(before) > 5
    models = await market.database["models"].find().to_list()
    for body in corpus.CATALOGUES:
        market.lists.serve("openrouter", Page(body=body))
        await market.discoverer.fetch(market.next_day())
        now = await market.catalogue()
        assert before.keys() <= now.keys(), body[:80]
    assert await market.database["models"].find().to_list() == models


async def test_no_bad_answer_of_the_llm_changes_anything(world: World) -> None:
    answers = iter(corpus.LLM_ANSWERS)
    given: list[str] = []

    def answer(request: Request) -> Reply:
        given.append(next(answers))
        return saying(given[-1])

    await world.gone("groq", 2, 20)
    await world.answer("openai", await world.models("openai", 20), days=6)
    models = await world.database["models"].find().to_list()
    async with core_over(world.database, answer, clock=world.clock) as (core, _):
        for _ in range(len(corpus.LLM_ANSWERS)):
            await world.database["operator_situations"].delete_many({})
            run, _ = await core.run("schedule")
            await core.act_alone(run)
            assert await world.database["models"].find().to_list() == models, given[-1][:200]
    assert set(given) == set(corpus.LLM_ANSWERS)
