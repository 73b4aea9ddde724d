"""The doctor against real sockets: a wire MongoDB, Slack's API as scripted here, an LLM, refused ports."""

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web
from pymongo.asynchronous.database import AsyncDatabase
from rich.console import Console

from bot.commands.doctor import Check, examine, show
from bot.settings import Settings
from sandbox.database import free_port
from sandbox.llm import LlmServer, failing, llm_server, saying
from sandbox.loopback import served
from support.core import with_values
from support.shipped import SETTINGS

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SCOPES = "chat:write,commands,files:write,channels:history"
ENVIRONMENT = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_SIGNING_SECRET": "s",
    "OPENAI_API_KEY": "sk-1",
}
FILLED_IN = {"channel": "C0123456789", "approvers": ("U0123456789",)}
Answers = Mapping[str, dict[str, Any]]
GOOD: Answers = {
    "auth.test": {"ok": True, "user": "operator", "team": "Bench", "team_id": "T1"},
    "conversations.history": {"ok": True, "messages": []},
    "usergroups.users.list": {"ok": True, "users": ["U1", "U2"]},
    "apps.connections.open": {"ok": True, "url": "wss://example.invalid"},
}


@asynccontextmanager
async def slack_api(
    answers: Answers = GOOD, scopes: str = SCOPES, date: datetime = NOW
) -> AsyncIterator[str]:
    """Slack's Web API as far as the doctor asks it; yields its URL."""

    async def answer(request: web.Request) -> web.Response:
        headers = {"Date": format_datetime(date, usegmt=True), "x-oauth-scopes": scopes}
        return web.json_response(answers[request.match_info["method"]], headers=headers)

    app = web.Application()
    app.router.add_route("*", "/api/{method}", answer)
    async with served(app) as url:
        yield f"{url}/api/"


@pytest.fixture
async def llm() -> AsyncIterator[LlmServer]:
    async with llm_server(lambda _: saying({"ready": True})) as server:
        yield server


def settings(database: str = "none", slack: str = "", llm: str = "", **of_slack: object) -> Settings:
    """The project's own settings, but at the addresses given; refused ports where none is."""
    own = SETTINGS
    refused = f"http://127.0.0.1:{free_port()}/"
    return own.model_copy(
        update={
            "mongodb": own.mongodb.model_copy(update={"database": database}),
            "llm": own.llm.model_copy(update={"base_url": llm or refused}),
            "slack": own.slack.model_copy(update=FILLED_IN | {"api_url": slack or refused, **of_slack}),
        }
    )


async def examined(chosen: Settings, **environment: str) -> dict[str, Check]:
    checks = await examine(chosen, environment, lambda: NOW)
    return {check.name: check for check in checks}


async def test_all_is_well(mongodb_uri: str, database: AsyncDatabase[dict[str, Any]], llm: LlmServer) -> None:
    for name in ("models", "metrics_cloud_v2", "errors_cloud"):
        await database[name].insert_one({"provider": "groq"})
    async with slack_api() as slack:
        chosen = settings(database.name, slack, llm.base_url)
        environment = {**ENVIRONMENT, "MONGODB_URI": mongodb_uri}
        await examine(chosen, environment, lambda: NOW, create_indexes=True)
        checks = await examine(chosen, environment, lambda: NOW)
    assert [check.name for check in checks] == [
        "MongoDB",
        "rights",
        "collection models",
        "collection metrics_cloud_v2",
        "collection errors_cloud",
        "indexes",
        "Slack",
        "clock",
        "scopes",
        "channel C0123456789",
        "approvers",
        "Socket Mode",
        "LLM",
    ]
    assert [check for check in checks if not check.ok] == []
    assert "operator_state" not in await database.list_collection_names(), "it leaves no trace"


async def test_what_cant_be_reached_fails_its_own_checks_only() -> None:
    refused = f"mongodb://bot:secret-password@127.0.0.1:{free_port()}/"
    checks = await examined(settings(), **ENVIRONMENT, MONGODB_URI=refused)
    assert [(name, check.ok) for name, check in checks.items()] == [
        ("MongoDB", False),
        ("Slack", False),
        ("Socket Mode", False),
        ("LLM", False),
    ]
    assert "it refuses connections" in checks["MongoDB"].detail
    assert "Slack can't be reached" in checks["Slack"].detail
    assert "could not be reached" in checks["LLM"].detail
    assert all(check.fix for check in checks.values())
    assert "secret-password" not in repr(checks)


async def test_a_malformed_uri_is_told_without_its_password() -> None:
    checks = await examined(settings(), MONGODB_URI="mongo://bot:secret-password@db/")
    assert not checks["MongoDB"].ok
    assert "MONGODB_URI" in checks["MongoDB"].detail
    assert "secret-password" not in repr(checks)


@pytest.mark.parametrize("ours", [(), ("operator_state",), ("operator_runs", "operator_holds")])
async def test_another_database_than_the_platforms_is_named_beside_those_that_are_there(
    mongodb_uri: str, database: AsyncDatabase[dict[str, Any]], ours: Sequence[str]
) -> None:
    await database["models"].insert_one({"provider": "groq"})
    typo = f"{database.name}-typo"
    for name in ours:
        await database.client[typo][name].insert_one({"_id": "mode"})
    checks = await examined(settings(typo), MONGODB_URI=mongodb_uri)
    await database.client.drop_database(typo)
    assert checks["MongoDB"].detail == f"database {typo} has none of the platform's"
    assert "check [mongodb] database" in checks["MongoDB"].fix
    assert database.name in checks["MongoDB"].fix


@pytest.mark.parametrize("wrong", ["models", "successes", "errors"])
async def test_no_index_makes_a_collection_that_was_only_named_wrongly(
    mongodb_uri: str, database: AsyncDatabase[dict[str, Any]], wrong: str
) -> None:
    """It would be there then, and empty, and nobody would be told of the mistake any more."""
    for name in ("models", "metrics_cloud_v2", "errors_cloud"):
        await database[name].insert_one({"provider": "groq"})
    mongo = {"database": database.name, wrong: f"{wrong}_2"}
    chosen = with_values(settings(database.name), mongodb=mongo)
    checks = await examine(chosen, {"MONGODB_URI": mongodb_uri}, lambda: NOW, create_indexes=True)
    [missing] = [check for check in checks if check.name == f"collection {wrong}_2"]
    assert missing.detail == "no such collection"
    assert missing.fix.endswith("errors_cloud, metrics_cloud_v2, models")
    assert f"{wrong}_2" not in await database.list_collection_names()
    assert not [check for check in checks if check.name.startswith("index")]


async def test_missing_indexes_are_named_and_created_only_on_request(
    mongodb_uri: str, database: AsyncDatabase[dict[str, Any]]
) -> None:
    await database["models"].insert_many([{"provider": "groq", "model_id": "m"} for _ in range(2)])
    for results in ("metrics_cloud_v2", "errors_cloud"):
        await database[results].insert_one({"provider": "groq"})
    chosen, environment = settings(database.name), {"MONGODB_URI": mongodb_uri}
    name = "index models (provider, model_id)"

    missing = (await examined(chosen, **environment))[name]
    assert (missing.ok, missing.needed) == (False, False), "the bot works without, only slower"
    assert "--create-indexes" in missing.fix
    assert set(await database["models"].index_information()) == {"_id_"}

    created = await examine(chosen, environment, lambda: NOW, create_indexes=True)
    assert Check(name=name, detail="created, not unique: 2 documents are groq/m", needed=False) in created
    assert name not in await examined(chosen, **environment)


@pytest.mark.parametrize(
    ("method", "error", "check", "fix"),
    [
        ("auth.test", "invalid_auth", "Slack", "copy the token again"),
        ("auth.test", "token_revoked", "Slack", "copy the token again"),
        ("conversations.history", "not_in_channel", "channel C0123456789", "/invite"),
        ("conversations.history", "channel_not_found", "channel C0123456789", "check [slack] channel"),
        ("apps.connections.open", "not_allowed_token_type", "Socket Mode", "the app's with xapp-"),
        ("usergroups.users.list", "no_such_subteam", "approvers S0000000000", "check the group's id"),
    ],
)
async def test_each_answer_of_slacks_gets_its_own_advice(
    method: str, error: str, check: str, fix: str
) -> None:
    answers = {**GOOD, method: {"ok": False, "error": error}}
    async with slack_api(answers, f"{SCOPES},usergroups:read") as slack:
        chosen = settings(slack=slack, approvers=("U0123456789", "S0000000000"))
        checks = await examined(chosen, **ENVIRONMENT)
    assert not checks[check].ok
    assert error in checks[check].detail
    assert fix in checks[check].fix


async def test_an_app_of_a_whole_organisation_is_named_before_it_hears_nobody() -> None:
    whose = {"team_id": "E1", "enterprise_id": "E1", "is_enterprise_install": True}
    async with slack_api({**GOOD, "auth.test": {**GOOD["auth.test"], **whose}}) as slack:
        checks = await examined(settings(slack=slack), **ENVIRONMENT)
    assert not checks["Slack"].ok
    assert "whole organisation" in checks["Slack"].detail
    assert "install it to one workspace" in checks["Slack"].fix


async def test_missing_scopes_are_named() -> None:
    async with slack_api(scopes="chat:write,commands") as slack:
        checks = await examined(settings(slack=slack), **ENVIRONMENT)
    assert checks["scopes"].detail == "missing: channels:history, files:write"


async def test_groups_of_approvers_take_one_more_scope_and_need_members() -> None:
    answers = {**GOOD, "usergroups.users.list": {"ok": True, "users": []}}
    async with slack_api(answers) as slack:
        checks = await examined(settings(slack=slack, approvers=("S0000000000",)), **ENVIRONMENT)
    assert checks["scopes"].detail == "missing: usergroups:read"
    assert not checks["approvers S0000000000"].ok
    assert "approvers" not in checks


@pytest.mark.parametrize(
    ("ahead", "ok", "detail"),
    [
        (timedelta(seconds=5), True, "within 5 s of Slack's"),
        (timedelta(seconds=-25), True, "within 25 s of Slack's"),
        (timedelta(minutes=2), False, "120 s ahead of Slack's"),
        (timedelta(minutes=-10), False, "600 s behind Slack's"),
    ],
)
async def test_the_clock_is_compared_with_slacks(ahead: timedelta, ok: bool, detail: str) -> None:
    async with slack_api(date=NOW - ahead) as slack:
        clock = (await examined(settings(slack=slack), **ENVIRONMENT))["clock"]
    assert (clock.ok, clock.detail) == (ok, detail)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("text/html", 200), ("text/plain", 200), ("application/json", 200), ("text/html", 502)],
)
async def test_something_else_at_slacks_address_is_told(content_type: str, status: int) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(
            text="<html>Sign in to the network</html>", content_type=content_type, status=status
        )

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", page)
    async with served(app) as url:
        checks = await examined(settings(slack=f"{url}/"), **ENVIRONMENT)
    assert checks["Slack"].detail.startswith("what answered is not Slack")


async def test_http_mode_wants_the_signing_secret_and_no_app_token() -> None:
    async with slack_api() as slack:
        chosen = settings(slack=slack, mode="http")
        assert (await examined(chosen, **ENVIRONMENT))["SLACK_SIGNING_SECRET"].ok
        without = await examined(chosen, SLACK_BOT_TOKEN="xoxb-1")
    assert not without["SLACK_SIGNING_SECRET"].ok
    assert "SLACK_APP_TOKEN" not in without
    assert "Socket Mode" not in without


async def test_an_llm_that_refuses_tells_why_and_what_follows() -> None:
    async with llm_server(lambda _: failing(401)) as server:
        check = (await examined(settings(llm=server.base_url), OPENAI_API_KEY="sk-1"))["LLM"]
    assert not check.ok
    assert "the API key was refused" in check.detail
    assert "the written rules judge" in check.fix


def test_people_read_a_line_for_each_check_and_what_to_fix() -> None:
    screen = io.StringIO()
    checks = (
        Check(name="clock", detail="within 1 s of Slack's"),
        Check(name="index errors_cloud (ts)", detail="missing [bold]", fix="create it"),
    )
    failed = show(checks, Console(file=screen, width=40, soft_wrap=True))
    assert failed == 1
    assert screen.getvalue() == (
        "✓ clock  within 1 s of Slack's\n✗ index errors_cloud (ts)  missing [bold]\n  → create it\n"
    )


def test_what_to_do_about_several_in_a_row_is_said_once_below_the_last() -> None:
    screen = io.StringIO()
    same = [Check(name=name, detail="missing", fix="make them", needed=False) for name in "abc"]
    checks = (*same, Check("d", "good"), same[0], Check("e", "wrong", "look"), same[0], same[0])
    assert show(checks, Console(file=screen, width=40, soft_wrap=True)) == 1
    said = [line.split()[1] for line in screen.getvalue().splitlines()]
    assert said == ["a", "b", "c", "make", "d", "a", "make", "e", "look", "a", "a", "make"]


async def test_what_nobody_filled_in_is_named_without_asking_anybody() -> None:
    example = SETTINGS.slack
    untouched = await examined(settings(channel=example.channel, approvers=example.approvers))
    assert untouched["[slack] channel"].detail == "C0000000000 is the example's"
    assert untouched["[slack] approvers"].detail == "U0000000000 is the example's"
    assert not {name for name in await examined(settings()) if name.startswith("[slack]")}


async def test_without_an_llm_the_bot_works_and_the_doctor_says_how() -> None:
    check = (await examined(settings()))["OPENAI_API_KEY"]
    screen = io.StringIO()
    assert show((check,), Console(file=screen, width=40, soft_wrap=True)) == 0
    assert screen.getvalue().startswith("⚠ OPENAI_API_KEY  not set\n  → export OPENAI_API_KEY=…")
    assert "the written rules judge" in screen.getvalue()


async def test_a_private_channel_takes_another_scope_for_its_history() -> None:
    async with slack_api(scopes="chat:write,commands,files:write,groups:history") as slack:
        checks = await examined(settings(slack=slack), **ENVIRONMENT)
    assert checks["scopes"].ok
