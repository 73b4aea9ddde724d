"""The command line's answers: readable at any width, with names, for whoever may only read."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase
from rich.console import Console

from bot.commands.analyze import analyze
from bot.commands.digest import show_digest
from bot.commands.discover import show_leaving, show_report, show_stats
from bot.commands.doctor import show_rebuilt, show_rows
from bot.commands.execute import execute, undo
from bot.commands.history import history
from bot.commands.pending import pending
from bot.commands.shared import show
from bot.settings import Settings
from bot.slack.posting.digest_content import score_of
from operator_core.domain.mode import Mode
from operator_core.domain.proposals import ProposalAction
from operator_core.errors import FactsUnreadable, NotFound
from operator_core.use_cases import UseCases
from support import small_market
from support.core import core_over, with_values
from support.shipped import SETTINGS
from support.world import World

Database = AsyncDatabase[dict[str, Any]]


def console(width: int | None = 60) -> Console:
    return Console(file=io.StringIO(), width=width, highlight=False)


def printed(shown: Console) -> str:
    assert isinstance(shown.file, io.StringIO)
    return shown.file.getvalue()


@pytest.fixture
def settings(database: Database, mongodb_uri: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MONGODB_URI", mongodb_uri)
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    return with_values(SETTINGS, mongodb={"database": database.name})


@pytest.mark.parametrize("width", [60, 80, 200])
async def test_whatever_is_listed_is_readable_at_any_width(database: Database, width: int) -> None:
    world = World(database)
    gone = await world.gone("bedrock", 6, 19)
    long = await world.models("deepinfra", 3, name="meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8-{n}")
    await world.answer("deepinfra", long, days=6, until_hours=97)
    await world.fail("deepinfra", long, days=4)
    async with core_over(database, clock=world.clock, begins=Mode.SHADOW) as (use_cases, _):
        await use_cases.run("test")
        await use_cases.stores.people.name("U0ANA", "Ana")
        proposals = await use_cases.waiting()
        shown = console(width)
        await analyze(use_cases, shown)
        await pending(use_cases, shown)
        bedrock = next(one for one in proposals if one.provider == "bedrock")
        await use_cases.approve(bedrock.id, bedrock.revision, by="U0ANA", reason="contract ended in [May]")
        world.clock.now += timedelta(hours=2)
        await history(use_cases, shown)
    text = printed(shown)
    assert max(map(len, text.splitlines())) <= width
    assert "Ana disabled 6 bedrock models" in " ".join(text.split())
    assert "U0ANA" not in text
    assert all(name in text for name in gone[:2])
    assert f"{long[0]}" in text, "an id that fits into a line is never broken"
    assert "[May]" in " ".join(text.split())


async def test_a_reader_sees_the_digest_with_what_a_run_would_ask_and_leaves_no_trace(
    database: Database, settings: Settings
) -> None:
    world = World(database)
    world.clock.now = datetime.now(UTC)
    await world.gone_on_bedrock()
    before = set(await database.list_collection_names())
    shown = console(100)
    await show_digest(settings, shown, skip_run=False)
    text = " ".join(printed(shown).split())
    assert "bedrock" in text
    assert "Approve" in text
    assert set(await database.list_collection_names()) == before, "nothing was made, not even an index"
    async with core_over(database, None, settings=settings, clock=world.clock, begins=Mode.SHADOW) as (
        core,
        _,
    ):
        await core.run("test")
        [waiting] = await core.waiting()
    shown = console(100)
    await show_digest(settings, shown, skip_run=False)
    assert waiting.id in printed(shown), "what stands already keeps its number"
    assert await database["operator_runs"].count_documents({}) == 1


@pytest.mark.parametrize("named", ["models", "successes", "errors"])
async def test_a_digest_without_a_collection_shows_why_and_fails(
    database: Database, settings: Settings, named: str
) -> None:
    world = World(database)
    world.clock.now = datetime.now(UTC)
    await world.gone_on_bedrock()
    shown = console(100)
    with pytest.raises(FactsUnreadable, match="mistyped"):
        await show_digest(with_values(settings, mongodb={named: "mistyped"}), shown, skip_run=False)
    assert "mistyped" in printed(shown)


@pytest.mark.parametrize("flag", [True, "true", 1])
@pytest.mark.parametrize(("provider", "answers"), [("bedrock", True), ("mistral", True), ("mistral", False)])
async def test_analyze_calls_flagged_models_so_and_counts_them_among_the_enabled(
    database: Database, settings: Settings, flag: object, provider: str, answers: bool
) -> None:
    """`mistral` has no other models."""
    world = World(database)
    world.clock.now = datetime.now(UTC)
    await world.gone("bedrock", 3, 12)
    flagged = await world.models(provider, 2, name="old-{n}")
    await (world.answer if answers else world.fail)(provider, flagged, days=6)
    await database["models"].update_many({"model_id": {"$in": flagged}}, {"$set": {"deprecated": flag}})
    looked = console(100)
    async with core_over(database, None, settings=settings, clock=world.clock) as (core, _):
        await analyze(core, looked)
    analysis = " ".join(printed(looked).split())
    assert "9 of 14 enabled models answer" in analysis
    assert f"{provider}: flagged deprecated · 2 of {14 if provider == 'bedrock' else 2} models" in analysis
    assert not re.search(r"of 0 models|unclear errors", analysis)


async def test_rows_that_cant_be_read_are_listed_with_examples_and_reasons(database: Database) -> None:
    now = datetime.now(UTC)
    await database["models"].insert_many(
        [{"provider": "groq", "model_id": "a"}, {"provider": 7, "name": "odd"}]
    )
    good = {"provider": "groq", "model_name": "a"}
    await database["metrics_cloud_v2"].insert_many(
        [good | {"gen_ts": now}, good | {"gen_ts": now + timedelta(days=3)}, {"provider": "", "gen_ts": now}]
    )
    await database["errors_cloud"].insert_many(
        [
            *(good | {"message": f"no time {n}"} for n in range(5)),
            good | {"ts": "last Tuesday"},
            good | {"ts": "2099-01-01T00:00:00Z"},
            good | {"ts": 1763600000},
            {"model_name": "b", "ts": now},
            {"provider": 7, "model_name": "c", "ts": now},
            good | {"model_name": {"id": "a"}, "ts": now},
        ]
    )
    shown = console(80)
    async with core_over(database, None, clock=lambda: now) as (use_cases, _):
        await show_rows(use_cases, shown)
    text = " ".join(printed(shown).split())
    for expected in (
        "1 row in metrics_cloud_v2: a time in the future",
        "1 row in metrics_cloud_v2: no text in provider",
        "5 rows in errors_cloud: no time",
        "ts: last Tuesday",
        "ts: 2099-01-01",
        "ts: 1763600000 (int)",
        "2 rows in errors_cloud: no text in provider",
        "model_name: b",
        "provider: 7 (int), model_name: c",
        "1 row in errors_cloud: no text in model_name",
        "provider: groq, model_name: {'id': 'a'} (dict)",
        "1 row in models: no text in provider",
    ):
        assert expected in text
    assert text.count("no time") == 1, "the text of a row isn't shown, only what is wrong with it"
    assert text.count("_id: ") == 3 + 3 + 3 + 1 + 2


async def test_a_platform_whose_rows_are_all_good_says_so(database: Database) -> None:
    await database["models"].insert_one({"provider": "groq", "model_id": "a"})
    shown = console(80)
    async with core_over(database, None) as (use_cases, _):
        await show_rows(use_cases, shown)
    assert "All rows of the last 30 days can be read." in printed(shown)


@pytest.mark.parametrize(
    "head", ["Keep a-model-of-many-words on openai, disable another and one-more?", "short", "x" * 90]
)
def test_a_long_title_stays_within_its_indent(head: str) -> None:
    shown = Console(file=io.StringIO(), width=40)
    show(shown, head, "", "its detail")
    assert isinstance(shown.file, io.StringIO)
    first, *rest = shown.file.getvalue().splitlines()
    assert head.startswith(first.rstrip())
    assert all(line.startswith("    ") and len(line) <= 40 for line in rest)
    assert rest[-1].strip() == "its detail"


@pytest.mark.parametrize("width", [40, 60, 80])
async def test_what_discovery_found_is_told_in_sentences_at_any_width(
    database: Database, settings: Settings, width: int
) -> None:
    """Not as a dump of fields: without ids of records, bare moments, or words of the JSON."""
    async with small_market.world(database) as market:
        await market.discoverer.fetch(market.now)
        await market.discoverer.discover(market.now)
        here = with_values(settings, discovery={**market.lists.urls, "providers": small_market.PROVIDERS})
        shown = console(width)
        await show_stats(here, shown, json=False)
        await show_report(here, shown, max_matches=1, provider="", json=False)
        await show_report(here, shown, max_matches=None, provider="GROQ", json=False)
        await show_leaving(here, shown, json=False)
    text = printed(shown)
    assert max(map(len, text.splitlines())) <= width
    said = " ".join(text.split())
    for expected in (
        "OpenRouter: 10 listed, fetched ",
        "1 you have already",
        "2 are nothing to measure 1 router, 1 variant :free",
        "4 are new, with an id",
        "3 are new, without one",
        "5 offers to review",
        "an id at your providers openai/gpt-4o at openai as gpt-4o confirmed, 97% sure: in models.dev",
        "an id at groq qwen/qwen3-32b at groq as qwen/qwen3-32b confirmed, 97% sure: in LiteLLM",
    ):
        assert expected in said, said
    assert not re.search(r"S-\d|T\d\d:|outcome|listings|witness|_|\d\.\d\d,", said), said


async def test_a_batch_to_be_taken_back_is_told_as_in_the_history(database: Database) -> None:
    world = World(database)
    gone = await world.gone("bedrock", 2, 9)
    async with core_over(database, clock=world.clock) as (core, _):
        await core.stores.people.name("U0ANA", "Ana")
        await core.run("test")
        [waiting] = await core.waiting()
        shown = console()
        await execute(core, shown, [waiting.id.lower()], yes=False)
        batch = await core.approve(waiting.id, waiting.revision, by="U0ANA")
        await undo(core, shown, batch.entry.id.replace("-", " ").lower(), yes=True)
    text = " ".join(printed(shown).split())
    assert (
        f"{waiting.id} Disable 2 bedrock models {' '.join(waiting.refs[n].model_id for n in (0, 1))}" in text
    )
    assert f"{batch.entry.id} · Ana disabled 2 bedrock models, just now To be put back" in text
    assert await world.enabled("bedrock") >= {*gone}


@pytest.mark.parametrize("typed", ["P-99", "p99", "#7", "nope", "J-1"])
async def test_an_id_that_there_is_not_is_answered_with_those_that_there_are(
    database: Database, typed: str
) -> None:
    world = World(database)
    for provider in ("bedrock", "groq"):
        await world.gone(provider, 2, 9)
    async with core_over(database, clock=world.clock) as (core, _):
        with pytest.raises(NotFound, match=r"there are none at all$"):
            await undo(core, console(), typed, yes=True)
        await core.run("test")
        newest, older = sorted((one.id for one in await core.waiting()), reverse=True)
        await core.switch(ProposalAction.DISABLE, "groq/model-8", by="U0ANA")  # a draft, which nobody asked
        with pytest.raises(NotFound, match=f"there are {newest}, {older}$"):
            await execute(core, console(), [typed], yes=True)
        with pytest.raises(NotFound, match=r"no model nope: there are bedrock/model-0, bedrock/model-1$"):
            await execute(core, console(), [await of(core, "bedrock")], yes=True, only=["nope"])
        await execute(core, console(), [newest], yes=True, only=[])
        batch = await core.stores.journal.recent()
        with pytest.raises(NotFound, match=f"there is only {batch[0].id}$"):
            await undo(core, console(), typed.replace("1", "5"), yes=True)


async def of(core: UseCases, provider: str) -> str:
    return next(one.id for one in await core.waiting() if one.provider == provider)


async def test_nobody_is_quoted_who_gave_no_reason(database: Database) -> None:
    world = World(database)
    await world.gone("bedrock", 2, 9)
    async with core_over(database, clock=world.clock, begins=Mode.SHADOW) as (core, _):
        await core.run("test")
        [waiting] = await core.waiting()
        await execute(core, console(), [waiting.id], yes=True)
        [batch] = await core.stores.journal.recent()
        await undo(core, console(), batch.id, yes=True)
        await history(core, shown := console())
        score = score_of(await core.mode.would_have_done(), [await core.stores.proposals.get(waiting.id)])
    assert "“" not in printed(shown)
    assert score.kept == (waiting.id,)


async def test_a_rebuild_says_on_how_many_days_what_is_kept_was_wrong(database: Database) -> None:
    now = datetime(2026, 11, 20, 8, tzinfo=UTC)
    await database["models"].insert_one({"provider": "groq", "model_id": "a", "enabled": True})
    await database["errors_cloud"].insert_one({"provider": "groq", "model_name": "a", "ts": now})
    row = {"provider": "groq", "model_name": "a"}
    times = [now - timedelta(hours=hours) for hours in (1, 24, 48, 72)]
    await database["metrics_cloud_v2"].create_index("gen_ts")
    await database["metrics_cloud_v2"].insert_many([row | {"gen_ts": at} for at in times])
    said = []
    async with core_over(database, None, clock=lambda: now) as (use_cases, _):
        for late in (None, times[2] + timedelta(hours=1), None):
            if late:
                await database["metrics_cloud_v2"].insert_one(row | {"gen_ts": late})
            shown = console(200)
            await show_rebuilt(use_cases, shown)
            said.append(printed(shown).split("anew")[1].strip())

    right = "what was kept of them was right"
    wrong = "what was kept of the results differed from the rows on 1 day of a provider, and was put right"
    assert said == [right, wrong, right]


@pytest.mark.parametrize("other", ["metrics_cloud_v2", "errors_cloud"])
async def test_a_rebuild_says_where_nothing_is_kept(database: Database, other: str) -> None:
    """What stands behind a view is unknown."""
    now = datetime(2026, 11, 20, 8, tzinfo=UTC)
    await database["models"].insert_one({"provider": "groq", "model_id": "a", "enabled": True})
    await database[other].drop()
    await database.create_collection(other, viewOn="models", pipeline=[])
    async with core_over(database, None, clock=lambda: now) as (use_cases, _):
        await show_rebuilt(use_cases, shown := console(200))
    assert "nothing is kept of them" in printed(shown)
