"""`doctor` on what its user may do: by collection and action, as a real server tells it over the wire."""

import json
import re
from typing import Any

import pytest

from bot.commands.doctor import examine, needed_rights
from documents.test_rights import roles
from documents.users import NOW, Database, Privileges, as_user, looked_at, on
from operator_core.store.indexes import create_platform_indexes, missing_platform_indexes
from support.core import with_values
from support.shipped import SETTINGS

READS, CHANGES = needed_rights(SETTINGS.mongodb)


def test_the_roles_of_the_page_are_the_ones_that_doctor_looks_for() -> None:
    assert roles() == {"aiOperatorReader": READS, "aiOperator": READS | CHANGES}


async def test_without_access_control_everything_is_allowed(database: Database, mongodb_uri: str) -> None:
    chosen = with_values(SETTINGS, mongodb={"database": database.name})
    checks = await examine(chosen, {"MONGODB_URI": mongodb_uri}, lambda: NOW)
    [rights] = [check for check in checks if check.name == "rights"]
    assert rights.ok
    assert "no access control" in rights.detail


@pytest.mark.parametrize(
    "case", ["the page's role", "every collection", "every database", "anything", "any action"]
)
async def test_whoever_may_do_it_all_is_approved(case: str, database: Database, mongodb_uri: str) -> None:
    all_of = sorted({action for _, action in READS | CHANGES})
    privileges = {
        "the page's role": on(database.name, READS | CHANGES),
        "every collection": [{"resource": {"db": database.name, "collection": ""}, "actions": all_of}],
        "every database": [{"resource": {"db": "", "collection": ""}, "actions": all_of}],
        "anything": [{"resource": {"anyResource": True}, "actions": all_of}],
        "any action": [{"resource": {"anyResource": True}, "actions": ["anyAction"]}],
    }[case]
    rights = await looked_at(database, mongodb_uri, privileges)
    assert (rights.ok, rights.detail) == (True, "all that are needed")


@pytest.mark.parametrize("told", [None, []])
async def test_what_a_server_does_not_tell_is_no_want_of_rights(
    told: Privileges | None, database: Database, mongodb_uri: str
) -> None:
    rights = await looked_at(database, mongodb_uri, told)
    assert (rights.ok, rights.needed) == (False, False), "unknown is a warning: neither good nor bad"
    assert "can't be seen here" in rights.detail
    assert "docs/mongodb.md" in rights.fix


async def test_a_reader_is_told_so_and_fails_nothing(database: Database, mongodb_uri: str) -> None:
    rights = await looked_at(database, mongodb_uri, on(database.name, READS))
    assert not rights.needed
    assert "a reader's: enough to look" in rights.detail
    granted = json.loads(re.findall(r'grantPrivilegesToRole\("aiOperator", (\[.*\])\)', rights.fix)[0])
    assert granted == on(database.name, CHANGES), "what is pasted makes an operator of it"


@pytest.mark.parametrize(
    "without",
    [
        {("models", "update")},
        {("errors_cloud", "find"), ("errors_cloud", "listIndexes")},
        {("", "listCollections"), ("operator_journal", "insert"), ("model_status", "insert")},
    ],
)
async def test_what_is_missing_is_named_and_granted_by_what_is_pasted(
    without: set[tuple[str, str]], database: Database, mongodb_uri: str
) -> None:
    has = on(database.name, (READS | CHANGES) - without)
    rights = await looked_at(database, mongodb_uri, has)
    assert rights.needed
    assert not rights.ok
    for name, action in without:
        assert re.search(rf"(?:^|[; ]){name or 'the database'}: [^;]*{action}", rights.detail)
    granted = json.loads(re.findall(r'grantPrivilegesToRole\("aiOperator", (\[.*\])\)', rights.fix)[0])
    assert (await looked_at(database, mongodb_uri, [*has, *granted])).ok


@pytest.mark.parametrize(
    "elsewhere",
    [{"db": "another", "collection": ""}, {"cluster": True}, {"db": "", "collection": "models"}, {"db": "x"}],
)
async def test_rights_on_something_else_are_no_rights_here(
    elsewhere: dict[str, Any], database: Database, mongodb_uri: str
) -> None:
    everything = sorted({action for _, action in READS | CHANGES})
    rights = await looked_at(database, mongodb_uri, [{"resource": elsewhere, "actions": everything}])
    assert not rights.ok
    assert "errors_cloud: find" in rights.detail


async def test_a_view_is_no_want_of_rights(database: Database, mongodb_uri: str) -> None:
    await database["theirs"].insert_one({"provider": "groq"})
    await database.drop_collection("errors_cloud")
    await database.command({"create": "errors_cloud", "viewOn": "theirs", "pipeline": []})
    for name in ("models", "metrics_cloud_v2"):
        await database[name].insert_one({"provider": "groq"})
    chosen = with_values(SETTINGS, mongodb={"database": database.name})
    checks = await examine(chosen, {"MONGODB_URI": mongodb_uri}, lambda: NOW)
    said = {check.name: check for check in checks}
    assert said["collection errors_cloud"].ok
    assert "as a view" in said["collection errors_cloud"].detail
    assert "which aren't looked at" in said["collection errors_cloud"].detail
    assert not [name for name in said if name.startswith("index errors_cloud")]
    needed = await missing_platform_indexes(database, chosen.mongodb)
    assert {index.collection for index in needed} >= {"models", "metrics_cloud_v2"}


@pytest.mark.parametrize("views", [(), ("errors_cloud",), ("metrics_cloud_v2", "errors_cloud")])
async def test_of_a_view_doctor_does_not_say_that_its_indexes_are_there(
    views: tuple[str, ...], database: Database, mongodb_uri: str
) -> None:
    await database["theirs"].insert_one({"provider": "groq"})
    for name in {"models", "metrics_cloud_v2", "errors_cloud"} - {*views}:
        await database[name].insert_one({"provider": "groq", "model_id": "a"})
    for name in views:
        await database.drop_collection(name)
        await database.command({"create": name, "viewOn": "theirs", "pipeline": []})
    chosen = with_values(SETTINGS, mongodb={"database": database.name})
    await create_platform_indexes(database, await missing_platform_indexes(database, chosen.mongodb))
    checks = await examine(chosen, {"MONGODB_URI": mongodb_uri}, lambda: NOW)
    said = {check.name: check.detail for check in checks}
    assert "that is no view" in said["indexes"]
    not_looked_at = {name for name in said if "which aren't looked at" in said[name]}
    assert not_looked_at == {f"collection {name}" for name in views}


async def test_a_catalogue_that_is_a_view_cant_be_written_and_doctor_says_so(
    database: Database, mongodb_uri: str
) -> None:
    await database["theirs"].insert_one({"provider": "groq", "model_id": "a"})
    await database.drop_collection("models")
    await database.command({"create": "models", "viewOn": "theirs", "pipeline": []})
    chosen = with_values(SETTINGS, mongodb={"database": database.name})
    checks = await examine(chosen, {"MONGODB_URI": mongodb_uri}, lambda: NOW)
    [models] = [check for check in checks if check.name == "collection models"]
    assert not models.ok
    assert "it is written" in models.fix


LISTING = 'not authorized on {} to execute command {{ listCollections: 1, $db: "{}" }}'
MAKING = 'not authorized on {} to execute command {{ createIndexes: "errors_cloud", indexes: [] }}'


@pytest.mark.parametrize(
    ("refused", "check", "said", "fix"),
    [
        (
            {"listCollections": LISTING},
            "MongoDB",
            "may not read database {} (look whether",
            "[mongodb] database",
        ),
        (
            {"listCollections": "command listCollections requires authentication"},
            "MongoDB",
            "MONGODB_URI names no user",
            "check MONGODB_URI",
        ),
        ({"createIndexes": MAKING}, "indexes", "may not do that (createIndexes in errors_cloud)", "somebody"),
    ],
)
async def test_what_a_user_may_not_is_told_with_the_database_and_what_to_do(
    database: Database, mongodb_uri: str, refused: dict[str, str], check: str, said: str, fix: str
) -> None:
    for name in ("models", "metrics_cloud_v2", "errors_cloud"):
        await database[name].insert_one({"provider": "groq"})
    chosen = with_values(SETTINGS, mongodb={"database": database.name})
    words = {name: told.format(*[database.name] * 2) for name, told in refused.items()}
    async with as_user(mongodb_uri, [], words) as wire:
        checks = await examine(chosen, {"MONGODB_URI": wire}, lambda: NOW, create_indexes=True)
    [failed] = [one for one in checks if one.name == check]
    assert said.format(database.name) in failed.detail
    assert fix in failed.fix
    assert "could not be read" not in failed.detail
