"""Keys that stand in error rows, and the picture of the last two weeks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.diagnosis.results import NO_PROVIDER
from operator_core.domain.signals import KeyLeak, ProviderDay
from operator_core.store.platform.history import provider_history
from operator_core.store.platform.signals import collect
from operator_core.text.masking import redact
from support.shipped import SETTINGS

Database = AsyncDatabase[dict[str, Any]]

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
MONGO = SETTINGS.mongodb
ANALYSIS = SETTINGS.analysis
KEY = "Incorrect API key provided: sk-proj-" + "a1B2c3D4" * 5


def ago(**spans: float) -> datetime:
    return NOW - timedelta(**spans)


async def leaks_of_a_day(database: Database) -> tuple[KeyLeak, ...]:
    return (await collect(database, MONGO, ANALYSIS, NOW)).leaks(ago(days=1))


async def test_key_like_text_is_counted_by_provider_since_a_time(database: Database) -> None:
    await database["errors_cloud"].insert_many(
        [
            {"provider": "openai", "ts": ago(hours=5), "message": KEY},
            {"provider": "openai", "ts": ago(hours=2).isoformat(), "message": KEY},
            {"provider": "openai", "ts": ago(hours=1), "message": "Request timed out"},
            {"provider": "openai", "ts": ago(days=3), "message": KEY},
            {
                "provider": "groq",
                "created_at": ago(hours=3),
                "error": {"message": f"no access: gsk_{'x7' * 20}"},
            },
            {"ts": ago(hours=4), "message": "Authorization: Bearer " + "q9" * 20},
        ]
    )

    leaks = await leaks_of_a_day(database)

    assert leaks == (
        KeyLeak(provider=NO_PROVIDER, rows=1, since=ago(hours=4)),
        KeyLeak(provider="groq", rows=1, since=ago(hours=3)),
        KeyLeak(provider="openai", rows=2, since=ago(hours=5)),
    )


WHOLE = (
    "sk-proj-" + "a1B2c3D4" * 5,
    "gsk_" + "x7" * 20,
    "xai-" + "Ab12" * 10,
    "nvapi-" + "Ab12" * 12,
    "AKIA" + "AB12" * 4,
    "AIza" + "Ab1-_" * 7,
    "ya29." + "Ab12" * 8,
    "ghp_" + "Ab12" * 9,
    "github_pat_" + "Ab12" * 8,
    "glpat-" + "Ab12" * 5,
    "xoxb-" + "12345-" * 4,
    "xapp-1-" + "A12345" * 4,
    "eyJ" + "hbGciOi1" * 3 + "." + "eyJzdWIi1" * 3 + ".sig",
    "Bearer " + "q9" * 20,
    "mongodb://bench:hunter22@db.example/llm",
    "-----BEGIN RSA PRIVATE KEY----- MIIE",
)


@pytest.mark.parametrize("key", WHOLE)
async def test_each_make_of_key_is_found_in_the_rows_and_hidden_from_people(
    database: Database, key: str
) -> None:
    await database["errors_cloud"].insert_one(
        {"provider": "openai", "ts": ago(hours=5), "message": f"refused: {key} (401)"}
    )

    [leak] = await leaks_of_a_day(database)

    assert leak.rows == 1
    assert key not in redact(f"refused: {key} (401)", 1_000)


@pytest.mark.parametrize(
    "harmless",
    [
        "Incorrect API key provided: sk-proj-********************abcd",
        "The model `us.anthropic.claude-3-5-sonnet-20241022-v2:0` does not exist",
        "task-type-not-supported-by-this-transformer-architecture",
        "Request req_011CSHoEeqs5C35K2UUqR7Fy failed; see https://platform.openai.com/account/api-keys",
        "invalid bearer token",
    ],
)
async def test_what_only_looks_a_little_like_a_key_is_none(database: Database, harmless: str) -> None:
    await database["errors_cloud"].insert_one({"provider": "openai", "ts": ago(hours=5), "message": harmless})

    assert await leaks_of_a_day(database) == ()


async def test_history_tells_by_day_how_many_of_a_providers_models_answered(database: Database) -> None:
    await database["metrics_cloud_v2"].insert_many(
        [
            {"provider": "groq", "model_name": "a", "gen_ts": ago(hours=1)},
            {"provider": "groq", "model_name": "a", "gen_ts": ago(hours=2)},
            {"provider": "groq", "model_name": "b", "run_ts": ago(hours=9).isoformat()},
            {"provider": "groq", "model_name": "a", "gen_ts": ago(days=13, hours=8)},
            {"provider": "groq", "model_name": "a", "gen_ts": ago(days=13, hours=9)},
        ]
    )
    await database["errors_cloud"].insert_many(
        [
            {"provider": "groq", "model_name": "a", "ts": ago(hours=3)},
            {"provider": "groq", "model_name": "c", "ts": ago(hours=3)},
            {"provider": "groq", "model_name": "c", "created_at": ago(hours=9)},
            {"provider": None, "model_name": "c", "ts": ago(hours=3)},
        ]
    )

    history = await provider_history(database, MONGO, NOW)

    assert history == (
        ProviderDay(provider="groq", day=date(2026, 11, 7), answered=1, ran=1),
        ProviderDay(provider="groq", day=date(2026, 11, 19), answered=1, ran=2),
        ProviderDay(provider="groq", day=date(2026, 11, 20), answered=1, ran=2),
    )
    assert [day.share for day in history] == [1, 0.5, 0.5]
