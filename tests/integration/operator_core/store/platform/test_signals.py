"""Reading the facts from MongoDB: what counts, what doesn't, and what happens when it can't be read."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from operator_core.domain.base import ModelRef
from operator_core.domain.kinds import Kind
from operator_core.domain.signals import Facts, Signals
from operator_core.errors import FactsUnreadable
from operator_core.store.indexes import create_platform_indexes, missing_platform_indexes
from operator_core.store.platform.signals import collect
from sandbox.database import embedded_server
from support.recorded import recorded
from support.shipped import SETTINGS

Document = dict[str, Any]
Database = AsyncDatabase[Document]

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
MONGO = SETTINGS.mongodb
ANALYSIS = SETTINGS.analysis
REF = ModelRef(provider="groq", model_id="llama-3.1-70b")
GONE = "Error code: 404 - {'error': {'message': 'The model `llama-3.1-70b` does not exist (req_%d)'}}"
SLOW = "Request timed out after 60 seconds"


def ago(**spans: float) -> datetime:
    return NOW - timedelta(**spans)


def model(**fields: Any) -> Document:
    return {"provider": REF.provider, "model_id": REF.model_id, "enabled": True} | fields


def success(at: object, **fields: Any) -> Document:
    return {"provider": REF.provider, "model_name": REF.model_id, "gen_ts": at} | fields


def failure(at: object, message: str = SLOW, **fields: Any) -> Document:
    return {"provider": REF.provider, "model_name": REF.model_id, "ts": at, "message": message} | fields


async def fill(
    database: Database,
    models: list[Document] | None = None,
    successes: list[Document] | None = None,
    errors: list[Document] | None = None,
) -> None:
    for name, documents in (
        (MONGO.models, models if models is not None else [model()]),
        (MONGO.successes, successes),
        (MONGO.errors, errors),
    ):
        if documents:
            await database[name].insert_many(documents)


async def facts_of(database: Database, *providers: str) -> Facts:
    return (await collect(database, MONGO, ANALYSIS, NOW, providers)).facts


async def signals_of(database: Database, ref: ModelRef = REF) -> Signals:
    found = next((one for one in (await facts_of(database)).signals if one.ref == ref), None)
    assert found is not None
    return found


async def test_a_streak_begins_with_the_first_failure_after_the_last_success(database: Database) -> None:
    await fill(
        database,
        successes=[success(ago(days=9)), success(ago(days=5))],
        errors=[failure(ago(days=7)), failure(ago(days=4, hours=12)), failure(ago(hours=1))],
    )

    signals = await signals_of(database)

    assert signals.last_success == ago(days=5)
    assert signals.failing_since == ago(days=4, hours=12)
    assert signals.last_failure == ago(hours=1)
    assert signals.failures == 2
    assert signals.usual_interval == (ago(hours=1) - ago(days=9)) / 4


async def test_a_model_that_answered_last_is_not_failing(database: Database) -> None:
    await fill(
        database,
        models=[],
        successes=[success(ago(hours=1))],
        errors=[failure(ago(hours=2)), failure(ago(days=6))],
    )

    signals = await signals_of(database)

    assert not signals.failing
    assert signals.streak == ()
    assert signals.last_failure == ago(hours=2)
    assert (signals.recent_successes, signals.recent_failures) == (1, 1)
    assert [group.count for group in signals.recent] == [1], "half of its recent runs failed: maybe flapping"


async def test_where_runs_are_rare_the_last_eight_count_instead_of_four_days(database: Database) -> None:
    weekly = [ago(days=7 * number + 1) for number in range(4)]
    await fill(database, successes=[success(at) for at in weekly[1:]], errors=[failure(weekly[0])])

    signals = await signals_of(database)

    assert (signals.recent_successes, signals.recent_failures) == (3, 1)


async def test_recent_failures_are_read_only_where_they_are_many(database: Database) -> None:
    await fill(
        database,
        successes=[success(ago(hours=hours)) for hours in (1, 30)],
        errors=[failure(ago(hours=2))],
    )

    signals = await signals_of(database)

    assert signals.recent_failures == 1
    assert signals.recent == ()


async def test_fifty_hard_failures_followed_by_twenty_timeouts_all_count(database: Database) -> None:
    hard = [failure(ago(hours=100 - n), GONE % n) for n in range(50)]
    soft = [failure(ago(hours=40 - n)) for n in range(20)]
    await fill(database, errors=hard + soft)

    signals = await signals_of(database)

    assert signals.failing_since == ago(hours=100)
    assert signals.failures == 70
    assert [(group.kind, group.count) for group in signals.streak] == [
        (Kind.HARD_MODEL, 50),
        (Kind.TIMEOUT, 20),
    ]
    assert signals.streak[0].first == ago(hours=100)


async def test_however_many_ways_of_saying_it_are_all_counted(database: Database) -> None:
    unlike = [failure(ago(hours=400 - n), f"req_{n} failed: {GONE % n}") for n in range(300)]
    await fill(database, errors=unlike)

    signals = await signals_of(database)

    assert signals.failures == 300
    assert sum(group.count for group in signals.streak) == 300
    assert min(group.first for group in signals.streak) == signals.failing_since == ago(hours=400)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-18T08:00:00",
        "2026-11-18T08:00:00Z",
        "2026-11-18T10:00:00+02:00",
        "2026-11-18 08:00:00",
        "2026-11-18T08:00:00.000000",
        datetime(2026, 11, 18, 8),
    ],
)
async def test_naive_times_are_utc_and_text_is_read_as_a_time(database: Database, written: object) -> None:
    await fill(
        database,
        successes=[success(NOW) | {"gen_ts": written, "model_name": "other"}],
        errors=[failure(NOW) | {"ts": written}],
    )

    assert (await signals_of(database)).failing_since == ago(days=2)
    other = await signals_of(database, ModelRef(provider="groq", model_id="other"))
    assert other.last_success == ago(days=2)


async def test_older_rows_have_other_fields(database: Database) -> None:
    old = {"provider": REF.provider, "model_name": REF.model_id}
    await fill(
        database,
        successes=[old | {"run_ts": ago(days=6)}],
        errors=[
            old | {"created_at": ago(days=5), "error": GONE % 1},
            old
            | {
                "timestamp": ago(days=4).isoformat(),
                "traceback": f"{TRACEBACK}\nNotFoundError: {GONE % 2}\n",
            },
            old
            | {"ts": None, "created_at": None, "timestamp": ago(days=3), "message": "", "error": GONE % 3},
            old | {"ts": ago(days=2), "error": {"message": GONE % 4, "code": 404}},
        ],
    )

    signals = await signals_of(database)

    assert signals.last_success == ago(days=6)
    assert signals.failing_since == ago(days=5)
    assert signals.failures == 4
    assert {group.kind for group in signals.streak} == {Kind.HARD_MODEL}


TRACEBACK = 'Traceback (most recent call last):\n  File "run.py", line 7, in call\n    raise error'


async def test_the_window_bounds_what_is_read(database: Database) -> None:
    edge = timedelta(milliseconds=1)
    await fill(
        database,
        successes=[success(ago(days=30) - edge), success(ago(days=40).isoformat())],
        errors=[failure(ago(days=30) - edge), failure(ago(days=30)), failure(ago(days=60))],
    )

    signals = await signals_of(database)

    assert signals.last_success is None
    assert signals.failures == 1
    assert signals.failing_since == ago(days=30)


async def test_rows_that_cannot_be_read_are_counted_and_described(database: Database) -> None:
    nameless = [failure(ago(hours=1)) | {"provider": provider} for provider in (None, "", 7)]
    no_model = failure(ago(hours=1))
    del no_model["model_name"]
    timeless = failure(ago(hours=1)) | {"ts": None}
    odd = [failure(NOW) | {"ts": value} for value in ("not a date", "", "11/19/2026", 1795000000, 1.5)]
    future = [failure(NOW + timedelta(hours=2)), failure(NOW) | {"ts": "2027-01-01T00:00:00Z"}]
    await fill(
        database,
        models=[model(), {"model_id": "x"}, {"provider": "groq", "model_id": None}, model(enabled=False)],
        successes=[success(ago(hours=2)), success(ago(hours=2)) | {"gen_ts": "soon"}],
        errors=[*nameless, no_model, timeless, *odd, *future, failure(NOW + timedelta(minutes=59))],
    )

    facts = await facts_of(database)

    assert facts.unreadable == (
        "2 rows in errors_cloud have a time in the future",
        "5 rows in errors_cloud have a time that cannot be read",
        "1 row in errors_cloud has no text in model_name",
        "3 rows in errors_cloud have no text in provider",
        "1 row in errors_cloud has no time",
        "1 row in metrics_cloud_v2 has a time that cannot be read",
        "1 row in models has a provider and model_id that another has too",
        "1 row in models has no text in model_id",
        "1 row in models has no text in provider",
    )
    assert facts.unreadable_rows == 16
    assert [(s.ref, s.failures, s.enabled) for s in facts.signals] == [(REF, 1, True)]


async def test_what_models_does_not_list_is_reported_as_unlisted(database: Database) -> None:
    await fill(
        database,
        models=[
            model(successor_model="llama-4"),
            {"provider": "a", "model_id": "b", "enabled": "yes", "deprecated": True},
        ],
        successes=[success(ago(hours=1), provider="nobody")],
        errors=[failure(ago(hours=1), model_name="unheard-of")],
    )

    facts = await facts_of(database)

    assert [(str(s.ref), s.listed, s.enabled, s.deprecated, s.successor) for s in facts.signals] == [
        ("a/b", True, False, True, None),
        ("groq/llama-3.1-70b", True, True, False, "llama-4"),
        ("groq/unheard-of", False, False, False, None),
        ("nobody/llama-3.1-70b", False, False, False, None),
    ]


async def test_a_run_limited_to_providers_sees_nothing_else(database: Database) -> None:
    await fill(
        database,
        models=[model(), model(provider="together")],
        successes=[
            success(ago(hours=2)),
            success(ago(hours=2), provider="together"),
            success(NOW, provider=None),
        ],
        errors=[failure(ago(hours=1), provider="together"), failure(ago(hours=1)), failure(NOW, ts="?")],
    )

    facts = await facts_of(database, "together")

    assert [str(s.ref) for s in facts.signals] == ["together/llama-3.1-70b"]
    assert facts.limited_to == ("together",)
    assert facts.unreadable == ()
    assert facts.signals[0].failures == 1


async def test_an_empty_platform_is_no_error_but_said(database: Database) -> None:
    facts = await facts_of(database)

    assert facts.signals == ()
    assert facts.unreadable == ("models lists no models",)


@pytest.mark.parametrize(
    ("key", "typed"), [("models", "catalogue"), ("successes", "resultz"), ("errors", "failz")]
)
async def test_a_collection_that_is_not_there_is_never_taken_for_an_empty_one(
    database: Database, key: str, typed: str
) -> None:
    await fill(database, successes=[success(ago(hours=2))], errors=[failure(ago(hours=1))])
    await database["operator_runs"].insert_one({})

    with pytest.raises(FactsUnreadable) as raised:
        await collect(database, MONGO.model_copy(update={key: typed}), ANALYSIS, NOW)

    said = str(raised.value)
    assert said.startswith(f"there is no collection {typed} in database {database.name}. ")
    assert f"Name yours in [mongodb] {key}; there are: " in said
    assert "errors_cloud, metrics_cloud_v2, models" in said, "what it could have been"
    assert "operator_runs" not in said, "ours is never theirs"


async def test_a_database_that_is_not_there_is_never_taken_for_an_empty_platform(database: Database) -> None:
    await fill(database, errors=[failure(ago(hours=1))])
    with pytest.raises(
        FactsUnreadable, match=r"no collection models .* Name yours in \[mongodb\] database; there "
    ) as raised:
        await collect(database.client[f"{database.name}-typo"], MONGO, ANALYSIS, NOW)
    assert not re.search(r"\b(admin|config|local)\b", str(raised.value)), "the server's own"


async def test_results_in_a_view_are_read_as_a_collections_are(database: Database) -> None:
    await fill(database, errors=[failure(ago(hours=1))])
    await database["rows"].insert_one(success(ago(hours=2)))
    await database.create_collection("good", viewOn="rows", pipeline=[])

    seen = await collect(database, MONGO.model_copy(update={"successes": "good"}), ANALYSIS, NOW)

    assert seen.facts.signals[0].last_success == ago(hours=2)


async def test_a_query_that_fails_is_never_read_as_no_errors(database: Database) -> None:
    await fill(database, successes=[success(ago(days=3))])
    await database["rows"].insert_one(failure(ago(hours=1)))
    broken = [{"$project": {"ts": {"$divide": [1, 0]}}}]
    await database.drop_collection(MONGO.errors)
    await database.create_collection(MONGO.errors, viewOn="rows", pipeline=broken)

    with pytest.raises(FactsUnreadable, match="errors_cloud could not be read: it refused") as raised:
        await facts_of(database)

    assert isinstance(raised.value.__cause__, PyMongoError)


async def test_a_server_that_is_gone_is_named_without_its_password() -> None:
    with embedded_server() as uri:
        pass
    address = uri.replace("//", "//reader:hunter2@") + "&serverSelectionTimeoutMS=200"
    async with AsyncMongoClient[Document](address) as client:
        with pytest.raises(
            FactsUnreadable, match=r"maintenance could not be read: .* it refuses connections"
        ) as raised:
            await facts_of(client["llm-bench"])

    assert "hunter2" not in str(raised.value)
    assert len(str(raised.value)) < 350


async def test_no_transaction_no_or_and_nothing_but_reads(
    mongodb_uri: str, database_name: str, database: Database
) -> None:
    await fill(database, successes=[success(ago(days=3))], errors=[failure(ago(days=2)) | {"ts": None}])

    async with recorded(mongodb_uri, database_name) as (watched, recorder):
        await facts_of(watched)

    names = {next(iter(command)) for command in recorder.commands}
    assert names <= {"find", "aggregate", "getMore", "endSessions", "listCollections"}
    assert {"find", "aggregate"} <= names
    for command in recorder.commands:
        assert "startTransaction" not in command
        assert "$or" not in repr(command)


async def test_every_query_uses_an_index_and_old_rows_cost_nothing(
    mongodb_uri: str, database_name: str, database: Database
) -> None:
    await fill(
        database,
        successes=[success(ago(days=3)), success(ago(days=3).isoformat(), model_name="b")],
        errors=[failure(ago(days=2)), failure(ago(days=2)) | {"ts": None}, failure(NOW) | {"ts": "?"}]
        + [failure(ago(days=2, hours=n), model_name="c") for n in range(20)],
    )
    await create_platform_indexes(database, await missing_platform_indexes(database, MONGO))
    async with recorded(mongodb_uri, database_name) as (watched, recorder):
        await facts_of(watched)
    sent = [command for command in recorder.commands if of_results(command)]

    before = [await rows_examined(database, command) for command in sent]
    old = [ago(days=31 + n / 10) for n in range(500)]
    await fill(database, [], [success(at) for at in old], [failure(at) for at in old])
    after = [await rows_examined(database, command) for command in sent]

    assert len(sent) == 18
    assert after == before


async def test_the_models_in_trouble_cost_no_query_more(
    mongodb_uri: str, database_name: str, database: Database
) -> None:
    async def asked() -> int:
        async with recorded(mongodb_uri, database_name) as (watched, recorder):
            await facts_of(watched)
        return sum(map(of_results, recorder.commands))

    await fill(database, successes=[success(ago(days=3))], errors=[failure(ago(days=2))])
    of_one = await asked()
    names = [f"m{number}" for number in range(40)]
    rows = [failure(ago(hours=number), model_name=name) for number, name in enumerate(names)]
    await fill(database, [model(model_id=name) for name in names], errors=rows)

    assert await asked() == of_one <= 18


def of_results(command: Document) -> bool:
    return not {MONGO.successes, MONGO.errors}.isdisjoint(map(command.get, ("find", "aggregate")))


async def rows_examined(database: Database, command: Document) -> int:
    """What explain says of a recorded query, which must go through an index."""
    parts = ("aggregate", "pipeline", "cursor", "find", "filter", "projection", "limit")
    query = {name: command[name] for name in parts if name in command}
    plan = await database.command("explain", query, verbosity="executionStats")
    assert "IXSCAN" in repr(plan), query
    assert "COLLSCAN" not in repr(plan), query
    return max(_numbers(plan, "totalDocsExamined"))


def _numbers(value: object, name: str) -> list[int]:
    if isinstance(value, dict):
        here = [value[name]] if name in value else []
        return here + [n for inner in value.values() for n in _numbers(inner, name)]
    if isinstance(value, list):
        return [n for inner in value for n in _numbers(inner, name)]
    return []
